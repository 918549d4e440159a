//! M5–M7: content of a symbol and the centre's answer to a scan.

use crate::support::{claims, code, day, desk_key, key, noon, today, verifier};
use rules::{
    At, Policy,
    keys::{Class, DeskKey, Signer as _},
    life::{Code, CodeState},
    payload::{Claims, PayloadError, Verifier},
    verification::{Finding, Imprint, RecordedCode, VerifiedSymbol, verify_online},
    wire::VerifyAnswer,
};

fn symbol(claims: Claims) -> VerifiedSymbol {
    let imprint = Imprint { claims: claims.digest(), key_id: key(2).key_id() };
    VerifiedSymbol { claims, imprint }
}

/// Scans a symbol that this key signed.
fn scanned(symbol: &VerifiedSymbol, key: &DeskKey, recorded: Option<&RecordedCode>, now: At) -> Finding {
    verify_online(Ok((symbol, key)), recorded, &verifier(Class::Live), now)
}

fn verified(recorded: Option<&RecordedCode>, now: At) -> Finding {
    scanned(&symbol(claims()), &desk_key(&key(2), Class::Live), recorded, now)
}

/// On record with the very symbol that is scanned.
fn issued(state: CodeState) -> RecordedCode {
    recorded(code(1, state, today(), day(2026, 6, 30)))
}

fn recorded(code: Code) -> RecordedCode {
    RecordedCode { code, imprint: Some(symbol(claims()).imprint) }
}

