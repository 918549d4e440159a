//! CR-N1 to CR-N5 and CR-P1 to CR-P4: requirements of each reason. CR-E1 to CR-E8: rejections.

use crate::support::name;
use EvidenceKind::{
    BirthCertificate, CardScan, ChipPhoto, ChipRead, GuardianConsent, HouseholdBook, HouseholdBookChangePage,
    LivePhoto, NewCardScan,
};
use proptest::{prelude::*, sample::subsequence};
use rules::{
    Language, Refusal,
    correction::{
        Content, Digest, Evidence, EvidenceKind, Field, HolderFacts, Reason, Rejection, Value, check_content,
        evidence_missing, evidence_needed,
    },
    person::Name,
};

const ADULT: HolderFacts = HolderFacts { under_fourteen: false, guardian: Err(Refusal::GuardianNeeded) };
const CHILD: HolderFacts = HolderFacts { under_fourteen: true, guardian: Ok(()) };

const KINDS: [EvidenceKind; 9] = [
    ChipRead,
    ChipPhoto,
    LivePhoto,
    CardScan,
    NewCardScan,
    HouseholdBook,
    HouseholdBookChangePage,
    BirthCertificate,
    GuardianConsent,
];

fn stored(text: &str) -> Name {
    serde_json::from_value(text.into()).unwrap()
}

fn evidence(kinds: &[EvidenceKind]) -> Vec<Evidence> {
    let piece = |kind: &EvidenceKind| Evidence {
        kind: *kind,
        digest: Digest::of(format!("{kind:?}").as_bytes()),
        media_type: "image/jpeg".into(),
        page: 1,
    };
    kinds.iter().map(piece).collect()
}

fn name_content(reason: Reason, before: &str, after: &str, chip: Option<&str>) -> Content {
    Content {
        before: Value::Name(stored(before)),
        after: Value::Name(stored(after)),
        reason,
        evidence: evidence(&KINDS),
        chip_name: chip.map(name),
        registry_version: 4,
        photo_shortfall: None,
        agent: None,
    }
}

fn photo_content(reason: Reason) -> Content {
    Content {
        before: Value::Photo(Some(Digest::of(b"old"))),
        after: Value::Photo(Some(Digest::of(b"new"))),
        chip_name: None,
        ..name_content(reason, "张三", "张山", None)
    }
}

fn checked(content: &Content) -> Result<(), Refusal> {
    check_content(content.reason.field(), content, ADULT)
}

fn named(reason: Reason, before: &str, after: &str, chip: &str) -> Result<(), Refusal> {
    checked(&name_content(reason, before, after, Some(chip)))
}

#[test]
fn cr_n1_a_rare_character_must_match_the_chip() {
    assert_eq!(named(Reason::RareCharacter, "张?", "张𠂇", "张𠂇"), Ok(()));
    assert_eq!(named(Reason::RareCharacter, "张?", "张三", "张𠂇"), Err(Refusal::DiffersFromChip));
    let without_chip = name_content(Reason::RareCharacter, "张?", "张𠂇", None);
    assert_eq!(checked(&without_chip), Err(Refusal::EvidenceMissing));
}

#[test]
fn cr_n1_an_unmapped_character_of_the_chip_may_become_any_single_character() {
    assert_eq!(named(Reason::RareCharacter, "张?", "张𠂇", "张\u{E000}"), Ok(()));
    assert_eq!(named(Reason::RareCharacter, "张?", "李𠂇", "张\u{E000}"), Err(Refusal::DiffersFromChip));
    assert_eq!(named(Reason::RareCharacter, "张?", "张𠂇丰", "张\u{E000}"), Err(Refusal::DiffersFromChip));
    assert_eq!(named(Reason::RareCharacter, "张?", "张", "张\u{E000}"), Err(Refusal::DiffersFromChip));
    assert_eq!(named(Reason::RareCharacter, "张?", "张\u{E000}", "张\u{E000}"), Err(Refusal::NameUnmapped));
}

