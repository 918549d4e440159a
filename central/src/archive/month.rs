//! Months of Shanghai, by which the log is cut into partitions.

use rules::{At, Day};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A month of Shanghai, as a number yyyymm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Month(pub i32);

impl Month {
    /// Returns the month that an instant is in.
    #[must_use]
    pub fn of(at: At) -> Self {
        let day = at.day();
        Self(i32::from(day.year()) * 100 + i32::from(day.month()))
    }

    /// Returns the instant at which it begins.
    #[must_use]
    pub fn begins(self) -> At {
        let part = |value: i32| i8::try_from(value).ok();
        let year = i16::try_from(self.0 / 100).ok();
        let first = year.zip(part(self.0 % 100)).and_then(|(year, month)| Day::new(year, month, 1).ok());
        first.map_or(At(0), At::start_of)
    }

    /// Returns the instant at which the next one begins.
    #[must_use]
    pub fn ends(self) -> At {
        let next = if self.0 % 100 == 12 { self.0 + 89 } else { self.0 + 1 };
        Self(next).begins()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_at_midnight_in_shanghai_and_ends_where_the_next_begins() {
        let december = Month::of(At(1_767_196_799_999));
        assert_eq!((december, december.to_string().as_str()), (Month(202_512), "2025-12"));
        assert_eq!(december.ends(), At(1_767_196_800_000));
        assert_eq!(Month::of(december.ends()), Month(202_601));
        assert_eq!(Month::of(december.ends()).begins(), december.ends());
        assert_eq!(december.begins(), At(1_764_518_400_000));
    }
}
