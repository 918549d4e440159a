//! One row of a list: which cell is the number, which the name.

use super::{CELL_CHARACTERS, COLUMNS};
use crate::failure::ListFailure;

/// Fewest characters of a cell that is meant to be a number. Serial numbers and room numbers are
/// shorter.
const NUMBER_CHARACTERS: usize = 8;

const NUMBER_WORDS: [&str; 7] = ["身份证", "证件号", "公民身份号码", "证号", "idnumber", "idno", "number"];
const NAME_WORDS: [&str; 2] = ["姓名", "name"];

/// Where number and name stand in a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Columns {
    /// A header says so.
    Named { number: usize, name: usize },
    /// No header: each row is looked at.
    Guessed,
}

/// The two cells of a row.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) number: String,
    pub(super) name: String,
}

impl Columns {
    /// Returns number and name of a row.
    pub(super) fn find(self, cells: &[&str]) -> Result<Found, ListFailure> {
        let (number, name) = match self {
            Self::Named { number, name } => (cells.get(number).copied(), cells.get(name).copied()),
            Self::Guessed => guess(cells),
        };
        let number = cleaned(number.unwrap_or_default());
        if number.is_empty() {
            return Err(ListFailure::NumberMissing);
        }
        if is_figure(&number) {
            return Err(ListFailure::NumberAsFigure);
        }
        let name = name.unwrap_or_default().trim().to_owned();
        if name.is_empty() {
            return Err(ListFailure::NameMissing);
        }
        Ok(Found { number, name })
    }
}

/// Returns why a row cannot be a row of a list at all.
pub(super) fn unfit(cells: &[&str]) -> Option<ListFailure> {
    if cells.len() > COLUMNS || cells.iter().any(|cell| cell.chars().nth(CELL_CHARACTERS).is_some()) {
        return Some(ListFailure::RowTooLong);
    }
    let broken = cells.iter().any(|cell| cell.trim().contains(['\n', '\r']));
    broken.then_some(ListFailure::LineBreak)
}

/// Reads a row as a header; `None` if it is none.
///
/// # Errors
/// [`ListFailure::NoColumns`] if it is a header that lacks one of the two columns.
pub(super) fn header(cells: &[&str]) -> Result<Option<Columns>, ListFailure> {
    if has_number(cells) {
        return Ok(None);
    }
    let words: Vec<String> = cells
        .iter()
        .map(|cell| cell.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase())
        .collect();
    // The longest title of a list also names its people; a column's heading is short.
    let is_short = |word: &str| word.chars().count() <= 12;
    let number =
        words.iter().position(|word| is_short(word) && NUMBER_WORDS.iter().any(|n| word.contains(n)));
    let name = words.iter().enumerate().position(|(at, word)| {
        Some(at) != number && is_short(word) && NAME_WORDS.iter().any(|n| word.contains(n))
    });
    match (number, name) {
        (Some(number), Some(name)) => Ok(Some(Columns::Named { number, name })),
        (None, None) => Ok(None),
        // A title may have one of the words; a header has several cells.
        _ if cells.iter().filter(|cell| !cell.trim().is_empty()).count() < 2 => Ok(None),
        _ => Err(ListFailure::NoColumns),
    }
}

/// Returns whether a cell of the row is meant to be a number.
pub(super) fn has_number(cells: &[&str]) -> bool {
    cells.iter().any(|cell| is_like_number(cell))
}

fn guess<'a>(cells: &[&'a str]) -> (Option<&'a str>, Option<&'a str>) {
    let number = cells.iter().position(|cell| is_like_number(cell));
    let is_name = |cell: &str| cell.chars().any(|c| c.is_alphabetic() && !c.is_ascii_digit());
    let name = cells
        .iter()
        .enumerate()
        .find(|(at, cell)| Some(*at) != number && is_name(cell))
        .map(|(_, cell)| *cell);
    (number.map(|at| cells[at]), name)
}

fn is_like_number(cell: &str) -> bool {
    let cell = cleaned(cell);
    is_figure(&cell)
        || (cell.len() >= NUMBER_CHARACTERS
            && cell.chars().filter(char::is_ascii_digit).count() >= NUMBER_CHARACTERS
            && cell.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// Returns whether a spreadsheet wrote it as `3.10115E+17`.
fn is_figure(cell: &str) -> bool {
    let mut parts = cell.splitn(2, ['E', 'e']);
    let (Some(mantissa), Some(exponent)) = (parts.next(), parts.next()) else { return false };
    let digits = |text: &str, also: &[char]| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || also.contains(&c))
    };
    digits(mantissa, &['.']) && digits(exponent.trim_start_matches(['+', '-']), &[])
}

/// Returns a number as it was meant: without the apostrophe or formula that keeps it text, and with
/// full-width digits as digits.
fn cleaned(cell: &str) -> String {
    let inner = cell.trim().trim_start_matches(['\'', '=', '"']).trim_end_matches('"');
    inner
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{200B}' | '\u{FEFF}' | '\u{202D}' | '\u{202C}'))
        .map(|c| match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            _ => c,
        })
        .collect()
}
