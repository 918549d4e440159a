//! What fails at a desk: its store, its enrolment, its line to the centre.

use crate::time::At;

catalogue! {
    /// Failure of a desk.
    DeskFailure {
        /// Another program works with this folder.
        AlreadyOpen = "already_open":
            "本机的窗口程序已经打开，这里没有再开。请切换到已打开的那个窗口。",
            "The program of this desk is open already and was not opened again. Switch to the window that is open.";
        /// S2: the key that unwraps the desk's data is gone.
        KeyMissing = "key_missing":
            "找不到本机密钥，数据未被改动。请联系系统管理员恢复密钥，不要新建数据库。",
            "The key of this desk is missing. No data was changed. Ask the system administrator to restore the key; do not make a new database.";
        /// S2: the key is there and does not fit.
        KeyWrong = "key_wrong":
            "本机密钥与数据不符，数据未被改动。请联系系统管理员恢复原密钥。",
            "The key does not open this desk's data. No data was changed. Ask the system administrator to restore the right key.";
        /// S2: somebody else than the service user may read the key file.
        KeyExposed = "key_exposed":
            "密钥文件可被其他用户读取，程序未启动。请系统管理员将其权限改为仅服务用户可读。",
            "Other users can read the key file, so the program did not start. Make it readable by the service user only.";
        /// C1: there is neither TPM nor keyring, and the settings allow no key file.
        KeyUnprotected = "key_unprotected":
            "本机没有可用的安全芯片（TPM）或系统密钥环，密钥只能放在无保护的文件里，而本机设置不允许。程序没有打开或新建任何数据。请系统管理员启用安全芯片或密钥环，或按安装说明在 desk.toml 中许可密钥文件。",
            "This machine has no usable TPM or keyring, so the desk's key would lie in an unprotected file, which its settings do not allow. Nothing was opened or made. Have the system administrator set up the TPM or the keyring, or allow the key file in desk.toml as the installation guide says.";
        /// C1: the machine's TPM does not answer or refuses.
        TpmUnavailable = "tpm_unavailable":
            "本机安全芯片（TPM）无法使用，数据未被改动。请系统管理员检查安全芯片和本用户的使用权限后重新启动。",
            "This machine's TPM cannot be used. No data was changed. Have the system administrator check the TPM and this user's permission for it, and start again.";
        /// C1: the TPM of another machine sealed the desk's key.
        TpmOther = "tpm_other":
            "本机数据是用另一台机器的安全芯片（TPM）加密的，或本机芯片已被更换、清除，数据无法打开，也未被改动。请把数据放回原机器；原机器已不可用的，请系统管理员重新登记本机。",
            "This data was sealed by the TPM of another machine, or this machine's TPM was replaced or cleared. It cannot be opened, and was not changed. Put it back on its own machine; if that machine is gone, have the system administrator enrol this desk again.";
        /// The vault's own file cannot be understood.
        VaultDamaged = "vault_damaged":
            "密钥库文件已损坏，数据未被改动。请联系系统管理员从备份恢复。",
            "The vault file is damaged. No data was changed. Ask the system administrator to restore it from backup.";
        /// There was a database and it is gone. Never replaced by an empty one.
        DatabaseMissing = "database_missing":
            "本机数据库文件不见了，程序没有新建。请联系系统管理员恢复，或重新登记本机。",
            "The database file is gone and was not replaced by an empty one. Ask the system administrator to restore it or enrol the desk again.";
        /// The database was written by a newer program.
        DatabaseNewer = "database_newer":
            "数据库由更新版本的程序写入，数据未被改动。请安装新版本。",
            "The database was written by a newer program. No data was changed. Install the newer program.";
        /// The database file is damaged.
        DatabaseDamaged = "database_damaged":
            "数据库文件已损坏。已同步的业务在中心完好；请联系系统管理员恢复。",
            "The database file is damaged. What was synchronised is safe at the centre. Ask the system administrator to restore it.";
        /// No room on the disk; the operation was rolled back.
        DiskFull = "disk_full":
            "磁盘已满，本次操作没有保存，之前的都在。请清理磁盘后重试。",
            "The disk is full. This step was not saved; everything before it was. Free some space and try again.";
        /// The disk cannot be written; the operation was rolled back.
        DiskReadOnly = "disk_read_only":
            "磁盘不可写，本次操作没有保存，之前的都在。请联系系统管理员。",
            "The disk cannot be written. This step was not saved; everything before it was. Ask the system administrator.";
        /// The disk reported an error; the operation was rolled back.
        DiskFailed = "disk_failed":
            "磁盘读写出错，本次操作没有保存，之前的都在。请重试，再次出错请联系系统管理员。",
            "The disk reported an error. This step was not saved; everything before it was. Try again, then ask the system administrator.";
        /// Any other trouble of the database; the operation was rolled back.
        Store = "store_failed":
            "保存失败，本次操作没有生效，之前的都在。请重试，再次出错请联系系统管理员。",
            "Saving failed. This step did not happen; everything before it is safe. Try again, then ask the system administrator.";
        /// This desk has no certificate yet.
        NotEnrolled = "not_enrolled":
            "本机尚未登记。请安全管理员签发一次性登记码后登记。",
            "This desk is not enrolled. Ask the security administrator for a one-time code.";
        /// The one-time code is wrong, used or old (S7).
        EnrolmentCode = "enrolment_code":
            "登记码无效、已用或过期，本机未登记。请向安全管理员重新索取。",
            "The enrolment code is wrong, used or too old. The desk was not enrolled. Ask the security administrator for a new one.";
        /// The centre's certificate for this desk does not verify with its root key, or is for
        /// another key.
        CertificateInvalid = "certificate_invalid":
            "中心签发的证书验证不通过，本机未登记。请核对中心地址和根证书。",
            "The certificate from the centre does not verify. The desk was not enrolled. Check the centre's address and root certificate.";
        /// This folder is another window's.
        EnrolledForAnother = "enrolled_for_another":
            "此数据目录属于另一个窗口，未作改动。请为本窗口换用新的数据目录，并重新索取登记码；原目录请保留。",
            "This data folder belongs to another window and was not changed. Use a new folder for this window and ask for another code; keep the old folder.";
        /// S11: this folder belongs to the other class (practice or live), or to another centre.
        EnrolledElsewhere = "enrolled_elsewhere":
            "此数据目录属于另一套环境（演练或正式），未作改动。请换用正确的目录。",
            "This data folder belongs to another environment (practice or live). Nothing was changed. Use the right folder.";
        /// The centre's address is none this desk may call: not `https://`, and not this machine.
        CentreAddress = "centre_address":
            "中心地址不能使用，须以 https:// 开头。请更正地址后重试。",
            "The centre's address cannot be used: it must begin with https://. Correct it and try again.";
        /// The centre's certificate authority is missing or no PEM certificate.
        CentreAuthority = "centre_authority":
            "缺少中心的根证书，或证书无法读取。请安装人员把中心的根证书（PEM 格式）以 ca.pem 为名放入本机数据目录后重试。",
            "The centre's certificate authority is missing or cannot be read. Have the installer put it (PEM) into this desk's folder as ca.pem, and try again.";
        /// The centre cannot be reached now.
        CentreUnreachable = "centre_unreachable":
            "暂时连不上中心。已保存的业务都在本机，恢复后自动同步；可继续办理。",
            "The centre cannot be reached. Everything is saved on this desk and will be synchronised. You can go on.";
        /// No name service knows the host of the centre's address.
        CentreNameUnknown = "centre_name_unknown":
            "查不到中心地址里的主机名（DNS），连不上中心。已保存的业务都在本机；可继续办理。请系统管理员核对中心地址和本机的域名解析设置。",
            "No name service (DNS) knows the host name of the centre's address. Everything is saved on this desk and you can go on. Have the system administrator check the address and this machine's name service.";
        /// Nothing listens at the port of the centre's address.
        CentreConnectionRefused = "centre_connection_refused":
            "中心的机器在，但该端口没有服务（连接被拒绝）。已保存的业务都在本机；可继续办理。请系统管理员核对端口，并查看中心服务是否已启动。",
            "The centre's machine refused the connection: nothing listens at that port. Everything is saved on this desk and you can go on. Have the system administrator check the port and whether the service runs.";
        /// No connection or no answer in time.
        CentreTimeout = "centre_timeout":
            "中心没有及时应答（超时）。已保存的业务都在本机，恢复后自动同步；可继续办理。持续出现时，请系统管理员检查网络和防火墙。",
            "The centre did not answer in time. Everything is saved on this desk and will be synchronised; you can go on. If it lasts, have the system administrator check network and firewall.";
        /// The centre's certificate is by another authority than this desk's.
        CentreCertificateForeign = "centre_certificate_foreign":
            "对方的证书不是本机所信任的根证书（ca.pem）签发的，没有连接：地址可能有误，或根证书已更换。已保存的业务都在本机；可继续办理。请系统管理员核对中心地址和根证书。",
            "The certificate there was not issued by the authority that this desk trusts (ca.pem), so nothing was sent: the address may be wrong, or the authority was changed. Everything is saved on this desk and you can go on. Have the system administrator check both.";
        /// The certificate of the centre has expired, or the clock of this desk is wrong.
        CentreCertificateExpired = "centre_certificate_expired":
            "中心的证书已过期，或本机时间不对，暂时连不上中心。已保存的业务都在本机；可继续办理。请联系系统管理员。",
            "The centre's certificate has expired, or this desk's clock is wrong: the centre cannot be reached. Everything is saved on this desk. You can go on; tell the system administrator.";
        /// The certificate of the centre is not in force yet, or the clock of this desk is wrong.
        CentreCertificateNotYetValid = "centre_certificate_not_yet_valid":
            "中心的证书尚未生效，或本机时间偏早，没有连接。已保存的业务都在本机；可继续办理。请系统管理员先核对本机的日期和时间。",
            "The centre's certificate is not valid yet, or this desk's clock is behind, so nothing was sent. Everything is saved on this desk and you can go on. Have the system administrator check this machine's date and time first.";
        /// The certificate of the centre is for another host name.
        CentreCertificateOtherName = "centre_certificate_other_name":
            "中心的证书与地址里的主机名不符，没有连接。已保存的业务都在本机；可继续办理。请系统管理员核对中心地址，须与证书上的名称一致。",
            "The centre's certificate is for another host name than the address has, so nothing was sent. Everything is saved on this desk and you can go on. Have the system administrator use the name that the certificate has.";
        /// Plain HTTP where TLS is asked for.
        CentrePlainHttp = "centre_plain_http":
            "对方没有使用加密连接（答的是明文 HTTP），没有连接：端口可能有误，或中心没有启用 TLS。已保存的业务都在本机；可继续办理。请系统管理员核对端口和中心的 TLS 设置。",
            "There is no encryption at that address (it answers in plain HTTP), so nothing was sent: the port may be wrong, or the centre's TLS is not set up. Everything is saved on this desk and you can go on. Have the system administrator check both.";
        /// The centre is there and too busy.
        CentreBusy = "centre_busy":
            "中心繁忙。已保存的业务都在本机，稍后自动同步。",
            "The centre is busy. Everything is saved on this desk and will be synchronised soon.";
        /// The centre answered something this program does not understand or refuses the call as a
        /// whole.
        CentreRefused = "centre_refused":
            "中心没有接受此请求，已保存的业务都在本机。请联系系统管理员。",
            "The centre did not accept the request. Everything is saved on this desk. Ask the system administrator.";
        /// The centre noticed a restored or copied disk: issuing is stopped (S7).
        Quarantined = "quarantined":
            "中心发现本机数据与上报记录不一致，已暂停签发。业务都在本机；请联系安全管理员重新登记。",
            "The centre found that this desk's data does not match what it sent before. Issuing is stopped. Everything is saved; ask the security administrator to enrol the desk again.";
        /// A newer enrolment of this desk is in force: issuing is stopped.
        Fenced = "fenced":
            "本机已被重新登记取代，已暂停签发。业务都在本机；请联系安全管理员。",
            "This enrolment was replaced by a newer one. Issuing is stopped. Everything is saved; ask the security administrator.";
        /// The desk was taken out of service: issuing is stopped.
        Revoked = "revoked":
            "本机已被中心停用，已暂停签发。业务都在本机；请联系安全管理员。",
            "The centre has taken this desk out of service. Issuing is stopped. Everything is saved; ask the security administrator.";
        /// The centre was restored and wants operations whose content retention has removed here:
        /// issuing is stopped.
        HistoryLost = "history_lost":
            "中心恢复到了较早的数据，缺少本机已按保存期限清理的业务，此后的业务无法上报，已暂停签发。未上报的业务都在本机，挂失照常受理；请联系系统管理员。",
            "The centre was restored to an earlier state and lacks operations that this desk has removed after their retention time, so it cannot take later ones. Issuing is stopped. What waits is saved on this desk, and losses are still taken. Ask the system administrator.";
        /// D2: the centre's audit log does not extend what this desk has seen of it.
        CentreRewritten = "centre_rewritten":
            "中心的审计日志与本机此前所见不一致：可能恢复了备份，也可能被改动。业务可继续办理，证据已保存在本机；请立即报告审计员。",
            "The centre's audit log does not continue what this desk has seen of it: a backup was put back, or somebody changed it. You can go on, and the evidence is kept on this desk. Tell the auditor at once.";
        /// The desk's certificate has ended: nobody could verify what it signs.
        CertificateEnded = "certificate_ended":
            "本机密钥已到期，到期前未能联网更换，不能再发码。业务都在本机；请安全管理员签发新的登记码，重新登记本机。",
            "This desk's key has ended before the desk could reach the centre for the next one, so it can issue no more codes. Everything is saved; ask the security administrator for a new enrolment code and enrol the desk again.";
        /// S4: number, password or second factor is wrong. Which of them is not said.
        LoginFailed = "login_failed":
            "工号、密码或动态码不正确。请重新输入；连续 5 次错误将锁定 15 分钟。",
            "Staff number, password or code is wrong. Try again; five failures lock the account for 15 minutes.";
        /// S4: locked after too many failures.
        LoginLocked {
            /// When the account opens again.
            until: At,
        } = "login_locked":
            "错误次数过多，此账号已锁定至 {until}。请届时再试，或请安全管理员解锁。",
            "Too many failures: the account is locked until {until}. Try again then, or ask the security administrator.";
        /// S4: the centre was not reached for so long that the desk may no longer vouch for
        /// passwords.
        OfflineLoginExpired = "offline_login_expired":
            "离线登录的期限已过。本机业务都在；请恢复与中心的连接后登录。",
            "Offline login is no longer possible. Everything is saved. Restore the connection to the centre and log in.";
        /// A2: without the centre, and what was typed opens nothing that this desk keeps.
        OfflineLoginFailed = "offline_login_failed":
            "现在联系不上中心，离线登录未成功：工号或密码不符，或您72小时内未在本机联网登录过。请核对，或待恢复连接后登录。",
            "The centre cannot be reached, and the offline login failed: number or password is wrong, or you have not logged in here with the centre in the last 72 hours. Check them, or log in when the line is back.";
        /// A7: a password is changed with the centre only.
        PasswordNeedsCentre = "password_needs_centre":
            "修改密码须与中心联网，现在联系不上，密码未修改。请待恢复连接后再改。",
            "Changing the password needs the centre, which cannot be reached now. The password was not changed. Try again when the line is back.";
        /// Accounts are administered with the centre only.
        AccountsNeedCentre = "accounts_need_centre":
            "管理账号须与中心联网，未作改动。请在状态栏显示“在线”后重新登录并重试。",
            "Accounts are managed with the centre only, and nothing was changed. Once the status line says online, log in again and repeat it.";
        /// Nobody is logged in, or the screen is locked.
        NotLoggedIn = "not_logged_in":
            "尚未登录或已锁屏，内容已保留。请登录。",
            "Nobody is logged in, or the screen is locked. What you typed is kept. Log in.";
        /// A3: the session of the person at the screen has ended.
        SessionEnded = "session_ended":
            "本次登录已结束，这一步没有办理，填写的内容已保留。请重新登录。",
            "Your session has ended. What you typed is kept, and nothing was done. Log in again.";
        /// The centre shows the board to a person who logged in with it, and to no desk alone.
        BoardNeedsLogIn = "board_needs_log_in":
            "您登录时未与中心联网，看板不能更新，现为上次的内容。请退出后重新登录。",
            "You logged in without the centre, so the board cannot be brought up to date. Log out and log in again.";
        /// No such case (办件) here.
        CaseUnknown = "case_unknown":
            "本机没有此办件编号。请核对编号。",
            "There is no such case on this desk. Check the number.";
        /// A closed case (办结) is not taken up again.
        CaseClosed = "case_closed":
            "该办件已办结，不能继续办理，未作改动。需再打印离线码的，请读取本人证件，办理二次打印。",
            "This case is closed and cannot be taken up again. Nothing was changed. To print the code again, read the holder's card and choose the reprint.";
        /// 9,999 cases in one day at one window.
        CaseNumbersUsedUp = "case_numbers_used_up":
            "本窗口今日办件编号已用完，未受理。请到其他窗口办理。",
            "This window has used all case numbers of the day. Nothing was opened. Use another window.";
        /// No such code on this desk.
        CodeUnknown = "code_unknown":
            "本机没有此离线码的记录，未作改动。请重新读卡查询。",
            "This desk does not know that code. Nothing was changed. Read the card again.";
        /// B1: this desk does not have the symbol of the code.
        SymbolNotHere = "symbol_not_here":
            "本机没有此码的二维码，不能打印，未作改动。请联网后重新读卡查询；仍不行请办理补领。",
            "This desk does not have the symbol of this code, so it cannot print a copy. Nothing was changed. Read the card again while online; if that fails, reissue the code.";
        /// No such correction (更正) on this desk.
        CorrectionUnknown = "correction_unknown":
            "本机没有此更正申请。请同步后再查。",
            "There is no such correction on this desk. Synchronise and look again.";
        /// The correction was changed since it was shown.
        CorrectionChanged = "correction_changed":
            "此更正申请刚被修改过，本次操作未执行。请看过新内容后再办。",
            "The correction was changed meanwhile. Nothing was done. Look at it again, then decide.";
        /// Nobody is to be called about this.
        CallUnknown = "call_unknown":
            "此事项已不在回访名单中，没有登记。请刷新名单。",
            "Nobody is to be called about this any more, and nothing was noted. Refresh the list.";
        /// The case was rated otherwise before.
        CaseRated = "case_rated":
            "该办件已经评价过，保留原来的评价。如需更改，请联系主管。",
            "This case was rated before, and that rating stays. Ask the supervisor if it is to be changed.";
        /// No such conflict.
        ConflictUnknown = "conflict_unknown":
            "没有此冲突记录。请刷新列表。",
            "There is no such conflict. Refresh the list.";
        /// No such print.
        PrintUnknown = "print_unknown":
            "没有此打印记录。请刷新列表。",
            "There is no such print. Refresh the list.";
        /// The picture or scan is not on this desk and could not be fetched.
        BlobUnknown = "blob_unknown":
            "本机没有此材料，且暂时无法从中心取得。请联网后再看，或重新扫描。",
            "This document is not on the desk and cannot be fetched now. Try when online, or scan it again.";
        /// There is no such job of collective service.
        JobUnknown = "job_unknown":
            "没有这项集体代办，没有任何改动。请从列表中重新选择。",
            "There is no such collective service, and nothing was changed. Choose it from the list again.";
        /// There is no such home visit, or nobody like this on its list.
        VisitUnknown = "visit_unknown":
            "上门服务没有此项内容，没有任何改动。请刷新后重新选择。",
            "There is no such home visit, or nobody like this on its list, and nothing was changed. Refresh and choose again.";
        /// The stored picture or scan was altered or does not belong to this desk.
        BlobDamaged = "blob_damaged":
            "此材料校验不通过，不能使用。请重新扫描。",
            "This document fails its check and cannot be used. Scan it again.";
        /// A picture or scan larger than a desk keeps.
        BlobTooLarge = "blob_too_large":
            "此材料过大，未保存。请降低扫描分辨率后重试。",
            "This document is too large and was not saved. Scan at a lower resolution.";
        /// The transfer file (离线数据导出文件) is not one, is cut, or was changed.
        TransferDamaged = "transfer_damaged":
            "此文件不是离线数据导出文件，或不完整、被改动过，未导入。请到原窗口重新导出。",
            "This is not a file of an offline export, or it is cut or was changed. Nothing was imported. Export it again at its desk.";
        /// The transfer file is of another centre or class.
        TransferForeign = "transfer_foreign":
            "此文件不属于本中心，未导入。请核对来源。",
            "This file is not of this centre. Nothing was imported. Check where it came from.";
        /// The transfer file is sealed to a key the centre does not have.
        TransferAnotherKey = "transfer_another_key":
            "此文件是用中心没有或已停用的密钥加密的，无法打开，未导入。请在原窗口联网后重新导出。",
            "This file is sealed to a key that the centre does not have, or has no more. Nothing was imported. Export it again once its desk was online.";
        /// C3: the root took back the only sealing key that this desk knows.
        SealingKeyRevoked = "sealing_key_revoked":
            "本机所知的中心加密密钥已被收回，文件未生成，业务仍在本机。请联网取得新密钥后再导出。",
            "The centre's key known here was taken back. No file was written, and the operations stay here. Export again once this desk was online.";
    }
}
