//! Sentences about what was decided: for the clerk to read out, and for paper. What is refused has
//! its words in `rules`.

use crate::view::{Confirmation, EligibilityView, SentenceView};
use rules::{
    Day, Language, Policy,
    eligibility::{Eligibility, Ground, age_on, senior_soon},
    life::Action,
    time::day_in_chinese,
    wire::VerifyAnswer,
};

/// A sentence in both languages.
pub(super) fn sentence(zh: impl Into<String>, en: impl Into<String>) -> SentenceView {
    SentenceView { zh: zh.into(), en: en.into() }
}

/// Name of an action, as on the key and on paper.
pub(super) const fn action_name(action: Action) -> (&'static str, &'static str) {
    (action.label(Language::Chinese), action.label(Language::English))
}

/// Eligibility of somebody born on `birth`, with its reason (E1–E8).
pub(super) fn eligibility(answer: Eligibility, birth: Day, today: Day, policy: &Policy) -> EligibilityView {
    let age = age_on(birth, today);
    let (zh, en) = match answer {
        Eligibility::Eligible { ground, provisional, guardian_needed } => {
            let (mut zh, mut en) = match ground {
                Ground::Minor => (
                    format!("可以申领：未满 18 周岁（{age} 岁）。"),
                    format!("Eligible: under 18 (age {age})."),
                ),
                Ground::Senior => (
                    format!("可以申领：年满 60 周岁（{age} 岁）。"),
                    format!("Eligible: 60 or over (age {age})."),
                ),
                Ground::Disabled => (
                    "可以申领：本市户籍持证残疾人。".to_owned(),
                    "Eligible: registered in Shanghai with a disability certificate.".to_owned(),
                ),
            };
            if guardian_needed {
                zh.push_str("未满 14 周岁，须由监护人办理并登记。");
                en.push_str(" Under 14: a guardian acts and is recorded.");
            }
            if provisional {
                zh.push_str("按告知承诺、容缺受理办理，联网后由中心核定。");
                en.push_str(" Granted on what was declared here; the centre decides when the line is back.");
            }
            (zh, en)
        }
        Eligibility::NotEligible { shortfall } => {
            let (zh, en) = (shortfall.message(Language::Chinese), shortfall.message(Language::English));
            match senior_soon(birth, today, policy) {
                Some((day, days)) => (
                    format!(
                        "还差 {days} 天满 {} 周岁，{}起可以申领。{zh}",
                        policy.senior_age_years,
                        day_in_chinese(day)
                    ),
                    format!("{days} days short of {}, eligible from {day}. {en}", policy.senior_age_years),
                ),
                None => (zh.to_owned(), en.to_owned()),
            }
        }
    };
    EligibilityView { answer, zh, en }
}

/// What an action ends (L6, L9). `None`: it ends nothing.
pub(super) fn consequence(action: Action, has_live_code: bool, offline: bool) -> Option<SentenceView> {
    let when = |zh: &str, en: &str| {
        if offline {
            sentence(
                format!("{zh}当前离线：先登记，窗口联网后扫码核验时生效。"),
                format!(
                    "{en} Offline now: registered here, takes effect for scanners at the next synchronisation."
                ),
            )
        } else {
            sentence(zh, en)
        }
    };
    match action {
        Action::Reissue if has_live_code => Some(when(
            "补领后，原离线码将失效，不能再核验；有效期从今天重新计算。",
            "After the reissue the old code no longer verifies; validity starts again today.",
        )),
        Action::Reissue | Action::Reapply => Some(when(
            "将发放新的离线码，有效期从今天重新计算；以前的离线码不能再使用。",
            "A new code is issued and its validity starts today; earlier codes stay invalid.",
        )),
        Action::ReportLoss => Some(when(
            "挂失后，这张离线码将失效，不能再核验；如需继续使用，要补领新码。",
            "After the loss report this code no longer verifies; a new one has to be issued.",
        )),
        Action::Replace => Some(when(
            "换发后，原离线码将失效；新码保留原来的有效期。",
            "After the replacement the old code no longer verifies; the new one keeps its end of validity.",
        )),
        Action::Void => Some(when(
            "作废后，这张离线码将失效，且不能恢复。",
            "Voiding ends this code for good; it cannot be undone.",
        )),
        Action::Apply | Action::Reprint => None,
    }
}

/// What is known of the code a correction is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CodeInForce {
    /// Valid or lost, with its last day.
    Until(Day),
    /// There is none.
    None,
    /// This desk has not seen the holder's codes.
    NotKnown,
}

/// What approving a correction does to registry and code; `wrong_person`: P1.
pub(super) fn effect_of_approval(wrong_person: bool, code: CodeInForce, offline: bool) -> SentenceView {
    let (mut zh, mut en) = match (wrong_person, code) {
        (true, CodeInForce::None) => (
            "批准后：登记照片更换。".to_owned(),
            "On approval the registry's photo changes.".to_owned(),
        ),
        (true, CodeInForce::Until(_) | CodeInForce::NotKnown) => (
            "批准后：登记照片更换，有效的离线码随即作废，须再次申领。".to_owned(),
            "On approval the registry's photo changes and the live code is voided; a new one is applied for.".to_owned(),
        ),
        (false, CodeInForce::Until(day)) => (
            format!(
                "批准后：登记信息更正，可换发一次离线码；新码有效期仍至 {}，原码失效。",
                day_in_chinese(day)
            ),
            format!("On approval the registry is corrected and one replacement may be made, still valid through {day}; the old code ends."),
        ),
        (false, CodeInForce::None) => (
            "批准后：登记信息更正。本人现在没有可换发的离线码，可按规定申领。".to_owned(),
            "On approval the registry is corrected. The holder has no code to replace; one can be applied for.".to_owned(),
        ),
        (false, CodeInForce::NotKnown) => (
            "批准后：登记信息更正；本人如有有效码，可换发一次，新码保留原有效期，原码失效。".to_owned(),
            "On approval the registry is corrected; a code in force may be replaced once, keeps its end of validity, and the old one ends.".to_owned(),
        ),
    };
    if wrong_person {
        zh.push_str("另一人的登记须一并核查。");
        en.push_str(" The other person's record must be looked at.");
    }
    if offline {
        zh.push_str("当前离线：先登记，下次同步后生效。");
        en.push_str(" Offline now: registered here, takes effect at the next synchronisation.");
    }
    sentence(zh, en)
}

