//! What things are called, on the page and on paper: one label for each in both languages.
//!
//! `ui/src/i18n/generated.ts` is generated from these tables, so page and papers cannot disagree.

use crate::{
    Language,
    call_back::CallOutcome,
    correction::{CorrectionState, Dismissal, EvidenceKind, Field, Reason, Rejection},
    eligibility::Shortfall,
    failure::Entry,
    handwriting::Unsigned,
    health::{HealthState, TestOutcome},
    institution::{InstitutionKind, JobPersonState, JobState},
    life::{Action, Standing},
    op::OperationKind,
    proof::{Document, ProofKind},
    visit::{VisitGround, VisitState},
    window::{DeviceKind, DeviceState, KeyProtection, Paper, PrintState, QueueState},
    wire::VerifyAnswer,
};

/// Gives each variant its label. The key in quotes is the serialised name, which the page uses.
macro_rules! labels {
    ($($type:ident { $($variant:ident $key:literal = $chinese:literal, $english:literal;)+ })+) => {
        $(impl $type {
            /// Labels by serialised name.
            pub const LABELS: &'static [Entry] = &[
                $(Entry { code: $key, chinese: $chinese, english: $english },)+
            ];

            /// Returns what it is called.
            pub const fn label(&self, language: Language) -> &'static str {
                match self {
                    $(Self::$variant { .. } => language.pick($chinese, $english),)+
                }
            }
        })+
    };
}

