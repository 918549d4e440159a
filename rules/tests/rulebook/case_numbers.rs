//! Case numbers (办件编号): assembling and checking them.

use crate::support::day;
use proptest::prelude::*;
use rules::{
    Refusal,
    case_number::{CaseNumber, grouped, ungrouped},
};

fn number(site: &str, desk: u16, tenth: u32) -> Result<CaseNumber, Refusal> {
    CaseNumber::new(&site.parse().unwrap(), day(2026, 3, 9), desk, tenth)
}

#[test]
fn case_numbers_hold_site_day_desk_and_tenth_of_a_second() {
    let number = number("310101", 7, 523_254).unwrap();
    assert!(number.as_str().starts_with("31010120260309007523254"));
    assert_eq!((number.site(), number.desk(), number.tenth()), ("310101", 7, 523_254));
    assert_eq!(number.of_desk_and_day(), "31010120260309007");
    assert_eq!(number.as_str().len(), 25);
    assert_eq!(number.to_string(), number.as_str());
    // ISO 7064: the whole number is 1 modulo 97, computed here by plain division.
    assert_eq!(number.as_str().parse::<u128>().unwrap() % 97, 1);
    assert!(number < self::number("310101", 7, 523_255).unwrap(), "one desk's numbers of a day are in order");
}

#[test]
fn case_numbers_outside_their_ranges_are_refused() {
    let refused = Err(Refusal::CaseNumberMalformed);
    for (site, desk, tenth) in
        [("310101", 0, 1), ("310101", 1000, 1), ("310101", 1, 864_000), ("310101", 1, 1_000_000)]
    {
        assert_eq!(number(site, desk, tenth), refused, "{site} {desk} {tenth}");
    }
    assert_eq!(CaseNumber::new(&"310101".parse().unwrap(), day(-1, 3, 9), 1, 1), refused);
    assert!(number("310101", 999, 863_999).is_ok());
    assert!(number("310101", 1, 0).is_ok());
}

#[test]
fn case_numbers_are_checked_when_parsed() {
    let good = String::from(number("310101", 7, 42).unwrap());
    assert_eq!(CaseNumber::try_from(good.clone()).unwrap().as_str(), good);
    let with_check = |body: &str| {
        let value: u128 = format!("{body}00").parse().unwrap();
        format!("{body}{:02}", 98 - value % 97)
    };
    assert!(CaseNumber::try_from(with_check("31010120260309007000042")).is_ok());
    for body in [
        "31010120260230007000042",
        "31010120261301007000042",
        "31010120260001007000042",
        "31010120260332007000042",
        "31010120260309000000042",
        "31010120260309007864000",
    ] {
        assert_eq!(CaseNumber::try_from(with_check(body)), Err(Refusal::CaseNumberMalformed), "{body}");
    }
    for text in
        [String::new(), good[..24].to_owned(), format!("{good}0"), good.replace('3', "a"), "一".repeat(25)]
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
}

#[test]
fn case_numbers_are_sent_as_digits_only() {
    let number = number("310101", 7, 42).unwrap();
    let json = serde_json::to_string(&number).unwrap();
    assert_eq!(json, format!("\"{}\"", number.as_str()));
    assert_eq!(serde_json::from_str::<CaseNumber>(&json).unwrap(), number);
    for text in ["1".to_owned(), number.grouped()] {
        assert!(serde_json::from_str::<CaseNumber>(&format!("\"{text}\"")).is_err());
    }
}

#[test]
fn case_numbers_are_shown_in_groups_and_read_as_they_are_shown() {
    let number = CaseNumber::new(&"310115".parse().unwrap(), day(2026, 11, 23), 3, 523_254).unwrap();
    let check = number.as_str()[23..].to_owned();
    assert_eq!(number.grouped(), format!("310115-20261123-003-523254-{check}"));
    for typed in [
        number.grouped(),
        number.as_str().to_owned(),
        format!("  {} ", number.grouped().replace('-', " ")),
        number.grouped().replace('-', "－"),
        number.grouped().replace('-', "\u{3000}"),
    ] {
        assert_eq!(typed.parse(), Ok(number.clone()), "{typed}");
    }
    for typed in
        [number.grouped().replace("-003-", "-004-"), number.grouped().replace('-', "/"), "3".to_owned()]
    {
        assert_eq!(typed.parse::<CaseNumber>(), Err(Refusal::CaseNumberMalformed), "{typed}");
    }
    assert_eq!(grouped(number.as_str()), number.grouped());
    assert_eq!(grouped("no number"), "no number");
    assert_eq!(ungrouped("2026 1123-003"), "20261123003");
}

proptest! {
    #[test]
    fn case_numbers_with_one_wrong_digit_or_two_swapped_are_found(
        desk in 1_u16..=999, tenth in 0_u32..864_000, at in 0_usize..25, by in 1_u8..10, to in 0_usize..25,
    ) {
        let good = String::from(number("310101", desk, tenth).unwrap());
        let mut wrong = good.clone().into_bytes();
        wrong[at] = b'0' + (wrong[at] - b'0' + by) % 10;
        prop_assert!(CaseNumber::try_from(String::from_utf8(wrong).unwrap()).is_err());
        let mut swapped = good.clone().into_bytes();
        let neighbour = if to + 1 < 25 { to + 1 } else { to };
        swapped.swap(to, neighbour);
        let swapped = String::from_utf8(swapped).unwrap();
        prop_assert_eq!(CaseNumber::try_from(swapped.clone()).is_ok(), swapped == good);
    }
}
