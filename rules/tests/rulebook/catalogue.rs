//! The catalogue of failures, and the files that are generated from it and from the labels.

use rules::{
    Language,
    call_back::CallOutcome,
    correction::{CorrectionState, Dismissal, EvidenceKind, Field, Reason, Rejection},
    failure::{CITIZEN_SENTENCES, CounterFailure, DeskFailure, Entry, FailureCode, PageFailure},
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
use std::{collections::BTreeSet, fmt::Write as _, path::Path};

/// Words in Latin letters that Chinese sentences keep: file formats and files, names of programs,
/// keys, units and the first letters of an address.
const LATIN: [&str; 25] = [
    "CSV",
    "XLS",
    "XLSX",
    "UTF",
    "GB",
    "USB",
    "PDF",
    "JPEG",
    "PNG",
    "BMP",
    "PEM",
    "CUPS",
    "TPM",
    "F2",
    "F5",
    "F7",
    "F8",
    "MB",
    "dpi",
    "https",
    "ca.pem",
    "desk.toml",
    "DNS",
    "HTTP",
    "TLS",
];

fn entries() -> impl Iterator<Item = &'static Entry> {
    FailureCode::CATALOGUE.iter().flat_map(|(_, _, table)| table.iter())
}

/// Returns a sentence without its arguments, and their names in order.
fn split(sentence: &str) -> (String, Vec<&str>) {
    let (mut text, mut names) = (String::new(), Vec::new());
    for (index, part) in sentence.split(['{', '}']).enumerate() {
        if index % 2 == 0 { text.push_str(part) } else { names.push(part) }
    }
    names.sort_unstable();
    (text, names)
}

#[test]
fn codes_are_unique_lower_case_words_joined_by_underscores() {
    let codes: BTreeSet<&str> = entries().map(|entry| entry.code).collect();
    assert_eq!(codes.len(), entries().count());
    for code in codes {
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
        assert!(code.split('_').all(is_word), "{code}");
    }
}

#[test]
fn no_two_failures_have_the_same_sentence_and_each_has_the_same_arguments_in_both_languages() {
    let sentences: BTreeSet<&str> = entries().flat_map(|entry| [entry.chinese, entry.english]).collect();
    assert_eq!(sentences.len(), 2 * entries().count());
    for Entry { code, chinese, english } in entries() {
        assert_eq!(split(chinese).1, split(english).1, "{code}");
        assert!(chinese.ends_with('。') && chinese.chars().count() >= 10, "{code}: {chinese}");
        assert!(english.ends_with('.') && english.len() >= 20, "{code}: {english}");
        // What happened, and what to do.
        assert!(chinese.matches(['。', '；', '：']).count() >= 2, "{code}: {chinese}");
    }
}

#[test]
fn chinese_sentences_have_no_english_in_them() {
    for Entry { code, chinese, english } in entries() {
        let (text, _) = split(chinese);
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.'));
        let foreign: Vec<&str> = words
            .map(|word| word.trim_matches('.'))
            .filter(|word| word.contains(|c: char| c.is_ascii_alphabetic()) && !LATIN.contains(word))
            .collect();
        assert!(foreign.is_empty(), "{code}: {foreign:?}");
        assert!(split(english).0.chars().all(|c| c.is_ascii() || c == '×'), "{code}: {english}");
    }
}

#[test]
fn arguments_are_written_in_the_language_of_the_sentence() {
    let ends = FailureCode::from(CounterFailure::CertificateEnds { day: rules::Day::constant(2027, 3, 9) });
    assert!(ends.message(Language::Chinese).starts_with("本机密钥到2027年3月9日为止"));
    assert!(ends.message(Language::English).contains("ends on 2027-03-09 "));
    let number = FailureCode::from(CounterFailure::CardNumber { why: rules::Refusal::NumberLength });
    assert!(number.message(Language::Chinese).contains("位数不对"));
    assert!(number.message(Language::English).contains("18 or 15 characters"));
    let locked = DeskFailure::LoginLocked { until: rules::At::start_of(rules::Day::constant(2027, 3, 9)) };
    assert!(locked.message(Language::Chinese).contains("锁定至 2027-03-09 00:00。"));
}

