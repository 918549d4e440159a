//! The disability certificate (残疾人证) and its number (E6).

use super::{IdNumber, IdNumberError, mask_certificate_number};
use crate::{Sensitive, time::Day};
use serde::{Deserialize, Serialize};

/// Disability certificate (残疾人证), on record or as scanned (E6).
///
/// The number is kept as it was read. [`CertificateNumber::parse`] decides whether it is valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DisabilityCertificate {
    /// Full number, not yet checked.
    pub number: Sensitive<String>,
    /// Last valid day, included.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::time::DaySchema))]
    pub valid_through: Day,
}

/// Category of disability: the 19th character of the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum DisabilityCategory {
    /// Digit 1: visual (视力).
    Visual,
    /// Digit 2: hearing (听力).
    Hearing,
    /// Digit 3: speech (言语).
    Speech,
    /// Digit 4: physical (肢体).
    Physical,
    /// Digit 5: intellectual (智力).
    Intellectual,
    /// Digit 6: mental (精神).
    Mental,
    /// Digit 7: multiple (多重).
    Multiple,
}

/// Grade of disability: the 20th character of the number, 1 (most severe) to 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum DisabilityGrade {
    /// Grade 1, most severe (一级).
    First,
    /// Grade 2, severe (二级).
    Second,
    /// Grade 3, moderate (三级).
    Third,
    /// Grade 4, mild (四级).
    Fourth,
}

/// A checked certificate number.
///
/// It is an 18-character ID number, category and grade; a reissued certificate adds `B` and a
/// digit. `Debug` redacts it, because it shows who somebody is and their disability.
#[derive(Clone, PartialEq, Eq)]
pub struct CertificateNumber {
    holder: IdNumber,
    category: DisabilityCategory,
    grade: DisabilityGrade,
    reissue: Option<u8>,
}

impl std::fmt::Debug for CertificateNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Faults in a certificate number. Positions count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// It has neither 20 nor 22 characters.
    #[error("length {0}")]
    Length(usize),
    /// The ID number at its beginning is invalid.
    #[error("identity number: {0}")]
    Holder(IdNumberError),
    /// The category (position 19) is not 1–7.
    #[error("position 19: category")]
    Category,
    /// The grade (position 20) is not 1–4.
    #[error("position 20: grade")]
    Grade,
    /// Positions 21–22 are not `B` and a digit.
    #[error("position 21: re-issue mark")]
    Reissue,
}

impl CertificateNumber {
    /// Parses and checks a certificate number (E6).
    ///
    /// Surrounding white space is dropped, and lower-case letters are read as capitals.
    ///
    /// # Errors
    /// The [`CertificateError`] of the first wrong part.
    pub fn parse(text: &str) -> Result<Self, CertificateError> {
        let characters: Vec<char> = text.trim().chars().map(|c| c.to_ascii_uppercase()).collect();
        let (holder, [category, grade, reissue @ ..]) =
            characters.split_at_checked(18).ok_or(CertificateError::Length(characters.len()))?
        else {
            return Err(CertificateError::Length(characters.len()));
        };
        let holder = IdNumber::parse(&String::from_iter(holder)).map_err(CertificateError::Holder)?;
        let category = category_of(*category).ok_or(CertificateError::Category)?;
        let grade = grade_of(*grade).ok_or(CertificateError::Grade)?;
        let reissue = match reissue {
            [] => None,
            ['B', digit] => Some(digit.to_digit(10).ok_or(CertificateError::Reissue)? as u8),
            [_, _] => return Err(CertificateError::Reissue),
            _ => return Err(CertificateError::Length(characters.len())),
        };
        Ok(Self { holder, category, grade, reissue })
    }

    /// Returns the ID number of the certificate's holder.
    pub const fn holder(&self) -> &IdNumber {
        &self.holder
    }

    /// Returns the category of disability.
    pub const fn category(&self) -> DisabilityCategory {
        self.category
    }

    /// Returns the grade of disability.
    pub const fn grade(&self) -> DisabilityGrade {
        self.grade
    }

    /// Returns the number of the reissue; `None` for a first certificate.
    pub const fn reissue(&self) -> Option<u8> {
        self.reissue
    }

    /// Returns whether the first 18 characters are the holder's number (E6).
    ///
    /// A 15-digit number is compared in its 18-digit form.
    pub fn belongs_to(&self, number: &IdNumber) -> bool {
        self.holder.modern() == number.modern()
    }
}

impl DisabilityCertificate {
    /// Returns the number with the ID number masked as in M1, and category and grade hidden (M3).
    pub fn masked_number(&self) -> String {
        mask_certificate_number(self.number.expose())
    }
}

const fn category_of(character: char) -> Option<DisabilityCategory> {
    Some(match character {
        '1' => DisabilityCategory::Visual,
        '2' => DisabilityCategory::Hearing,
        '3' => DisabilityCategory::Speech,
        '4' => DisabilityCategory::Physical,
        '5' => DisabilityCategory::Intellectual,
        '6' => DisabilityCategory::Mental,
        '7' => DisabilityCategory::Multiple,
        _ => return None,
    })
}

const fn grade_of(character: char) -> Option<DisabilityGrade> {
    Some(match character {
        '1' => DisabilityGrade::First,
        '2' => DisabilityGrade::Second,
        '3' => DisabilityGrade::Third,
        '4' => DisabilityGrade::Fourth,
        _ => return None,
    })
}
