//! Parses the birth date inside an ID number.

use crate::time::Day;

/// Parses `YYYYMMDD`; `None` if it is not a calendar day or lies before 1800.
pub(super) fn full_date(digits: &str) -> Option<Day> {
    date_of(digits.get(0..4)?.parse().ok()?, digits.get(4..8)?)
}

/// Parses `YYMMDD` of the 15-digit resident form, which only people born before 2000 ever had.
pub(super) fn resident_short_date(digits: &str) -> Option<Day> {
    let year: i16 = digits.get(0..2)?.parse().ok()?;
    date_of(1900 + year, digits.get(2..6)?)
}

/// Parses `YYMMDD` of the 15-character form for foreign permanent residents.
///
/// It was issued from 2004 to 2023, so 24–99 can only mean 1924–1999, and 00–23 are read as this
/// century. Somebody born in 1900–1923 is read as a child; both E1 and E2 allow a code.
pub(super) fn foreign_short_date(digits: &str) -> Option<Day> {
    const LAST_ISSUED: i16 = 23;
    let year: i16 = digits.get(0..2)?.parse().ok()?;
    let century = if year > LAST_ISSUED { 1900 } else { 2000 };
    date_of(century + year, digits.get(2..6)?)
}

fn date_of(year: i16, month_and_day: &str) -> Option<Day> {
    const EARLIEST: i16 = 1800;
    let month = month_and_day.get(0..2)?.parse().ok()?;
    let day = month_and_day.get(2..4)?.parse().ok()?;
    (year >= EARLIEST).then(|| Day::new(year, month, day).ok()).flatten()
}
