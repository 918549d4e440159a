//! E1–E7: who may hold a code.

use crate::support::{at_centre, code, day, holder, number, offline, serial, today};
use proptest::prelude::*;
use rules::{
    Day, Language, Policy, Refusal, Sensitive,
    correction::HolderFacts,
    eligibility::{Eligibility, Ground, Knowledge, Shortfall, age_on, eligibility, senior_soon},
    life::{Action, CodeState, Command, decide, offers},
    person::{DisabilityCertificate, IdNumber},
};

fn decided(birth: Day, knowledge: &Knowledge, today: Day) -> Eligibility {
    eligibility(&number(birth), knowledge, today, &Policy::default())
}

fn yes(ground: Ground) -> Eligibility {
    Eligibility::Eligible { ground, provisional: false, guardian_needed: false }
}

const fn no(shortfall: Shortfall) -> Eligibility {
    Eligibility::NotEligible { shortfall }
}

fn certificate_of(number: &IdNumber, valid_through: Day) -> DisabilityCertificate {
    DisabilityCertificate { number: Sensitive::new(format!("{}43", number.expose())), valid_through }
}

fn registry(shanghai_household: bool, certificate: Option<DisabilityCertificate>) -> Knowledge {
    Knowledge::Registry { shanghai_household, certificate }
}

const NOBODY: Knowledge = Knowledge::Registry { shanghai_household: false, certificate: None };

#[test]
fn e1_a_person_is_eligible_until_the_18th_birthday() {
    let birth = day(2008, 1, 2);
    assert_eq!(decided(birth, &NOBODY, day(2026, 1, 1)), yes(Ground::Minor));
    assert_eq!(decided(birth, &NOBODY, day(2026, 1, 2)), no(Shortfall::NotRegisteredHere));
    assert_eq!(decided(birth, &Knowledge::Nothing, day(2026, 1, 1)), yes(Ground::Minor));
}

#[test]
fn e2_a_person_is_eligible_from_the_60th_birthday() {
    let birth = day(1966, 1, 2);
    assert_eq!(decided(birth, &NOBODY, day(2026, 1, 1)), no(Shortfall::NotRegisteredHere));
    assert_eq!(decided(birth, &NOBODY, day(2026, 1, 2)), yes(Ground::Senior));
    assert_eq!(decided(day(1900, 1, 1), &Knowledge::Nothing, today()), yes(Ground::Senior));
}

#[test]
fn e3_from_18_to_59_registration_and_a_valid_certificate_are_required() {
    let birth = day(1990, 5, 17);
    let certificate = || certificate_of(&number(birth), today());
    let cases = [
        (registry(true, Some(certificate())), yes(Ground::Disabled)),
        (registry(false, Some(certificate())), no(Shortfall::NotRegisteredHere)),
        (registry(true, None), no(Shortfall::NoCertificate)),
        (registry(false, None), no(Shortfall::NotRegisteredHere)),
    ];
    for (knowledge, expected) in cases {
        assert_eq!(decided(birth, &knowledge, today()), expected, "{knowledge:?}");
    }
}

#[test]
fn e3_a_certificate_counts_on_its_last_day() {
    let birth = day(1990, 5, 17);
    let knowledge = registry(true, Some(certificate_of(&number(birth), day(2026, 3, 31))));
    assert!(decided(birth, &knowledge, day(2026, 3, 31)).is_eligible());
    assert_eq!(decided(birth, &knowledge, day(2026, 4, 1)), no(Shortfall::CertificateExpired));
}

#[test]
fn e4_ages_are_reached_at_midnight_of_the_birthday() {
    for (birth, today, age) in [
        (day(2000, 3, 1), day(2018, 2, 28), 17),
        (day(2000, 3, 1), day(2018, 3, 1), 18),
        (day(2000, 2, 29), day(2018, 2, 27), 17),
        (day(2000, 2, 29), day(2018, 2, 28), 18),
        (day(2000, 2, 29), day(2020, 2, 28), 19),
        (day(2000, 2, 29), day(2020, 2, 29), 20),
        (day(2000, 12, 31), day(2001, 1, 1), 0),
        (day(2000, 1, 1), day(1999, 1, 1), 0),
        (day(1800, 1, 1), day(2100, 1, 1), u8::MAX),
    ] {
        assert_eq!(age_on(birth, today), age, "{birth} on {today}");
    }
}

