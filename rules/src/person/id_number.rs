//! ID numbers: parsing, check digits and what they tell about a person (N1).

use super::{birth, mask_id_number, region::province_name};
use crate::{Refusal, time::Day};
use serde::{Deserialize, Serialize};
use sm3::{Digest as _, Sm3};

/// A checked ID number of 15 or 18 characters (N1). `Debug` redacts it.
///
/// These forms are accepted:
///
/// - the resident number (公民身份号码, GB 11643)
/// - the permit of Hong Kong, Macao and Taiwan residents (港澳台居民居住证), of the same form
/// - the foreign permanent resident number of 2023 (9, province, country, birth,
///   sequence, check digit)
/// - the two 15-character forms that came before them
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

/// Faults in an ID number. Positions count from 1. No character of the number is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdNumberError {
    /// It has neither 15 nor 18 characters.
    #[error("length {0}")]
    Length(usize),
    /// A character that is not allowed at this position: a digit, the final X, or the country's
    /// letters are expected.
    #[error("position {position}: character")]
    Character {
        /// Position of the character, from 1.
        position: usize,
    },
    /// Unknown province-level code (GB/T 2260), or 81, 82 or 83 without the zeros of
    /// a residence permit.
    #[error("position {position}: region")]
    Region {
        /// Position of the region code, from 1.
        position: usize,
    },
    /// Country code that cannot exist.
    #[error("position {position}: country")]
    Country {
        /// Position of the country code, from 1.
        position: usize,
    },
    /// The birth date is not a calendar day.
    #[error("position {position}: birth date")]
    BirthDate {
        /// Position of the birth date, from 1.
        position: usize,
    },
    /// The birth date lies after today.
    #[error("position {position}: birth date in the future")]
    BirthInFuture {
        /// Position of the birth date, from 1.
        position: usize,
    },
    /// The check digit does not match, so a character was misread or mistyped.
    #[error("position {position}: check digit")]
    CheckDigit {
        /// Position of the check digit, from 1.
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

/// Sex, as coded in GB/T 2261.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Code 0: unknown (未知).
    Unknown,
    /// Code 1: male (男).
    Male,
    /// Code 2: female (女).
    Female,
    /// Code 9: not stated (未说明).
    NotStated,
}

impl Sex {
    /// Returns the sex with this code of GB/T 2261.1: 0, 1, 2 or 9.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Unknown),
            1 => Some(Self::Male),
            2 => Some(Self::Female),
            9 => Some(Self::NotStated),
            _ => None,
        }
    }

    /// Returns the code of GB/T 2261.1.
    pub const fn code(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Male => 1,
            Self::Female => 2,
            Self::NotStated => 9,
        }
    }
}

/// Form of an ID number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum NumberForm {
    /// Resident number (公民身份号码), 18 characters.
    Resident,
    /// Permit of Hong Kong, Macao and Taiwan residents (港澳台居民居住证): 18 characters beginning
    /// with 810000, 820000 or 830000.
    HongKongMacaoTaiwan,
    /// Foreign permanent resident card (外国人永久居留身份证) of 2023: 18 characters
    /// beginning with 9.
    ForeignPermanentResident,
    /// Old resident number: 15 digits, issued until 1999.
    ResidentShort,
    /// Old foreign permanent resident card: 3 letters and 12 digits, issued until 2023.
    ForeignPermanentResidentShort,
}

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// Region codes of the permits of Hong Kong, Macao and Taiwan residents, in place of a county (N1).
const PERMIT_REGIONS: [&str; 3] = ["810000", "820000", "830000"];
const CHECK_CHARACTERS: [u8; 11] = *b"10X98765432";
/// Keeps the bucket apart from every other digest of a number.
const BUCKET_LABEL: &[u8] = b"suishen bucket ";

/// Computes the check character of GB 11643 over the first 17 digits.
fn check_character(digits: &[u8]) -> char {
    let sum: u32 = WEIGHTS.iter().zip(digits).map(|(weight, digit)| weight * u32::from(digit - b'0')).sum();
    char::from(CHECK_CHARACTERS[(sum % 11) as usize])
}