#[test]
fn cr_n2_only_one_separator_may_differ_and_the_chip_must_agree() {
    assert_eq!(named(Reason::Separator, "阿依古.热合曼", "阿依古·热合曼", "阿依古·热合曼"), Ok(()));
    assert_eq!(named(Reason::Separator, "阿依古•热合曼", "阿依古·热合曼", "阿依古·热合曼"), Ok(()));
    for record in ["阿依古 热合曼", "阿依古热合曼", "阿依古·热合曼·"] {
        assert_eq!(named(Reason::Separator, record, "阿依古·热合曼", "阿依古·热合曼"), Ok(()), "{record}");
    }
    assert_eq!(named(Reason::Separator, "阿依古·热合曼", "阿依古热合曼", "阿依古热合曼"), Ok(()));
    assert_eq!(
        named(Reason::Separator, "阿.依古.热合曼", "阿·依古·热合曼", "阿·依古·热合曼"),
        Err(Refusal::NotOneDifference)
    );
    assert_eq!(
        named(Reason::Separator, "阿依古.热合曼", "阿依古·热合曼", "阿依古·热合曼江"),
        Err(Refusal::DiffersFromChip)
    );
    for (record, right) in [("张叁", "张三"), ("阿依古丁热合曼", "阿依古·热合曼"), ("MARYANN", "MARY ANN")]
    {
        let decided = named(Reason::Separator, record, right, right);
        assert_eq!(decided, Err(Refusal::NotOneDifference), "a letter is a typing error (N5): {record}");
    }
}

#[test]
fn cr_n3_the_name_on_the_chip_must_be_the_beginning_of_the_new_name() {
    let chip = "阿卜杜热合曼江·买买提依明吐尔";
    let whole = "阿卜杜热合曼江·买买提依明吐尔逊";
    assert_eq!(named(Reason::CutOff, chip, whole, chip), Ok(()));
    assert_eq!(named(Reason::CutOff, chip, "阿卜杜热合曼江·买买提依明尔逊", chip), Err(Refusal::NotCutOff));
    assert_eq!(
        named(Reason::CutOff, whole, chip, chip),
        Err(Refusal::NotCutOff),
        "the same length is not longer"
    );
    assert_eq!(
        named(Reason::CutOff, "张三", "张三丰", "张三"),
        Err(Refusal::NotCutOff),
        "a short name was never cut"
    );
}

#[test]
fn cr_n4_a_legal_change_may_differ_from_the_old_chip() {
    assert_eq!(named(Reason::LegalChange, "张三", "李四", "张三"), Ok(()));
    assert_eq!(checked(&name_content(Reason::LegalChange, "张三", "李四", None)), Ok(()));
}

#[test]
fn cr_n5_a_typing_error_is_corrected_to_exactly_the_name_on_the_chip() {
    assert_eq!(named(Reason::TypingError, "张山", "张三", "张三"), Ok(()));
    assert_eq!(named(Reason::TypingError, "张山", "张三丰", "张三"), Err(Refusal::DiffersFromChip));
}

#[test]
fn cr_n5_a_record_that_is_not_a_valid_name_can_be_corrected() {
    assert_eq!(named(Reason::TypingError, "张3", "张三", "张三"), Ok(()));
    assert_eq!(named(Reason::TypingError, "", "张三", "张三"), Ok(()));
}

#[test]
fn cr_n1_the_new_name_must_be_valid() {
    assert_eq!(named(Reason::TypingError, "张三", "张3", "张三"), Err(Refusal::NameCharacter));
    assert_eq!(named(Reason::TypingError, "张三", "", "张三"), Err(Refusal::NameEmpty));
    assert_eq!(named(Reason::LegalChange, "张三", &"张".repeat(51), "张三"), Err(Refusal::NameTooLong));
    assert_eq!(named(Reason::TypingError, "张三", "张三", "张三"), Err(Refusal::NothingChanged));
}

