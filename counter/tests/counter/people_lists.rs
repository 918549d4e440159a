//! Lists of people as spreadsheets, those of offices and those of enemies (S12).

use counter::list_file::read;
use fixture::{
    senior,
    xlsx::{xlsx, xlsx_of_sheet},
};
use proptest::{prelude::*, test_runner::TestRunner};
use rules::{Day, failure::ListFailure};
use std::io::{Cursor, Write as _};
use zip::{ZipWriter, write::SimpleFileOptions};

const TODAY: Day = Day::constant(2026, 11, 29);

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

fn two_people() -> Vec<u8> {
    let (a, b) = (senior(1), senior(2));
    xlsx(&[
        row(&["阳光养老院名单"]),
        row(&["序号", "姓名", "身份证号"]),
        row(&["1", "王秀英", a.expose()]),
        row(&["2", "欧阳<建&国", b.expose()]),
        row(&["3", "李四", b.expose()]),
    ])
}

#[test]
fn a_spreadsheet_is_read_like_text_with_the_rows_it_shows() {
    let list = read(&two_people(), TODAY).unwrap();
    assert_eq!(list.people.iter().map(|person| person.line).collect::<Vec<_>>(), [3, 5]);
    assert_eq!(list.people[0].number, senior(1));
    assert_eq!(list.wrong.len(), 1);
    assert_eq!(list.wrong[0].line, 4, "a name has no such characters");
}

#[test]
fn a_number_that_was_kept_as_a_figure_is_named() {
    let name = "<c r=\"A1\" t=\"inlineStr\"><is><t>王秀英</t></is></c>";
    let sheet = format!("<row r=\"1\">{name}<c r=\"B1\"><v>310000194502030017</v></c></row>");
    let list = read(&xlsx_of_sheet(&sheet), TODAY).unwrap();
    assert_eq!(list.wrong[0].why, ListFailure::NumberAsFigure);
    assert!(list.people.is_empty());
}

#[test]
fn a_cell_at_the_end_of_the_sheet_costs_nothing() {
    let far = "<row r=\"1048576\"><c r=\"XFD1048576\" t=\"inlineStr\"><is><t>王</t></is></c></row>";
    let list = read(&xlsx_of_sheet(far), TODAY).unwrap();
    assert_eq!(list.wrong[0].why, ListFailure::RowTooLong);
    let many: String = (1..=6_000)
        .map(|at| format!("<row r=\"{at}\"><c r=\"A{at}\" t=\"inlineStr\"><is><t>王</t></is></c></row>"))
        .collect();
    assert!(matches!(read(&xlsx_of_sheet(&many), TODAY), Err(ListFailure::TooManyRows { .. })));
}

/// A file that unpacks to `bytes` zeros beside its sheet.
fn bomb(bytes: usize) -> Vec<u8> {
    let mut file = ZipWriter::new(Cursor::new(Vec::new()));
    file.start_file("xl/media/image1.png", SimpleFileOptions::default()).unwrap();
    file.write_all(&vec![0; bytes]).unwrap();
    file.finish().unwrap().into_inner()
}

#[test]
fn what_unpacks_beyond_measure_is_refused_before_it_is_read() {
    let bomb = bomb(64 * 1024 * 1024);
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    assert_eq!(read(&bomb, TODAY), Err(ListFailure::UnpacksTooLarge));
    assert_eq!(read(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1], TODAY), Err(ListFailure::OldFormat));
    assert_eq!(read(b"PK\x03\x04", TODAY), Err(ListFailure::Unreadable));
}

/// Cases of the loop over hostile files; `HOSTILE_LISTS=100000` for the long form.
fn cases() -> u32 {
    std::env::var("HOSTILE_LISTS").ok().and_then(|count| count.parse().ok()).unwrap_or(300)
}

#[test]
fn no_spreadsheet_makes_the_reader_panic() {
    let good = two_people();
    let spoilt = proptest::collection::vec((0..good.len(), any::<u8>()), 1..8).prop_map(move |changes| {
        let mut bytes = good.clone();
        changes.iter().for_each(|(at, byte)| bytes[*at] = *byte);
        bytes
    });
    let sheet = proptest::collection::vec(
        prop_oneof![
            "<row r=\"[0-9]{0,8}\">",
            "<c r=\"[A-Z]{0,5}[0-9]{0,9}\"( t=\"(s|str|b|e|d|n|inlineStr)\")?>",
            "<v>[0-9Ee.+-]{0,24}</v>",
            "<is><t>[^<&]{0,30}</t></is>",
            Just("</c>".to_owned()),
            Just("</row>".to_owned()),
            "<f t=\"shared\" si=\"[0-9]{0,3}\">.{0,9}</f>",
            any::<String>(),
        ],
        0..12,
    )
    .prop_map(|parts| xlsx_of_sheet(&parts.concat()));
    let mut runner = TestRunner::new(ProptestConfig::with_cases(cases()));
    runner
        .run(&prop_oneof![spoilt, sheet], |bytes| {
            if let Ok(list) = read(&bytes, TODAY) {
                prop_assert!(list.people.iter().all(|person| person.name.check().is_ok()));
            }
            Ok(())
        })
        .unwrap();
}
