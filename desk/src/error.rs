//! Everything that can go wrong at a desk: one closed enum, a stable code, and its words in one
//! table per language. Every sentence says what happened, what was saved, and what to do.

use crate::line::{Reason, Stop};
use rules::{At, Language, Refusal, Sensitive};

/// Why a desk did not do what was asked. Never carries personal data in `Debug` or `Display`.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// A rule refuses; nothing was written.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// N5: these characters are in no print font; nothing was issued.
    #[error("name is not printable")]
    NameNotPrintable(Sensitive<Vec<char>>),

    /// Another program works with this folder.
    #[error("the desk's folder is in use")]
    AlreadyOpen,
    /// S2: the key that unwraps the desk's data is gone.
    #[error("the desk's key is missing")]
    KeyMissing,
    /// S2: the key is there and does not fit.
    #[error("the desk's key does not open its data")]
    KeyWrong,
    /// S2: somebody else than the service user may read the key file.
    #[error("the key file is readable by others")]
    KeyExposed,
    /// The vault's own file cannot be understood.
    #[error("the vault is damaged")]
    VaultDamaged,
    /// There was a database and it is gone. Never replaced by an empty one.
    #[error("the database file is missing")]
    DatabaseMissing,
    /// The database was written by a newer program.
    #[error("the database belongs to a newer program")]
    DatabaseNewer,
    /// The database file is damaged.
    #[error("the database is damaged")]
    DatabaseDamaged,
    /// No room on the disk; the operation was rolled back.
    #[error("disk full")]
    DiskFull,
    /// The disk cannot be written; the operation was rolled back.
    #[error("disk is read-only")]
    DiskReadOnly,
    /// The disk reported an error; the operation was rolled back.
    #[error("disk error")]
    DiskFailed(#[source] std::io::Error),
    /// Any other trouble of the database; the operation was rolled back.
    #[error("database error")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),

    /// This desk has no certificate yet.
    #[error("not enrolled")]
    NotEnrolled,
    /// The one-time code is wrong, used or old (S7).
    #[error("enrolment code is not valid")]
    EnrolmentCode,
    /// The centre's certificate for this desk does not verify with its root key, or is for another
    /// key.
    #[error("certificate does not verify")]
    CertificateInvalid,
    /// This folder is another window's.
    #[error("folder belongs to another window")]
    EnrolledForAnother,
    /// S11: this folder belongs to the other class (practice or live), or to another centre.
    #[error("folder belongs to another enrolment")]
    EnrolledElsewhere,

    /// The centre's address is none this desk may call: not `https://`, and not this machine.
    #[error("centre address cannot be used")]
    CentreAddress,
    /// The centre's certificate authority is missing or no PEM certificate.
    #[error("centre authority is missing or cannot be read")]
    CentreAuthority,
    /// The centre cannot be reached now.
    #[error("centre unreachable: {0:?}")]
    CentreUnreachable(Reason),
    /// The centre is there and too busy.
    #[error("centre busy")]
    CentreBusy,
    /// The centre answered something this program does not understand or refuses the call as a
    /// whole.
    #[error("centre refused the call: {0}")]
    CentreRefused(&'static str),
    /// The centre noticed a restored or copied disk: issuing is stopped (S7).
    #[error("desk is quarantined")]
    Quarantined,
    /// A newer enrolment of this desk is in force: issuing is stopped.
    #[error("enrolment was replaced")]
    Fenced,
    /// The desk was taken out of service: issuing is stopped.
    #[error("desk is out of service")]
    Revoked,
    /// The centre was restored and wants operations whose content retention has removed here:
    /// issuing is stopped.
    #[error("the centre lost operations that this desk has removed")]
    HistoryLost,
    /// The desk's certificate has ended: nobody could verify what it signs.
    #[error("certificate has ended")]
    CertificateEnded,

    /// S4: number, password or second factor is wrong. Which of them is not said.
    #[error("login failed")]
    LoginFailed,
    /// S4: the second factor is needed.
    #[error("second factor needed")]
    SecondFactorNeeded,
    /// S4: locked after too many failures.
    #[error("locked")]
    LoginLocked {
        /// Until when.
        until: At,
    },
    /// S4: the centre was not reached for so long that the desk may no longer vouch for passwords.
    #[error("offline login has expired")]
    OfflineLoginExpired,
    /// Nobody is logged in, or the screen is locked.
    #[error("not logged in")]
    NotLoggedIn,
    /// S4: this needs the password again.
    #[error("re-authentication needed")]
    ReauthenticationNeeded,

    /// No such case (办件) here.
    #[error("unknown case")]
    CaseUnknown,
    /// 9,999 cases in one day at one window.
    #[error("case numbers of the day are used up")]
    CaseNumbersUsedUp,
    /// No such code on this desk.
    #[error("unknown code")]
    CodeUnknown,
    /// Issued elsewhere, before this desk's key was valid: it cannot sign that code again.
    #[error("code cannot be signed here")]
    CodeNotSignable,
    /// No such correction (更正) on this desk.
    #[error("unknown correction")]
    CorrectionUnknown,
    /// The correction was changed since it was shown.
    #[error("correction was changed")]
    CorrectionChanged,
    /// No such conflict.
    #[error("unknown conflict")]
    ConflictUnknown,
    /// No such print.
    #[error("unknown print")]
    PrintUnknown,
    /// The picture or scan is not on this desk and could not be fetched.
    #[error("unknown blob")]
    BlobUnknown,
    /// The stored picture or scan was altered or does not belong to this desk.
    #[error("blob does not authenticate")]
    BlobDamaged,
    /// A picture or scan larger than a desk keeps.
    #[error("blob too large")]
    BlobTooLarge,

    /// The carried file (离线数据导出文件) is not one, or is damaged.
    #[error("carried file is damaged")]
    CarryDamaged,
    /// The passphrase for a carried file is too short.
    #[error("passphrase too short")]
    CarryPassphrase,
    /// Wrong passphrase or key for the carried file.
    #[error("carried file does not open")]
    CarryLocked,
    /// The carried file belongs to another class or its operations do not verify.
    #[error("carried file is not of this centre")]
    CarryForeign,
}

impl From<Stop> for DeskError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Quarantined => Self::Quarantined,
            Stop::Fenced => Self::Fenced,
            Stop::Revoked => Self::Revoked,
            Stop::HistoryLost => Self::HistoryLost,
        }
    }
}

