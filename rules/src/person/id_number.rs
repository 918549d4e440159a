//! Identity numbers (N1).

use super::{birth, mask_id_number, region::province_name};
use crate::{Refusal, time::Day};
use serde::{Deserialize, Serialize};

/// A checked identity number, 15 or 18 characters (N1). Redacted in `Debug`.
///
/// Forms that are read: the resident's number (公民身份号码, GB 11643), the same form for Hong Kong, Macao and Taiwan residents
/// (港澳台居民居住证), the number of foreign permanent residents of 2023 (9 + province + country + birth + sequence + check), and
/// the two 15-character forms that went before them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdNumber(String);

impl std::fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}
impl From<IdNumber> for String {
    fn from(n: IdNumber) -> String {
        n.0
    }
}
impl TryFrom<String> for IdNumber {
    type Error = IdNumberError;
    fn try_from(text: String) -> Result<Self, IdNumberError> {
        Self::parse(&text)
    }
}

/// What is wrong with a number. Positions count from 1. Carries no character of the number itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdNumberError {
    /// Neither 15 nor 18 characters.
    #[error("length {0}")]
    Length(usize),
    /// Something else than a digit (or a final X, or the country's letters) stands here.
    #[error("position {position}: character")]
    Character {
        /// From 1.
        position: usize,
    },
    /// No such province-level code (GB/T 2260), or 81/82/83 without the zeros of a residence permit.
    #[error("position {position}: region")]
    Region {
        /// From 1.
        position: usize,
    },
    /// No such country code.
    #[error("position {position}: country")]
    Country {
        /// From 1.
        position: usize,
    },
    /// Not a day of the calendar.
    #[error("position {position}: birth date")]
    BirthDate {
        /// From 1.
        position: usize,
    },
    /// A birth date after today.
    #[error("position {position}: birth date in the future")]
    BirthInFuture {
        /// From 1.
        position: usize,
    },
    /// The check digit does not fit: one of the characters was misread or mistyped.
    #[error("position {position}: check digit")]
    CheckDigit {
        /// From 1.
        position: usize,
    },
}

impl From<IdNumberError> for Refusal {
    fn from(error: IdNumberError) -> Self {
        match error {
            IdNumberError::Length(_) => Self::NumberLength,
            IdNumberError::Character { .. } => Self::NumberCharacter,
            IdNumberError::Region { .. } | IdNumberError::Country { .. } => Self::NumberRegion,
            IdNumberError::BirthDate { .. } | IdNumberError::BirthInFuture { .. } => Self::NumberBirthDate,
            IdNumberError::CheckDigit { .. } => Self::NumberCheckDigit,
        }
    }
}

/// GB/T 2261.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// 0 未知
    Unknown,
    /// 1 男
    Male,
    /// 2 女
    Female,
    /// 9 未说明
    NotStated,
}

impl Sex {
    /// From the code of GB/T 2261.1: 0, 1, 2 or 9.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Unknown),
            1 => Some(Self::Male),
            2 => Some(Self::Female),
            9 => Some(Self::NotStated),
            _ => None,
        }
    }

    /// The code of GB/T 2261.1.
    pub const fn code(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Male => 1,
            Self::Female => 2,
            Self::NotStated => 9,
        }
    }
}

/// Which of the forms a number has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum NumberForm {
    /// 公民身份号码, 18 characters.
    Resident,
    /// 港澳台居民居住证, 18 characters beginning with 810000, 820000 or 830000.
    HongKongMacaoTaiwan,
    /// 外国人永久居留身份证 of 2023, 18 characters beginning with 9.
    ForeignPermanentResident,
    /// 15 digits, issued until 1999.
    ResidentShort,
    /// 3 letters and 12 digits, issued until 2023.
    ForeignPermanentResidentShort,
}

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// Hong Kong, Macao and Taiwan residents' permits carry these instead of a county (N1).
const PERMIT_REGIONS: [&str; 3] = ["810000", "820000", "830000"];
const CHECK_CHARACTERS: [u8; 11] = *b"10X98765432";

/// The check character of GB 11643 over the first 17 digits.
fn check_character(digits: &[u8]) -> char {
    let sum: u32 = WEIGHTS.iter().zip(digits).map(|(weight, digit)| weight * u32::from(digit - b'0')).sum();
    char::from(CHECK_CHARACTERS[(sum % 11) as usize])
}

impl IdNumber {
    /// Reads and checks a number: length, digits, region, birth date, check digit. White space around it is dropped and a
    /// lower-case x read as X. Whether the birth date lies in the future needs a day: see [`Self::read_on`].
    ///
    /// # Errors
    /// The first thing that is wrong, from left to right, the check digit last.
    pub fn parse(text: &str) -> Result<Self, IdNumberError> {
        let text = text.trim().to_ascii_uppercase();
        let number = Self(text);
        match number.0.chars().count() {
            18 => number.check_long()?,
            15 => number.check_short()?,
            other => return Err(IdNumberError::Length(other)),
        }
        Ok(number)
    }

    /// [`Self::parse`], and the birth date must not be after `today`.
    ///
    /// # Errors
    /// As [`Self::parse`], or [`IdNumberError::BirthInFuture`].
    pub fn read_on(text: &str, today: Day) -> Result<Self, IdNumberError> {
        let number = Self::parse(text)?;
        if number.birth() > today {
            return Err(IdNumberError::BirthInFuture { position: number.birth_position() });
        }
        Ok(number)
    }

