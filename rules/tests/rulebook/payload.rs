//! Payload of the symbol, and verifying it offline (S11).

use crate::support::{claims, day, desk_key, key, key_list, noon, serial, today, verifier};
use ciborium::Value;
use coset::{CoseSign1, CoseSign1Builder, HeaderBuilder, RegisteredLabelWithPrivate, TaggedCborSerializable};
use proptest::prelude::*;
use rules::{
    At, DeviceNumber,
    keys::{Class, DeskKey, Signer, SoftwareKey},
    life::Serial,
    op::canonical,
    payload::{
        CLASS, Claims, HOLDER, LIMIT_BYTES, OfflineAnswer, PREFIX, PayloadError, SM2_WITH_SM3, decode,
        encode, verify_offline, verify_with,
    },
    revocation::RevocationFilter,
    wire::RevocationDelta,
};

fn symbol() -> String {
    encode(&claims(), &key(2)).unwrap()
}

fn bytes_of(text: &str) -> Vec<u8> {
    base45::decode(text.strip_prefix(PREFIX).unwrap()).unwrap()
}

fn text_of(bytes: &[u8]) -> String {
    format!("{PREFIX}{}", base45::encode(bytes))
}

#[test]
fn a_symbol_can_be_decoded_again() {
    let unverified = decode(&symbol()).unwrap();
    assert_eq!((unverified.claims, unverified.key_id), (claims(), key(2).key_id()));
    assert_eq!(verify_with(&symbol(), &key(2).public_key()), Ok(claims()));
    let practice = Claims { class: Class::Practice, ..claims() };
    assert_eq!(verify_with(&encode(&practice, &key(2)).unwrap(), &key(2).public_key()), Ok(practice));
}

