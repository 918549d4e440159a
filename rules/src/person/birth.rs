//! The birth date inside a number.

use crate::time::Day;

/// Reads `YYYYMMDD`; `None` unless it is a day of the calendar, or a year before 1800 that nobody alive was born in.
pub(super) fn full_date(digits: &str) -> Option<Day> {
    date_of(digits.get(0..4)?.parse().ok()?, digits.get(4..8)?)
}

/// Reads `YYMMDD` of the 15-digit resident form. Only people born before 2000 were ever given one.
pub(super) fn resident_short_date(digits: &str) -> Option<Day> {
    let year: i16 = digits.get(0..2)?.parse().ok()?;
    date_of(1900 + year, digits.get(2..6)?)
}

/// Reads `YYMMDD` of the 15-character form for foreign permanent residents. It was issued from 2004 to 2023, so 24–99 can only
/// be 1924–1999; 00–23 are read as this century (whoever was born 1900–1923 is past any age limit either way: E1 and
/// E2 both allow a code).
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