labels! {
    Action {
        Apply "apply" = "首次申领", "First issue";
        Reapply "reapply" = "再次申领", "Re-application";
        Reissue "reissue" = "补领", "Reissue";
        ReportLoss "report_loss" = "挂失", "Loss report";
        Reprint "reprint" = "二次打印", "Reprint";
        Replace "replace" = "更正换发", "Replacement after correction";
        Void "void" = "作废", "Void";
    }
    Standing {
        Live "live" = "有效", "Valid";
        Expired "expired" = "已过期", "Expired";
        Lost "lost" = "已挂失", "Lost";
        Superseded "superseded" = "已换发新码", "Replaced by a newer code";
        Voided "voided" = "已作废", "Voided";
    }
    Field {
        Name "name" = "姓名", "Name";
        Photo "photo" = "照片", "Photo";
    }
    Reason {
        RareCharacter "N1" = "生僻字", "Rare character";
        Separator "N2" = "间隔号写法不同", "Separator written differently";
        CutOff "N3" = "长姓名被截断", "Long name cut off";
        LegalChange "N4" = "依法改名", "Legal change of name";
        TypingError "N5" = "录入错误", "Typing error in the record";
        AnotherPerson "P1" = "照片是他人", "Photo of another person";
        PoorPhoto "P2" = "照片模糊、镜像或裁切不当", "Photo blurred, mirrored or badly cropped";
        OutdatedPhoto "P3" = "照片过时，容貌已变", "Photo outdated, looks have changed";
        ExpiredCard "P4" = "身份证过期，照片陈旧", "ID card expired, photo old";
    }
    Rejection {
        EvidenceMissing "E1" = "材料缺失", "Evidence missing";
        EvidenceUnreadable "E2" = "材料无法辨认", "Evidence illegible";
        DiffersFromSource "E3" = "与证件或登记信息不一致", "Differs from the source";
        CardInvalid "E4" = "证件过期或无效", "Card expired or invalid";
        NotTheHolder "E5" = "不是本人，也不是监护人", "Not the holder or guardian";
        PoliceMatter "E6" = "须到公安户籍窗口办理", "Matter for the police registry";
        SuspectedFraud "E7" = "涉嫌冒用", "Suspected fraud";
        Duplicate "E8" = "重复申请", "Duplicate";
    }
    Dismissal {
        RegisteredRightly "registered_rightly" = "登记信息与证件一致，无须更正", "The record agrees with the card; nothing to correct";
        PoliceMatter "police_matter" = "须到公安户籍窗口办理", "A matter for the police registry";
        NotTheHolder "not_the_holder" = "提出的不是本人，也不是监护人", "Filed by neither the holder nor a guardian";
        Duplicate "duplicate" = "重复提出", "Filed before";
        TakenBack "taken_back" = "申请人不再要求更正", "The citizen does not ask for it any more";
    }
    CallOutcome {
        NotReached "not_reached" = "未接通", "Not reached";
        Reached "reached" = "已接通，需再联系", "Reached, call again";
        Told "told" = "已告知", "Told";
        ComesAgain "comes_again" = "已告知，将再来窗口", "Told, comes again";
    }
    EvidenceKind {
        ChipRead "chip_read" = "芯片读取记录", "Chip read-out";
        ChipPhoto "chip_photo" = "芯片照片", "Chip photo";
        LivePhoto "live_photo" = "现场照片", "Photo taken here";
        CardScan "card_scan" = "身份证扫描件", "Scan of the ID card";
        NewCardScan "new_card_scan" = "新身份证扫描件", "Scan of the new ID card";
        HouseholdBook "household_book" = "户口簿", "Household book";
        HouseholdBookChangePage "household_book_change_page" = "户口簿变更页", "Household book, page of changes";
        BirthCertificate "birth_certificate" = "出生医学证明", "Birth certificate";
        GuardianConsent "guardian_consent" = "监护人同意书", "Guardian's consent";
        Signature "signature" = "本人签名", "Citizen's signature";
    }
    Unsigned {
        NotAwaited "not_awaited" = "口头确认，未等签名", "Confirmed aloud, not waited for";
        CannotWrite "cannot_write" = "不便书写", "Cannot write";
        Declined "declined" = "不愿签名", "Declines to sign";
        PadBroken "pad_broken" = "签名屏故障", "Screen takes no strokes";
    }
    CorrectionState {
        Draft "draft" = "草稿", "Draft";
        Submitted "submitted" = "待审批", "Waiting for approval";
        Approved "approved" = "已批准，待生效", "Approved, not yet applied";
        Applied "applied" = "已生效", "Applied";
        Rejected "rejected" = "已退回", "Sent back";
        Withdrawn "withdrawn" = "已撤回", "Withdrawn";
        Conflicted "conflicted" = "登记信息有变，需重新核对", "Registry changed: check again";
    }
    VerifyAnswer {
        Valid "valid" = "有效", "Valid";
        Provisional "provisional" = "待确认", "Not yet confirmed";
        Unknown "unknown" = "查无此码，不可信", "No such code on record: do not trust";
        Expired "expired" = "已过期", "Expired";
        Lost "lost" = "已挂失", "Lost";
        Superseded "superseded" = "已换发新码", "Replaced by a newer code";
        Voided "voided" = "已作废", "Voided";
        Foreign "foreign" = "不是离线随申码", "Not an offline Suishen code";
        Damaged "damaged" = "二维码破损，无法识读", "The symbol is damaged and cannot be read";
        WrongSignature "wrong_signature" = "签名不符，不可信", "Signature is wrong: do not trust";
        NotYetValid "not_yet_valid" = "签发时间在将来，不可信", "Issued in the future: do not trust";
        OtherClass "other_class" = "演练码与正式码不通用", "Practice and live codes do not mix";
    }
    ProofKind {
        Chip "chip" = "读取证件芯片", "Card read by its chip";
        Code "code" = "扫描随申码", "Code on a phone";
        Bound "bound" = "绑定亲属代办", "Bound relative";
        Document "document" = "纸质证明（无证件）", "Paper document, no card";
        Roster "roster" = "集体代办名单", "List of an institution";
    }
    Document {
        HouseholdBook "household_book" = "户口簿", "Household book";
        BirthCertificate "birth_certificate" = "出生医学证明", "Birth certificate";
        TemporaryCard "temporary_card" = "临时身份证", "Temporary identity card";
        LossCertificate "loss_certificate" = "身份证挂失证明", "Certificate of a lost identity card";
    }
    HealthState {
        Green "green" = "绿码", "Green";
        Yellow "yellow" = "黄码", "Yellow";
        Red "red" = "红码", "Red";
    }
    TestOutcome {
        Negative "negative" = "阴性", "Negative";
        Positive "positive" = "阳性", "Positive";
        Pending "pending" = "结果未出", "No result yet";
    }
    OperationKind {
        Issue "issue" = "发码", "Issue";
        ReportLoss "report_loss" = "挂失", "Loss report";
        Reprint "reprint" = "二次打印", "Reprint";
        Void "void" = "作废", "Void";
        Printed "printed" = "打印登记", "Print record";
        CorrectionOpened "correction_opened" = "起草更正", "Correction drafted";
        CorrectionEdited "correction_edited" = "修改更正", "Correction changed";
        CorrectionSubmitted "correction_submitted" = "提交更正", "Correction submitted";
        CorrectionApproved "correction_approved" = "批准更正", "Correction approved";
        CorrectionRejected "correction_rejected" = "退回更正", "Correction sent back";
        CorrectionWithdrawn "correction_withdrawn" = "撤回更正", "Correction withdrawn";
        CorrectionCommanded "correction_commanded" = "办理更正", "Correction step";
        EscalationDismissed "escalation_dismissed" = "不予更正", "Report closed without a correction";
    }
    QueueState {
        Pending "pending" = "待发送", "To be sent";
        Received "received" = "已收到", "Received";
        Accepted "accepted" = "已确认", "Confirmed";
        Conflict "conflict" = "冲突", "Conflict";
        Rejected "rejected" = "被拒", "Rejected";
    }
    Paper {
        Sheet "sheet" = "离线码（纸质）", "Code sheet";
        Receipt "receipt" = "回执", "Receipt";
        Notice "notice" = "一次性告知书", "Notice";
        DayReport "day_report" = "日结表", "Day report";
        TestPage "test_page" = "测试页", "Test page";
        HandOverList "hand_over_list" = "签收表", "Hand-over list";
        ResultList "result_list" = "集体代办结果", "Result of collective service";
        ReturnReport "return_report" = "上门服务归还单", "Return report of a home visit";
    }
    VisitGround {
        Typed "typed" = "按号码", "By number";
        Today "today" = "今日办件", "Served today";
        Roster "roster" = "机构名册", "On a roster";
    }
    VisitState {
        Choosing "choosing" = "选择人员", "Choosing people";
        Fetching "fetching" = "正在领取资料", "Fetching the kit";
        Out "out" = "资料已领出", "Kit is out";
        Back "back" = "已交回，待中心登记", "Back, the centre is to be told";
        Returned "returned" = "已归还", "Returned";
    }
    InstitutionKind {
        ResidentsCommittee "residents_committee" = "居委会", "Residents' committee";
        VillagersCommittee "villagers_committee" = "村委会", "Villagers' committee";
        NursingHome "nursing_home" = "养老机构", "Nursing home";
        School "school" = "学校", "School";
        Welfare "welfare" = "福利机构", "Welfare institution";
        Hospital "hospital" = "医院", "Hospital";
    }
    JobState {
        Ready "ready" = "待开始", "Ready to begin";
        Running "running" = "正在办理", "Under way";
        Paused "paused" = "已暂停", "Paused";
        Done "done" = "已全部办完", "All done";
        Cancelled "cancelled" = "提前结束", "Ended early";
    }
    JobPersonState {
        Waiting "waiting" = "等待办理", "To be served";
        Issued "issued" = "发码", "Code issued";
        Refused "refused" = "未办", "Not served";
        Cancelled "cancelled" = "未轮到", "Left out";
    }
    PrintState {
        Sending "sending" = "正在发送到打印机", "Being sent to the printer";
        Pending "pending" = "打印机排队中", "Waiting at the printer";
        Held "held" = "打印机已暂缓", "Held by the printer";
        Printing "printing" = "正在打印", "Printing";
        Stopped "stopped" = "打印机已停止", "Printer stopped";
        Completed "completed" = "打印机报告已打出", "Printer says it is out";
        Cancelling "cancelling" = "正在取消", "Cancelling";
        Cancelled "cancelled" = "已取消", "Cancelled";
        Failed "failed" = "打印失败", "Failed";
    }
    DeviceKind {
        CardReader "card_reader" = "读卡器", "Card reader";
        Printer "printer" = "打印机", "Printer";
        Camera "camera" = "摄像头", "Camera";
        Scanner "scanner" = "扫码枪", "Scanner";
    }
    DeviceState {
        Ready "ready" = "正常", "Ready";
        Busy "busy" = "工作中", "Working";
        Trouble "trouble" = "异常", "In trouble";
        Absent "absent" = "未找到", "Not found";
        NotConfigured "not_configured" = "未配置", "Not set up";
    }
    KeyProtection {
        Tpm "tpm" = "密钥由安全芯片（TPM）保护", "Key sealed by the TPM";
        Keyring "keyring" = "密钥在系统密钥环中", "Key in the keyring";
        KeyFile "key_file" = "密钥文件未受保护", "Key file unprotected";
    }
}

