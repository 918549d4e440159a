//! Refusals: one closed enum, with one table of sentences for each language.

use rules::{
    Language, Refusal,
    failure::{self, FailureCode},
};
use std::collections::BTreeSet;

#[test]
fn every_refusal_tells_the_next_step_in_both_languages_and_no_two_are_equal() {
    for language in [Language::Chinese, Language::English] {
        let words: BTreeSet<&str> = Refusal::ALL.iter().map(|refusal| refusal.message(language)).collect();
        assert_eq!(words.len(), Refusal::ALL.len());
    }
    for refusal in Refusal::ALL {
        let (chinese, english) = (refusal.message(Language::Chinese), refusal.message(Language::English));
        assert!(chinese.ends_with('。') && chinese.chars().count() >= 10, "{refusal}: {chinese}");
        assert!(english.ends_with('.') && english.is_ascii() && english.len() >= 20, "{refusal}: {english}");
        // A sentence has two parts: what is wrong, and what to do.
        assert!(
            chinese.contains(['。', '；', '：']) && chinese.matches(['。', '；']).count() >= 2,
            "{refusal}: {chinese}"
        );
        assert!(english.contains([';', ',']), "{refusal}: {english}");
    }
}

#[test]
fn what_a_notice_says_is_said_to_the_citizen() {
    let for_the_clerk =
        ["请告知", "请申请人", "当事人", "办事人", "持码人", "市民", "本机", "读卡", "重试", "离线状态"];
    let codes = FailureCode::CATALOGUE.iter().flat_map(|(_, _, table)| table.iter().map(|entry| entry.code));
    for code in codes {
        let sentence = failure::notice_sentence(code);
        assert!(sentence.ends_with('。') && sentence.contains(['请', '可']), "{code}: {sentence}");
        for words in for_the_clerk {
            assert!(!sentence.contains(words), "{code}: {words} in {sentence}");
        }
    }
    // What has its own sentence is not given the general one.
    let general = failure::notice_sentence("nonsense");
    for code in ["duplicate_same_day", "stale_version", "unproven", "late", "not_eligible"] {
        assert_ne!(failure::notice_sentence(code), general, "{code}");
    }
}

#[test]
fn codes_are_stable_unique_and_used_on_the_wire() {
    let codes: BTreeSet<&str> = Refusal::ALL.iter().map(|refusal| refusal.code()).collect();
    assert_eq!(codes.len(), Refusal::ALL.len());
    for refusal in Refusal::ALL {
        assert_eq!(serde_json::to_value(refusal).unwrap(), refusal.code());
        assert_eq!(serde_json::from_value::<Refusal>(refusal.code().into()).unwrap(), *refusal);
        assert_eq!(refusal.to_string(), refusal.code());
        assert!(refusal.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    }
    assert_eq!(Refusal::AlreadyIssuedToday.code(), "already_issued_today");
    assert!(serde_json::from_str::<Refusal>("\"nonsense\"").is_err());
}

#[test]
fn languages_are_serialised_as_their_tags() {
    assert_eq!(serde_json::to_value(Language::Chinese).unwrap(), "zh-CN");
    assert_eq!(serde_json::to_value(Language::English).unwrap(), "en");
    assert_eq!(Language::default(), Language::Chinese);
}

#[test]
fn l9_no_offline_sentence_claims_that_something_took_effect() {
    for refusal in [Refusal::ClockNotTrusted, Refusal::OfflineTooLong] {
        let words = refusal.message(Language::Chinese);
        assert!(words.contains("挂失可照常登记") && !words.contains("已失效"));
    }
}
