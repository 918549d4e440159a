//! The number by which a window finds what a kiosk filed.

use std::{fmt, str::FromStr};
use uuid::Uuid;

/// Number of digits.
const DIGITS: usize = 8;

/// Number of a report (上报编号) on a kiosk's ticket: the last eight digits of its id, which are
/// random, written `1A2B-3C4D`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportNumber(String);

/// The text is no number of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a report's number has eight digits from 0 to F")]
pub struct NoReportNumber;

impl ReportNumber {
    /// Returns the end of the report's id as text: lower case, without a dash.
    pub fn id_end(&self) -> &str {
        &self.0
    }
}

impl From<Uuid> for ReportNumber {
    fn from(id: Uuid) -> Self {
        let digits = id.simple().to_string();
        Self(digits.chars().skip(digits.len() - DIGITS).collect())
    }
}

impl fmt::Display for ReportNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_uppercase();
        let (first, second) = digits.split_at(DIGITS / 2);
        write!(formatter, "{first}-{second}")
    }
}

/// As it is typed: in either case, with or without the dash and spaces.
impl FromStr for ReportNumber {
    type Err = NoReportNumber;

    fn from_str(typed: &str) -> Result<Self, NoReportNumber> {
        let digits: String = typed.chars().filter(|one| !one.is_whitespace() && *one != '-').collect();
        let is_number = digits.len() == DIGITS && digits.chars().all(|one| one.is_ascii_hexdigit());
        if is_number { Ok(Self(digits.to_lowercase())) } else { Err(NoReportNumber) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_it_is_printed_and_as_it_is_typed() {
        let id = Uuid::from_u128(0x0199_0000_1A2B_3C4D);
        let printed = ReportNumber::from(id).to_string();
        assert_eq!(printed, "1A2B-3C4D");
        for typed in [printed.as_str(), "1a2b3c4d", " 1A2B 3C4D "] {
            assert_eq!(typed.parse(), Ok(ReportNumber::from(id)), "{typed}");
            assert!(id.to_string().ends_with(typed.parse::<ReportNumber>().unwrap().id_end()));
        }
        for typed in ["", "1A2B-3C4", "1A2B-3C4D-5", "1A2B-3C4G", "张三", "１２３４５６７８"] {
            assert_eq!(typed.parse::<ReportNumber>(), Err(NoReportNumber), "{typed}");
        }
    }
}
