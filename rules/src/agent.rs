//! Somebody who acts for the holder (E8–E10): a guardian (监护人) or a relative (亲属代办). Agent and holder are both recorded; who may
//! hold the code is decided on the holder alone.

use crate::{
    Policy, Refusal,
    eligibility::{age_on, needs_guardian},
    life::Vantage,
    op::{Agent, AgentRole},
    person::IdNumber,
    time::Day,
};

/// How sure the tie between agent and holder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// Found in the central registry.
    Verified,
    /// 绑定关系待核: on scanned proof; the centre checks it when the operation arrives.
    Unverified,
}

/// Whether this agent may act.
///
/// Whoever acts must be bound to the holder in the registry; offline, scanned proof stands in for it (E9). The guardian of a child who needs one
/// is taken on scanned proof online too, because a new-born's binding reaches the registry late (E8). A guardian is of age and has agreed.
///
/// # Errors
/// [`Refusal::AgentNotBound`], or [`Refusal::GuardianNeeded`] when a guardian is not one.
pub fn check_agent(
    agent: &Agent,
    holder: &IdNumber,
    today: Day,
    vantage: &Vantage,
    policy: &Policy,
) -> Result<Binding, Refusal> {
    let is_guardian_of_child = agent.role == AgentRole::Guardian && needs_guardian(holder, today, policy);
    let on_proof = is_guardian_of_child || matches!(vantage, Vantage::Offline { .. });
    check(agent, agent.number.modern() == holder.modern(), on_proof, today, policy)
}

/// Whether this agent may act as the guardian of a child whose name or photo is corrected (E8): a relative may not, nor somebody who is
/// neither bound to the child nor shown to be.
///
/// `is_holder`: the agent's number is the holder's own.
///
/// # Errors
/// As [`check_agent`].
pub fn check_guardian(
    agent: &Agent,
    is_holder: bool,
    today: Day,
    policy: &Policy,
) -> Result<Binding, Refusal> {
    if agent.role != AgentRole::Guardian {
        return Err(Refusal::GuardianNeeded);
    }
    // Proof stands in for a guardian's binding whether or not the centre can be asked.
    check(agent, is_holder, true, today, policy)
}

fn check(
    agent: &Agent,
    is_holder: bool,
    on_proof: bool,
    today: Day,
    policy: &Policy,
) -> Result<Binding, Refusal> {
    let is_minor = age_on(agent.number.birth(), today) < policy.minor_age_years;
    if agent.role == AgentRole::Guardian && (is_holder || is_minor || !agent.consent) {
        return Err(Refusal::GuardianNeeded);
    }
    if is_holder {
        return Err(Refusal::AgentNotBound);
    }
    if agent.binding_verified {
        return Ok(Binding::Verified);
    }
    if on_proof && !agent.proof.is_empty() { Ok(Binding::Unverified) } else { Err(Refusal::AgentNotBound) }
}
