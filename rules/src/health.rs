//! Health state of a code's holder, as a provider of the city reports it (M6).
//!
//! The system decides nothing about anyone's health. It only tells what the provider said from
//! what the provider cannot have meant.

use crate::{policy::CLOCK_TOLERANCE_MS, time::At};
use serde::{Deserialize, Serialize};

/// Colour of the holder's code on a phone (随申码).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HealthState {
    /// Green code (绿码).
    Green,
    /// Yellow code (黄码).
    Yellow,
    /// Red code (红码).
    Red,
}

/// Result of a nucleic-acid test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TestOutcome {
    /// Negative (阴性).
    Negative,
    /// Positive (阳性).
    Positive,
    /// Sampled, without a result yet.
    Pending,
}

/// The latest nucleic-acid test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TestReport {
    /// Result of the test.
    pub outcome: TestOutcome,
    /// When the sample was taken.
    pub sampled_at: At,
}

/// What a provider has on record of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HealthReport {
    /// Colour of the code.
    pub state: HealthState,
    /// When the provider last determined it.
    pub as_of: At,
    /// Latest test; `None` if none is on record.
    pub latest_test: Option<TestReport>,
}

impl HealthReport {
    /// Returns whether the report can be true: nothing in it lies in the future (M6).
    pub fn is_plausible(&self, now: At) -> bool {
        let latest = now.plus_ms(CLOCK_TOLERANCE_MS);
        let is_past = |at: At| (At(0)..=latest).contains(&at);
        is_past(self.as_of) && self.latest_test.is_none_or(|test| is_past(test.sampled_at))
    }
}

/// What a verifier is told about the holder's health (M6). What is not known is said, never
/// guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", tag = "said")]
pub enum HealthAnswer {
    /// Nobody was asked, because the code is not valid.
    NotAsked,
    /// The centre has no provider.
    NoProvider,
    /// The provider did not answer, or not in time.
    Unavailable,
    /// The provider's answer cannot be true.
    Implausible,
    /// The provider has nothing on record.
    NoRecord,
    /// The provider's record.
    Known(HealthReport),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m6_a_report_of_the_future_cannot_be_true() {
        let now = At(1_772_409_600_000);
        let late = now.plus_ms(CLOCK_TOLERANCE_MS + 1);
        let test = |sampled_at| Some(TestReport { outcome: TestOutcome::Negative, sampled_at });
        let report = |as_of, latest_test| HealthReport { state: HealthState::Green, as_of, latest_test };
        assert!(report(now, test(now)).is_plausible(now));
        assert!(report(now.plus_ms(CLOCK_TOLERANCE_MS), None).is_plausible(now));
        assert!(!report(late, None).is_plausible(now));
        assert!(!report(now, test(late)).is_plausible(now));
        assert!(!report(At(-1), None).is_plausible(now));
    }
}
