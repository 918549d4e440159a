//! Tables as files for spreadsheets: CSV, and XLSX in the parts that every spreadsheet needs.

use desk::DeskError;
use std::{
    fs::{DirBuilder, OpenOptions},
    io::{Cursor, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};
use zip::{ZipWriter, result::ZipResult, write::SimpleFileOptions};

/// Mark at the start of a CSV file, which tells spreadsheets that it is UTF-8.
pub(crate) const UTF_8: &str = "\u{FEFF}";
/// First signs of a cell that a spreadsheet would take for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
/// Letters of a column's width that are not its text.
const MARGIN: usize = 3;
const WIDEST: usize = 60;

/// A table with a title.
pub(crate) struct Table {
    /// Title: the name of its sheet, at most 31 letters.
    pub(crate) title: &'static str,
    /// Headings of the columns, at most 26.
    pub(crate) head: Vec<&'static str>,
    /// Rows of cells.
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// Text or number of one place in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Text, never a formula.
    Text(String),
    /// A number.
    Number(u32),
}

impl Cell {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }
}

impl From<u32> for Cell {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// Writes one row of CSV. A cell that a spreadsheet would take for a formula begins with an
/// apostrophe.
pub(crate) fn csv_row(text: &mut String, cells: &[&str]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        let guard = if cell.starts_with(FORMULA) { "'" } else { "" };
        text.push('"');
        text.push_str(guard);
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    }
    text.push_str("\r\n");
}

