//! People: numbers, names, and what may be shown of them. (A directory of modules: id_number, name, mask, certificate…)

use crate::{Sensitive, time::Day};
use serde::{Deserialize, Serialize};

/// A checked resident identity number (公民身份号码, GB 11643), 15 or 18 characters (N1). Redacted in `Debug`.
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

/// What is wrong with a number. Positions count from 1. (Complete enum is up to the author of this module.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdNumberError {
    /// Wrong length.
    #[error("length {0}")]
    Length(usize),
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

impl IdNumber {
    /// Reads and checks a number: length, digits, region, birth date, check digit. Lower-case x is read as X.
    pub fn parse(_text: &str) -> Result<Self, IdNumberError> {
        todo!()
    }
    /// The number itself. Never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }
    /// Birth date.
    pub fn birth(&self) -> Day {
        todo!()
    }
    /// Sex.
    pub fn sex(&self) -> Sex {
        todo!()
    }
    /// E5: first registered in Shanghai (prefix 310), a hint and never a yes.
    pub fn first_registered_in_shanghai(&self) -> bool {
        todo!()
    }
    /// M1.
    pub fn masked(&self) -> String {
        mask_id_number(&self.0)
    }
}

/// A normalised name (N2), 1–50 code points. Redacted in `Debug`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(Sensitive<String>);

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// What reading a name gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameReading {
    /// Exactly as read.
    pub as_read: Sensitive<String>,
    /// Normalised: separator U+00B7, PUA mapped, trimmed.
    pub name: Name,
    /// N3: private-use characters without a mapping, in order.
    pub unmapped: Vec<char>,
    /// N4: fills the chip's field and may be cut.
    pub may_be_cut: bool,
}

/// What is wrong with a name. Positions count code points from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing left.
    #[error("empty")]
    Empty,
    /// Longer than N2 allows.
    #[error("{0} code points")]
    TooLong(usize),
    /// Not a character of GB 18030-2022.
    #[error("position {position}: U+{:04X}", *character as u32)]
    NotInRepertoire {
        /// From 1.
        position: usize,
        /// The character.
        character: char,
    },
}

impl Name {
    /// Reads a name from text.
    pub fn read(_text: &str) -> Result<NameReading, NameError> {
        todo!()
    }
    /// Reads a name from the chip's field, `units` = UTF-16 units used of 15 (N4).
    pub fn read_from_chip(_text: &str, _units: u16) -> Result<NameReading, NameError> {
        todo!()
    }
    /// The name itself. Never log it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
    /// M2.
    pub fn masked(&self) -> String {
        mask_name(self.expose())
    }
}

/// M1.
pub fn mask_id_number(_number: &str) -> String {
    todo!()
}
/// M2.
pub fn mask_name(_name: &str) -> String {
    todo!()
}
/// M3.
pub fn mask_phone(_phone: &str) -> String {
    todo!()
}

/// Disability certificate (残疾人证) (E6).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisabilityCertificate {
    /// Full number.
    pub number: Sensitive<String>,
    /// Last valid day.
    pub valid_through: Day,
}
impl std::fmt::Debug for DisabilityCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}