impl Shortfall {
    /// Returns why somebody may not hold a code, and what they do next: on the screen, for the
    /// clerk to read out, and on the notice (一次性告知书).
    pub const fn message(self, language: Language) -> &'static str {
        match self {
            Self::NoCertificate => language.pick(
                "18至59周岁的，须为本市户籍并持有效残疾人证；目前没有查到您的残疾人证。已有残疾人证的，请携带原件再来；也可以使用手机上的随申码。",
                "From 18 to 59 Shanghai household registration and a valid disability certificate are needed, and none is on record. Bring the certificate if there is one; the code on the phone can be used instead.",
            ),
            Self::CertificateExpired => language.pick(
                "残疾人证已过期。请换领新证后，携带新证再来办理。",
                "The disability certificate has expired; have it renewed, then come again.",
            ),
            Self::CertificateOfAnother => language.pick(
                "残疾人证号码与申请人证件号码不一致。请出示申请人本人的残疾人证。",
                "The disability certificate belongs to another number; present the holder's own.",
            ),
            Self::CertificateInvalid => language.pick(
                "残疾人证号码有误。请出示残疾人证原件，由窗口重新登记。",
                "The disability certificate's number is wrong; present the original, to be recorded again.",
            ),
            Self::NotRegisteredHere => language.pick(
                "18至59周岁的，须为本市户籍并持有效残疾人证。可以使用手机上的随申码。",
                "From 18 to 59 Shanghai household registration and a valid disability certificate are needed; the code on the phone can be used instead.",
            ),
            Self::NotKnownOffline => language.pick(
                "目前无法联网查询户籍和残疾人证。请出示残疾人证原件，由窗口登记户籍情况后办理。",
                "The registry cannot be asked offline; present the disability certificate and state the household registration, to be recorded at the window.",
            ),
            Self::NotBornYet => language.pick(
                "证件号码中的出生日期晚于今天。请出示证件原件，由窗口核对号码和日期。",
                "The number's birth date lies in the future; present the card, so that the window can check number and date.",
            ),
        }
    }
}

