//! M5–M7: content of a symbol and the centre's answer to a scan.

use crate::support::{claims, code, day, noon, today};
use rules::{
    At,
    keys::Class,
    life::{Code, CodeState},
    payload::{Claims, PayloadError},
    verification::{Finding, verify_online},
    wire::VerifyAnswer,
};

fn verified(code: Option<&Code>, now: At) -> Finding {
    verify_online(Ok(&claims()), code, Class::Live, now)
}

fn issued(state: CodeState) -> Code {
    code(1, state, today(), day(2026, 6, 30))
}

#[test]
fn m6_the_answer_is_the_current_state() {
    let now = noon(day(2026, 3, 1));
    for (state, answer) in [
        (CodeState::Live, VerifyAnswer::Valid),
        (CodeState::Lost, VerifyAnswer::Lost),
        (CodeState::Superseded, VerifyAnswer::Superseded),
        (CodeState::Voided, VerifyAnswer::Voided),
    ] {
        let finding = verified(Some(&issued(state)), now);
        assert_eq!((finding.answer, finding.shows_holder), (answer, true));
    }
    let expired = verified(Some(&issued(CodeState::Live)), At::start_of(day(2026, 7, 1)));
    assert_eq!(expired.answer, VerifyAnswer::Expired);
}

#[test]
fn m6_a_well_signed_code_without_a_record_is_provisional() {
    assert_eq!(verified(None, noon(day(2026, 3, 1))).answer, VerifyAnswer::Provisional);
    assert_eq!(verified(None, claims().expires_at.plus_ms(-1)).answer, VerifyAnswer::Provisional);
    assert_eq!(verified(None, claims().expires_at).answer, VerifyAnswer::Expired);
    let unconfirmed = Code { provisional: true, ..issued(CodeState::Live) };
    assert_eq!(verified(Some(&unconfirmed), noon(day(2026, 3, 1))).answer, VerifyAnswer::Provisional);
}

#[test]
fn m6_a_code_from_the_future_is_not_yet_valid() {
    let issued_at = claims().issued_at;
    assert_eq!(verified(None, issued_at.plus_ms(-300_000)).answer, VerifyAnswer::Provisional);
    assert_eq!(verified(None, issued_at.plus_ms(-300_001)).answer, VerifyAnswer::NotYetValid);
}

#[test]
fn m6_a_foreign_or_damaged_symbol_shows_no_holder() {
    for (error, answer) in [
        (PayloadError::TooLong, VerifyAnswer::Foreign),
        (PayloadError::Foreign, VerifyAnswer::Foreign),
        (PayloadError::Damaged, VerifyAnswer::Damaged),
        (PayloadError::UnknownKey, VerifyAnswer::WrongSignature),
        (PayloadError::WrongSignature, VerifyAnswer::WrongSignature),
        (PayloadError::KeyNotValid, VerifyAnswer::WrongSignature),
        (PayloadError::Practice, VerifyAnswer::OtherClass),
        (PayloadError::Live, VerifyAnswer::OtherClass),
        (PayloadError::NotYetValid, VerifyAnswer::NotYetValid),
        (PayloadError::Expired, VerifyAnswer::Expired),
    ] {
        let finding = verify_online(Err(error), Some(&issued(CodeState::Live)), Class::Live, noon(today()));
        assert_eq!(finding, Finding { answer, shows_holder: false, registers: false });
    }
}

#[test]
fn s11_the_centre_recognises_a_code_of_the_other_class() {
    let practice = Claims { class: Class::Practice, ..claims() };
    let finding =
        verify_online(Ok(&practice), Some(&issued(CodeState::Live)), Class::Live, noon(day(2026, 3, 1)));
    assert_eq!(finding, Finding { answer: VerifyAnswer::OtherClass, shows_holder: false, registers: false });
}

#[test]
fn m7_only_a_valid_code_registers_for_a_test() {
    let now = noon(day(2026, 3, 1));
    for state in [CodeState::Live, CodeState::Lost, CodeState::Superseded, CodeState::Voided] {
        assert_eq!(verified(Some(&issued(state)), now).registers, state == CodeState::Live);
    }
    assert!(!verified(None, now).registers);
    assert!(!verified(Some(&issued(CodeState::Live)), At::start_of(day(2026, 7, 1))).registers);
}

#[test]
fn m5_the_symbol_holds_exactly_the_masked_values_and_no_other_personal_data() {
    let number = crate::support::number(day(1950, 1, 1));
    let name = crate::support::name("张三丰");
    let claims = Claims { masked_name: name.masked(), masked_number: number.masked(), ..claims() };
    let text = rules::payload::encode(&claims, &crate::support::key(2)).unwrap();
    let read = rules::payload::decode(&text).unwrap().claims;
    assert_eq!((read.masked_name.as_str(), read.masked_number), ("张**", number.masked()));
    let bytes = base45::decode(text.strip_prefix("SSM1:").unwrap()).unwrap();
    for secret in [&number.expose()[3..14], "三", "丰", "1950"] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
}
