//! Opens a list of people (名单) that somebody brought: CSV, or XLSX within limits.

use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx};
use rules::{
    Day,
    failure::ListFailure,
    list::{CELL_CHARACTERS, COLUMNS, FILE_BYTES, List, ROWS, Rows, read_csv},
};
use std::{
    collections::BTreeMap,
    io::{Cursor, Read as _},
};
use zip::ZipArchive;

/// Most bytes that an XLSX file unpacks to. A list of 5,000 people has two million.
const UNPACKED_BYTES: u64 = 16 * 1024 * 1024;
/// Most files in an XLSX file.
const PARTS: usize = 200;
/// First bytes of a ZIP file, which XLSX is.
const ZIP: &[u8] = b"PK\x03\x04";
/// First bytes of the old binary format XLS.
const OLD: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];
/// Figures from here on have lost digits of an ID number.
const EXACT: f64 = 1e15;

/// Reads a list. Its kind is told by its first bytes, whatever it is named.
///
/// # Errors
/// The [`ListFailure`] for which the whole list is refused.
pub fn read(bytes: &[u8], today: Day) -> Result<List, ListFailure> {
    if bytes.len() > FILE_BYTES {
        return Err(ListFailure::FileTooLarge { limit: FILE_BYTES as u32 });
    }
    if bytes.starts_with(OLD) {
        return Err(ListFailure::OldFormat);
    }
    if bytes.starts_with(ZIP) { read_xlsx(bytes, today) } else { read_csv(bytes, today) }
}

fn read_xlsx(bytes: &[u8], today: Day) -> Result<List, ListFailure> {
    measure(bytes)?;
    let unreadable = |_| ListFailure::Unreadable;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let sheets = book.sheets_metadata().iter();
    let first = sheets
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .next();
    let first = first.ok_or(ListFailure::Empty)?;
    // Cell by cell: the range of a sheet is as large as its furthest cell says.
    let mut cells = book.worksheet_cells_reader(&first).map_err(unreadable)?;
    let mut rows: BTreeMap<u32, BTreeMap<u32, String>> = BTreeMap::new();
    while let Some(cell) = cells.next_cell().map_err(unreadable)? {
        let (row, column) = cell.get_position();
        let text = text(cell.get_value());
        if text.trim().is_empty() {
            continue;
        }
        let row = rows.entry(row).or_default();
        // One cell more than a row may have is enough to refuse it.
        if row.len() <= COLUMNS {
            row.insert(column.min(COLUMNS as u32), text);
        }
        // The header and titles are not counted here.
        if rows.len() > ROWS + COLUMNS {
            return Err(ListFailure::TooManyRows { limit: ROWS as u32 });
        }
    }
    let mut list = Rows::new(today);
    for (row, cells) in rows {
        let width = cells.last_key_value().map_or(0, |(column, _)| *column as usize + 1);
        let mut texts = vec![""; width];
        for (column, text) in &cells {
            if let Some(place) = texts.get_mut(*column as usize) {
                *place = text;
            }
        }
        list.take(row.saturating_add(1), &texts)?;
    }
    list.finish()
}

/// Unpacks every part and keeps none, so that the reader never meets more than the limit. What the
/// file says of its own size proves nothing.
fn measure(bytes: &[u8]) -> Result<(), ListFailure> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| ListFailure::Unreadable)?;
    if archive.len() > PARTS {
        return Err(ListFailure::UnpacksTooLarge);
    }
    let mut left = UNPACKED_BYTES;
    for part in 0..archive.len() {
        let part = archive.by_index(part).map_err(|_| ListFailure::Unreadable)?;
        let unpacked = std::io::copy(&mut part.take(left + 1), &mut std::io::sink());
        let unpacked = unpacked.map_err(|_| ListFailure::Unreadable)?;
        left = left.checked_sub(unpacked).ok_or(ListFailure::UnpacksTooLarge)?;
    }
    Ok(())
}

/// Returns a cell as text, cut where it is too long to be taken. Errors and formulas without a
/// value are empty.
fn text(cell: &DataRef<'_>) -> String {
    let cut = |text: &str| text.chars().take(CELL_CHARACTERS + 1).collect();
    match cell {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => cut(text),
        DataRef::SharedString(text) => cut(text),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if number.abs() < EXACT => number.to_string(),
        DataRef::Float(number) => format!("{number:E}"),
        DataRef::Bool(_) | DataRef::DateTime(_) | DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}
