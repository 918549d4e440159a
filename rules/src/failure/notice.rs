//! What a notice (一次性告知书) tells the citizen of a refusal.
//!
//! The sentences of the catalogue tell the clerk what to do; the citizen who takes the notice home
//! reads what it means for them and what they do next.

use super::{CounterFailure, Refusal};

/// Sentence where the reason lies with the window and not with the citizen.
const AT_THE_WINDOW: &str =
    "本窗口目前不能办理此事项，原因不在申请人。请稍后再来，或到本市其他受理窗口办理。";

/// Sentence for every other refusal.
const NOT_DONE: &str = "此事项本次未能办理。请携带本人身份证原件再来窗口，由窗口重新核对后办理。";

/// Returns the sentence for the citizen whom a failure with this code stopped.
pub fn notice_sentence(code: &str) -> &'static str {
    match Refusal::ALL.iter().find(|refusal| refusal.code() == code) {
        Some(refusal) => refusal.notice_sentence(),
        None if code == CounterFailure::DuplicateSameDay.code() => {
            "当天已先在一网通办、自助终端或其他窗口领取了离线随申码，以那一张为准；本窗口发的这一张已撤销，请不要再用。"
        }
        None if code == CounterFailure::StaleVersion.code() => {
            "登记信息在此期间已变更，本次更正未生效。请携带身份证再来窗口，核对后重新提交。"
        }
        None if code == CounterFailure::Unproven.code() => {
            "本次办理未能生效，正由窗口查核；已领取的离线码请勿再使用。请携带身份证再来窗口重新办理。"
        }
        None if code == CounterFailure::Late.code() => {
            "本次办理尚待中心确认。请保留办件编号，稍后凭编号查询结果。"
        }
        None => NOT_DONE,
    }
}

/// Returns whether nothing that the citizen brings changes a refusal with this code, so that the
/// notice says that the request is not taken (不予受理).
pub fn is_declined(code: &str) -> bool {
    code == Refusal::NotEligible.code()
}

impl Refusal {
    /// Returns the sentence for the citizen whom this refusal stopped.
    pub const fn notice_sentence(self) -> &'static str {
        match self {
            Self::NotEligible => {
                "不符合申领条件。未满18周岁、年满60周岁，或本市户籍并持有效残疾人证的可以申领；其他人员可以使用手机上的随申码。"
            }
            Self::EligibilityNotKnown => {
                "目前无法联网查询户籍和残疾人证。请携带残疾人证原件，由窗口登记户籍情况后办理。"
            }
            Self::AlreadyIssuedToday => {
                "今日已办理过申领、再次申领或补领，每人每日限一次。请明日再来；已领取的离线码可以在窗口再打印。"
            }
            Self::TooManyCopies => {
                "离线码的打印份数已到上限。请使用手中的离线码；确需更多份数的，请次日再来，或办理补领。"
            }
            Self::HasHadACode => "以前领过离线随申码，不能首次申领。请办理再次申领或补领。",
            Self::NeverHadACode => "从未领过离线随申码。请办理首次申领。",
            Self::ReissueInstead => "上一张离线码仍有效或已挂失。请办理补领。",
            Self::ReapplyInstead => "上一张离线码已过期或已作废。请办理再次申领。",
            Self::SymbolOutdated | Self::SymbolNotAccepted => {
                "原离线码与登记信息不符，不能再使用。请将原码交回窗口，办理更正换发或补领。"
            }
            Self::CodeStillLive => "已有有效的离线码，可以再打印；遗失的，请先挂失。",
            Self::NotConfirmedByHolder => "姓名和照片尚未核对。请当场核对；有误的，请办理更正。",
            Self::GuardianNeeded => "未满14周岁的，须由监护人办理。请监护人携带本人证件一同前来。",
            Self::DocumentNeedsGuardian => {
                "未满16周岁且没有证件的，须由监护人办理；挂失不受限制。请监护人携带本人证件一同前来。"
            }
            Self::AgentNotBound => "代办人未与申请人绑定亲属关系。请携带户口簿或出生医学证明原件。",
            Self::NotBound => "代办人未与申请人绑定亲属关系。请先在“随申办”绑定，或由申请人本人持证件办理。",
            Self::BoundNotForCorrection => {
                "亲属不能代办更正。请由申请人本人持证件办理；未成年人由监护人办理。"
            }
            Self::ProofMissing | Self::CodeNotForName => "请携带申请人或监护人的身份证原件办理。",
            Self::LogInNotAccepted | Self::LogInUsed | Self::LogInNotKnown => {
                "手机上的码未通过核验。请刷新后重新出示，或携带身份证原件办理。"
            }
            Self::DocumentNotFor => {
                "凭纸质证明只能挂失、申领或补领离线码。其他事项，请先补办身份证，再带身份证来办理。"
            }
            Self::DocumentNotRegistered => {
                "登记库中查不到该证件号码。请核对号码；确无登记的，请先到公安户籍窗口办理。"
            }
            Self::DocumentNotScanned => "请携带证明材料原件，由窗口拍摄后办理。",
            Self::RosterNotFor => "集体代办不能办理此事项。请由申请人本人或亲属到窗口办理。",
            Self::NotOnRoster | Self::NoInstitution => {
                "机构名册或经办人登记不符。请由机构重新登记，或由申请人本人持证件办理。"
            }
            Self::NoApprovedCorrection => "没有已生效的更正，不能换发。请先办理更正，或办理补领。",
            Self::NameNotPrintable | Self::NameUnmapped => {
                "您的姓名中有字暂时打印不出来，这次没有发离线码。请携带身份证原件办理姓名更正，或过些日子再来。"
            }
            Self::EvidenceMissing => "证明材料不齐。请补齐后携带原件再来。",
            Self::CorrectionOpen => "该项目已有未办结的更正。请凭原办件编号继续办理。",
            Self::NumberBirthDate
            | Self::NumberLength
            | Self::NumberCharacter
            | Self::NumberRegion
            | Self::NumberCheckDigit => "证件号码有误。请携带证件原件，由窗口核对号码。",
            Self::ClockNotTrusted
            | Self::OfflineTooLong
            | Self::BoundNeedsCentre
            | Self::DocumentNeedsCentre
            | Self::CodeNeedsCentre
            | Self::DocumentNeedsSupervisor
            | Self::NotPermitted
            | Self::LookUpBudgetUsed
            | Self::EvidenceQuotaUsed
            | Self::PolicyOutOfRange => AT_THE_WINDOW,
            _ => NOT_DONE,
        }
    }
}
