//! Checks the person who acts for a holder: a guardian (监护人) or a relative (亲属代办), E8–E10.
//!
//! Agent and holder are both recorded. Only the holder's own facts decide whether a code
//! may be held.

use crate::{
    Policy, Refusal,
    digest::Digest,
    eligibility::{age_on, needs_guardian},
    life::Vantage,
    person::{IdNumber, Name},
    time::Day,
};
use serde::{Deserialize, Serialize};

/// A person who acts for the holder (E8, E9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Agent {
    /// Guardian (监护人) or relative (亲属代办).
    pub role: AgentRole,
    /// ID number of the agent.
    pub number: IdNumber,
    /// Name of the agent.
    pub name: Name,
    /// Whether the registry confirmed the binding, or the roster has the holder. If not, the centre
    /// checks it later (E9).
    pub binding_verified: bool,
    /// Digests of the scanned proof, for a binding that was not confirmed.
    pub proof: Vec<Digest>,
    /// Whether the guardian agreed (E8; PIPL, art. 31).
    pub consent: bool,
}

/// Capacity in which an agent acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AgentRole {
    /// Guardian of a child under 14 (监护人, E8).
    Guardian,
    /// Relative who acts for the holder (亲属代办, E9).
    Relative,
    /// Agent of a registered institution that has the holder on its roster (集体代办, I5).
    Institution,
}

/// How the binding between agent and holder is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// The central registry confirms the binding.
    Verified,
    /// Scanned proof only (绑定关系待核). The centre checks it when the operation arrives.
    Unverified,
}

/// Checks that this agent may act for the holder today, and returns how the binding is known.
///
/// Online, the registry must confirm the binding. Offline, scanned proof is accepted instead (E9).
/// For the guardian of a child under 14, proof is accepted online too, because a new-born's binding
/// reaches the registry late (E8). A guardian must be of age and must have agreed.
///
/// # Errors
/// [`Refusal::GuardianNeeded`] if a guardian is the holder, a minor or has not agreed, and
/// [`Refusal::AgentNotBound`] if neither registry nor proof shows the binding.
/// [`Refusal::NotOnRoster`] if the agent is an institution's and the roster lacks the holder.
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

/// Checks that this agent may act as guardian when a child's name or photo is corrected (E8).
///
/// A relative may not. `is_holder` is true if the agent's number is the holder's own.
///
/// # Errors
/// [`Refusal::GuardianNeeded`] if the agent is not a guardian, and
/// the errors of [`check_agent`].
pub fn check_guardian(
    agent: &Agent,
    is_holder: bool,
    today: Day,
    policy: &Policy,
) -> Result<Binding, Refusal> {
    if agent.role != AgentRole::Guardian {
        return Err(Refusal::GuardianNeeded);
    }
    // A guardian's proof is accepted online too: see `check_agent`.
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
    if is_holder && agent.role != AgentRole::Institution {
        return Err(Refusal::AgentNotBound);
    }
    if agent.binding_verified {
        return Ok(Binding::Verified);
    }
    // A roster is registered or it is none: no paper takes its place.
    if agent.role == AgentRole::Institution {
        return Err(Refusal::NotOnRoster);
    }
    if on_proof && !agent.proof.is_empty() { Ok(Binding::Unverified) } else { Err(Refusal::AgentNotBound) }
}
