//! The disability certificate (残疾人证) and its number (E6).

use super::{IdNumber, IdNumberError, mask_certificate_number};
use crate::{Sensitive, time::Day};
use serde::{Deserialize, Serialize};

/// Disability certificate (残疾人证) as on record or as scanned (E6). The number is kept as it was read; [`CertificateNumber::parse`]
/// decides whether it is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisabilityCertificate {
    /// Full number.
    pub number: Sensitive<String>,
    /// Last valid day.
    pub valid_through: Day,
}

/// Category of disability, the 19th character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum DisabilityCategory {
    /// 1 视力
    Visual,
    /// 2 听力
    Hearing,
    /// 3 言语
    Speech,
    /// 4 肢体
    Physical,
    /// 5 智力
    Intellectual,
    /// 6 精神
    Mental,
    /// 7 多重
    Multiple,
}

/// Grade 1 (heaviest) to 4, the 20th character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum DisabilityGrade {
    /// 一级
    First,
    /// 二级
    Second,
    /// 三级
    Third,
    /// 四级
    Fourth,
}

/// A checked certificate number: 18 characters of identity number, category, grade, and for a re-issued certificate `B` and
/// a digit. Redacted in `Debug`: it tells who somebody is and what ails them.
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

/// What is wrong with a certificate number. Positions count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Neither 20 nor 22 characters.
    #[error("length {0}")]
    Length(usize),
    /// The identity number at its beginning is not one.
    #[error("identity number: {0}")]
    Holder(IdNumberError),
    /// Category is not 1–7 (position 19).
    #[error("position 19: category")]
    Category,
    /// Grade is not 1–4 (position 20).
    #[error("position 20: grade")]
    Grade,
    /// Not `B` and a digit (positions 21–22).
    #[error("position 21: re-issue mark")]
    Reissue,
}

impl CertificateNumber {
    /// Reads and checks a certificate number (E6). White space around it is dropped, lower-case letters are read as capitals.
    ///
    /// # Errors
    /// The first part that is wrong.
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

    /// Whose certificate it is.
    pub const fn holder(&self) -> &IdNumber {
        &self.holder
    }

    /// Category of disability.
    pub const fn category(&self) -> DisabilityCategory {
        self.category
    }

    /// Grade of disability.
    pub const fn grade(&self) -> DisabilityGrade {
        self.grade
    }

    /// Which re-issue of the certificate it is, if it is one.
    pub const fn reissue(&self) -> Option<u8> {
        self.reissue
    }

    /// E6: the first 18 characters are the holder's number. An old 15-digit number is compared as what it became.
    pub fn belongs_to(&self, number: &IdNumber) -> bool {
        self.holder.modern() == number.modern()
    }
}

impl DisabilityCertificate {
    /// M3: the identity number masked as M1, category and grade hidden.
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