impl DeskError {
    /// The stable code: what the page and the handbook know.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::NameNotPrintable(_) => Refusal::NameNotPrintable.code(),
            Self::AlreadyOpen => "already_open",
            Self::KeyMissing => "key_missing",
            Self::KeyWrong => "key_wrong",
            Self::KeyExposed => "key_exposed",
            Self::VaultDamaged => "vault_damaged",
            Self::DatabaseMissing => "database_missing",
            Self::DatabaseNewer => "database_newer",
            Self::DatabaseDamaged => "database_damaged",
            Self::DiskFull => "disk_full",
            Self::DiskReadOnly => "disk_read_only",
            Self::DiskFailed(_) => "disk_failed",
            Self::Store(_) => "store_failed",
            Self::NotEnrolled => "not_enrolled",
            Self::EnrolmentCode => "enrolment_code",
            Self::CertificateInvalid => "certificate_invalid",
            Self::EnrolledForAnother => "enrolled_for_another",
            Self::EnrolledElsewhere => "enrolled_elsewhere",
            Self::CentreAddress => "centre_address",
            Self::CentreAuthority => "centre_authority",
            Self::CentreUnreachable(_) => "centre_unreachable",
            Self::CentreBusy => "centre_busy",
            Self::CentreRefused(_) => "centre_refused",
            Self::Quarantined => "quarantined",
            Self::Fenced => "fenced",
            Self::Revoked => "revoked",
            Self::HistoryLost => "history_lost",
            Self::CertificateEnded => "certificate_ended",
            Self::LoginFailed => "login_failed",
            Self::SecondFactorNeeded => "second_factor_needed",
            Self::LoginLocked { .. } => "login_locked",
            Self::OfflineLoginExpired => "offline_login_expired",
            Self::NotLoggedIn => "not_logged_in",
            Self::ReauthenticationNeeded => "reauthentication_needed",
            Self::CaseUnknown => "case_unknown",
            Self::CaseNumbersUsedUp => "case_numbers_used_up",
            Self::CodeUnknown => "code_unknown",
            Self::CodeNotSignable => "code_not_signable",
            Self::CorrectionUnknown => "correction_unknown",
            Self::CorrectionChanged => "correction_changed",
            Self::ConflictUnknown => "conflict_unknown",
            Self::PrintUnknown => "print_unknown",
            Self::BlobUnknown => "blob_unknown",
            Self::BlobDamaged => "blob_damaged",
            Self::BlobTooLarge => "blob_too_large",
            Self::CarryDamaged => "carry_damaged",
            Self::CarryPassphrase => "carry_passphrase",
            Self::CarryLocked => "carry_locked",
            Self::CarryForeign => "carry_foreign",
        }
    }

    /// What happened, what was saved, what to do.
    pub fn message(&self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Refused(refusal), _) => refusal.message(language),
            (Self::NameNotPrintable(_), _) => Refusal::NameNotPrintable.message(language),
            (_, Language::Chinese) => self.chinese(),
            (_, Language::English) => self.english(),
        }
    }

    fn chinese(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.message(Language::Chinese),
            Self::NameNotPrintable(_) => Refusal::NameNotPrintable.message(Language::Chinese),
            Self::AlreadyOpen => "本机的窗口程序已经打开，这里没有再开。请切换到已打开的那个窗口。",
            Self::KeyMissing => "找不到本机密钥，数据未被改动。请联系系统管理员恢复密钥，不要新建数据库。",
            Self::KeyWrong => "本机密钥与数据不符，数据未被改动。请联系系统管理员恢复原密钥。",
            Self::KeyExposed => {
                "密钥文件可被其他用户读取，程序未启动。请系统管理员将其权限改为仅服务用户可读。"
            }
            Self::VaultDamaged => "密钥库文件已损坏，数据未被改动。请联系系统管理员从备份恢复。",
            Self::DatabaseMissing => {
                "本机数据库文件不见了，程序没有新建。请联系系统管理员恢复，或重新登记本机。"
            }
            Self::DatabaseNewer => "数据库由更新版本的程序写入，数据未被改动。请安装新版本。",
            Self::DatabaseDamaged => "数据库文件已损坏。已同步的业务在中心完好；请联系系统管理员恢复。",
            Self::DiskFull => "磁盘已满，本次操作没有保存，之前的都在。请清理磁盘后重试。",
            Self::DiskReadOnly => "磁盘不可写，本次操作没有保存，之前的都在。请联系系统管理员。",
            Self::DiskFailed(_) => {
                "磁盘读写出错，本次操作没有保存，之前的都在。请重试，再次出错请联系系统管理员。"
            }
            Self::Store(_) => "保存失败，本次操作没有生效，之前的都在。请重试，再次出错请联系系统管理员。",
            Self::NotEnrolled => "本机尚未登记。请安全管理员签发一次性登记码后登记。",
            Self::EnrolmentCode => "登记码无效、已用或过期，本机未登记。请向安全管理员重新索取。",
            Self::CertificateInvalid => "中心签发的证书验证不通过，本机未登记。请核对中心地址和根证书。",
            Self::EnrolledForAnother => {
                "此数据目录属于另一个窗口，未作改动。请为本窗口换用新的数据目录，并重新索取登记码；原目录请保留。"
            }
            Self::EnrolledElsewhere => "此数据目录属于另一套环境（演练或正式），未作改动。请换用正确的目录。",
            Self::CentreAddress => "中心地址不能使用，须以 https:// 开头。请更正地址后重试。",
            Self::CentreAuthority => {
                "缺少中心的根证书，或证书无法读取。请安装人员把中心的根证书（PEM 格式）以 ca.pem 为名放入本机数据目录后重试。"
            }
            Self::CentreUnreachable(Reason::CertificateExpired) => {
                "中心的证书已过期，或本机时间不对，暂时连不上中心。已保存的业务都在本机；可继续办理。请联系系统管理员。"
            }
            Self::CentreUnreachable(_) => {
                "暂时连不上中心。已保存的业务都在本机，恢复后自动同步；可继续办理。"
            }
            Self::CentreBusy => "中心繁忙。已保存的业务都在本机，稍后自动同步。",
            Self::CentreRefused(_) => "中心没有接受此请求，已保存的业务都在本机。请联系系统管理员。",
            Self::Quarantined => {
                "中心发现本机数据与上报记录不一致，已暂停签发。业务都在本机；请联系安全管理员重新登记。"
            }
            Self::Fenced => "本机已被重新登记取代，已暂停签发。业务都在本机；请联系安全管理员。",
            Self::Revoked => "本机已被中心停用，已暂停签发。业务都在本机；请联系安全管理员。",
            Self::HistoryLost => {
                "中心恢复到了较早的数据，缺少本机已按保存期限清理的业务，此后的业务无法上报，已暂停签发。未上报的业务都在本机，挂失照常受理；请联系系统管理员。"
            }
            Self::CertificateEnded => {
                "本机证书已到期，不能再发码。业务都在本机；请安全管理员签发新的登记码，重新登记本机。"
            }
            Self::LoginFailed => "工号、密码或动态码不正确。请重新输入；连续 5 次错误将锁定 15 分钟。",
            Self::SecondFactorNeeded => "请再输入动态码。",
            Self::LoginLocked { .. } => "错误次数过多，此账号已锁定。请稍后再试，或请安全管理员解锁。",
            Self::OfflineLoginExpired => "离线登录的期限已过。本机业务都在；请恢复与中心的连接后登录。",
            Self::NotLoggedIn => "尚未登录或已锁屏，内容已保留。请登录。",
            Self::ReauthenticationNeeded => "此操作需再次验证本人，尚未执行。请输入密码。",
            Self::CaseUnknown => "本机没有此办件编号。请核对编号。",
            Self::CaseNumbersUsedUp => "本窗口今日办件编号已用完，未受理。请到其他窗口办理。",
            Self::CodeUnknown => "本机没有此离线码的记录，未作改动。请重新读卡查询。",
            Self::CodeNotSignable => "此码签发时本机尚未登记，不能在此重新打印，未作改动。请办理补领。",
            Self::CorrectionUnknown => "本机没有此更正申请。请同步后再查。",
            Self::CorrectionChanged => "此更正申请刚被修改过，本次操作未执行。请看过新内容后再办。",
            Self::ConflictUnknown => "没有此冲突记录。请刷新列表。",
            Self::PrintUnknown => "没有此打印记录。请刷新列表。",
            Self::BlobUnknown => "本机没有此材料，且暂时无法从中心取得。请联网后再看，或重新扫描。",
            Self::BlobDamaged => "此材料校验不通过，不能使用。请重新扫描。",
            Self::BlobTooLarge => "此材料过大，未保存。请降低扫描分辨率后重试。",
            Self::CarryDamaged => "此文件不是离线数据导出文件，或已损坏，未导入。请重新导出。",
            Self::CarryPassphrase => "文件口令太短，文件未生成。请用至少 10 个字符的口令。",
            Self::CarryLocked => "文件口令不正确，文件未打开。请核对口令。",
            Self::CarryForeign => "此文件不属于本中心或内容验证不通过，未导入。请核对来源。",
        }
    }

    fn english(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.message(Language::English),
            Self::NameNotPrintable(_) => Refusal::NameNotPrintable.message(Language::English),
            Self::AlreadyOpen => {
                "The program of this desk is open already and was not opened again. Switch to the window that is open."
            }
            Self::KeyMissing => {
                "The key of this desk is missing. No data was changed. Ask the system administrator to restore the key; do not make a new database."
            }
            Self::KeyWrong => {
                "The key does not open this desk's data. No data was changed. Ask the system administrator to restore the right key."
            }
            Self::KeyExposed => {
                "Other users can read the key file, so the program did not start. Make it readable by the service user only."
            }
            Self::VaultDamaged => {
                "The vault file is damaged. No data was changed. Ask the system administrator to restore it from backup."
            }
            Self::DatabaseMissing => {
                "The database file is gone and was not replaced by an empty one. Ask the system administrator to restore it or enrol the desk again."
            }
            Self::DatabaseNewer => {
                "The database was written by a newer program. No data was changed. Install the newer program."
            }
            Self::DatabaseDamaged => {
                "The database file is damaged. What was synchronised is safe at the centre. Ask the system administrator to restore it."
            }
            Self::DiskFull => {
                "The disk is full. This step was not saved; everything before it was. Free some space and try again."
            }
            Self::DiskReadOnly => {
                "The disk cannot be written. This step was not saved; everything before it was. Ask the system administrator."
            }
            Self::DiskFailed(_) => {
                "The disk reported an error. This step was not saved; everything before it was. Try again, then ask the system administrator."
            }
            Self::Store(_) => {
                "Saving failed. This step did not happen; everything before it is safe. Try again, then ask the system administrator."
            }
            Self::NotEnrolled => {
                "This desk is not enrolled. Ask the security administrator for a one-time code."
            }
            Self::EnrolmentCode => {
                "The enrolment code is wrong, used or too old. The desk was not enrolled. Ask the security administrator for a new one."
            }
            Self::CertificateInvalid => {
                "The certificate from the centre does not verify. The desk was not enrolled. Check the centre's address and root certificate."
            }
            Self::EnrolledForAnother => {
                "This data folder belongs to another window and was not changed. Use a new folder for this window and ask for another code; keep the old folder."
            }
            Self::EnrolledElsewhere => {
                "This data folder belongs to another environment (practice or live). Nothing was changed. Use the right folder."
            }
            Self::CentreAddress => {
                "The centre's address cannot be used: it begins with https://. Correct it and try again."
            }
            Self::CentreAuthority => {
                "The centre's certificate authority is missing or cannot be read. Have the installer put it (PEM) into this desk's folder as ca.pem, and try again."
            }
            Self::CentreUnreachable(Reason::CertificateExpired) => {
                "The centre's certificate has expired, or this desk's clock is wrong: the centre cannot be reached. Everything is saved on this desk. You can go on; tell the system administrator."
            }
            Self::CentreUnreachable(_) => {
                "The centre cannot be reached. Everything is saved on this desk and will be synchronised. You can go on."
            }
            Self::CentreBusy => {
                "The centre is busy. Everything is saved on this desk and will be synchronised soon."
            }
            Self::CentreRefused(_) => {
                "The centre did not accept the request. Everything is saved on this desk. Ask the system administrator."
            }
            Self::Quarantined => {
                "The centre found that this desk's data does not match what it sent before. Issuing is stopped. Everything is saved; ask the security administrator to enrol the desk again."
            }
            Self::Fenced => {
                "This enrolment was replaced by a newer one. Issuing is stopped. Everything is saved; ask the security administrator."
            }
            Self::Revoked => {
                "The centre has taken this desk out of service. Issuing is stopped. Everything is saved; ask the security administrator."
            }
            Self::HistoryLost => {
                "The centre was restored to an earlier state and lacks operations that this desk has removed after their retention time, so it cannot take later ones. Issuing is stopped. What waits is saved on this desk, and losses are still taken; ask the system administrator."
            }
            Self::CertificateEnded => {
                "This desk's certificate has ended, so it can issue no more codes. Everything is saved; ask the security administrator for a new enrolment code and enrol the desk again."
            }
            Self::LoginFailed => {
                "Staff number, password or code is wrong. Try again; five failures lock the account for 15 minutes."
            }
            Self::SecondFactorNeeded => "Enter the one-time code as well.",
            Self::LoginLocked { .. } => {
                "Too many failures: the account is locked. Try again later, or ask the security administrator."
            }
            Self::OfflineLoginExpired => {
                "Offline login is no longer possible. Everything is saved. Restore the connection to the centre and log in."
            }
            Self::NotLoggedIn => {
                "Nobody is logged in, or the screen is locked. What you typed is kept. Log in."
            }
            Self::ReauthenticationNeeded => "This needs your password again. Nothing was done yet.",
            Self::CaseUnknown => "There is no such case on this desk. Check the number.",
            Self::CaseNumbersUsedUp => {
                "This window has used all case numbers of the day. Nothing was opened. Use another window."
            }
            Self::CodeUnknown => {
                "This desk does not know that code. Nothing was changed. Read the card again."
            }
            Self::CodeNotSignable => {
                "This code was issued before this desk was enrolled, so it cannot be printed again here. Nothing was changed. Reissue it instead."
            }
            Self::CorrectionUnknown => {
                "There is no such correction on this desk. Synchronise and look again."
            }
            Self::CorrectionChanged => {
                "The correction was changed meanwhile. Nothing was done. Look at it again, then decide."
            }
            Self::ConflictUnknown => "There is no such conflict. Refresh the list.",
            Self::PrintUnknown => "There is no such print. Refresh the list.",
            Self::BlobUnknown => {
                "This document is not on the desk and cannot be fetched now. Try when online, or scan it again."
            }
            Self::BlobDamaged => "This document fails its check and cannot be used. Scan it again.",
            Self::BlobTooLarge => "This document is too large and was not saved. Scan at a lower resolution.",
            Self::CarryDamaged => {
                "This is not a file of an offline export, or it is damaged. Nothing was imported. Export it again."
            }
            Self::CarryPassphrase => {
                "The passphrase is too short. No file was written. Use at least 10 characters."
            }
            Self::CarryLocked => "The passphrase is wrong. The file was not opened. Check the passphrase.",
            Self::CarryForeign => {
                "This file is not of this centre, or its content does not verify. Nothing was imported. Check where it came from."
            }
        }
    }
}

impl From<std::io::Error> for DeskError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::FileTooLarge => Self::DiskFull,
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => {
                Self::DiskReadOnly
            }
            _ => Self::DiskFailed(error),
        }
    }
}
