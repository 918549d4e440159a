//! I5: who may act for whom because an institution's roster says so.

use rules::{
    agent::AgentRole,
    op::{OpBody, Operation},
    person::IdNumber,
};

/// Returns holder and agent of an operation that an institution's agent stands behind.
#[must_use]
pub fn claimed(operation: &Operation) -> Option<(&IdNumber, &IdNumber)> {
    match &operation.body {
        OpBody::Issue { holder, agent: Some(agent), .. } if agent.role == AgentRole::Institution => {
            Some((&holder.number, &agent.number))
        }
        _ => None,
    }
}
