//! What a citizen at portal or kiosk reads of a refusal.
//!
//! The sentences of the catalogue tell a clerk what to do. Here nobody stands beside the citizen,
//! so these say what it means for them and where to go.

use super::{Entry, Refusal};

/// Code of the sentence for every refusal that has none of its own.
const ANY_OTHER: &str = "any_other";

/// Defines the table, with each code taken from its refusal.
macro_rules! sentences {
    ($($variant:ident: $chinese:literal, $english:literal;)+) => {
        /// Sentences by code of the refusal, and one for every other.
        pub const CITIZEN_SENTENCES: &[Entry] = &[
            $(Entry { code: Refusal::$variant.code(), chinese: $chinese, english: $english },)+
            Entry {
                code: ANY_OTHER,
                chinese: "此事项不能在这里办理。请携带本人身份证到线下窗口办理，或拨打12345咨询。",
                english: "This cannot be done here. Take your ID card to a service window, or call 12345.",
            },
        ];
    };
}

sentences! {
    NotEligible:
        "不符合申领条件。未满18周岁、年满60周岁，或本市户籍并持有效残疾人证的可以申领。",
        "The conditions are not met: under 18, 60 or older, or registered in Shanghai with a valid disability certificate.";
    AlreadyIssuedToday:
        "今日已办理过申领、再次申领或补领，一天内仅可办理一次。请明日再办。",
        "A code was issued today already, and only one a day is possible. Come back tomorrow.";
    TooManyCopies:
        "这个码的下载打印次数已到上限。请使用手中的离线码，或明日办理补领。",
        "This code was downloaded or printed as often as possible. Use the sheets you have, or replace the code tomorrow.";
    HasHadACode:
        "曾领过离线随申码，不能首次申领。请办理再次申领或补领。",
        "There was a code before, so this is no first issue. Choose re-application or reissue.";
    NeverHadACode:
        "从未领过离线随申码。请办理首次申领。",
        "There was no code before. Choose first issue.";
    ReissueInstead:
        "上一张离线码仍有效或已挂失。请办理补领。",
        "The last code is still valid, or was reported lost. Choose reissue.";
    ReapplyInstead:
        "上一张离线码已失效。请办理再次申领。",
        "The last code has ended. Choose re-application.";
    CodeNotLive:
        "没有有效的离线码。",
        "There is no valid code.";
    SymbolOutdated:
        "发码后登记的姓名或号码有变化，原码不能再下载打印。请办理补领。",
        "The registered name or number changed after this code was issued, so it cannot be downloaded or printed again. Choose reissue.";
    NotConfirmedByHolder:
        "请先核对姓名和照片并确认。",
        "Check name and photo first, and confirm them.";
    ConsequenceNotConfirmed:
        "请先确认：之前申领的离线码将失效。",
        "Confirm first that the earlier code ends.";
    GuardianNeeded:
        "未满14周岁的，须由监护人办理。请监护人登录，从绑定的亲属中选择。",
        "Under 14 a guardian must act: the guardian logs in and chooses the bound relative.";
    AgentNotBound:
        "未绑定亲属“随申码”。请先在“随申办”绑定。",
        "This relative is not bound. Bind them in the city's app first.";
    CorrectionOpen:
        "已经转到窗口，正在等待办理。请携带本人身份证到线下窗口。",
        "This was passed to the window already and waits there. Take the ID card to a service window.";
    NameNotPrintable:
        "姓名中有暂时不能打印的字。请携带本人身份证到线下窗口办理。",
        "The name has a character that cannot be printed yet. Take your ID card to a service window.";
    GoToWindow:
        "请携带本人身份证到线下窗口办理。",
        "Take your ID card to a service window.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_sentence_has_a_code_of_its_own() {
        let codes: BTreeSet<&str> = CITIZEN_SENTENCES.iter().map(|entry| entry.code).collect();
        assert_eq!(codes.len(), CITIZEN_SENTENCES.len());
        assert!(Refusal::ALL.iter().all(|refusal| refusal.code() != ANY_OTHER));
    }
}
