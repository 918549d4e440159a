//! Case numbers (办件编号): assembling and checking them.

use crate::support::day;
use proptest::prelude::*;
use rules::{Refusal, case_number::CaseNumber};

fn number(site: &str, desk: u16, sequence: u16) -> Result<CaseNumber, Refusal> {
    CaseNumber::new(site, day(2026, 3, 9), desk, sequence)
}

#[test]
fn case_numbers_contain_site_day_desk_and_sequence() {
    let number = number("310101", 7, 42).unwrap();
    assert!(number.as_str().starts_with("310101202603090070042"));
    assert_eq!((number.site(), number.desk(), number.sequence()), ("310101", 7, 42));
    assert_eq!(number.as_str().len(), 23);
    assert_eq!(number.to_string(), number.as_str());
    // ISO 7064: the whole number is 1 modulo 97, computed here by plain division.
    assert_eq!(number.as_str().parse::<u128>().unwrap() % 97, 1);
}

#[test]
fn case_numbers_outside_their_ranges_are_refused() {
    let refused = Err(Refusal::CaseNumberMalformed);
    for (site, desk, sequence) in [
        ("31010", 1, 1),
        ("3101011", 1, 1),
        ("31010a", 1, 1),
        ("海", 1, 1),
        ("310101", 0, 1),
        ("310101", 1000, 1),
        ("310101", 1, 0),
        ("310101", 1, 10_000),
    ] {
        assert_eq!(number(site, desk, sequence), refused, "{site} {desk} {sequence}");
    }
    assert_eq!(CaseNumber::new("310101", day(-1, 3, 9), 1, 1), refused);
    assert!(number("310101", 999, 9999).is_ok());
}

#[test]
fn case_numbers_are_checked_when_parsed() {
    let good = String::from(number("310101", 7, 42).unwrap());
    assert_eq!(CaseNumber::try_from(good.clone()).unwrap().as_str(), good);
    let with_check = |body: &str| {
        let value: u128 = format!("{body}00").parse().unwrap();
        format!("{body}{:02}", 98 - value % 97)
    };
    assert!(CaseNumber::try_from(with_check("310101202603090070042")).is_ok());
    for body in [
        "310101202602300070042",
        "310101202613010070042",
        "310101202600010070042",
        "310101202603320070042",
        "310101202603090000042",
        "310101202603090070000",
    ] {
        assert_eq!(CaseNumber::try_from(with_check(body)), Err(Refusal::CaseNumberMalformed), "{body}");
    }
    for text in
        [String::new(), good[..22].to_owned(), format!("{good}0"), good.replace('3', "a"), "一".repeat(23)]
    {
        assert_eq!(CaseNumber::try_from(text), Err(Refusal::CaseNumberMalformed));
    }
    // Two more digits can make the remainder right again, so the length is checked separately.
    let longer = (0..97).map(|more| format!("{good}{more:02}")).find(|text| {
        let (head, tail) = text.split_at(12);
        let head: u128 = head.parse().unwrap();
        (head * 10_u128.pow(tail.len() as u32) + tail.parse::<u128>().unwrap()) % 97 == 1
    });
    assert_eq!(CaseNumber::try_from(longer.unwrap()), Err(Refusal::CaseNumberMalformed));
    let json = serde_json::to_string(&number("310101", 7, 42).unwrap()).unwrap();
    assert!(serde_json::from_str::<CaseNumber>(&json).is_ok());
    assert!(serde_json::from_str::<CaseNumber>("\"1\"").is_err());
}

proptest! {
    #[test]
    fn one_wrong_digit_or_two_swapped_digits_are_detected(
        desk in 1_u16..=999, sequence in 1_u16..=9999, at in 0_usize..23, by in 1_u8..10, to in 0_usize..23,
    ) {
        let good = String::from(number("310101", desk, sequence).unwrap());
        let mut wrong = good.clone().into_bytes();
        wrong[at] = b'0' + (wrong[at] - b'0' + by) % 10;
        prop_assert!(CaseNumber::try_from(String::from_utf8(wrong).unwrap()).is_err());
        let mut swapped = good.clone().into_bytes();
        let neighbour = if to + 1 < 23 { to + 1 } else { to };
        swapped.swap(to, neighbour);
        let swapped = String::from_utf8(swapped).unwrap();
        prop_assert_eq!(CaseNumber::try_from(swapped.clone()).is_ok(), swapped == good);
    }
}
