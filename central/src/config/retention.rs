//! How long rows are kept that no decision needs any more.

use super::ConfigError;
use serde::{Deserialize, Serialize};

/// Days that everything is kept at least: logs of six months are asked for by law.
const LEAST_DAYS: u32 = 190;

/// Days after which rows may be removed. `retention apply` removes them, and nothing else does.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Look-ups of citizens at windows, and releases of further ones (N-1).
    pub look_ups_days: u32,
    /// Log-ins at portal and kiosk, and their refusals.
    pub log_ins_days: u32,
    /// Kits of home visits, from the day they came back.
    pub visits_days: u32,
    /// Rosters and agents of institutions, from the day they ended.
    pub rosters_days: u32,
    /// What the boards of sites count.
    pub boards_days: u32,
    /// Operations of desks, from the end of the month in which they were received. They go by whole
    /// months, and only once these are archived.
    pub operations_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            look_ups_days: 1_095,
            log_ins_days: 1_095,
            visits_days: 1_095,
            rosters_days: 1_095,
            boards_days: 400,
            operations_days: 1_095,
        }
    }
}

impl Retention {
    /// Checks that nothing goes too early.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let Self { look_ups_days, log_ins_days, visits_days, rosters_days, boards_days, operations_days } =
            *self;
        let all = [look_ups_days, log_ins_days, visits_days, rosters_days, boards_days, operations_days];
        if all.iter().any(|days| *days < LEAST_DAYS) {
            return Err(ConfigError::Retention(LEAST_DAYS));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_before_half_a_year() {
        assert!(Retention::default().check().is_ok());
        assert!(Retention { boards_days: LEAST_DAYS - 1, ..Retention::default() }.check().is_err());
    }
}