/// Compares a generated file with the committed one; with `variable` set, writes it.
pub(crate) fn is_current(path: &str, fresh: &str, variable: &str) {
    let manifest = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let path = Path::new(&manifest).join("..").join(path);
    if std::env::var_os(variable).is_some() {
        std::fs::write(&path, fresh).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == fresh, "run {variable}=1 cargo test -p rules and commit {}", path.display());
}

#[test]
fn docs_errors_md_is_up_to_date() {
    let mut text = String::from(
        "<!-- Generated from rules/src/failure by UPDATE_ERRORS=1 cargo test -p rules. Do not edit. -->\n\n\
         # 出错提示一览 Every error and its words\n\n\
         窗口出错时显示一句话和一个代码：出了什么事、什么已保存、下一步怎么办。本页按代码列出全部，花括号处显示具体内容。\n\n\
         The counter shows a sentence and a code: what happened, what is safe, what to do next. This page lists all of them by room. \
         Braces stand for what is filled in.\n",
    );
    for (chinese, english, table) in FailureCode::CATALOGUE {
        write!(text, "\n## {chinese} {english}\n\n| 代码 code | 中文 | English |\n|---|---|---|\n").unwrap();
        for Entry { code, chinese, english } in table {
            writeln!(text, "| `{code}` | {chinese} | {english} |").unwrap();
        }
    }
    is_current("docs/errors.md", &text, "UPDATE_ERRORS");
}

/// Every label that page and papers share: the name of its group at the page, and its type there.
const GROUPS: [(&str, &str, &[Entry]); 25] = [
    ("action", "Action", Action::LABELS),
    ("standing", "Standing", Standing::LABELS),
    ("field", "Field", Field::LABELS),
    ("reason", "Reason", Reason::LABELS),
    ("rejection", "Rejection", Rejection::LABELS),
    ("dismissal", "Dismissal", Dismissal::LABELS),
    ("callOutcome", "CallOutcome", CallOutcome::LABELS),
    ("evidence", "EvidenceKind", EvidenceKind::LABELS),
    ("unsigned", "Unsigned", Unsigned::LABELS),
    ("correctionState", "CorrectionState", CorrectionState::LABELS),
    ("answer", "VerifyAnswer", VerifyAnswer::LABELS),
    ("proof", "ProofKind", ProofKind::LABELS),
    ("document", "Document", Document::LABELS),
    ("kind", "OperationKind", OperationKind::LABELS),
    ("queueState", "QueueState", QueueState::LABELS),
    ("paper", "Paper", Paper::LABELS),
    ("printState", "PrintState", PrintState::LABELS),
    ("device", "DeviceKind", DeviceKind::LABELS),
    ("deviceState", "DeviceState", DeviceState::LABELS),
    ("keyProtection", "KeyProtection", KeyProtection::LABELS),
    ("institution", "InstitutionKind", InstitutionKind::LABELS),
    ("jobState", "JobState", JobState::LABELS),
    ("jobPerson", "JobPersonState", JobPersonState::LABELS),
    ("visitGround", "VisitGround", VisitGround::LABELS),
    ("visitState", "VisitState", VisitState::LABELS),
];

/// Writes a text as the page's code does: single quotes, or double ones around an apostrophe.
fn quoted(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}

/// Labels of the pages for phones, in the same shape.
const WEB_GROUPS: [(&str, &str, &[Entry]); 3] = [
    ("answer", "VerifyAnswer", VerifyAnswer::LABELS),
    ("healthState", "HealthState", HealthState::LABELS),
    ("testOutcome", "TestOutcome", TestOutcome::LABELS),
];

fn labels(groups: &[(&str, &str, &[Entry])], language: Language) -> String {
    groups.iter().fold(String::new(), |mut text, (group, kind, labels)| {
        writeln!(text, "  {group}: {{").unwrap();
        for Entry { code, chinese, english } in *labels {
            writeln!(text, "    {code}: {},", quoted(language.pick(chinese, english))).unwrap();
        }
        writeln!(text, "  }} satisfies Record<{kind}, string>,").unwrap();
        text
    })
}