impl EvidenceKind {
    /// Returns what the citizen brings so that this evidence can be taken, as printed on the
    /// notice.
    pub const fn to_bring(self) -> &'static str {
        match self {
            Self::ChipRead | Self::ChipPhoto => "居民身份证（原件，现场读取芯片）",
            Self::LivePhoto => "申请人本人到场（现场拍照）",
            Self::CardScan => "居民身份证（原件）",
            Self::NewCardScan => "新领取的居民身份证（原件）",
            Self::HouseholdBook => "居民户口簿（原件）",
            Self::HouseholdBookChangePage => "居民户口簿变更页（原件）",
            Self::BirthCertificate => "出生医学证明（原件）",
            Self::GuardianConsent => "监护人到场，并携带其居民身份证（原件）",
            Self::Signature => "申请人本人到场（现场签名）",
        }
    }
}

impl Rejection {
    /// Returns why a correction was rejected and what the citizen can do next, as printed on
    /// the notice (一次性告知书).
    pub const fn message(self, language: Language) -> &'static str {
        match self {
            Self::EvidenceMissing => language.pick(
                "材料缺失。请补齐所列材料后再来办理。",
                "Evidence is missing. Please bring the documents listed and come again.",
            ),
            Self::EvidenceUnreadable => language.pick(
                "材料无法辨认。请携带清晰的原件再来办理。",
                "The evidence cannot be read. Please bring the clear originals.",
            ),
            Self::DiffersFromSource => language.pick(
                "申请内容与证件或登记信息不一致。请核对后重新申请。",
                "What is asked for differs from its source. Please check it and ask again.",
            ),
            Self::CardInvalid => language.pick(
                "证件过期或无效。请换领有效证件后再来办理。",
                "The card has expired or is not valid. Please renew it and come again.",
            ),
            Self::NotTheHolder => language.pick(
                "来办理的不是申请人本人或其监护人。请由申请人本人或监护人持证件办理。",
                "Only the holder or a guardian can ask for this. Please let them come with their card.",
            ),
            Self::PoliceMatter => language.pick(
                "该事项须到公安户籍窗口办理。请先到户籍所在地派出所办理变更。",
                "This is for the police registry. Please have it changed at your police station first.",
            ),
            Self::SuspectedFraud => language.pick(
                "涉嫌冒用他人身份，不予办理。如有异议，请持有效证件到窗口说明。",
                "Somebody else's identity seems to have been used. If you object, please come with a valid card.",
            ),
            Self::Duplicate => language.pick(
                "重复申请。请以先前受理的申请为准，凭其办件编号查询。",
                "This was asked for before. Please use the earlier case number.",
            ),
        }
    }
}