#[test]
fn e5_offline_a_scanned_certificate_and_the_statement_of_the_clerk_give_a_provisional_yes() {
    let birth = day(1990, 5, 17);
    let declared = |shanghai_household, certificate| Knowledge::Declared { shanghai_household, certificate };
    let certificate = || Some(certificate_of(&number(birth), today()));
    let provisional =
        Eligibility::Eligible { ground: Ground::Disabled, provisional: true, guardian_needed: false };
    assert_eq!(decided(birth, &declared(true, certificate()), today()), provisional);
    assert_eq!(decided(birth, &declared(false, certificate()), today()), no(Shortfall::NotRegisteredHere));
    assert_eq!(decided(birth, &declared(true, None), today()), no(Shortfall::NoCertificate));
    assert_eq!(decided(birth, &Knowledge::Nothing, today()), no(Shortfall::NotKnownOffline));
    let minor = decided(day(2010, 1, 1), &declared(false, None), today());
    assert_eq!(minor, yes(Ground::Minor), "an age on the card is not provisional");
}

#[test]
fn e5_a_number_with_prefix_310_is_a_hint_and_never_a_yes() {
    let birth = day(1990, 5, 17);
    assert!(number(birth).first_registered_in_shanghai());
    assert!(!IdNumber::parse("11010519491231002X").unwrap().first_registered_in_shanghai());
    assert!(!decided(birth, &Knowledge::Nothing, today()).is_eligible());
    assert!(
        !decided(birth, &registry(false, Some(certificate_of(&number(birth), today()))), today())
            .is_eligible()
    );
}

#[test]
fn e5_provisional_eligibility_makes_a_provisional_code() {
    let mut holder = holder(Vec::new());
    holder.eligibility =
        Eligibility::Eligible { ground: Ground::Disabled, provisional: true, guardian_needed: false };
    let outcome = decide(&holder, &apply(), &at_centre(today()), &Policy::default()).unwrap();
    assert!(outcome.new_code.unwrap().provisional);
}

#[test]
fn e6_only_a_well_formed_certificate_of_ones_own_counts() {
    let birth = day(1990, 5, 17);
    let another = certificate_of(&number(day(1991, 5, 17)), today());
    assert_eq!(decided(birth, &registry(true, Some(another)), today()), no(Shortfall::CertificateOfAnother));
    let malformed = DisabilityCertificate { number: Sensitive::new("1".into()), valid_through: today() };
    assert_eq!(decided(birth, &registry(true, Some(malformed)), today()), no(Shortfall::CertificateInvalid));
}

#[test]
fn e7_somebody_who_outgrows_e1_keeps_the_code_and_gets_no_new_one() {
    let issued = day(2026, 1, 1);
    let live = code(1, CodeState::Live, issued, day(2026, 6, 30));
    let mut holder = holder(vec![live]);
    holder.eligibility = decided(day(2008, 2, 1), &NOBODY, day(2026, 2, 1));
    let now = at_centre(day(2026, 2, 1));
    let allowed: Vec<Action> = offers(&holder, &now, &Policy::default())
        .into_iter()
        .filter_map(|(action, offer)| offer.is_ok().then_some(action))
        .collect();
    assert_eq!(allowed, [Action::ReportLoss, Action::Reprint, Action::Void]);
    let reissue = Command::Issue {
        action: Action::Reissue,
        serial: serial(2),
        confirmed_by_holder: true,
        consequence_confirmed: true,
        guardian_recorded: false,
    };
    assert_eq!(decide(&holder, &reissue, &now, &Policy::default()), Err(Refusal::NotEligible));
}

