//! Lists of people for collective service.

use crate::support::{day, number_text, today};
use encoding_rs::GB18030;
use proptest::prelude::*;
use rules::{
    Language, Refusal,
    failure::ListFailure,
    list::{CELL_CHARACTERS, FILE_BYTES, List, ROWS, read_csv},
};
use std::fmt::Write as _;

fn person(sequence: u16) -> String {
    number_text("310000", day(1950, 6, 1), sequence)
}

fn read(text: &str) -> Result<List, ListFailure> {
    read_csv(text.as_bytes(), today())
}

fn lines(list: &List) -> Vec<u32> {
    list.people.iter().map(|person| person.line).collect()
}

#[test]
fn a_list_reads_the_same_in_every_encoding_and_with_every_separator() {
    let (a, b) = (person(1), person(2));
    for separator in [',', ';', '\t'] {
        let text =
            format!("姓名{separator}身份证号\r\n王小明{separator}{a}\r\n阿依古丽·买买提{separator}{b}\r\n");
        let plain = read(&text).unwrap();
        assert_eq!((lines(&plain), plain.wrong.len()), (vec![2, 3], 0));
        let utf16: Vec<u8> =
            [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        for bytes in [
            ["\u{FEFF}".as_bytes(), text.as_bytes()].concat(),
            GB18030.encode(&text).0.into_owned(),
            utf16,
            text.replace("\r\n", "\r").into_bytes(),
        ] {
            assert_eq!(read_csv(&bytes, today()).unwrap(), plain);
        }
    }
}

#[test]
fn columns_are_found_by_header_or_by_what_is_in_them() {
    let number = person(1);
    for text in [
        format!("序号,姓名,性别,公民身份号码\n1,王小明,男,{number}\n"),
        format!("阳光养老院名单,,\n2026年,,\n证件号码,姓名,房间\n{number},王小明,203\n"),
        format!("王小明,{number}\n"),
        format!("{number},王小明\n"),
        format!("1,王小明,'{number}\n"),
        format!("1,王小明,\"=\"\"{number}\"\"\"\n"),
        format!("Name;ID number\n王小明; {number} \n"),
    ] {
        let list = read(&text).unwrap();
        assert_eq!(list.people.len(), 1, "{text}: {list:?}");
        assert_eq!(list.people[0].name.expose(), "王小明");
        assert_eq!(list.people[0].number.expose(), number);
        assert!(list.wrong.is_empty(), "{text}: {:?}", list.wrong);
    }
    assert_eq!(read("姓名,住址\n王小明,某路\n"), Err(ListFailure::NoColumns));
}

#[test]
fn each_wrong_row_is_named_with_its_line_and_reason_and_the_others_are_taken() {
    let good = person(1);
    let mut bad = person(2);
    bad.replace_range(17.., if bad.ends_with('1') { "2" } else { "1" });
    let long = "王".repeat(CELL_CHARACTERS + 1);
    let text = format!(
        "姓名,身份证号\n李一,{good}\n李二,{bad}\n李三,\n,{}\n李五,3.10000E+17\n李六,{good}\n李7,{}\n{long},{}\n李九,{}\n\n李十,12\n",
        person(4),
        person(7),
        person(8),
        person(9),
    );
    let list = read(&text).unwrap();
    assert_eq!(lines(&list), [2, 10]);
    let said: Vec<_> = list.wrong.iter().map(|row| (row.line, row.why.clone())).collect();
    assert_eq!(
        said,
        [
            (3, ListFailure::NumberWrong { why: Refusal::NumberCheckDigit }),
            (4, ListFailure::NumberMissing),
            (5, ListFailure::NameMissing),
            (6, ListFailure::NumberAsFigure),
            (7, ListFailure::Repeated { line: 2 }),
            (8, ListFailure::NameWrong { why: Refusal::NameCharacter }),
            (9, ListFailure::RowTooLong),
            (12, ListFailure::NumberWrong { why: Refusal::NumberLength }),
        ]
    );
    for row in &list.wrong {
        assert!(!row.why.message(Language::Chinese).contains('{'));
    }
    assert!(!format!("{list:?}").contains(&good), "a list hides whom it names");
}

#[test]
fn a_missing_quotation_mark_takes_nobody_in_half() {
    let text = format!("姓名,身份证号\n\"王小明,{}\n李一,{}\n", person(1), person(2));
    let list = read(&text).unwrap();
    assert!(list.people.is_empty());
    assert_eq!((list.wrong[0].line, &list.wrong[0].why), (2, &ListFailure::LineBreak));
}

#[test]
fn what_is_no_list_is_refused_whole() {
    assert_eq!(read(""), Err(ListFailure::Empty));
    assert_eq!(read("姓名,身份证号\n"), Err(ListFailure::Empty));
    assert_eq!(read_csv(b"\x89PNG\r\n\x1a\n\0\0", today()), Err(ListFailure::Unreadable));
    assert_eq!(read_csv(&[0xFF; 3], today()), Err(ListFailure::Encoding));
    let limit = FILE_BYTES as u32;
    assert_eq!(read_csv(&vec![b','; FILE_BYTES + 1], today()), Err(ListFailure::FileTooLarge { limit }));
    let mut most = String::new();
    for row in 0..=ROWS {
        writeln!(most, "李一,{row}").unwrap();
    }
    assert_eq!(read(&most), Err(ListFailure::TooManyRows { limit: ROWS as u32 }));
}

/// Cells that a spreadsheet, or somebody with bad intent, may write.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        (0_u16..900).prop_map(person),
        "[王李张\u{20087}]{1,4}",
        "[0-9Xx=+'\"E.]{0,24}",
        "=cmd\\|.{0,8}",
        any::<String>(),
        Just("姓名".to_owned()),
        Just("身份证号".to_owned()),
    ]
}

fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let rows = proptest::collection::vec(proptest::collection::vec(cell(), 0..5), 0..12);
    let text =
        (rows, prop_oneof![Just(","), Just(";"), Just("\t"), Just("\"")]).prop_map(|(rows, separator)| {
            rows.iter().map(|row| row.join(separator)).collect::<Vec<_>>().join("\n")
        });
    let text = text.boxed();
    prop_oneof![
        3 => text.clone().prop_map(String::into_bytes),
        1 => text.prop_map(|text| GB18030.encode(&text).0.into_owned()),
        1 => proptest::collection::vec(any::<u8>(), 0..300),
    ]
}

/// Cases of the loops over hostile files; `HOSTILE_LISTS=100000` for the long form.
fn cases() -> u32 {
    std::env::var("HOSTILE_LISTS").ok().and_then(|count| count.parse().ok()).unwrap_or(500)
}

#[test]
fn no_bytes_make_the_reader_panic_and_nobody_is_listed_twice() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(cases()));
    runner
        .run(&hostile(), |bytes| {
            if let Ok(list) = read_csv(&bytes, today()) {
                let mut numbers: Vec<_> = list.people.iter().map(|person| person.number.modern()).collect();
                numbers.sort_unstable();
                let all = numbers.len();
                numbers.dedup();
                prop_assert_eq!(numbers.len(), all);
                prop_assert!(list.people.len() + list.wrong.len() <= ROWS);
                prop_assert!(list.people.iter().all(|person| person.name.check().is_ok()));
            }
            Ok(())
        })
        .unwrap();
}
