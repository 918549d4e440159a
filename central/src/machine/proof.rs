//! I1–I5: decides again whether what an operation does is allowed by the proof it carries.

use super::{citizen::Citizen, decision::DecisionContext, people::SiteOperator, roster};
use rules::{
    Refusal, StaffNumber,
    agent::{self, Agent, AgentRole, Binding},
    institution::RosterId,
    life::Vantage,
    op::{CitizenRef, OpBody, Operation},
    permission::Duty,
    person::IdNumber,
    proof::{Act, Proof, ShownBy},
};
use uuid::Uuid;

/// Reason in `review` of an issue that a supervisor confirmed on a paper document (I4).
pub const DOCUMENT: &str = "document";

/// Reason in `review` of an agent whose binding only a document shows.
pub const BINDING_UNVERIFIED: &str = "binding_unverified";

/// Returns the supervisor who confirmed an operation, if any.
#[must_use]
pub fn supervisor(operation: &Operation) -> Option<&StaffNumber> {
    operation.confirmation().map(|confirmation| &confirmation.supervisor)
}

/// Returns whether the relatives of the citizen matter to the proof of an operation.
#[must_use]
pub fn needs_relatives(operation: &Operation) -> bool {
    operation.proof.as_deref().is_some_and(|proof| proof.agent().is_some())
}

/// Checks the proof of what is done for a citizen, by the registry and the accounts of the centre
/// instead of the desk's word. Returns the reason for a review, where the table asks for one.
pub(super) fn check(
    citizen: &Citizen,
    context: &DecisionContext<'_>,
) -> Result<Option<&'static str>, Refusal> {
    let operation = context.operation;
    let Some(act) = operation.body.act() else { return Ok(None) };
    let proof = operation.proof.as_deref().ok_or(Refusal::ProofMissing)?;
    let today = operation.business_at().day();
    proof.allows(act, holder(citizen, operation), today, &context.rulebook.policy)?;
    check_log_ins(citizen, context, proof)?;
    check_agent(citizen, context, proof)?;
    match proof {
        Proof::Document { .. } => check_document(citizen, context, proof, act),
        Proof::Roster { institution, list, .. } => {
            let roster = RosterId { institution: *institution, list: *list };
            roster::check(context, roster).map(|()| None)
        }
        _ => Ok(None),
    }
}

/// I2: a log-in counts at its desk, on its day, and for the people it showed.
fn check_log_ins(citizen: &Citizen, context: &DecisionContext<'_>, proof: &Proof) -> Result<(), Refusal> {
    let reference = |number: &IdNumber| context.rulebook.citizen_ref(number);
    let agent = proof.agent().map(reference);
    let own = &citizen.citizen_ref;
    let is_shown = |log_in: Uuid, acting: &CitizenRef, holder: &CitizenRef| {
        context.log_ins.get(&log_in).is_some_and(|made| {
            made.device == context.operation.device
                && made.at.day() == context.operation.business_at().day()
                && (&made.acting, &made.holder) == (acting, holder)
        })
    };
    let is_known = proof.log_ins().all(|log_in| match (proof, &agent) {
        (Proof::Code { .. }, agent) => is_shown(log_in, agent.as_ref().unwrap_or(own), own),
        (_, Some(agent)) => is_shown(log_in, agent, agent),
        (_, None) => false,
    });
    if is_known { Ok(()) } else { Err(Refusal::LogInNotKnown) }
}

/// Returns the number of the holder: the registry's, else the one the operation names.
fn holder<'a>(citizen: &'a Citizen, operation: &'a Operation) -> Option<&'a IdNumber> {
    let named = match &operation.body {
        OpBody::Issue { holder, .. } | OpBody::CorrectionOpened { holder, .. } => Some(&holder.number),
        _ => None,
    };
    citizen.person.as_ref().map(|person| &person.number).or(named).or(operation.citizen.as_ref())
}

/// Checks that an agent is bound to the citizen in the registry, where the proof rests on it, and
/// that the operation names no other agent.
fn check_agent(citizen: &Citizen, context: &DecisionContext<'_>, proof: &Proof) -> Result<(), Refusal> {
    let Some(agent) = proof.agent() else { return Ok(()) };
    let rests_on_binding =
        matches!(proof, Proof::Bound { .. } | Proof::Code { shown_by: ShownBy::Relative { .. }, .. });
    let is_bound = || citizen.relatives.contains(&context.rulebook.citizen_ref(agent));
    if rests_on_binding && !is_bound() {
        return Err(Refusal::NotBound);
    }
    match context.operation.agent() {
        Some(named) if named.number.modern() != agent.modern() => Err(Refusal::NotBound),
        _ => Ok(()),
    }
}

/// E9, E10: checks who collects a copy for the holder by the binding in the registry. Scanned proof
/// stands in for it, and is for review: a copy says nothing new.
pub(super) fn check_collector(
    citizen: &Citizen,
    context: &DecisionContext<'_>,
) -> Result<Option<&'static str>, Refusal> {
    let operation = context.operation;
    let Some((agent, holder)) = operation.agent().zip(holder(citizen, operation)) else { return Ok(None) };
    if agent.role == AgentRole::Institution {
        return Ok(None); // the roster is the proof
    }
    let is_bound = citizen.relatives.contains(&context.rulebook.citizen_ref(&agent.number));
    let collector = Agent { binding_verified: is_bound, ..agent.clone() };
    let vantage = Vantage::Offline { last_contact: None, clock_offset_ms: 0, clock_set_back: false };
    let today = operation.business_at().day();
    let tie = agent::check_agent(&collector, holder, today, &vantage, &context.rulebook.policy)?;
    Ok(match tie {
        Binding::Verified => None,
        Binding::Unverified => Some(BINDING_UNVERIFIED),
    })
}

/// I4: the registry must know the person and the picture must be named, except for a loss, which is
/// always taken. Who confirms is another person, a supervisor of the site at that time.
fn check_document(
    citizen: &Citizen,
    context: &DecisionContext<'_>,
    proof: &Proof,
    act: Act,
) -> Result<Option<&'static str>, Refusal> {
    if act == Act::ReportLoss {
        return Ok(None);
    }
    if !citizen.person.as_ref().is_some_and(|person| person.registered) {
        return Err(Refusal::DocumentNotRegistered);
    }
    if proof.evidence().is_empty() {
        return Err(Refusal::DocumentNotScanned);
    }
    let Some(supervisor) = supervisor(context.operation) else {
        return guardian_review(citizen, context, proof);
    };
    if *supervisor == context.operation.operator {
        return Err(Refusal::SamePerson);
    }
    let at = context.operation.business_at();
    SiteOperator::check(context.supervisor, context.site, Duty::Approve, at)?;
    Ok(Some(DOCUMENT))
}

/// The guardian with a document is bound in the registry, or the document itself shows it: a new
/// birth reaches the registry late (E8). The latter is for review.
fn guardian_review(
    citizen: &Citizen,
    context: &DecisionContext<'_>,
    proof: &Proof,
) -> Result<Option<&'static str>, Refusal> {
    let Some(guardian) = proof.agent() else { return Ok(None) };
    if citizen.relatives.contains(&context.rulebook.citizen_ref(guardian)) {
        return Ok(None);
    }
    // The agent of an issue is checked by E8 and E9, with the same review.
    let is_issue = matches!(context.operation.body, OpBody::Issue { .. });
    match proof {
        Proof::Document { document, .. } if document.shows_family() => {
            Ok((!is_issue).then_some(BINDING_UNVERIFIED))
        }
        _ => Err(Refusal::NotBound),
    }
}
