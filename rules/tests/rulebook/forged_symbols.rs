//! What a symbol is worth whose key somebody else may have (B1, B2, B5).

use crate::support::{claims, day, desk_key, key, key_list, noon, serial, verifier};
use rules::{
    At,
    keys::{Class, DeskKey},
    payload::{Claims, PayloadError, SignedSymbol, encode, verify_offline},
};

fn symbol() -> String {
    encode(&claims(), &key(2)).unwrap()
}

/// A thief of a key chooses what the symbol says, and no centre is asked.
#[test]
fn b2_offline_impossible_dates_and_another_issuer_are_refused() {
    let now = noon(day(2026, 3, 1));
    let keys = key_list(vec![desk_key(&key(2), Class::Live)], Class::Live);
    let longest = claims().issued_at.plus_ms(181 * 24 * 3_600_000);
    for (changed, expected) in [
        (
            Claims { expires_at: At::end_of(day(2100, 1, 1)), ..claims() },
            Err(PayloadError::ImpossibleValidity),
        ),
        (Claims { expires_at: longest.plus_ms(1_000), ..claims() }, Err(PayloadError::ImpossibleValidity)),
        (Claims { expires_at: longest, ..claims() }, Ok(())),
        (Claims { expires_at: claims().issued_at, ..claims() }, Err(PayloadError::ImpossibleValidity)),
        (Claims { issuer: "XX".into(), ..claims() }, Err(PayloadError::Foreign)),
        (Claims { issued_at: now.plus_ms(301_000), ..claims() }, Err(PayloadError::NotYetValid)),
    ] {
        let text = encode(&changed, &key(2)).unwrap();
        let answer = verify_offline(&text, &verifier(Class::Live), &keys, None, now).map(|_| ());
        assert_eq!(answer, expected, "{changed:?}");
    }
}

#[test]
fn b5_offline_every_code_signed_since_the_theft_is_probably_revoked() {
    let now = noon(day(2026, 3, 1));
    let (issued_at, retired_at) = (claims().issued_at, Some(noon(day(2026, 2, 1))));
    for (since, expected) in
        [(issued_at.plus_ms(1), Ok(false)), (issued_at, Ok(true)), (issued_at.plus_ms(-1), Ok(true))]
    {
        let stolen = DeskKey { retired_at, compromised_since: Some(since), ..desk_key(&key(2), Class::Live) };
        let keys = key_list(vec![stolen], Class::Live);
        let answer = verify_offline(&symbol(), &verifier(Class::Live), &keys, None, now);
        assert_eq!(answer.map(|answer| answer.probably_revoked), expected);
    }
}

#[test]
fn b1_a_signed_symbol_gives_its_text_for_its_own_claims_only() {
    let signed = SignedSymbol::of(&symbol()).unwrap();
    assert_eq!(signed.text(&claims()), Some(symbol()));
    assert_eq!(signed.claims, claims().digest());
    for other in [
        Claims { masked_name: "某*".into(), ..claims() },
        Claims { masked_number: "*".into(), ..claims() },
        Claims { issued_at: claims().issued_at.plus_ms(1_000), ..claims() },
        Claims { serial: serial(2), ..claims() },
    ] {
        assert_eq!(signed.text(&other), None);
        assert_ne!(other.digest(), claims().digest());
    }
    assert_eq!(SignedSymbol::of("nothing"), Err(PayloadError::Foreign));
}