    /// The number itself. Never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Which form it has.
    pub fn form(&self) -> NumberForm {
        match (self.0.len(), self.0.as_bytes()[0]) {
            (15, b'0'..=b'9') => NumberForm::ResidentShort,
            (15, _) => NumberForm::ForeignPermanentResidentShort,
            (_, b'9') => NumberForm::ForeignPermanentResident,
            (_, b'8') => NumberForm::HongKongMacaoTaiwan,
            _ => NumberForm::Resident,
        }
    }

    /// Birth date.
    #[expect(clippy::expect_used, reason = "the type is only made by `parse`, which reads this very date")]
    pub fn birth(&self) -> Day {
        self.read_birth().expect("a checked number holds a birth date")
    }

    /// Sex: the last digit of the sequence, odd for men. The short form for foreigners does not tell.
    pub fn sex(&self) -> Sex {
        let sequence_end = match self.form() {
            NumberForm::ForeignPermanentResidentShort => return Sex::Unknown,
            NumberForm::ResidentShort => 14,
            _ => 16,
        };
        if self.0.as_bytes()[sequence_end] % 2 == 1 { Sex::Male } else { Sex::Female }
    }

    /// E5: first registered in Shanghai (prefix 310), a hint and never a yes.
    pub fn first_registered_in_shanghai(&self) -> bool {
        self.0.starts_with("310")
    }

    /// M1.
    pub fn masked(&self) -> String {
        mask_id_number(&self.0)
    }

    /// The 18-character form of a resident's number: what a 15-digit number became in 1999 (19 before the year, check digit at
    /// the end). One person must not count as two because an old document was read. Every other number is its own.
    pub fn modern(&self) -> String {
        if self.form() != NumberForm::ResidentShort {
            return self.0.clone();
        }
        let mut long = format!("{}19{}", &self.0[..6], &self.0[6..]);
        long.push(check_character(long.as_bytes()));
        long
    }

    fn read_birth(&self) -> Option<Day> {
        match self.form() {
            NumberForm::ResidentShort => birth::resident_short_date(self.0.get(6..12)?),
            NumberForm::ForeignPermanentResidentShort => birth::foreign_short_date(self.0.get(7..13)?),
            _ => birth::full_date(self.0.get(6..14)?),
        }
    }

    fn birth_position(&self) -> usize {
        if self.form() == NumberForm::ForeignPermanentResidentShort { 8 } else { 7 }
    }

    fn check_long(&self) -> Result<(), IdNumberError> {
        require(&self.0, 0, 17, |c| c.is_ascii_digit())?;
        require(&self.0, 17, 1, |c| c.is_ascii_digit() || c == 'X')?;
        match self.form() {
            NumberForm::ForeignPermanentResident => self.check_foreign_region(1)?,
            NumberForm::HongKongMacaoTaiwan => {
                if !PERMIT_REGIONS.iter().any(|region| self.0.starts_with(region)) {
                    return Err(IdNumberError::Region { position: 1 });
                }
            }
            _ => self.check_region(0)?,
        }
        self.check_birth()?;
        if !self.0.ends_with(check_character(&self.0.as_bytes()[..17])) {
            return Err(IdNumberError::CheckDigit { position: 18 });
        }
        Ok(())
    }

    /// The 15-digit form has no check digit. The foreign form has one, but its rule was never published: it is not checked.
    fn check_short(&self) -> Result<(), IdNumberError> {
        if self.0.starts_with(|c: char| c.is_ascii_alphabetic()) {
            require(&self.0, 0, 3, |c| c.is_ascii_alphabetic())?;
            require(&self.0, 3, 12, |c| c.is_ascii_digit())?;
            self.check_region(3)?;
        } else {
            require(&self.0, 0, 15, |c| c.is_ascii_digit())?;
            self.check_region(0)?;
        }
        self.check_birth()
    }

    fn check_region(&self, at: usize) -> Result<(), IdNumberError> {
        let code = self.0.get(at..at + 2).and_then(|code| code.parse().ok());
        code.and_then(province_name).map(|_| ()).ok_or(IdNumberError::Region { position: at + 1 })
    }

    fn check_foreign_region(&self, at: usize) -> Result<(), IdNumberError> {
        self.check_region(at)?;
        // ISO 3166 numeric. Codes come and go with countries, so only the one that can never be a country is refused.
        if self.0.get(at + 2..at + 5) == Some("000") {
            return Err(IdNumberError::Country { position: at + 3 });
        }
        Ok(())
    }

    fn check_birth(&self) -> Result<(), IdNumberError> {
        self.read_birth().map(|_| ()).ok_or(IdNumberError::BirthDate { position: self.birth_position() })
    }
}

/// Every one of the `length` characters after the first `skip` must pass.
fn require(text: &str, skip: usize, length: usize, pass: impl Fn(char) -> bool) -> Result<(), IdNumberError> {
    match text.chars().skip(skip).take(length).position(|c| !pass(c)) {
        Some(at) => Err(IdNumberError::Character { position: skip + at + 1 }),
        None => Ok(()),
    }
}
