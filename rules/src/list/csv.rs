//! A list as text: CSV as the spreadsheets of this city write it.

use super::{COLUMNS, FILE_BYTES, List, Rows};
use crate::{failure::ListFailure, time::Day};
use encoding_rs::{Encoding, GB18030, UTF_8};
use std::borrow::Cow;

const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];
/// Bytes of the first lines that are looked at for the separator.
const HEAD_BYTES: usize = 4_096;
/// First characters of a cell that a spreadsheet would take for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Reads a list from CSV: UTF-8, UTF-16 with a byte order mark, or GB 18030; with comma, semicolon
/// or tab between its cells.
///
/// ```
/// use rules::{Day, list::read_csv};
///
/// let list = read_csv("姓名,身份证号\n王小明,310000195006010126\n".as_bytes(), Day::constant(2026, 1, 5))?;
/// assert_eq!(list.people.len(), 1);
/// assert!(list.wrong.is_empty());
/// # Ok::<(), rules::failure::ListFailure>(())
/// ```
///
/// # Errors
/// The [`ListFailure`] for which the whole list is refused. Memory stays within a small multiple of
/// [`FILE_BYTES`].
pub fn read_csv(bytes: &[u8], today: Day) -> Result<List, ListFailure> {
    let mut rows = Rows::new(today);
    each_row(bytes, |line, cells| rows.take(line, cells))?;
    rows.finish()
}

/// Returns a line of CSV. A cell that a spreadsheet would take for a formula begins with an
/// apostrophe.
pub fn csv_line(cells: &[&str]) -> String {
    let cells = cells.iter().map(|cell| {
        let guard = if cell.starts_with(FORMULA) { "'" } else { "" };
        format!("\"{guard}{}\"", cell.replace('"', "\"\""))
    });
    cells.collect::<Vec<_>>().join(",") + "\r\n"
}

/// Hands each row of a CSV file on, with its line from 1. A row has at most one cell more than
/// [`COLUMNS`], which is enough to refuse it.
///
/// # Errors
/// The [`ListFailure`] for which the whole file is refused, by `take` or because it cannot be read.
pub(crate) fn each_row(
    bytes: &[u8],
    mut take: impl FnMut(u32, &[&str]) -> Result<(), ListFailure>,
) -> Result<(), ListFailure> {
    if bytes.len() > FILE_BYTES {
        return Err(ListFailure::FileTooLarge { limit: FILE_BYTES as u32 });
    }
    let text = decoded(bytes)?;
    if text.contains('\0') {
        return Err(ListFailure::Unreadable);
    }
    // One kind of line end, so that lines are counted as an editor counts them.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator(&text))
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|_| ListFailure::Unreadable)? {
        let line = record.position().map_or(0, |position| line_of(&text, position));
        let cells: Vec<&str> = record.iter().take(COLUMNS + 1).collect();
        take(line, &cells)?;
    }
    Ok(())
}

/// Returns the line of a row. The reader's position is before the empty lines that it skipped.
fn line_of(text: &str, position: &csv::Position) -> u32 {
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    let skipped = rest.iter().take_while(|byte| **byte == b'\n').count();
    u32::try_from(position.line())
        .unwrap_or(u32::MAX)
        .saturating_add(u32::try_from(skipped).unwrap_or(u32::MAX))
}

/// Decodes the text. GB 18030 takes nearly any bytes, so UTF-8 is tried first.
fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, ListFailure> {
    let (encoding, mark) = Encoding::for_bom(bytes)
        .unwrap_or_else(|| (if std::str::from_utf8(bytes).is_ok() { UTF_8 } else { GB18030 }, 0));
    let body = bytes.get(mark..).unwrap_or_default();
    encoding.decode_without_bom_handling_and_without_replacement(body).ok_or(ListFailure::Encoding)
}

/// Returns the separator that the first lines have most of.
fn separator(text: &str) -> u8 {
    let head: Vec<u8> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(5)
        .flat_map(str::bytes)
        .take(HEAD_BYTES)
        .collect();
    let count = |separator: u8| head.iter().filter(|byte| **byte == separator).count();
    SEPARATORS.into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}