#[test]
fn a_symbol_is_small_and_uses_the_alphanumeric_mode() {
    let text = symbol();
    assert!(text.len() <= 320, "{} characters", text.len());
    assert!(text.bytes().all(|b| b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".contains(&b)));
}

#[test]
fn the_structure_is_cose_sign1_with_cwt_claims() {
    let value: Value = ciborium::from_reader(bytes_of(&symbol()).as_slice()).unwrap();
    let Value::Tag(18, structure) = value else { panic!("not tagged as COSE_Sign1") };
    let parts = structure.as_array().unwrap();
    let protected: Value = ciborium::from_reader(parts[0].as_bytes().unwrap().as_slice()).unwrap();
    let expected = vec![
        (Value::from(1), Value::from(SM2_WITH_SM3)),
        (Value::from(4), Value::Bytes(key(2).key_id().0.to_vec())),
    ];
    assert_eq!(protected, Value::Map(expected));
    assert_eq!(parts[1], Value::Map(vec![]));
    let holder = Value::Array(vec!["欧阳*".into(), "310***********1234".into()]);
    let expected = vec![
        (Value::from(1), Value::from("SH")),
        (Value::from(4), Value::from(At::end_of(day(2026, 6, 30)).seconds())),
        (Value::from(6), Value::from(noon(today()).seconds())),
        (Value::from(7), Value::Bytes(serial(1).0.to_vec())),
        (Value::from(HOLDER), holder),
        (Value::from(CLASS), Value::from(1)),
    ];
    let payload: Value = ciborium::from_reader(parts[2].as_bytes().unwrap().as_slice()).unwrap();
    assert_eq!(payload, Value::Map(expected));
    assert_eq!(canonical(&payload), *parts[2].as_bytes().unwrap());
    assert_eq!(parts[3].as_bytes().unwrap().len(), 64);
    const { assert!(SM2_WITH_SM3 < -65_536 && HOLDER < -65_536 && CLASS < -65_536, "private use") };
}

#[test]
fn the_signature_covers_the_sig_structure_of_rfc_9052() {
    let signed = CoseSign1::from_tagged_slice(&bytes_of(&symbol())).unwrap();
    let structure = Value::Array(vec![
        "Signature1".into(),
        Value::Bytes(signed.protected.original_data.clone().unwrap()),
        Value::Bytes(vec![]),
        Value::Bytes(signed.payload.clone().unwrap()),
    ]);
    assert_eq!(key(2).public_key().verify(&canonical(&structure), &signed.signature), Ok(()));
}

#[test]
fn l1_the_last_day_follows_from_the_expiry_claim() {
    assert_eq!(claims().valid_through(), day(2026, 6, 30));
    let a_moment_later = Claims { expires_at: claims().expires_at.plus_ms(1), ..claims() };
    assert_eq!(a_moment_later.valid_through(), day(2026, 7, 1));
}

#[test]
fn instants_are_kept_to_whole_seconds() {
    let fine = Claims { issued_at: noon(today()).plus_ms(999), ..claims() };
    assert_eq!(decode(&encode(&fine, &key(2)).unwrap()).unwrap().claims, claims());
}

#[test]
fn each_bad_text_has_its_own_error() {
    let own = key(2).public_key();
    let cases = [
        (String::new(), PayloadError::Foreign),
        ("https://example.org/".into(), PayloadError::Foreign),
        (symbol().to_lowercase(), PayloadError::Foreign),
        (symbol().replacen("SSM1:", "SSM2:", 1), PayloadError::Foreign),
        (PREFIX.into(), PayloadError::Damaged),
        (format!("{PREFIX}:::"), PayloadError::Damaged),
        (format!("{PREFIX}a"), PayloadError::Damaged),
        (symbol()[..symbol().len() - 3].into(), PayloadError::Damaged),
        (symbol() + "00", PayloadError::Damaged),
        (format!("{PREFIX}{}", "0".repeat(LIMIT_BYTES)), PayloadError::TooLong),
    ];
    for (text, error) in cases {
        assert_eq!(decode(&text), Err(error), "{text}");
        assert_eq!(verify_with(&text, &own), Err(error), "{text}");
    }
    assert_eq!(verify_with(&symbol(), &key(3).public_key()), Err(PayloadError::UnknownKey));
}

#[test]
fn a_symbol_of_exactly_the_limit_is_still_decoded() {
    let padded = |length: usize| format!("{PREFIX}{}", "0".repeat(length - PREFIX.len()));
    assert_eq!(decode(&padded(LIMIT_BYTES)), Err(PayloadError::Damaged));
    assert_eq!(decode(&padded(LIMIT_BYTES + 1)), Err(PayloadError::TooLong));
}

/// Signs any payload, whether well formed or not.
fn signed(protected: coset::Header, payload: &Value) -> String {
    let structure = CoseSign1Builder::new()
        .protected(protected)
        .payload(canonical(payload))
        .create_signature(b"", |message| key(2).sign(message).unwrap().to_vec())
        .build();
    text_of(&structure.to_tagged_vec().unwrap())
}

fn header() -> HeaderBuilder {
    HeaderBuilder::new()
        .algorithm_label(RegisteredLabelWithPrivate::PrivateUse(SM2_WITH_SM3))
        .key_id(key(2).key_id().0.to_vec())
}

fn claim_map() -> Vec<(Value, Value)> {
    let signed = CoseSign1::from_tagged_slice(&bytes_of(&symbol())).unwrap();
    let map: Value = ciborium::from_reader(signed.payload.unwrap().as_slice()).unwrap();
    map.into_map().unwrap()
}

#[test]
fn a_well_signed_structure_of_another_form_is_damaged() {
    assert_eq!(decode(&signed(header().build(), &Value::Map(claim_map()))).unwrap().claims, claims());
    let other_algorithm =
        HeaderBuilder::new().algorithm(coset::iana::Algorithm::ES256).key_id(vec![0; 8]).build();
    let short_key_id = HeaderBuilder::new()
        .algorithm_label(RegisteredLabelWithPrivate::PrivateUse(SM2_WITH_SM3))
        .key_id(vec![0; 7])
        .build();
    for protected in [other_algorithm, short_key_id] {
        let text = signed(protected, &Value::Map(claim_map()));
        assert_eq!(decode(&text), Err(PayloadError::Damaged));
    }
    for at in 0..claim_map().len() {
        for wrong in
            [Value::Null, Value::from(9), Value::from("x"), Value::Bytes(vec![1]), Value::Array(vec![])]
        {
            let mut map = claim_map();
            if map[at].1 == wrong
                || (at == 0 && wrong.is_text())
                || ([1, 2].contains(&at) && wrong.is_integer())
            {
                continue;
            }
            map[at].1 = wrong.clone();
            let text = signed(header().build(), &Value::Map(map));
            assert_eq!(decode(&text), Err(PayloadError::Damaged), "claim {at} = {wrong:?}");
        }
        let mut missing = claim_map();
        missing.remove(at);
        assert_eq!(decode(&signed(header().build(), &Value::Map(missing))), Err(PayloadError::Damaged));
    }
    let mut unknown = claim_map();
    unknown.push((99.into(), Value::Null));
    assert_eq!(decode(&signed(header().build(), &Value::Map(unknown))), Err(PayloadError::Damaged));
    let mut twice = claim_map();
    twice.push(claim_map()[0].clone());
    assert_eq!(decode(&signed(header().build(), &Value::Map(twice))), Err(PayloadError::Damaged));
    let mut overflowing = claim_map();
    overflowing[1].1 = Value::from(i64::MAX);
    assert_eq!(decode(&signed(header().build(), &Value::Map(overflowing))), Err(PayloadError::Damaged));
}

/// A parameter nobody knows, one that says that it must be understood, and one that only repeats
/// what is known.
#[test]
fn a_well_signed_symbol_with_more_in_its_protected_header_is_damaged() {
    let text = |header: HeaderBuilder| signed(header.build(), &Value::Map(claim_map()));
    assert_eq!(text(header()).len(), symbol().len());
    for more in [
        header().value(99, Value::Null),
        header().text_value("note".to_owned(), "x".into()),
        header().value(99, Value::Null).add_critical_label(RegisteredLabelWithPrivate::Text("99".to_owned())),
        header().add_critical(coset::iana::HeaderParameter::Alg),
        header().content_type("application/cwt".to_owned()),
        header().content_format(coset::iana::CoapContentFormat::Cwt),
        header().iv(vec![0; 12]),
        header().add_counter_signature(coset::CoseSignature::default()),
    ] {
        let text = text(more);
        assert_eq!(decode(&text), Err(PayloadError::Damaged), "{text}");
        assert_eq!(verify_with(&text, &key(2).public_key()), Err(PayloadError::Damaged));
    }
}

#[test]
fn another_encoding_of_the_same_claims_is_damaged() {
    let with = |change: fn(&mut CoseSign1)| {
        let mut structure = CoseSign1::from_tagged_slice(&bytes_of(&symbol())).unwrap();
        change(&mut structure);
        text_of(&structure.to_tagged_vec().unwrap())
    };
    assert_eq!(with(|_| ()), symbol());
    let unprotected = with(|structure| structure.unprotected.key_id = vec![1]);
    assert_eq!(decode(&unprotected), Err(PayloadError::Damaged));
    // Key 1 of the protected header takes two bytes: the same header in another encoding.
    let longer = with(|structure| {
        let header = structure.protected.original_data.as_mut().unwrap();
        assert_eq!(header[1], 1);
        header.splice(1..2, [0x18, 1]);
    });
    assert_eq!(decode(&longer), Err(PayloadError::Damaged));
    let detached = with(|structure| structure.payload = None);
    assert_eq!(decode(&detached), Err(PayloadError::Damaged));
    let untagged = &bytes_of(&symbol())[1..];
    assert_eq!(decode(&text_of(untagged)), Err(PayloadError::Damaged));
    let trailing = [&bytes_of(&symbol())[..], &[0]].concat();
    assert_eq!(decode(&text_of(&trailing)), Err(PayloadError::Damaged));
    // The tag takes two bytes instead of one: legal CBOR, but not the shortest.
    let long_tag = [&[0xD8, 18], untagged].concat();
    assert_eq!(decode(&text_of(&long_tag)), Err(PayloadError::Damaged));
    let mut unsorted = claim_map();
    unsorted.reverse();
    let structure = CoseSign1Builder::new()
        .protected(header().build())
        .payload({
            let mut bytes = Vec::new();
            ciborium::into_writer(&Value::Map(unsorted), &mut bytes).unwrap();
            bytes
        })
        .create_signature(b"", |message| key(2).sign(message).unwrap().to_vec())
        .build();
    assert_eq!(decode(&text_of(&structure.to_tagged_vec().unwrap())), Err(PayloadError::Damaged));
}

#[test]
fn a_base45_pair_above_one_byte_is_damaged() {
    // Two characters can encode values above 255, which a careless decoder truncates.
    let odd = (0..3).map(|more| Claims { issuer: "S".repeat(1 + more), ..claims() });
    let text = odd
        .map(|claims| encode(&claims, &key(2)).unwrap())
        .find(|text| bytes_of(text).len() % 2 == 1)
        .unwrap();
    let (head, last) = text.split_at(text.len() - 2);
    let value =
        |c: u8| b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".iter().position(|a| *a == c).unwrap();
    let number = value(last.as_bytes()[0]) + 45 * value(last.as_bytes()[1]) + 256;
    let digit = |value: usize| char::from(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"[value]);
    let aliased = format!("{head}{}{}", digit(number % 45), digit(number / 45));
    assert!(decode(&text).is_ok());
    assert_eq!(decode(&aliased), Err(PayloadError::Damaged));
}

fn offline(text: &str, class: Class, signer: &SoftwareKey, now: At) -> Result<(), PayloadError> {
    let keys = key_list(vec![desk_key(signer, class)], class);
    verify_offline(text, &verifier(class), &keys, None, now).map(|_| ())
}

#[test]
fn offline_each_kind_of_bad_code_has_its_own_error() {
    let now = noon(day(2026, 3, 1));
    let signer = key(2);
    assert_eq!(offline(&symbol(), Class::Live, &signer, now), Ok(()));
    assert_eq!(offline(&symbol(), Class::Live, &key(3), now), Err(PayloadError::UnknownKey));
    let expires_at = claims().expires_at;
    assert_eq!(offline(&symbol(), Class::Live, &signer, expires_at.plus_ms(-1)), Ok(()));
    assert_eq!(offline(&symbol(), Class::Live, &signer, expires_at), Err(PayloadError::Expired));
    let issued = claims().issued_at;
    assert_eq!(offline(&symbol(), Class::Live, &signer, issued.plus_ms(-300_000)), Ok(()));
    assert_eq!(
        offline(&symbol(), Class::Live, &signer, issued.plus_ms(-300_001)),
        Err(PayloadError::NotYetValid)
    );
    let mut forged = bytes_of(&symbol());
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(offline(&text_of(&forged), Class::Live, &signer, now), Err(PayloadError::WrongSignature));
    assert_eq!(offline("nothing", Class::Live, &signer, now), Err(PayloadError::Foreign));
}

#[test]
fn offline_a_retired_key_still_verifies_earlier_codes() {
    let now = noon(day(2026, 3, 1));
    let with_retirement = |retired_at| {
        let key = DeskKey { retired_at, ..desk_key(&key(2), Class::Live) };
        verify_offline(&symbol(), &verifier(Class::Live), &key_list(vec![key], Class::Live), None, now)
            .map(|answer| answer.device)
    };
    assert_eq!(with_retirement(Some(claims().issued_at.plus_ms(1))), Ok(DeviceNumber(1)));
    assert_eq!(with_retirement(Some(claims().issued_at)), Err(PayloadError::KeyNotValid));
}

#[test]
fn offline_the_answer_tells_the_filter_result_and_the_age_of_the_lists() {
    let (now, keys) = (noon(day(2026, 3, 1)), key_list(vec![desk_key(&key(2), Class::Live)], Class::Live));
    let check = |revoked: &[Serial], made_at| {
        let filter = RevocationFilter::build(revoked, 1, made_at, Class::Live).unwrap().open().unwrap();
        verify_offline(&symbol(), &verifier(Class::Live), &keys, Some((&filter, made_at)), now).unwrap()
    };
    let before = keys.made_at.plus_ms(-1);
    let after = keys.made_at.plus_ms(1);
    assert!(check(&[serial(1)], before).probably_revoked);
    assert!(!check(&[serial(2)], before).probably_revoked);
    assert_eq!(check(&[], before).as_of, before);
    assert_eq!(check(&[], after).as_of, keys.made_at);
    let without = verify_offline(&symbol(), &verifier(Class::Live), &keys, None, now).unwrap();
    assert_eq!((without.probably_revoked, without.as_of, without.claims), (false, keys.made_at, claims()));
}

#[test]
fn offline_later_revocations_count_and_make_the_answer_newer() {
    let made_at = noon(today());
    let of_filter = |probably_revoked| OfflineAnswer {
        device: DeviceNumber(1),
        probably_revoked,
        as_of: made_at.plus_ms(-9),
        claims: claims(),
    };
    let delta =
        |revoked: Vec<Serial>| RevocationDelta { since: 3, version: 5, made_at, class: Class::Live, revoked };
    let told = |delta: &RevocationDelta, filter, probably_revoked| {
        let answer = delta.applied_to(filter, made_at.plus_ms(1), of_filter(probably_revoked));
        assert_eq!(answer.claims, claims());
        (answer.probably_revoked, answer.as_of)
    };
    for (revoked, before, expected) in [
        (vec![serial(1)], false, true),
        (vec![serial(2)], false, false),
        (vec![serial(2)], true, true),
        (vec![], true, true),
    ] {
        assert_eq!(told(&delta(revoked), 3, before), (expected, made_at));
    }
    assert_eq!(
        told(&delta(vec![serial(1)]), 4, false),
        (false, made_at.plus_ms(-9)),
        "of another filter it says nothing"
    );
    let answer = delta(vec![]).applied_to(3, made_at.plus_ms(-1), of_filter(false));
    assert_eq!(answer.as_of, made_at.plus_ms(-1), "no younger than the keys");
}

#[test]
fn s11_practice_and_live_codes_never_verify_as_each_other() {
    let now = noon(day(2026, 3, 1));
    let practice = encode(&Claims { class: Class::Practice, ..claims() }, &key(2)).unwrap();
    assert_eq!(offline(&practice, Class::Practice, &key(2), now), Ok(()));
    assert_eq!(offline(&practice, Class::Live, &key(2), now), Err(PayloadError::Practice));
    assert_eq!(offline(&symbol(), Class::Practice, &key(2), now), Err(PayloadError::Live));
    // A practice key is not in the live list. If somebody adds it there, its own class
    // still excludes it.
    let slipped_in = key_list(vec![desk_key(&key(2), Class::Practice)], Class::Live);
    let answer = verify_offline(&symbol(), &verifier(Class::Live), &slipped_in, None, now).map(|_| ());
    assert_eq!(answer, Err(PayloadError::UnknownKey));
    let wrong_list = key_list(vec![desk_key(&key(2), Class::Practice)], Class::Practice);
    let answer = verify_offline(&symbol(), &verifier(Class::Live), &wrong_list, None, now).map(|_| ());
    assert_eq!(answer, Err(PayloadError::UnknownKey));
}

#[test]
fn the_error_of_a_failing_signer_is_returned() {
    struct Broken;
    impl Signer for Broken {
        fn sign(&self, _: &[u8]) -> Result<[u8; 64], rules::keys::KeyError> {
            Err(rules::keys::KeyError::Unavailable)
        }
        fn public_key(&self) -> rules::keys::PublicKey {
            key(2).public_key()
        }
    }
    assert_eq!(encode(&claims(), &Broken), Err(rules::keys::KeyError::Unavailable));
    assert!(rules::keys::Signed::sign(1, &Broken).is_err());
}

#[test]
fn every_single_bit_change_of_the_bytes_is_rejected() {
    let (bytes, own) = (bytes_of(&symbol()), key(2).public_key());
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(verify_with(&text_of(&changed), &own).is_err(), "bit {bit}");
    }
}

#[test]
fn every_single_character_change_of_the_text_is_rejected() {
    let (text, own) = (symbol(), key(2).public_key());
    for at in 0..text.len() {
        for other in ['0', 'Z', ':', 'a', '\u{0}'] {
            if text[at..].starts_with(other) {
                continue;
            }
            let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            assert!(verify_with(&changed, &own).is_err(), "character {at}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_claims_can_be_decoded_again(
        issuer in "\\PC{0,12}", issued in -9_000_000_000_i64..9_000_000_000, lasts in 0_i64..100_000_000,
        serial in any::<[u8; 16]>(), name in "[甲乙𠮷*·]{0,20}", number in "[0-9X*]{0,18}", live in any::<bool>(),
    ) {
        let claims = Claims {
            issuer,
            issued_at: At(issued * 1000),
            expires_at: At((issued + lasts) * 1000),
            serial: Serial(serial),
            masked_name: name,
            masked_number: number,
            class: if live { Class::Live } else { Class::Practice },
        };
        let text = encode(&claims, &key(2)).unwrap();
        prop_assert_eq!(verify_with(&text, &key(2).public_key()), Ok(claims));
    }
}

proptest! {
    #[test]
    fn s11_no_text_makes_the_parser_panic(text in any::<String>(), bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode(&text);
        let _ = decode(&format!("{PREFIX}{text}"));
        let _ = decode(&text_of(&bytes));
    }

    #[test]
    fn s11_no_damaged_symbol_makes_the_parser_panic(at in any::<proptest::sample::Index>(), bytes in proptest::collection::vec(any::<u8>(), 0..12)) {
        let mut damaged = bytes_of(&symbol());
        let at = at.index(damaged.len());
        damaged.splice(at..(at + bytes.len()).min(damaged.len()), bytes);
        let _ = decode(&text_of(&damaged));
    }
}
