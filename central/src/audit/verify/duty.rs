//! Whether who did an operation that was applied had the duty, by the accounts this centre signed.

use super::{AccountFacts, Findings};
use crate::machine::{apply::duty_of, people::SiteOperator, proof};
use rules::{At, SiteCode, StaffNumber, op::Operation, permission::Duty};

/// Looks at an operation that was applied at `decided_at`. The centre decided with the accounts in
/// its tables, and a role that was granted there for a moment is in them no more.
pub(super) fn check(
    name: &str,
    operation: &Operation,
    (site, decided_at): (&SiteCode, At),
    accounts: &AccountFacts,
    findings: &mut Findings,
) {
    let own = duty_of(&operation.body).map(|duty| (&operation.operator, duty));
    let confirmed = proof::supervisor(operation).map(|supervisor| (supervisor, Duty::Approve));
    for (who, duty) in own.into_iter().chain(confirmed) {
        if !had(who, duty, operation.business_at(), (site, decided_at), accounts) {
            findings.add(format_args!("{name}: applied, and {who} had no such duty"));
        }
    }
}

fn had(
    who: &StaffNumber,
    duty: Duty,
    at: At,
    (site, decided_at): (&SiteCode, At),
    accounts: &AccountFacts,
) -> bool {
    let known = accounts.known_at([who.clone()], decided_at);
    SiteOperator::check(known.get(who), Some(site), duty, at).is_ok()
}
