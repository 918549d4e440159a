//! Tables as files for spreadsheets: CSV and XLSX.

use rules::list::csv_line;
use rust_xlsxwriter::{Format, Workbook, XlsxError};

/// Mark at the start of a CSV file, which tells spreadsheets that it is UTF-8.
pub(crate) const UTF_8: &str = "\u{FEFF}";
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
    /// A whole number, written as one.
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

/// Returns tables as CSV, one below the other, each under its title.
pub(crate) fn csv(tables: &[Table]) -> Vec<u8> {
    let mut text = String::from(UTF_8);
    for (at, table) in tables.iter().enumerate() {
        if at > 0 {
            text.push_str("\r\n");
        }
        text.push_str(&csv_line(&[table.title]));
        text.push_str(&csv_line(&table.head));
        for row in &table.rows {
            let cells: Vec<String> = row.iter().map(Cell::text).collect();
            text.push_str(&csv_line(&cells.iter().map(String::as_str).collect::<Vec<_>>()));
        }
    }
    text.into_bytes()
}

/// Returns tables as a workbook, each on a sheet of its own. Texts are written as texts, which no
/// spreadsheet takes for formulas.
///
/// # Errors
/// Memory for the file ran out; a title is not one of a sheet.
pub(crate) fn xlsx(tables: &[Table]) -> Result<Vec<u8>, XlsxError> {
    let bold = Format::new().set_bold();
    let mut workbook = Workbook::new();
    for table in tables {
        let sheet = workbook.add_worksheet().set_name(table.title)?;
        for (head, column) in table.head.iter().zip(0..) {
            sheet.write_string_with_format(0, column, *head, &bold)?;
        }
        for (row, at) in table.rows.iter().zip(1..) {
            for (cell, column) in row.iter().zip(0..) {
                match cell {
                    Cell::Text(text) => sheet.write_string(at, column, text.replace(char::is_control, ""))?,
                    Cell::Number(number) => sheet.write_number(at, column, *number)?,
                };
            }
        }
        sheet.autofit();
    }
    workbook.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{Data, Reader as _, Xlsx};
    use std::io::Cursor;

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
        assert_eq!(csv_line(&["a\"b,c", "王*"]), "\"a\"\"b,c\",\"王*\"\r\n");
    }
}