/// Returns tables as CSV, one below the other, each under its title.
pub(crate) fn csv(tables: &[Table]) -> Vec<u8> {
    let mut text = String::from(UTF_8);
    for (at, table) in tables.iter().enumerate() {
        if at > 0 {
            text.push_str("\r\n");
        }
        csv_row(&mut text, &[table.title]);
        csv_row(&mut text, &table.head);
        for row in &table.rows {
            let cells: Vec<String> = row.iter().map(Cell::text).collect();
            csv_row(&mut text, &cells.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
    text.into_bytes()
}

/// Returns tables as a workbook, each on a sheet of its own.
///
/// # Errors
/// Memory for the file ran out.
pub(crate) fn xlsx(tables: &[Table]) -> ZipResult<Vec<u8>> {
    let mut parts = vec![
        ("[Content_Types].xml".to_owned(), content_types(tables.len())),
        ("_rels/.rels".to_owned(), relations(&[("officeDocument", "xl/workbook.xml".to_owned())])),
        ("xl/workbook.xml".to_owned(), workbook(tables)),
        ("xl/styles.xml".to_owned(), STYLES.to_owned()),
    ];
    let sheets = (1..=tables.len()).map(|at| ("worksheet", format!("worksheets/sheet{at}.xml")));
    let of_workbook: Vec<_> = sheets.chain([("styles", "styles.xml".to_owned())]).collect();
    parts.push(("xl/_rels/workbook.xml.rels".to_owned(), relations(&of_workbook)));
    for (at, table) in tables.iter().enumerate() {
        parts.push((format!("xl/worksheets/sheet{}.xml", at + 1), sheet(table)));
    }
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(name, SimpleFileOptions::default())?;
        zip.write_all(text.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const SHEET_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";
/// Two cell formats: 0 plain, 1 bold for headings.
const STYLES: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">"#,
    r#"<fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts>"#,
    r#"<fills count="1"><fill><patternFill patternType="none"/></fill></fills>"#,
    r#"<borders count="1"><border/></borders>"#,
    r#"<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>"#,
    r#"<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>"#,
    r#"<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs></styleSheet>"#,
);

fn content_types(sheets: usize) -> String {
    let part = |name: &str, kind: &str| {
        format!(r#"<Override PartName="/xl/{name}.xml" ContentType="{SHEET_TYPE}.{kind}+xml"/>"#)
    };
    let sheets = (1..=sheets).map(|at| part(&format!("worksheets/sheet{at}"), "worksheet"));
    let parts: String =
        [part("workbook", "sheet.main"), part("styles", "styles")].into_iter().chain(sheets).collect();
    format!(
        r#"{DECLARATION}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>{parts}</Types>"#
    )
}

/// Returns relations, numbered from `rId1` in their order.
fn relations(targets: &[(&str, String)]) -> String {
    let one = |(at, (kind, target)): (usize, &(&str, String))| {
        format!(r#"<Relationship Id="rId{}" Type="{OFFICE}/{kind}" Target="{target}"/>"#, at + 1)
    };
    let all: String = targets.iter().enumerate().map(one).collect();
    format!(r#"{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">{all}</Relationships>"#)
}

fn workbook(tables: &[Table]) -> String {
    let one = |(at, table): (usize, &Table)| {
        format!(r#"<sheet name="{}" sheetId="{}" r:id="rId{}"/>"#, escaped(table.title), at + 1, at + 1)
    };
    let sheets: String = tables.iter().enumerate().map(one).collect();
    format!(
        r#"{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>"#
    )
}

fn sheet(table: &Table) -> String {
    let head: Vec<Cell> = table.head.iter().map(|text| Cell::from(*text)).collect();
    let columns: String = (0..head.len())
        .map(|at| {
            let cells = std::iter::once(&head).chain(&table.rows).filter_map(|row| row.get(at));
            let width = cells.map(|cell| letters(&cell.text())).max().unwrap_or(0) + MARGIN;
            let (column, width) = (at + 1, width.min(WIDEST));
            format!(r#"<col min="{column}" max="{column}" width="{width}" customWidth="1"/>"#)
        })
        .collect();
    let rows: String = std::iter::once((&head, 1))
        .chain(table.rows.iter().map(|row| (row, 0)))
        .zip(1..)
        .map(|((row, style), number)| {
            let cells: String = row
                .iter()
                .zip('A'..='Z')
                .map(|(cell, column)| cell_xml(cell, style, &format!("{column}{number}")))
                .collect();
            format!(r#"<row r="{number}">{cells}</row>"#)
        })
        .collect();
    format!(
        r#"{DECLARATION}<worksheet xmlns="{MAIN}"><cols>{columns}</cols><sheetData>{rows}</sheetData></worksheet>"#
    )
}

/// Texts are inline strings, which no spreadsheet takes for formulas.
fn cell_xml(cell: &Cell, style: u8, place: &str) -> String {
    match cell {
        Cell::Text(text) => {
            let text = escaped(text);
            format!(
                r#"<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>"#
            )
        }
        Cell::Number(number) => format!(r#"<c r="{place}" s="{style}"><v>{number}</v></c>"#),
    }
}

/// Returns the width of a text: a Chinese character is as wide as two Latin ones.
fn letters(text: &str) -> usize {
    text.chars().map(|character| if character.is_ascii() { 1 } else { 2 }).sum()
}

/// Escapes a text for XML, without the signs that XML cannot hold.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars().filter(|one| !one.is_control() || matches!(one, '\t' | '\n')) {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // The two characters that XML excludes.
            '\u{FFFE}' | '\u{FFFF}' => {}
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Writes a file in `folder` that only this user may read; returns its path.
///
/// # Errors
/// Of the disk.
pub(crate) fn write_private(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, DeskError> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let path = folder.join(name);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{Data, Reader as _, Xlsx};

    fn tables() -> [Table; 2] {
        let row = |name: &str, number: u32| vec![Cell::from(name), Cell::from(number)];
        [
            Table {
                title: "窗口",
                head: vec!["窗口", "办成"],
                rows: vec![row("=cmd|' /C calc'!A0", 7), row("<&\"\u{1}>", 0)],
            },
            Table { title: "工号", head: vec!["工号"], rows: Vec::new() },
        ]
    }

    #[test]
    fn a_workbook_is_read_back_as_it_was_written_and_holds_no_formula() {
        let bytes = xlsx(&tables()).unwrap();
        let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
        assert_eq!(book.sheet_names(), ["窗口", "工号"]);
        let sheet = book.worksheet_range("窗口").unwrap();
        let text = |row: u32, column: u32| {
            sheet.get_value((row, column)).map(ToString::to_string).unwrap_or_default()
        };
        assert_eq!((text(0, 0), text(0, 1)), ("窗口".to_owned(), "办成".to_owned()));
        assert_eq!(text(1, 0), "=cmd|' /C calc'!A0");
        assert_eq!(text(2, 0), "<&\">");
        assert_eq!(sheet.get_value((1, 1)), Some(&Data::Float(7.0)));
        let formulas = book.worksheet_formula("窗口").unwrap();
        assert_eq!(formulas.used_cells().count(), 0);
    }

    #[test]
    fn a_cell_of_csv_is_never_a_formula_and_never_ends_early() {
        let text = String::from_utf8(csv(&tables())).unwrap();
        let lines: Vec<_> = text.trim_start_matches(UTF_8).split("\r\n").collect();
        assert_eq!(lines[1], "\"窗口\",\"办成\"");
        assert_eq!(lines[2], "\"'=cmd|' /C calc'!A0\",\"7\"");
        let mut row = String::new();
        csv_row(&mut row, &["a\"b,c", "王*"]);
        assert_eq!(row, "\"a\"\"b,c\",\"王*\"\r\n");
    }
}