impl IdNumber {
    /// Parses and checks a number: length, digits, region, birth date and check digit.
    ///
    /// Surrounding white space is dropped, and a lower-case x is read as X. [`Self::read_on`] also
    /// rejects a birth date in the future.
    ///
    /// # Errors
    /// The first fault from left to right; the check digit comes last.
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

    /// Parses a number like [`Self::parse`] and checks that the birth date is not after `today`.
    ///
    /// # Errors
    /// The errors of [`Self::parse`], and [`IdNumberError::BirthInFuture`].
    pub fn read_on(text: &str, today: Day) -> Result<Self, IdNumberError> {
        let number = Self::parse(text)?;
        if number.birth() > today {
            return Err(IdNumberError::BirthInFuture { position: number.birth_position() });
        }
        Ok(number)
    }

    /// Returns the number in clear. Never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the form of the number.
    pub fn form(&self) -> NumberForm {
        match (self.0.len(), self.0.as_bytes()[0]) {
            (15, b'0'..=b'9') => NumberForm::ResidentShort,
            (15, _) => NumberForm::ForeignPermanentResidentShort,
            (_, b'9') => NumberForm::ForeignPermanentResident,
            (_, b'8') => NumberForm::HongKongMacaoTaiwan,
            _ => NumberForm::Resident,
        }
    }

    /// Returns the birth date that the number contains.
    #[expect(clippy::expect_used, reason = "`parse` is the only constructor and reads the same date")]
    pub fn birth(&self) -> Day {
        self.read_birth().expect("a checked number holds a birth date")
    }

    /// Returns the sex: the last digit of the sequence is odd for men. The short form for
    /// foreigners does not tell.
    pub fn sex(&self) -> Sex {
        let sequence_end = match self.form() {
            NumberForm::ForeignPermanentResidentShort => return Sex::Unknown,
            NumberForm::ResidentShort => 14,
            _ => 16,
        };
        if self.0.as_bytes()[sequence_end] % 2 == 1 { Sex::Male } else { Sex::Female }
    }

    /// Returns whether the first registration was in Shanghai (prefix 310). It is a hint and never
    /// a yes (E5).
    pub fn first_registered_in_shanghai(&self) -> bool {
        self.0.starts_with("310")
    }

    /// Returns the number masked for display (M1).
    pub fn masked(&self) -> String {
        mask_id_number(&self.0)
    }

    /// Returns the 18-character form of a 15-digit resident number, and any other number unchanged.
    ///
    /// In 1999, "19" was inserted before the year and a check digit appended. One person must not
    /// count as two because an old document was read.
    pub fn modern(&self) -> String {
        if self.form() != NumberForm::ResidentShort {
            return self.0.clone();
        }
        let mut long = format!("{}19{}", &self.0[..6], &self.0[6..]);
        long.push(check_character(long.as_bytes()));
        long
    }

    /// Returns the bucket, 0–255: the part of the centre's rows that this person's belong to.
    ///
    /// It is the first byte of SM3 over a public label and the modern form of the number. No key is
    /// in it, so that a desk can put it into a serial (C2).
    pub fn bucket(&self) -> u8 {
        Sm3::new().chain_update(BUCKET_LABEL).chain_update(self.modern()).finalize()[0]
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

    /// Checks a 15-character number. The resident form has no check digit; the rule of the foreign
    /// check digit was never published, so it is not checked.
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
        // ISO 3166 numeric codes come and go with countries, so only 000 is refused.
        if self.0.get(at + 2..at + 5) == Some("000") {
            return Err(IdNumberError::Country { position: at + 3 });
        }
        Ok(())
    }

    fn check_birth(&self) -> Result<(), IdNumberError> {
        self.read_birth().map(|_| ()).ok_or(IdNumberError::BirthDate { position: self.birth_position() })
    }
}

/// Checks that each of the `length` characters after the first `skip` passes.
fn require(text: &str, skip: usize, length: usize, pass: impl Fn(char) -> bool) -> Result<(), IdNumberError> {
    match text.chars().skip(skip).take(length).position(|c| !pass(c)) {
        Some(at) => Err(IdNumberError::Character { position: skip + at + 1 }),
        None => Ok(()),
    }
}