#[test]
fn cr_p1_the_photo_of_another_person_flags_security() {
    assert_eq!(checked(&photo_content(Reason::AnotherPerson)), Ok(()));
    let flagged: Vec<_> = Reason::ALL.into_iter().filter(|reason| reason.flags_security()).collect();
    assert_eq!(flagged, [Reason::AnotherPerson]);
}

#[test]
fn cr_p2_a_photo_below_the_limits_needs_a_reason() {
    let mut content = photo_content(Reason::PoorPhoto);
    assert_eq!(checked(&content), Ok(()));
    content.photo_shortfall = Some("  ".into());
    assert_eq!(checked(&content), Err(Refusal::PhotoReasonNeeded));
    content.photo_shortfall = Some("申请人无法久坐".into());
    assert_eq!(checked(&content), Ok(()));
}

#[test]
fn cr_p2_the_new_photo_must_exist_and_differ() {
    let mut content = photo_content(Reason::PoorPhoto);
    content.after = content.before.clone();
    assert_eq!(checked(&content), Err(Refusal::NothingChanged));
    content.after = Value::Photo(None);
    assert_eq!(checked(&content), Err(Refusal::CorrectionField));
    content = Content { before: Value::Photo(None), ..photo_content(Reason::PoorPhoto) };
    assert_eq!(checked(&content), Ok(()));
}

#[test]
fn cr_p3_under_fourteen_needs_consent_and_a_book_or_certificate_too() {
    let content = |kinds: &[EvidenceKind]| Content {
        evidence: evidence(kinds),
        ..photo_content(Reason::OutdatedPhoto)
    };
    let checked = |kinds: &[EvidenceKind], holder| check_content(Field::Photo, &content(kinds), holder);
    assert_eq!(checked(&[NewCardScan], ADULT), Ok(()));
    assert_eq!(checked(&[NewCardScan], CHILD), Err(Refusal::EvidenceMissing));
    assert_eq!(checked(&[NewCardScan, GuardianConsent, HouseholdBook], CHILD), Ok(()));
    assert_eq!(checked(&[NewCardScan, GuardianConsent, BirthCertificate], CHILD), Ok(()));
    assert_eq!(checked(&[GuardianConsent, BirthCertificate], CHILD), Err(Refusal::EvidenceMissing));
    let missing = evidence_missing(&content(&[NewCardScan, HouseholdBook]), true);
    assert_eq!(missing, [GuardianConsent]);
}

#[test]
fn cr_p4_an_expired_card_alone_is_refused() {
    let content = |kinds| Content { evidence: evidence(kinds), ..photo_content(Reason::ExpiredCard) };
    assert_eq!(checked(&content(&[CardScan])), Err(Refusal::EvidenceMissing));
    assert_eq!(checked(&content(&[NewCardScan])), Ok(()));
}

#[test]
fn cr_n1_to_cr_p4_each_reason_needs_its_evidence() {
    let table: [(Reason, &[&[EvidenceKind]]); 9] = [
        (Reason::RareCharacter, &[&[ChipRead, CardScan]]),
        (Reason::Separator, &[&[ChipRead]]),
        (Reason::CutOff, &[&[CardScan, HouseholdBook]]),
        (Reason::LegalChange, &[&[NewCardScan, HouseholdBookChangePage]]),
        (Reason::TypingError, &[&[ChipRead]]),
        (Reason::AnotherPerson, &[&[ChipPhoto, LivePhoto]]),
        (Reason::PoorPhoto, &[&[ChipPhoto], &[LivePhoto]]),
        (Reason::OutdatedPhoto, &[&[NewCardScan]]),
        (Reason::ExpiredCard, &[&[NewCardScan]]),
    ];
    for (reason, sets) in table {
        assert_eq!(evidence_needed(reason, false), sets, "{reason:?}");
        if reason != Reason::OutdatedPhoto {
            assert_eq!(evidence_needed(reason, true), sets, "{reason:?}");
        }
    }
}

