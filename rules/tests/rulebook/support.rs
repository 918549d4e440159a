//! Synthetic people, codes and keys for the tests.
//!
//! The check digit is computed independently of the code under test, from the definition in GB
//! 11643: a sum over powers of two must be 1 modulo 11.

use rules::{
    At, Day, DeviceNumber, Policy, StaffNumber,
    eligibility::{Eligibility, Ground},
    issuing::Issuers,
    keys::{Class, DeskKey, KeyList, Signer, SoftwareKey},
    life::{Code, CodeState, Holder, Now, Serial, Vantage},
    payload::{Claims, Verifier},
    person::{IdNumber, Name},
};
use std::sync::LazyLock;

pub(crate) fn day(year: i16, month: i8, day: i8) -> Day {
    Day::new(year, month, day).unwrap()
}

/// Returns noon of `day` in Shanghai.
pub(crate) fn noon(day: Day) -> At {
    At::start_of(day).plus_ms(12 * 60 * 60 * 1000)
}

pub(crate) fn today() -> Day {
    day(2026, 1, 1)
}

/// Appends the check character that makes the weighted sum 1 modulo 11, found by trial.
pub(crate) fn with_check_digit(first_seventeen: &str) -> String {
    let fits = |check: u32| {
        let digits = first_seventeen.chars().map(|c| c.to_digit(10).unwrap()).chain([check]);
        let sum: u32 = digits.enumerate().map(|(at, digit)| digit * (2_u32.pow(17 - at as u32) % 11)).sum();
        sum % 11 == 1
    };
    let check = (0..11).find(|check| fits(*check)).unwrap();
    format!("{first_seventeen}{}", if check == 10 { "X".into() } else { check.to_string() })
}

pub(crate) fn number_text(region: &str, birth: Day, sequence: u16) -> String {
    let (year, month, day) = (birth.year(), birth.month(), birth.day());
    with_check_digit(&format!("{region}{year:04}{month:02}{day:02}{sequence:03}"))
}

pub(crate) fn number(birth: Day) -> IdNumber {
    IdNumber::parse(&number_text("310000", birth, 12)).unwrap()
}

/// Returns the issuing keys of the root `key(number)`, always in force.
pub(crate) fn issuers(root: u8) -> Issuers {
    let mut next = 100;
    let random = || {
        next += 1;
        [next; 32]
    };
    Issuers::draw(&key(root), Class::Live, (At(0), At(i64::MAX / 2)), random).unwrap()
}

pub(crate) fn staff(number: &str) -> StaffNumber {
    number.parse().unwrap()
}

pub(crate) fn name(text: &str) -> Name {
    Name::read(text).unwrap().name
}

pub(crate) fn serial(counter: u32) -> Serial {
    Serial::new(7, DeviceNumber(1), counter, [3; 7])
}

pub(crate) fn code(counter: u32, state: CodeState, issued: Day, valid_through: Day) -> Code {
    Code {
        serial: serial(counter),
        state,
        issued_at: noon(issued),
        valid_through,
        provisional: false,
        copies: 1,
    }
}

pub(crate) fn eligible() -> Eligibility {
    Eligibility::Eligible { ground: Ground::Senior, provisional: false, guardian_needed: false }
}

pub(crate) fn holder(codes: Vec<Code>) -> Holder {
    Holder { eligibility: eligible(), codes, issue_days: Vec::new(), unused_corrections: Vec::new() }
}

pub(crate) fn at_centre(day: Day) -> Now {
    Now { at: noon(day), vantage: Vantage::Centre }
}

/// Returns the situation of a desk whose last contact with the centre was an hour ago.
pub(crate) fn offline(day: Day) -> Now {
    let at = noon(day);
    let last_contact = Some(at.plus_ms(-3_600_000));
    Now { at, vantage: Vantage::Offline { last_contact, clock_offset_ms: 0, clock_set_back: false } }
}

pub(crate) fn key(seed: u8) -> SoftwareKey {
    SoftwareKey::from_bytes(&[seed; 32]).unwrap()
}

pub(crate) fn desk_key(signer: &SoftwareKey, class: Class) -> DeskKey {
    DeskKey {
        public_key: signer.public_key(),
        device: DeviceNumber(1),
        epoch: 1,
        site: "310101".parse().unwrap(),
        class,
        not_before: noon(day(2025, 1, 1)),
        not_after: noon(day(2030, 1, 1)),
        retired_at: None,
        compromised_since: None,
    }
}

/// Returns what a verifier of this class expects.
pub(crate) fn verifier(class: Class) -> Verifier<'static> {
    static POLICY: LazyLock<Policy> = LazyLock::new(Policy::default);
    Verifier { issuer: "SH", class, policy: &POLICY }
}

pub(crate) fn key_list(desks: Vec<DeskKey>, class: Class) -> KeyList {
    KeyList { version: 3, made_at: noon(today()), class, desks }
}

pub(crate) fn claims() -> Claims {
    Claims {
        issuer: "SH".into(),
        issued_at: noon(today()),
        expires_at: At::end_of(day(2026, 6, 30)),
        serial: serial(1),
        masked_name: "欧阳*".into(),
        masked_number: "310***********1234".into(),
        class: Class::Live,
    }
}