#[test]
fn e7_an_approved_correction_is_still_printed() {
    let correction = uuid::Uuid::from_u128(5);
    let mut holder = holder(vec![code(1, CodeState::Live, day(2026, 1, 1), day(2026, 6, 30))]);
    holder.eligibility = no(Shortfall::NoCertificate);
    holder.unused_corrections = vec![correction];
    let command = Command::Replace {
        serial: serial(2),
        correction,
        confirmed_by_holder: true,
        consequence_confirmed: true,
        guardian_recorded: false,
    };
    let outcome = decide(&holder, &command, &at_centre(day(2026, 2, 1)), &Policy::default()).unwrap();
    assert_eq!(outcome.new_code.unwrap().valid_through, day(2026, 6, 30));
}

#[test]
fn e8_replacing_the_code_of_a_child_needs_a_guardian_too() {
    let birth = day(2016, 1, 2);
    let mut holder = holder(vec![code(1, CodeState::Live, day(2026, 1, 1), day(2026, 6, 30))]);
    holder.eligibility = decided(birth, &NOBODY, day(2026, 2, 1));
    let correction = uuid::Uuid::from_u128(5);
    holder.unused_corrections = vec![correction];
    let replaced = |guardian_recorded| {
        let command = Command::Replace {
            serial: serial(2),
            correction,
            confirmed_by_holder: true,
            consequence_confirmed: true,
            guardian_recorded,
        };
        decide(&holder, &command, &at_centre(day(2026, 2, 1)), &Policy::default()).map(|_| ())
    };
    assert_eq!(replaced(false), Err(Refusal::GuardianNeeded));
    assert_eq!(replaced(true), Ok(()));
}

#[test]
fn e8_under_fourteen_a_guardian_must_act() {
    let birth = day(2012, 1, 2);
    assert!(decided(birth, &NOBODY, day(2026, 1, 1)).needs_guardian());
    assert!(!decided(birth, &NOBODY, day(2026, 1, 2)).needs_guardian());
    assert!(!no(Shortfall::NoCertificate).needs_guardian());
    let facts = |today| HolderFacts::of(&number(birth), today, &Policy::default());
    assert!(facts(day(2026, 1, 1)).under_fourteen && !facts(day(2026, 1, 2)).under_fourteen);
    let mut holder = holder(Vec::new());
    holder.eligibility = decided(birth, &NOBODY, today());
    let policy = Policy::default();
    assert_eq!(decide(&holder, &apply(), &at_centre(today()), &policy), Err(Refusal::GuardianNeeded));
    let with_guardian = Command::Issue {
        action: Action::Apply,
        serial: serial(2),
        confirmed_by_holder: true,
        consequence_confirmed: true,
        guardian_recorded: true,
    };
    assert!(decide(&holder, &with_guardian, &at_centre(today()), &policy).is_ok());
    assert!(offers(&holder, &offline(today()), &policy)[0].1.is_ok(), "the guardian is asked for on the way");
}

#[test]
fn n1_nobody_born_in_the_future_is_eligible() {
    assert_eq!(decided(day(2026, 1, 2), &NOBODY, today()), no(Shortfall::NotBornYet));
    assert!(decided(today(), &NOBODY, today()).is_eligible());
}

#[test]
fn e3_every_shortfall_has_a_sentence_and_a_refusal() {
    let all = [
        Shortfall::NoCertificate,
        Shortfall::CertificateExpired,
        Shortfall::CertificateOfAnother,
        Shortfall::CertificateInvalid,
        Shortfall::NotRegisteredHere,
        Shortfall::NotKnownOffline,
        Shortfall::NotBornYet,
    ];
    for language in [Language::Chinese, Language::English] {
        let mut words: Vec<_> = all.iter().map(|shortfall| shortfall.message(language)).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), all.len());
        assert!(words.iter().all(|sentence| sentence.len() > 20));
    }
    assert_eq!(Refusal::from(Shortfall::NotBornYet), Refusal::NumberBirthDate);
    assert_eq!(Refusal::from(Shortfall::NotKnownOffline), Refusal::EligibilityNotKnown);
    assert_eq!(Refusal::from(Shortfall::CertificateExpired), Refusal::NotEligible);
}