#[test]
fn cr_p2_the_set_nearest_to_complete_is_asked_for() {
    let content = |kinds| Content { evidence: evidence(kinds), ..photo_content(Reason::PoorPhoto) };
    assert_eq!(evidence_missing(&content(&[]), false), [ChipPhoto]);
    assert_eq!(evidence_missing(&content(&[LivePhoto]), false), []);
}

#[test]
fn cr_n1_to_cr_p4_a_reason_belongs_to_one_field() {
    for reason in Reason::ALL {
        let of_name = matches!(
            reason,
            Reason::RareCharacter
                | Reason::Separator
                | Reason::CutOff
                | Reason::LegalChange
                | Reason::TypingError
        );
        assert_eq!(reason.field(), if of_name { Field::Name } else { Field::Photo });
    }
    let photo = photo_content(Reason::LegalChange);
    assert_eq!(check_content(Field::Name, &photo, ADULT), Err(Refusal::CorrectionField));
    assert_eq!(check_content(Field::Photo, &photo, ADULT), Err(Refusal::CorrectionField));
    let name = name_content(Reason::ExpiredCard, "张三", "李四", None);
    assert_eq!(check_content(Field::Photo, &name, ADULT), Err(Refusal::CorrectionField));
    let mixed =
        Content { before: Value::Photo(None), ..name_content(Reason::LegalChange, "张三", "李四", None) };
    assert_eq!(check_content(Field::Name, &mixed, ADULT), Err(Refusal::CorrectionField));
}

#[test]
fn cr_e1_to_cr_e8_every_rejection_and_reason_has_a_sentence() {
    for language in [Language::Chinese, Language::English] {
        let mut words: Vec<_> = Rejection::ALL.iter().map(|rejection| rejection.message(language)).collect();
        words.extend(Reason::ALL.iter().map(|reason| reason.label(language)));
        assert_eq!(words.len(), 17);
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), 17);
    }
    assert!(Rejection::PoliceMatter.message(Language::Chinese).contains("公安户籍"));
    assert!(Rejection::EvidenceMissing.message(Language::Chinese).contains("材料缺失"));
}

#[test]
fn cr_e1_to_cr_e8_are_serialised_as_their_codes() {
    let codes: Vec<_> =
        Rejection::ALL.iter().map(|rejection| serde_json::to_value(rejection).unwrap()).collect();
    assert_eq!(codes, ["E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8"]);
}

proptest! {
    #[test]
    fn cr_n5_a_name_that_differs_from_the_chip_needs_n3_or_n4(
        before in "[甲乙丙]{1,4}", after in "[甲乙丙]{1,4}", chip in "[甲乙丙]{1,4}", reason in 0_usize..5,
    ) {
        let reason = Reason::ALL[reason];
        let passes = named(reason, &before, &after, &chip).is_ok();
        if after != chip && !matches!(reason, Reason::CutOff | Reason::LegalChange) {
            prop_assert!(!passes);
        }
        if reason == Reason::LegalChange {
            prop_assert_eq!(passes, before != after);
        }
    }

    #[test]
    fn cr_n1_to_cr_p4_nothing_is_missing_exactly_if_one_set_is_complete(
        kinds in subsequence(KINDS.to_vec(), 0..=9), reason in 0_usize..9, under_fourteen in any::<bool>(),
    ) {
        let reason = Reason::ALL[reason];
        let content = Content { evidence: evidence(&kinds), ..photo_content(reason) };
        let complete = evidence_needed(reason, under_fourteen).iter().any(|set| set.iter().all(|kind| kinds.contains(kind)));
        let missing = evidence_missing(&content, under_fourteen);
        prop_assert_eq!(missing.is_empty(), complete);
        prop_assert!(missing.iter().all(|kind| !kinds.contains(kind)));
    }
}
