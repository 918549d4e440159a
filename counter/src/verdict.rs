//! Verdicts of the centre, as the screen shows them.

use crate::view::{Confirmation, Failure};
use rules::{Refusal, wire::Verdict};

/// Returns the meaning of a verdict for the screen.
pub(crate) fn outcome(verdict: Option<&Verdict>) -> (Confirmation, Option<Failure>) {
    match verdict {
        Some(Verdict::Applied { .. }) => (Confirmation::Confirmed, None),
        None | Some(Verdict::NeedsApproval) => (Confirmation::Provisional, None),
        Some(refused) => (Confirmation::Refused, Some(verdict_failure(refused))),
    }
}

/// Words why the centre decided otherwise, and what to do.
pub(crate) fn verdict_failure(verdict: &Verdict) -> Failure {
    match verdict {
        Verdict::Applied { .. } | Verdict::NeedsApproval => {
            Failure::new("applied", "中心已确认。", "Confirmed by the centre.")
        }
        Verdict::DuplicateSameDay { .. } => Failure::new(
            "duplicate_same_day",
            "当日在其他渠道已先办理，本窗口发放的离线码已由中心撤销。请收回或告知申请人停用本张，并打印告知书。",
            "Another channel issued a code today before this one; this code was revoked by the centre. Take the sheet back or tell the citizen, and print the notice.",
        ),
        Verdict::NotEligible => Failure::from(Refusal::NotEligible),
        Verdict::StaleVersion { .. } => Failure::new(
            "stale_version",
            "登记信息在此期间已变更，本次更正未生效，已退回经办人。请核对最新信息后重新提交。",
            "The registry changed in the meantime; the correction was not applied and is back with its maker. Check the record and hand it in again.",
        ),
        Verdict::Rejected { code } => Failure::from(*code),
    }
}
