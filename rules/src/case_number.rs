//! Case numbers (办件编号): made offline and unique for ever.
//!
//! A case number is site (6), date (8), desk (3), sequence (4) and check digits (2, ISO 7064).

use crate::{Refusal, time::Day};
use serde::{Deserialize, Serialize};

const SITE: usize = 6;
const DATE: usize = SITE + 8;
const DESK: usize = DATE + 3;
const SEQUENCE: usize = DESK + 4;
const LENGTH: usize = SEQUENCE + 2;

/// A checked case number of 23 digits.
///
/// The last two are check digits (ISO 7064 MOD 97-10). They reveal every single wrong digit and
/// every swap of two digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseNumber(String);

impl CaseNumber {
    /// Assembles a case number from its parts and computes the check digits.
    ///
    /// `site` has six digits, `desk` is 1–999, and `sequence` is 1–9999 within the day.
    ///
    /// # Errors
    /// [`Refusal::CaseNumberMalformed`] if a part is outside its range.
    pub fn new(site: &str, day: Day, desk: u16, sequence: u16) -> Result<Self, Refusal> {
        let body = format!("{site}{:04}{:02}{:02}{desk:03}{sequence:04}", day.year(), day.month(), day.day());
        if site.len() != SITE || body.len() != SEQUENCE || !is_digits(&body) {
            return Err(Refusal::CaseNumberMalformed);
        }
        let check = 98 - remainder_97(&format!("{body}00"));
        Self::try_from(format!("{body}{check:02}"))
    }

    /// Returns all 23 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the site's six digits.
    pub fn site(&self) -> &str {
        &self.0[..SITE]
    }

    /// Returns the desk number, 1–999.
    pub fn desk(&self) -> u16 {
        self.number(DATE..DESK)
    }

    /// Returns the sequence number within the day, 1–9999.
    pub fn sequence(&self) -> u16 {
        self.number(DESK..SEQUENCE)
    }

    fn number(&self, range: std::ops::Range<usize>) -> u16 {
        self.0.get(range).and_then(|digits| digits.parse().ok()).unwrap_or(0)
    }

    fn has_real_day(&self) -> bool {
        let part = |range: std::ops::Range<usize>| self.0.get(range)?.parse::<i16>().ok();
        let day = || {
            let (month, day) = (part(SITE + 4..SITE + 6)?, part(SITE + 6..DATE)?);
            Day::new(part(SITE..SITE + 4)?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
        };
        day().is_some()
    }
}

impl std::fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
impl From<CaseNumber> for String {
    fn from(n: CaseNumber) -> String {
        n.0
    }
}
impl TryFrom<String> for CaseNumber {
    type Error = Refusal;
    fn try_from(text: String) -> Result<Self, Refusal> {
        if text.len() != LENGTH || !is_digits(&text) || remainder_97(&text) != 1 {
            return Err(Refusal::CaseNumberMalformed);
        }
        let number = Self(text);
        if number.has_real_day() && number.desk() > 0 && number.sequence() > 0 {
            Ok(number)
        } else {
            Err(Refusal::CaseNumberMalformed)
        }
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn remainder_97(digits: &str) -> u32 {
    digits.bytes().fold(0, |remainder, digit| (remainder * 10 + u32::from(digit - b'0')) % 97)
}
