//! I5: who may act for whom because an institution's roster says so.

use super::decision::DecisionContext;
use rules::{
    Refusal,
    agent::AgentRole,
    institution::RosterId,
    op::{OpBody, Operation},
    person::IdNumber,
    proof::Proof,
};

/// Returns the agent of an institution who stands behind an operation, and the holder if the
/// operation names them.
#[must_use]
pub fn claimed(operation: &Operation) -> Option<(&IdNumber, Option<&IdNumber>)> {
    let Some(Proof::Roster { agent, .. }) = operation.proof.as_deref() else { return None };
    let holder = match &operation.body {
        OpBody::Issue { holder, .. } => Some(&holder.number),
        _ => None,
    };
    Some((agent, holder))
}

/// Checks that the roster of the proof has the holder, on a day when it was in force and its agent
/// acted for the institution. A new code names that agent as well (E10).
pub(super) fn check(context: &DecisionContext<'_>, roster: RosterId) -> Result<(), Refusal> {
    let names_agent = match &context.operation.body {
        OpBody::Issue { agent, .. } => {
            agent.as_ref().is_some_and(|agent| agent.role == AgentRole::Institution)
        }
        _ => true,
    };
    if names_agent && context.rosters.contains(&roster) { Ok(()) } else { Err(Refusal::NotOnRoster) }
}
