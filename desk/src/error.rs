//! Everything that can go wrong at a desk: one closed enum. Codes and sentences are in
//! [`rules::failure`].

mod words;

use crate::line::{OfflineReason, Stop};
use rules::{At, Refusal, Sensitive, transfer::TransferError};

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
    /// C1: there is neither TPM nor keyring, and the settings allow no key file.
    #[error("the desk's key would lie unprotected")]
    KeyUnprotected,
    /// C1: the machine's TPM does not answer or refuses.
    #[error("the TPM cannot be used")]
    TpmUnavailable,
    /// C1: the TPM of another machine sealed the desk's key.
    #[error("the desk's key was sealed by another TPM")]
    TpmOther,
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
    CentreUnreachable(OfflineReason),
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
    /// D2: the centre's audit log does not extend what this desk has seen of it.
    #[error("the centre's audit log was rewritten")]
    CentreRewritten,
    /// The desk's certificate has ended: nobody could verify what it signs.
    #[error("certificate has ended")]
    CertificateEnded,

    /// There is no such job of collective service.
    #[error("no such job")]
    JobUnknown,

    /// There is no such home visit, or nobody like this on its list.
    #[error("no such visit")]
    VisitUnknown,

    /// S4: number, password or second factor is wrong. Which of them is not said.
    #[error("login failed")]
    LoginFailed,
    /// S4: locked after too many failures.
    #[error("locked")]
    LoginLocked {
        /// Until when.
        until: At,
    },
    /// S4: the centre was not reached for so long that the desk may no longer vouch for passwords.
    #[error("offline login has expired")]
    OfflineLoginExpired,
    /// A2: without the centre, and what was typed opens nothing that this desk keeps.
    #[error("login failed without the centre")]
    OfflineLoginFailed,
    /// A7: a password is changed with the centre only.
    #[error("a password is changed with the centre only")]
    PasswordNeedsCentre,
    /// The centre shows the board to a person who logged in with it, and to no desk alone.
    #[error("the board needs a log-in with the centre")]
    BoardNeedsLogIn,
    /// Accounts are administered with the centre only.
    #[error("accounts are administered with the centre only")]
    AccountsNeedCentre,
    /// Nobody is logged in, or the screen is locked.
    #[error("not logged in")]
    NotLoggedIn,
    /// A3: the session of the person at the screen has ended.
    #[error("session has ended")]
    SessionEnded,
    /// S4: this needs the password again.
    #[error("re-authentication needed")]
    ReauthenticationNeeded,

    /// No such case (办件) here.
    #[error("unknown case")]
    CaseUnknown,
    /// A closed case (办结) is not taken up again.
    #[error("case is closed")]
    CaseClosed,
    /// 9,999 cases in one day at one window.
    #[error("case numbers of the day are used up")]
    CaseNumbersUsedUp,
    /// No such code on this desk.
    #[error("unknown code")]
    CodeUnknown,
    /// B1: this desk does not have the symbol of the code.
    #[error("symbol of the code is not here")]
    SymbolNotHere,
    /// No such correction (更正) on this desk.
    #[error("unknown correction")]
    CorrectionUnknown,
    /// The correction was changed since it was shown.
    #[error("correction was changed")]
    CorrectionChanged,
    /// Nobody is to be called about this.
    #[error("unknown call")]
    CallUnknown,
    /// The case was rated otherwise before.
    #[error("rated before")]
    CaseRated,
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

    /// The transfer file (离线数据导出文件) is not taken.
    #[error(transparent)]
    Transfer(#[from] TransferError),
    /// C3: the root took back the only sealing key that this desk knows.
    #[error("the sealing key is revoked")]
    SealingKeyRevoked,
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
