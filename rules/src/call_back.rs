//! Calls to citizens (回访): the phone that was left for a case, and what came of each call.

use crate::{Refusal, Sensitive};
use serde::{Deserialize, Serialize};

/// Digits of a phone number at least and at most (E.164).
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// Nobody answered (未接通).
    NotReached,
    /// Somebody answered, and the citizen has to be called again (已接通，需再联系).
    Reached,
    /// The citizen was told (已告知).
    Told,
    /// The citizen was told and comes to the window (将再来窗口).
    ComesAgain,
}

impl CallOutcome {
    /// All outcomes, in the order of the declaration.
    pub const ALL: [Self; 4] = [Self::NotReached, Self::Reached, Self::Told, Self::ComesAgain];

    /// Returns whether nobody has to call again.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Told | Self::ComesAgain)
    }
}

/// Reads a phone number as typed; spaces and hyphens go.
///
/// # Errors
/// [`Refusal::PhoneMalformed`] if it has other characters, or too few or too many digits.
pub fn read_phone(typed: &str) -> Result<Sensitive<String>, Refusal> {
    let phone: String = typed.chars().filter(|character| !matches!(character, ' ' | '-')).collect();
    let digits = phone.strip_prefix('+').unwrap_or(&phone);
    let is_phone = DIGITS.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_phone { Ok(Sensitive::new(phone)) } else { Err(Refusal::PhoneMalformed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_has_seven_to_fifteen_digits_and_nothing_else() {
        for (typed, kept) in
            [("138 1234-5678", "13812345678"), ("+86 21 1234567", "+86211234567"), ("6123456", "6123456")]
        {
            assert_eq!(read_phone(typed).unwrap().expose(), kept);
        }
        for wrong in
            ["", "+", "123456", "1234567890123456", "1381234567a", "１３８１２３４５６７８", "86+1234567"]
        {
            assert_eq!(read_phone(wrong).unwrap_err(), Refusal::PhoneMalformed, "{wrong}");
        }
    }
}
