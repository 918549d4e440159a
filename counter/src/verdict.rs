//! Verdicts of the centre, as the screen shows them.

use crate::view::{Confirmation, Failure};
use rules::{Refusal, failure::CounterFailure, wire::Verdict};

/// Returns the meaning of a verdict for the screen.
pub(crate) fn outcome(verdict: Option<&Verdict>) -> (Confirmation, Option<Failure>) {
    match verdict {
        Some(Verdict::Applied { .. }) => (Confirmation::Confirmed, None),
        None | Some(Verdict::NeedsApproval) => (Confirmation::Provisional, None),
        Some(Verdict::Late) => (Confirmation::Provisional, verdict_failure(&Verdict::Late)),
        Some(refused) => (Confirmation::Refused, verdict_failure(refused)),
    }
}

/// Returns why the centre decided otherwise, and what to do; `None` if it did not.
pub(crate) fn verdict_failure(verdict: &Verdict) -> Option<Failure> {
    match verdict {
        Verdict::Applied { .. } | Verdict::NeedsApproval => None,
        Verdict::DuplicateSameDay { .. } => Some(CounterFailure::DuplicateSameDay.into()),
        Verdict::NotEligible => Some(Refusal::NotEligible.into()),
        Verdict::Unproven => Some(CounterFailure::Unproven.into()),
        Verdict::Late => Some(CounterFailure::Late.into()),
        Verdict::StaleVersion { .. } => Some(CounterFailure::StaleVersion.into()),
        Verdict::Rejected { code } => Some((*code).into()),
    }
}
