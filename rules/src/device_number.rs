//! Device numbers (设备号): which desk made an operation or a code.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Device number (设备号) of a desk: given by the centre at its first enrolment and never again to
/// another. Sent and kept as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct DeviceNumber(pub u32);

/// Fewest and most that the digits before the check digit of a device number say.
const RANGE: (u32, u32) = (10_000_000, 214_748_363);

impl DeviceNumber {
    /// The centre itself, where it makes codes and writes receipts.
    pub const CENTRE: Self = Self(0);

    /// Returns a device number from a random one: nine or ten digits, the last a check digit. A
    /// counter would give a number out twice once its database was put back to an earlier state.
    ///
    /// ```
    /// use rules::DeviceNumber;
    ///
    /// let number = DeviceNumber::from_random(7);
    /// assert!(number.has_check_digit() && !DeviceNumber(number.0 + 1).has_check_digit());
    /// ```
    pub const fn from_random(random: u32) -> Self {
        let (first, last) = RANGE;
        let digits = first + random % (last - first + 1);
        Self(digits * 10 + check_digit(digits))
    }

    /// Returns whether it is one that [`Self::from_random`] makes: mistyping a digit, or
    /// exchanging two neighbours, gives one that is not (nearly always for the latter).
    pub const fn has_check_digit(self) -> bool {
        self.0 / 10 >= RANGE.0 && check_digit(self.0 / 10) == self.0 % 10
    }
}

/// Returns the check digit after ISO 7064 MOD 11,10.
const fn check_digit(digits: u32) -> u32 {
    let mut place = 1_000_000_000;
    let mut product = 10;
    while place > 0 {
        if digits >= place {
            let sum = (product + digits / place % 10) % 10;
            product = (if sum == 0 { 10 } else { sum }) * 2 % 11;
        }
        place /= 10;
    }
    (11 - product) % 10
}

impl From<u32> for DeviceNumber {
    fn from(number: u32) -> Self {
        Self(number)
    }
}

impl From<DeviceNumber> for u32 {
    fn from(number: DeviceNumber) -> Self {
        number.0
    }
}

impl fmt::Display for DeviceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What somebody typed is no device number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotADeviceNumber {
    /// It is not made of digits.
    #[error("a device number has digits only")]
    NotDigits,
    /// Its check digit is wrong.
    #[error("no desk has this number; is a digit wrong?")]
    CheckDigit,
}

/// Reads what somebody typed, so the check digit counts.
impl FromStr for DeviceNumber {
    type Err = NotADeviceNumber;

    fn from_str(text: &str) -> Result<Self, NotADeviceNumber> {
        let number = text.parse().map(Self).map_err(|_| NotADeviceNumber::NotDigits)?;
        if number.has_check_digit() { Ok(number) } else { Err(NotADeviceNumber::CheckDigit) }
    }
}
