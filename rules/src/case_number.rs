//! Case numbers (办件编号): site 6 + date 8 + desk 3 + sequence 4 + check digits (ISO 7064), made offline, unique for ever.

use crate::{Refusal, time::Day};
use serde::{Deserialize, Serialize};

const SITE: usize = 6;
const DATE: usize = SITE + 8;
const DESK: usize = DATE + 3;
const SEQUENCE: usize = DESK + 4;
const LENGTH: usize = SEQUENCE + 2;

/// A checked case number: 23 digits, the last two check digits after ISO 7064 MOD 97-10, which find every single wrong digit and
/// every swap of two.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseNumber(String);

impl CaseNumber {
    /// Assembles one. `site` six digits, `desk` 1–999, `sequence` 1–9999 of the day.
    ///
    /// # Errors
    /// [`Refusal::CaseNumberMalformed`] when a part is out of its range.
    pub fn new(site: &str, day: Day, desk: u16, sequence: u16) -> Result<Self, Refusal> {
        let body = format!("{site}{:04}{:02}{:02}{desk:03}{sequence:04}", day.year(), day.month(), day.day());
        if site.len() != SITE || body.len() != SEQUENCE || !is_digits(&body) {
            return Err(Refusal::CaseNumberMalformed);
        }
        let check = 98 - remainder_97(&format!("{body}00"));
        Self::try_from(format!("{body}{check:02}"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The site's six digits.
    pub fn site(&self) -> &str {
        &self.0[..SITE]
    }

    /// The window, 1–999.
    pub fn desk(&self) -> u16 {
        self.number(DATE..DESK)
    }

    /// The case of the day, 1–9999.
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