const fn blank(answer: VerifyAnswer) -> Finding {
    Finding { answer, shows_holder: false, registers: false }
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
fn m6_a_code_that_the_centre_has_not_confirmed_is_provisional() {
    let unconfirmed = Code { provisional: true, ..issued(CodeState::Live).code };
    assert_eq!(
        verified(Some(&recorded(unconfirmed)), noon(day(2026, 3, 1))).answer,
        VerifyAnswer::Provisional
    );
}

/// C2: a serial never issued would stay provisional for ever.
#[test]
fn b3_a_code_without_a_record_is_provisional_for_the_offline_limit_and_then_unknown() {
    let issued_at = claims().issued_at;
    let last = issued_at.plus_ms(Policy::default().offline_limit_ms());
    for (now, expected) in [
        (issued_at, VerifyAnswer::Provisional),
        (last, VerifyAnswer::Provisional),
        (last.plus_ms(1), VerifyAnswer::Unknown),
        (claims().expires_at.plus_ms(-1), VerifyAnswer::Unknown),
        (claims().expires_at, VerifyAnswer::Expired),
    ] {
        let finding = verified(None, now);
        let is_shown = expected == VerifyAnswer::Provisional;
        assert_eq!(finding, Finding { answer: expected, shows_holder: is_shown, registers: false });
    }
}

#[test]
fn b3_a_key_that_may_not_sign_now_makes_no_provisional_codes() {
    let now = claims().issued_at.plus_ms(60_000);
    let live = desk_key(&key(2), Class::Live);
    for (key, expected) in [
        (live.clone(), VerifyAnswer::Provisional),
        (DeskKey { retired_at: Some(now), ..live.clone() }, VerifyAnswer::Unknown),
        (DeskKey { not_after: now, ..live.clone() }, VerifyAnswer::Provisional),
        (DeskKey { not_after: now.plus_ms(-1), ..live.clone() }, VerifyAnswer::Unknown),
        (DeskKey { retired_at: Some(claims().issued_at), ..live.clone() }, VerifyAnswer::WrongSignature),
    ] {
        assert_eq!(scanned(&symbol(claims()), &key, None, now).answer, expected, "{key:?}");
    }
}

/// C2: another desk's key, or the same, signs a citizen's live serial with another name.
#[test]
fn b1_only_the_symbol_on_record_is_the_code() {
    let now = noon(day(2026, 3, 1));
    let live = desk_key(&key(2), Class::Live);
    let (own, on_record) = (symbol(claims()), issued(CodeState::Live));
    assert_eq!(scanned(&own, &live, Some(&on_record), now).answer, VerifyAnswer::Valid);
    let other_name = symbol(Claims { masked_name: "某*".into(), ..claims() });
    assert_eq!(scanned(&other_name, &live, Some(&on_record), now), blank(VerifyAnswer::WrongSignature));
    let imprint = Imprint { key_id: key(3).key_id(), ..own.imprint.clone() };
    let other_key = VerifiedSymbol { imprint, ..own.clone() };
    let finding = scanned(&other_key, &desk_key(&key(3), Class::Live), Some(&on_record), now);
    assert_eq!(finding, blank(VerifyAnswer::WrongSignature));
    // The operation of a sheet could not be read: only its end is known.
    for (state, expected) in
        [(CodeState::Voided, VerifyAnswer::Voided), (CodeState::Live, VerifyAnswer::WrongSignature)]
    {
        let unread = RecordedCode { imprint: None, ..issued(state) };
        assert_eq!(scanned(&own, &live, Some(&unread), now), blank(expected));
    }
}

/// B5: what the centre had received stays good, whatever became of the key.
#[test]
fn b5_a_recorded_code_stays_good_after_its_key_was_stolen() {
    let now = noon(day(2026, 3, 1));
    let stolen = DeskKey {
        retired_at: Some(now),
        compromised_since: Some(claims().issued_at),
        ..desk_key(&key(2), Class::Live)
    };
    let finding = scanned(&symbol(claims()), &stolen, Some(&issued(CodeState::Live)), now);
    assert_eq!(finding.answer, VerifyAnswer::Valid);
    assert_eq!(scanned(&symbol(claims()), &stolen, None, now), blank(VerifyAnswer::Unknown));
}

#[test]
fn b2_the_dates_of_a_symbol_must_be_possible_even_for_a_serial_on_record() {
    let now = claims().issued_at;
    let live = desk_key(&key(2), Class::Live);
    for (changed, expected) in [
        (Claims { issued_at: now.plus_ms(300_000), ..claims() }, VerifyAnswer::Provisional),
        (Claims { issued_at: now.plus_ms(300_001), ..claims() }, VerifyAnswer::NotYetValid),
        (Claims { expires_at: now.plus_ms(182 * 86_400_000), ..claims() }, VerifyAnswer::WrongSignature),
        (Claims { issuer: "XX".into(), ..claims() }, VerifyAnswer::Foreign),
    ] {
        assert_eq!(scanned(&symbol(changed.clone()), &live, None, now).answer, expected, "{changed:?}");
    }
    let strict = Policy { validity_days: 30, ..Policy::default() };
    let verifier = Verifier { policy: &strict, ..verifier(Class::Live) };
    let own = symbol(claims());
    let finding = verify_online(Ok((&own, &live)), Some(&issued(CodeState::Live)), &verifier, now);
    assert_eq!(finding, blank(VerifyAnswer::WrongSignature));
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
        (PayloadError::ImpossibleValidity, VerifyAnswer::WrongSignature),
        (PayloadError::Practice, VerifyAnswer::OtherClass),
        (PayloadError::Live, VerifyAnswer::OtherClass),
        (PayloadError::NotYetValid, VerifyAnswer::NotYetValid),
        (PayloadError::Expired, VerifyAnswer::Expired),
    ] {
        let recorded = issued(CodeState::Live);
        let finding = verify_online(Err(error), Some(&recorded), &verifier(Class::Live), noon(today()));
        assert_eq!(finding, blank(answer));
    }
}

#[test]
fn s11_the_centre_recognises_a_code_of_the_other_class() {
    let practice = symbol(Claims { class: Class::Practice, ..claims() });
    let (key, recorded) = (desk_key(&key(2), Class::Practice), issued(CodeState::Live));
    let finding = scanned(&practice, &key, Some(&recorded), noon(day(2026, 3, 1)));
    assert_eq!(finding, blank(VerifyAnswer::OtherClass));
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
    let text = rules::payload::encode(&claims, &key(2)).unwrap();
    let read = rules::payload::decode(&text).unwrap().claims;
    assert_eq!((read.masked_name.as_str(), read.masked_number), ("张**", number.masked()));
    let bytes = base45::decode(text.strip_prefix("SSM1:").unwrap()).unwrap();
    for secret in [&number.expose()[3..14], "三", "丰", "1950"] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
}
