//! Staff numbers (工号), checked where they are read, so that nothing later checks them again.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Longest case number, in characters.
const NUMBER_SIGNS: usize = 64;

/// Returns whether a text can be a case number.
pub(crate) fn is_number_text(text: &str) -> bool {
    text.chars().count() <= NUMBER_SIGNS && !text.chars().any(char::is_control)
}

/// Most letters that a staff number begins with.
const STAFF_LETTERS: usize = 4;
/// Most digits that follow them.
const STAFF_DIGITS: usize = 10;

/// Staff number (工号): up to four Latin letters, then one to ten digits. Kept and sent as its text.
///
/// The shape is narrow because it is what keeps out of the audit what was typed into the wrong
/// field (C4): ID numbers have 15 or 18 signs, mobile numbers 11 digits, and hardly any password
/// looks so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StaffNumber(String);

/// The text does not have the shape of a staff number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a staff number")]
pub struct NotAStaffNumber;

fn is_staff_number(text: &str) -> bool {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    text.len() - digits.len() <= STAFF_LETTERS
        && (1..=STAFF_DIGITS).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl StaffNumber {
    /// Empty number: of the program itself, or of a correction that has no maker yet.
    pub const NOBODY: Self = Self(String::new());

    /// Returns whether it is [`Self::NOBODY`].
    pub const fn is_nobody(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StaffNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for StaffNumber {
    type Err = NotAStaffNumber;

    fn from_str(text: &str) -> Result<Self, NotAStaffNumber> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for StaffNumber {
    type Error = NotAStaffNumber;

    fn try_from(text: String) -> Result<Self, NotAStaffNumber> {
        if text.is_empty() || is_staff_number(&text) { Ok(Self(text)) } else { Err(NotAStaffNumber) }
    }
}

impl From<StaffNumber> for String {
    fn from(number: StaffNumber) -> Self {
        number.0
    }
}
