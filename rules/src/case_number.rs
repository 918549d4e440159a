//! Case numbers (办件编号): site 6 + date 8 + desk 3 + time 6 + check digits 2 (ISO 7064), made
//! offline, unique for ever.
//!
//! The time is the tenth of a second of the Shanghai day in which the case was opened. A count
//! would begin again where it stood at a desk whose files are put back from an image; time went on.

use crate::{Day, Refusal, SiteCode};
use serde::{Deserialize, Serialize};
use std::{fmt, ops::Range, str::FromStr};

const SITE: usize = 6;
const DATE: usize = SITE + 8;
const DESK: usize = DATE + 3;
const TIME: usize = DESK + 6;
const LENGTH: usize = TIME + 2;
/// Groups that people read and type: site, date, desk, time, check digits.
const GROUPS: [Range<usize>; 5] = [0..SITE, SITE..DATE, DATE..DESK, DESK..TIME, TIME..LENGTH];
/// Tenths of a second in a day.
const TENTHS: u32 = 24 * 60 * 60 * 10;

/// A checked case number: 25 digits, the last two check digits after ISO 7064 MOD 97-10, which find
/// every single wrong digit and every swap of two. Kept and sent as digits; people see it
/// [grouped](Self::grouped).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseNumber(String);

impl CaseNumber {
    /// Assembles one. `desk` 1–999, `tenth` of a second of the day 0–863999
    /// ([`At::tenth_of_day`](crate::At::tenth_of_day)).
    ///
    /// # Errors
    /// [`Refusal::CaseNumberMalformed`] when a part is out of its range.
    pub fn new(site: &SiteCode, day: Day, desk: u16, tenth: u32) -> Result<Self, Refusal> {
        let body = format!("{site}{:04}{:02}{:02}{desk:03}{tenth:06}", day.year(), day.month(), day.day());
        if body.len() != TIME || !is_digits(&body) {
            return Err(Refusal::CaseNumberMalformed);
        }
        let check = 98 - remainder_97(&format!("{body}00"));
        Self::try_from(format!("{body}{check:02}"))
    }

    /// Returns all 25 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As people read it, on screens and papers: `310115-20261123-003-523254-18`.
    pub fn grouped(&self) -> String {
        GROUPS.map(|group| &self.0[group]).join("-")
    }

    /// The site's six digits.
    pub fn site(&self) -> &str {
        &self.0[..SITE]
    }

    /// What all numbers of one desk and day begin with.
    pub fn of_desk_and_day(&self) -> &str {
        &self.0[..DESK]
    }

    /// The window, 1–999.
    pub fn desk(&self) -> u16 {
        self.part(DATE..DESK).unwrap_or(0)
    }

    /// The tenth of a second of the day, 0–863999.
    pub fn tenth(&self) -> u32 {
        self.part(DESK..TIME).unwrap_or(TENTHS)
    }

    /// The day on which the case was opened.
    ///
    /// # Errors
    /// None for a number that was parsed.
    pub fn day(&self) -> Result<Day, Refusal> {
        let (year, month, day) =
            (self.part(SITE..SITE + 4), self.part(SITE + 4..SITE + 6), self.part(SITE + 6..DATE));
        let day = year.zip(month).zip(day).and_then(|((year, month), day)| Day::new(year, month, day).ok());
        day.ok_or(Refusal::CaseNumberMalformed)
    }

    fn part<T: FromStr>(&self, range: Range<usize>) -> Option<T> {
        self.0.get(range)?.parse().ok()
    }
}

/// A stored case number as people read it. A text that is none stays as it is.
pub fn grouped(stored: &str) -> String {
    CaseNumber::try_from(stored.to_owned()).map_or_else(|_| stored.to_owned(), |number| number.grouped())
}

/// A case number or a part of one as it is stored: without the dashes and spaces people type.
pub fn ungrouped(typed: &str) -> String {
    typed.chars().filter(|&character| !is_separator(character)).collect()
}

/// Dashes and spaces, also those of Chinese keyboards.
const fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '－')
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads what a person typed, with or without the dashes and spaces between the groups.
impl FromStr for CaseNumber {
    type Err = Refusal;
    fn from_str(typed: &str) -> Result<Self, Refusal> {
        Self::try_from(ungrouped(typed))
    }
}

impl From<CaseNumber> for String {
    fn from(n: CaseNumber) -> String {
        n.0
    }
}

/// Reads the stored form, digits only.
impl TryFrom<String> for CaseNumber {
    type Error = Refusal;
    fn try_from(text: String) -> Result<Self, Refusal> {
        if text.len() != LENGTH || !is_digits(&text) || remainder_97(&text) != 1 {
            return Err(Refusal::CaseNumberMalformed);
        }
        let number = Self(text);
        if number.day().is_ok() && number.desk() > 0 && number.tenth() < TENTHS {
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
