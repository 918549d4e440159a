//! Site codes: which government service centre a desk, a person or a case belongs to.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Code of a site (中心代码): six digits, the area code that its district's ID numbers begin with.
/// Kept and sent as its text.
///
/// ```
/// use rules::SiteCode;
///
/// assert!("310115".parse::<SiteCode>().is_ok());
/// for wrong in ["31011", "3101150", "31011a", "浦东"] {
///     assert!(wrong.parse::<SiteCode>().is_err());
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SiteCode([u8; DIGITS]);

/// The text does not have the shape of a site code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a site is six digits")]
pub struct NotASiteCode;

/// Digits of a site code.
const DIGITS: usize = 6;

impl SiteCode {
    /// The centre itself, where it signs codes.
    pub const CENTRE: Self = Self::new(0);
    /// The practice site (演练); also the area code of invented people.
    pub const PRACTICE: Self = Self::new(310_000);

    /// Returns the code with this number, of which the last six digits count.
    pub const fn new(number: u32) -> Self {
        let mut digits = [b'0'; DIGITS];
        let (mut place, mut rest) = (DIGITS, number);
        while place > 0 {
            place -= 1;
            digits[place] += (rest % 10) as u8;
            rest /= 10;
        }
        Self(digits)
    }

    /// Returns its text.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for SiteCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SiteCode {
    type Err = NotASiteCode;

    fn from_str(text: &str) -> Result<Self, NotASiteCode> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for SiteCode {
    type Error = NotASiteCode;

    fn try_from(text: String) -> Result<Self, NotASiteCode> {
        let digits: [u8; DIGITS] = text.as_bytes().try_into().map_err(|_| NotASiteCode)?;
        if digits.iter().all(u8::is_ascii_digit) { Ok(Self(digits)) } else { Err(NotASiteCode) }
    }
}

impl From<SiteCode> for String {
    fn from(code: SiteCode) -> Self {
        code.as_str().to_owned()
    }
}
