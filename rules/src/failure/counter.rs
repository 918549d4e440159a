//! What a clerk cannot do at the counter now, and hints that they must not overlook.

use super::Refusal;
use crate::{Day, DeviceNumber, program::ProgramVersion};

catalogue! {
    /// Failure of what the clerk asked for.
    CounterFailure {
        /// A key pressed twice, or a screen that was overtaken.
        OutOfStep = "out_of_step":
            "当前步骤不能执行此操作，画面已刷新，没有任何改动。请按新画面继续。",
            "This cannot be done at this step. The screen was refreshed; nothing was changed. Go on from the new screen.";
        /// The program of the practice site (演练) ended.
        PracticeGone = "practice_gone":
            "演练环境已停止，演练的内容不再保留。请关闭窗口，重新启动演练。",
            "The practice site has ended, and what was practised is gone. Close the window and start practice again.";
        /// The practice site could not do what was asked, such as scan before anything was issued.
        PracticeNotDone = "practice_not_done":
            "演练环境没有执行，内容没有变动。如要扫描，请先联网办好一张离线码。",
            "The practice site did not do this, and nothing changed. To scan, issue a code first while the line works.";
        /// Nobody is in front.
        NoCitizen = "no_citizen":
            "还没有读到证件，尚未办理。请先把证件放到读卡器上。",
            "No card has been read and nothing was done. Lay the card on the reader first.";
        /// The holder's card left the reader while somebody acts for them.
        HolderCardAway = "holder_card_away":
            "本人证件不在读卡器上，办件已挂起，内容都已保留。请放上本人证件继续办理。",
            "The holder's card is not on the reader. The case is put aside and everything is kept. Lay their card to go on.";
        /// An escalation (上报) is answered only for the citizen who filed it.
        EscalationOfAnother = "escalation_of_another":
            "这条转来的申请不是面前申请人提出的，未开始更正。请放上提出申请的本人的证件。",
            "This report was not filed by the citizen in front, and no correction was begun. Lay the card of the person who filed it.";
        /// A sheet was stuck in the printer when its case was left, and was cancelled.
        PrintLeft = "print_left":
            "上一办件的纸张卡在打印机里，已取消打印。请检查出纸口，有纸张的请收回；申请人仍需要的，请读取其证件再打印。",
            "A sheet of an earlier case was stuck in the printer and was cancelled. Look into the tray and take out what lies there; if its holder still needs it, read their card and print it again.";
        /// A suspended case was found; its holder's card is needed.
        LayCardAgain = "lay_card_again":
            "办件已找到，内容都已保留。请把本人证件放到读卡器上，继续办理。",
            "The case was found and everything is kept. Lay the holder's card on the reader to go on.";
        /// No card of the person acting was read.
        NoAgentCard = "no_agent_card":
            "还没有读到代办人的证件，内容都已保留。请取下本人证件，放上监护人或亲属的证件。",
            "No card of the person acting has been read; everything is kept. Lift the holder's card and lay theirs on the reader.";
        /// No card of an institution's agent was read.
        NoInstitutionAgent = "no_institution_agent":
            "还没有读到机构经办人的证件，没有任何改动。请把经办人的身份证放到读卡器上。",
            "No card of the institution's agent has been read; nothing was changed. Lay the agent's ID card on the reader.";
        /// Collective service without the signed list of consents.
        ConsentListMissing = "consent_list_missing":
            "还没有扫描同意书名单，尚未开始发码，名单已保留。请用摄像头拍摄或选择扫描件。",
            "The list of consents was not scanned and no code was issued; the list is kept. Take its picture or choose a scan.";
        /// A job without anybody whose sheet can be printed.
        NothingToPrint = "nothing_to_print":
            "名单里没有可以打印的离线码，未打印。请先发码，或查看未办原因。",
            "No code of this list can be printed, and nothing was. Issue first, or look at the reasons.";
        /// The citizen answered 有误 on the citizen window.
        CitizenSaysWrong = "citizen_says_wrong":
            "申请人在客显上选择了“有误”，没有办理。请按F7更正；已说明清楚的，请让申请人重新核对。",
            "The citizen answered on the citizen window that something is wrong, and nothing was done. Correct it with F7, or ask the citizen again.";
        /// An answer of the citizen window while nobody is asked.
        NobodyAsked = "nobody_asked":
            "现在没有需要核对的内容，未记录。请听工作人员安排。",
            "Nothing is to be checked now, and nothing was recorded. Please follow the clerk.";
        /// A notice was asked for, and the form is complete.
        NothingMissing = "nothing_missing":
            "材料已经齐全，没有需要补正的内容，未打印。请提交更正。",
            "Nothing is missing, and no notice was printed; submit the correction.";
        /// A stored draft that this program cannot read.
        DraftUnreadable = "draft_unreadable":
            "本机保存的草稿无法读取，已换成新的表单。已提交的更正不受影响。请重新填写。",
            "The draft saved on this desk cannot be read; this is a new form. A correction that was submitted is not affected. Fill the form in again.";
        /// The reader gives only the chip's number.
        NotAnIdentity = "not_an_identity":
            "这个读卡器只能读到此证件的芯片编号，不能作为身份依据，未采用。请换到身份证专用读卡器上读取。",
            "This reader only gets the chip's number of this card, which is no identity and was not used. Use the desk's ID-card reader.";
        /// N1: the number on the chip is no valid number.
        CardNumber {
            /// What is wrong with it.
            why: Refusal,
        } = "card_number":
            "证件芯片里的号码不正确，未采用。{why}请核对证件真伪，必要时联系公安窗口。",
            "The number on the chip is not valid and was not used. {why} Check the card; ask the police window if in doubt.";
        /// The name fills the chip's field.
        NameMayBeCut = "name_may_be_cut":
            "姓名占满了芯片的姓名栏，可能没有写全。请与证件正面核对。",
            "The name fills the chip's field and may be cut off. Compare it with the face of the card.";
        /// The registry's name differs from the chip's.
        NameDiffers = "name_differs":
            "登记姓名与证件芯片不一致，登记未改动。请与本人核对；有误请按 F7 更正。",
            "The registry's name differs from the chip's; the registry was not changed. Check with the holder; press F7 to correct it.";
        /// The last day of a certificate is no date.
        CertificateDate = "certificate_date":
            "残疾人证有效期不正确，内容都已保留。请按“年-月-日”填写，例如 2030-12-31。",
            "The certificate's last day is not a date; what you typed is kept. Write it as 2030-12-31.";
        /// Text in place of a day is no date.
        NotADay = "not_a_day":
            "日期不正确，列表没有变动。请按“年-月-日”填写，例如 2026-11-23。",
            "This is not a date, and the list did not change. Write it as 2026-11-23.";
        /// L3: another channel issued first today; the centre revoked this code.
        DuplicateSameDay = "duplicate_same_day":
            "当日在其他渠道已先办理，本窗口发放的离线码已由中心撤销。请收回或告知申请人停用本张，并打印告知书。",
            "Another channel issued a code today before this one; this code was revoked by the centre. Take the sheet back or tell the citizen, and print the notice.";
        /// The registry changed before the correction was applied.
        StaleVersion = "stale_version":
            "登记信息在此期间已变更，本次更正未生效，已退回经办人。请核对最新信息后重新提交。",
            "The registry changed in the meantime; the correction was not applied and is back with its maker. Check the record and hand it in again.";
        /// Nobody's word stands behind an operation (A3).
        Unproven = "unproven":
            "中心无法核实此业务是哪位工作人员本人办理的，未予生效，已留存待安全管理员查核。请收回已打印的离线码（纸质），告知申请人，并报告安全管理员。",
            "The centre cannot tell that a member of staff did this themselves. It has no effect and is kept for the security administrator. Take the sheet back, tell the citizen, and report it.";
        /// Done before a dismissal or change of role that the centre heard of first (A5).
        Late = "late":
            "此业务送达中心时，经办人已停用或岗位已变动，由安全管理员决定是否生效；离线码暂为待确认。请告知申请人等候，并报告安全管理员。",
            "When this reached the centre, its operator had been dismissed or had other roles. A security administrator decides; the code stays provisional. Tell the citizen to wait, and report it.";
        /// A correction has no reason yet.
        ReasonMissing = "reason_missing":
            "还没有选择更正原因，草稿已保存。请选择更正原因。",
            "No reason was chosen yet; the draft is saved. Choose the reason for the correction.";
        /// A correction of the photo has no new photo yet.
        PhotoMissing = "photo_missing":
            "还没有新照片，草稿已保存。请拍摄或选择新照片。",
            "There is no new photo yet; the draft is saved. Take or choose the new photo.";
        /// The desk has no camera that works.
        NoCamera = "no_camera":
            "没有可用的摄像头，未拍照。请检查连接或在“设置”中选择；也可以从文件选择照片。",
            "There is no camera and no picture was taken. Check its cable or choose one in Settings; a photo can also be taken from a file.";
        /// The picture is no longer in memory.
        PictureGone = "picture_gone":
            "刚才的图片没有保留下来，其他内容都在。请重新拍摄或选择。",
            "The last picture was not kept; everything else is there. Take or choose it again.";
        /// What the page sent is no picture.
        PictureUnreadable = "picture_unreadable":
            "图片无法读取，未载入。请换一张 JPEG、PNG 或 BMP 图片。",
            "The picture cannot be read and was not loaded. Use a JPEG, PNG or BMP picture.";
        /// More bytes than any camera or scanner of a counter makes.
        PictureTooManyBytes = "picture_too_many_bytes":
            "图片文件超过 32 MB，未载入。请降低分辨率后重新扫描或拍摄。",
            "The picture file is larger than 32 MB and was not loaded. Scan or take it again at a lower resolution.";
        /// Not JPEG, PNG or BMP, whatever its name says.
        PictureType = "picture_type":
            "此文件不是 JPEG、PNG 或 BMP 图片，未载入。请选择正确的图片文件。",
            "This file is not a JPEG, PNG or BMP picture and was not loaded. Choose the right file.";
        /// More pixels than are taken, or none.
        PictureDimensions = "picture_dimensions":
            "图片尺寸超出范围（最多 2500 万像素、单边 10000 像素），未载入。请按 300 dpi 重新扫描。",
            "The picture has more than 25 million pixels, a side over 10,000 pixels, or none. It was not loaded. Scan it again at 300 dpi.";
        /// The file ends before the picture does.
        PictureCutOff = "picture_cut_off":
            "图片文件不完整，未载入。请重新复制、扫描或拍摄。",
            "The picture file is not complete and was not loaded. Copy, scan or take it again.";
        /// The picture cannot be decoded.
        PictureDamaged = "picture_damaged":
            "图片文件已损坏，未载入。请重新扫描或拍摄。",
            "The picture file is damaged and was not loaded. Scan or take it again.";
        /// The rectangle to be cut out is not in the picture.
        PictureCrop = "picture_crop":
            "裁切框不在图片范围内，照片未改动。请重新框选。",
            "The frame is outside of the picture. The photo was not changed. Place the frame again.";
        /// The picture shows no symbol.
        NoSymbol = "no_symbol":
            "图片里没有找到二维码，未核验。请把整张码拍清楚后再试。",
            "No code was found in the picture and nothing was verified. Show the whole code sharply and try again.";
        /// No printer is set up.
        NoPrinter = "no_printer":
            "本机还没有设置打印机，纸张未打印，业务已保存。请在“设置”中选择打印机后按 F8 重新打印。",
            "No printer is set up on this desk. Nothing was printed; what was done is saved. Choose a printer in Settings, then press F8.";
        /// The job is not at the printer yet.
        PrintSending = "print_sending":
            "纸张还在送往打印机，没有任何改动。请稍后再试。",
            "The paper is still on its way to the printer; nothing was changed. Wait a moment and try again.";
        /// `desk.toml` cannot be read from the disk.
        ConfigUnreadable = "config_unreadable":
            "本机设置文件 desk.toml 无法读取，程序没有启动，业务数据未改动。请系统管理员检查文件权限和磁盘后重新启动。",
            "The settings file desk.toml cannot be read, so the program did not start. No data was changed. Have the system administrator check its permissions and the disk, and start again.";
        /// `desk.toml` has a setting that is not understood.
        ConfigMalformed {
            /// Line of the file, from 1.
            line: usize,
        } = "config_malformed":
            "本机设置文件 desk.toml 第 {line} 行有误，程序没有启动，业务数据未改动。请系统管理员修正后重新启动。",
            "Line {line} of the settings file desk.toml is wrong, so the program did not start. No data was changed. Have the system administrator mend it and start again.";
        /// `desk.toml` could not be written.
        ConfigNotSaved = "config_not_saved":
            "设置没有保存，原设置仍有效。请检查磁盘空间后重试，再次出错请联系系统管理员。",
            "The settings were not saved; the old ones are still in force. Check the disk and try again, then ask the system administrator.";
        /// A number among the settings is out of range.
        SettingOutOfRange {
            /// Smallest number allowed.
            least: u32,
            /// Largest number allowed.
            most: u32,
        } = "setting_out_of_range":
            "数值超出范围，设置没有改动。请填写 {least} 到 {most} 之间的整数。",
            "The number is out of range and the settings were not changed. Write a number from {least} to {most}.";
        /// The certificate of this desk ends soon.
        CertificateEnds {
            /// Last day on which the certificate is valid.
            day: Day,
        } = "certificate_ends":
            "本机密钥到{day}为止，尚未更换，此后不能发码；业务都在本机。请在此之前恢复与中心的连接，联网后自动更换。",
            "This desk's key ends on {day} and was not renewed yet; the desk can issue no codes after that. Everything is saved. Restore the connection to the centre before then: the key renews by itself.";
        /// L13: a newer program will be required.
        ProgramEnds {
            /// First day on which this program issues no codes.
            day: Day,
            /// Oldest version that may then.
            version: ProgramVersion,
        } = "program_ends":
            "本窗口的程序须在{day}前升级到 {version} 或更新版本，此后旧版本不能发码；挂失不受影响，业务都在本机。请联系系统管理员升级。",
            "This window's program must be {version} or newer by {day}; older ones issue no codes after that. Losses are not affected and everything is saved. Ask the system administrator for the upgrade.";
        /// The desk whose operations were carried here has enrolled again.
        ImportFenced {
            /// Device number of that desk.
            device: DeviceNumber,
            /// Sequence number of the first operation refused.
            first: u64,
            /// Sequence number of the last operation refused.
            last: u64,
        } = "import_fenced":
            "离线数据导入：设备 {device} 第 {first}—{last} 笔业务，中心未收下：该设备后来已重新登记。业务仍保存在该窗口，联网后由它自行同步，这里无需处理。",
            "Offline import: the centre refused operations {first} to {last} of device {device}, because that desk has enrolled again since. It still holds them and sends them itself once its line is back; nothing to do here.";
        /// The desk whose operations were carried here is in quarantine.
        ImportQuarantined {
            /// Device number of that desk.
            device: DeviceNumber,
            /// Sequence number of the first operation refused.
            first: u64,
            /// Sequence number of the last operation refused.
            last: u64,
        } = "import_quarantined":
            "离线数据导入：设备 {device} 第 {first}—{last} 笔业务，中心未收下：该设备已被隔离。业务仍保存在该窗口；请联系安全管理员。",
            "Offline import: the centre refused operations {first} to {last} of device {device}, because that desk is in quarantine. It still holds them. Call the security administrator.";
        /// The desk whose operations were carried here is out of service.
        ImportRevoked {
            /// Device number of that desk.
            device: DeviceNumber,
            /// Sequence number of the first operation refused.
            first: u64,
            /// Sequence number of the last operation refused.
            last: u64,
        } = "import_revoked":
            "离线数据导入：设备 {device} 第 {first}—{last} 笔业务，中心未收下：该设备已停用。业务仍保存在该窗口；请联系安全管理员。",
            "Offline import: the centre refused operations {first} to {last} of device {device}, because that desk is out of service. It still holds them. Call the security administrator.";
        /// Earlier operations of the carried ones are missing.
        ImportGap {
            /// Device number of that desk.
            device: DeviceNumber,
            /// Sequence number of the first operation refused.
            first: u64,
            /// Sequence number of the last operation refused.
            last: u64,
        } = "import_gap":
            "离线数据导入：设备 {device} 第 {first}—{last} 笔业务，中心未收下：缺少该设备在此之前的业务。业务仍保存在该窗口；请先导入较早的文件，或请该窗口重新导出。",
            "Offline import: the centre refused operations {first} to {last} of device {device}, because earlier ones are missing. That desk still holds them. Import the earlier file first, or have that desk export again.";
        /// The carried operations do not verify.
        ImportDamaged {
            /// Device number of that desk.
            device: DeviceNumber,
            /// Sequence number of the first operation refused.
            first: u64,
            /// Sequence number of the last operation refused.
            last: u64,
        } = "import_damaged":
            "离线数据导入：设备 {device} 第 {first}—{last} 笔业务，中心未收下：文件内容与该设备的签名或顺序不符。业务仍保存在该窗口；请该窗口重新导出。",
            "Offline import: the centre refused operations {first} to {last} of device {device}, because they do not fit that desk's signature or order. That desk still holds them. Have it export again.";
    }
}