#[test]
fn e3_refusals_distinguish_unknown_from_not_eligible() {
    let mut holder = holder(Vec::new());
    for (shortfall, refusal) in [
        (Shortfall::NotKnownOffline, Refusal::EligibilityNotKnown),
        (Shortfall::NoCertificate, Refusal::NotEligible),
        (Shortfall::NotRegisteredHere, Refusal::NotEligible),
    ] {
        holder.eligibility = no(shortfall);
        assert_eq!(decide(&holder, &apply(), &offline(today()), &Policy::default()), Err(refusal));
    }
}

#[test]
fn e1_e2_the_ages_come_from_the_policy() {
    let policy =
        Policy { minor_age_years: 16, senior_age_years: 65, guardian_age_years: 10, ..Policy::default() };
    let decided = |years: i16| eligibility(&number(day(2026 - years, 1, 1)), &NOBODY, today(), &policy);
    assert_eq!(decided(15), yes(Ground::Minor));
    assert!(!decided(16).is_eligible() && !decided(64).is_eligible());
    assert_eq!(decided(65), yes(Ground::Senior));
    assert!(decided(9).needs_guardian() && !decided(10).needs_guardian());
}

fn apply() -> Command {
    Command::Issue {
        action: Action::Apply,
        serial: serial(2),
        confirmed_by_holder: true,
        consequence_confirmed: true,
        guardian_recorded: false,
    }
}

/// Returns the age by counting birthdays one by one in another calendar.
fn age_by_counting(birth: time::Date, today: time::Date) -> u8 {
    let mut age = 0;
    for year in birth.year() + 1.. {
        let birthday = birth
            .replace_year(year)
            .unwrap_or_else(|_| time::Date::from_calendar_date(year, time::Month::February, 28).unwrap());
        if birthday > today {
            return age;
        }
        age += 1;
    }
    age
}

proptest! {
    #[test]
    fn e4_ages_agree_with_birthdays_counted_in_another_calendar(birth in 0_i32..90_000, lived in 0_i32..45_000) {
        let first = time::Date::from_calendar_date(1850, time::Month::January, 1).unwrap();
        let birth = first + time::Duration::days(birth.into());
        let today = birth + time::Duration::days(lived.into());
        let here = |date: time::Date| day(date.year() as i16, u8::from(date.month()) as i8, date.day() as i8);
        prop_assert_eq!(age_on(here(birth), here(today)), age_by_counting(birth, today));
    }
}

#[test]
fn e2_the_days_to_60_are_counted_within_a_year() {
    let policy = Policy::default();
    let soon = |birth, today| senior_soon(birth, today, &policy);
    let birth = day(1966, 1, 2);
    assert_eq!(soon(birth, day(2026, 1, 1)), Some((day(2026, 1, 2), 1)));
    assert_eq!(soon(birth, day(2025, 1, 2)), Some((day(2026, 1, 2), 365)));
    for (birth, today) in
        [(birth, day(2026, 1, 2)), (birth, day(2024, 12, 31)), (day(2026, 1, 3), day(2026, 1, 2))]
    {
        assert_eq!(soon(birth, today), None);
    }
    let leap = day(1968, 2, 29);
    assert_eq!(soon(leap, day(2028, 2, 28)), Some((day(2028, 2, 29), 1)));
}

#[test]
fn e3_nobody_is_sent_for_a_certificate_they_may_not_need() {
    for shortfall in [Shortfall::NoCertificate, Shortfall::NotRegisteredHere] {
        let sentence = shortfall.message(Language::Chinese);
        assert!(!sentence.contains("残联") && sentence.contains("手机上的随申码"), "{sentence}");
    }
}
