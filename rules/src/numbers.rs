//! Staff numbers (工号), checked where they are read, so that nothing later checks them again.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Longest staff or case number, in characters.
const NUMBER_SIGNS: usize = 64;

/// Returns whether a text can be a staff number or a case number.
pub(crate) fn is_number_text(text: &str) -> bool {
    text.chars().count() <= NUMBER_SIGNS && !text.chars().any(char::is_control)
}

/// Staff number (工号): at most 64 characters without control characters. Kept and sent as its text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StaffNumber(String);

/// The text is too long for a staff number, or has control characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a staff number")]
pub struct NotAStaffNumber;

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
        if is_number_text(&text) { Ok(Self(text)) } else { Err(NotAStaffNumber) }
    }
}

impl From<StaffNumber> for String {
    fn from(number: StaffNumber) -> Self {
        number.0
    }
}