/// What is said to the citizen when it is done (L9: never "already invalid" offline).
pub(super) fn done(action: Action, confirmation: Confirmation, valid_through: Option<Day>) -> SentenceView {
    let (zh, en) = action_name(action);
    let until_zh = valid_through.map(|day| format!("有效期至 {}。", day_in_chinese(day))).unwrap_or_default();
    let until_en = valid_through.map(|day| format!(" Valid through {day}.")).unwrap_or_default();
    match confirmation {
        Confirmation::Confirmed => sentence(
            format!("{zh}已办结，中心已确认。{until_zh}"),
            format!("{en} done and confirmed by the centre.{until_en}"),
        ),
        Confirmation::Provisional if matches!(action, Action::ReportLoss | Action::Void) => sentence(
            format!("{zh}已登记，窗口联网后扫码核验时生效。"),
            format!("{en} registered; takes effect for scanners at the next synchronisation."),
        ),
        Confirmation::Provisional if action == Action::Reprint => {
            sentence(format!("{zh}已登记。{until_zh}"), format!("{en} registered.{until_en}"))
        }
        Confirmation::Provisional => {
            let (mut zh, mut en) = (
                format!("{zh}已登记，待中心确认。{until_zh}"),
                format!("{en} registered, not yet confirmed by the centre.{until_en}"),
            );
            if action != Action::Apply {
                zh.push_str("原离线码的变更已登记，窗口联网后扫码核验时生效。");
                en.push_str(" The change of the earlier code is registered and takes effect for scanners at the next synchronisation.");
            }
            sentence(zh, en)
        }
        Confirmation::Refused => sentence(
            format!("{zh}未获中心确认，请按提示处理。"),
            format!("{en} was not confirmed by the centre; do what the notice says."),
        ),
    }
}

/// What a verification means for the clerk (M6).
pub(super) fn verification(answer: VerifyAnswer) -> SentenceView {
    match answer {
        VerifyAnswer::Valid => sentence(
            "有效。请与身份证核对姓名和号码。本码不显示健康状态，也不单独作为通行凭证。",
            "Valid. Compare name and number with the ID card. The code alone is no right of entry.",
        ),
        VerifyAnswer::Provisional => sentence(
            "签名正确，中心尚未收到：窗口离线办理，待确认。请与身份证核对，需要时稍后再扫。",
            "Well signed, not yet known to the centre: issued offline, waiting for confirmation. Compare it with the ID card; scan again later if needed.",
        ),
        VerifyAnswer::Unknown => sentence(
            "签名正确，但中心没有此码的记录，也不会再收到，不能采信。请核对身份证并报告主管。",
            "Well signed, but the centre has no record of this code and expects none any more. Do not rely on it: check the ID card and tell the supervisor.",
        ),
        VerifyAnswer::Expired => sentence("已过期，可再次申领。", "Expired. Re-application is possible."),
        VerifyAnswer::Lost => sentence("已挂失，不能使用。", "Reported lost; not usable."),
        VerifyAnswer::Superseded => {
            sentence("已换发新码，本码不能使用。", "Replaced by a newer code; not usable.")
        }
        VerifyAnswer::Voided => sentence("已作废，不能使用。", "Voided; not usable."),
        VerifyAnswer::Foreign => sentence("不是离线随申码。", "Not an offline code of ours."),
        VerifyAnswer::Damaged => sentence(
            "二维码破损，无法识读。请重新扫描；仍不行请办理补领。",
            "The symbol is damaged and cannot be read. Scan it again; if that fails, reissue the code.",
        ),
        VerifyAnswer::WrongSignature => sentence(
            "签名不正确，可能是伪造。请留意并报告主管。",
            "The signature is wrong; it may be forged. Tell the supervisor.",
        ),
        VerifyAnswer::NotYetValid => sentence(
            "签发时间晚于现在，不要采信。请先检查本机时钟；时钟无误的，报告主管。",
            "Issued in the future: do not rely on it. Check this desk's clock first; if that is right, tell the supervisor.",
        ),
        VerifyAnswer::OtherClass => {
            sentence("演练码与正式码不能互相核验。", "Practice and live codes do not verify as each other.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l9_what_was_done_offline_takes_effect_at_the_next_synchronisation_and_not_already() {
        let ends_a_code = Action::ALL.into_iter().filter(|action| action.has_consequence());
        for action in ends_a_code.filter(|action| *action != Action::Reapply) {
            let said =
                [consequence(action, true, true).unwrap(), done(action, Confirmation::Provisional, None)];
            for words in said {
                assert!(words.zh.contains("窗口联网后扫码核验时生效"), "{action:?}: {}", words.zh);
                assert!(
                    words.en.contains("takes effect for scanners at the next synchronisation"),
                    "{}",
                    words.en
                );
                assert!(!words.zh.contains("已失效") && !words.en.contains("already"), "{action:?}");
            }
        }
        for action in [Action::Apply, Action::Reapply] {
            let words = done(action, Confirmation::Provisional, None);
            assert!(words.zh.contains("待中心确认"), "{action:?}: {}", words.zh);
        }
    }
}
