//! Every number that a site or the law may change.

use serde::{Deserialize, Serialize};

/// The numbers the rules use. `Policy::default()` is the rule book as published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Days a code is valid, the day of issue not counted (L1).
    pub validity_days: u16,
    /// Under this age a person may hold a code (E1).
    pub minor_age_years: u8,
    /// From this age on a person may hold a code (E2).
    pub senior_age_years: u8,
    /// Under this age a guardian acts (E8).
    pub guardian_age_years: u8,
    /// Largest clock difference to the centre before offline issuing is blocked (L10), milliseconds.
    pub clock_tolerance_ms: i64,
    /// Time since last contact after which offline issuing stops (L11), hours, 1–168.
    pub offline_limit_hours: u16,
    /// Longest name, code points (N2).
    pub name_max_code_points: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            validity_days: 180,
            minor_age_years: 18,
            senior_age_years: 60,
            guardian_age_years: 14,
            clock_tolerance_ms: 5 * 60 * 1000,
            offline_limit_hours: 72,
            name_max_code_points: 50,
        }
    }
}