#[test]
fn the_labels_of_the_page_are_up_to_date() {
    let mut types: Vec<&str> = GROUPS.iter().map(|(_, kind, _)| *kind).chain(["Failure"]).collect();
    types.sort_unstable();
    let call_failed = PageFailure::CallFailed;
    let text = format!(
        "// Generated from rules/src/words.rs by UPDATE_WORDS=1 cargo test -p rules. Do not edit.\n\n\
         import type {{ {} }} from '@/bindings'\n\n\
         export const zh = {{\n{}}}\n\n\
         export const en = {{\n{}}}\n\n\
         /** Failure of a call that got no answer from the program. */\n\
         export const CALL_FAILED: Failure = {{\n  code: {},\n  zh: {},\n  en: {},\n  field: null,\n}}\n",
        types.join(", "),
        labels(&GROUPS, Language::Chinese),
        labels(&GROUPS, Language::English),
        quoted(call_failed.code()),
        quoted(&call_failed.message(Language::Chinese)),
        quoted(&call_failed.message(Language::English)),
    );
    is_current("ui/src/i18n/generated.ts", &text, "UPDATE_WORDS");
}

#[test]
fn the_labels_of_the_pages_for_phones_are_up_to_date() {
    let text = format!(
        "// Generated from rules/src/words.rs by UPDATE_WORDS=1 cargo test -p rules. Do not edit.\n\n\
         import type {{ HealthState, TestOutcome, VerifyAnswer }} from '@/centre/wire'\n\n\
         export const zh = {{\n{}}}\n\nexport const en = {{\n{}}}\n",
        labels(&WEB_GROUPS, Language::Chinese),
        labels(&WEB_GROUPS, Language::English),
    );
    is_current("web/src/words/generated.ts", &text, "UPDATE_WORDS");
}

#[test]
fn the_labels_that_portal_and_kiosk_share_are_up_to_date() {
    let groups = [
        ("action", "Action", Action::LABELS),
        ("standing", "Standing", Standing::LABELS),
        ("field", "Field", Field::LABELS),
        ("dismissal", "Dismissal", Dismissal::LABELS),
        ("refusal", "string", CITIZEN_SENTENCES),
    ];
    let text = format!(
        "// Generated from rules by UPDATE_WORDS=1 cargo test -p rules. Do not edit.\n\n\
         import type {{ Action, Dismissal, Field, Standing }} from './channel'\n\n\
         export const zh = {{\n{}}}\n\nexport const en = {{\n{}}}\n",
        labels(&groups, Language::Chinese),
        labels(&groups, Language::English),
    );
    is_current("web/src/common/generated.ts", &text, "UPDATE_WORDS");
}

#[test]
fn the_failures_of_the_page_s_fake_desk_are_up_to_date() {
    let mut text = String::from(
        "// Generated from rules/src/failure by UPDATE_WORDS=1 cargo test -p rules. Do not edit.\n\n\
         /** Every failure of the program, by its code. Braces stand for arguments. */\n\
         export const CATALOGUE = {\n",
    );
    for Entry { code, chinese, english } in entries() {
        let (zh, en) = (quoted(chinese), quoted(english));
        writeln!(text, "  {code}: {{ zh: {zh}, en: {en} }},").unwrap();
    }
    text.push_str("}\n");
    is_current("ui/src/testing/fake/catalogue.ts", &text, "UPDATE_WORDS");
}

#[test]
fn labels_have_the_serialised_names_as_their_keys() {
    for reason in Reason::ALL {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
        assert!(Reason::LABELS.iter().any(|label| label.code == reason.code()));
    }
    for rejection in Rejection::ALL {
        assert_eq!(serde_json::to_value(rejection).unwrap(), rejection.code());
        assert!(Rejection::LABELS.iter().any(|label| label.code == rejection.code()));
    }
    for action in Action::ALL {
        let name = serde_json::to_value(action).unwrap();
        assert!(Action::LABELS.iter().any(|label| name == label.code), "{name}");
    }
    // The page's compiler holds the keys of all groups against its types.
    for Entry { code, .. } in CorrectionState::LABELS {
        let state: CorrectionState = serde_json::from_value((*code).into()).unwrap();
        assert_eq!(serde_json::to_value(state).unwrap(), *code);
    }
}
