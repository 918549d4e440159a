//! Decides corrections at the centre: the rules and four eyes once more, then the registry.

use super::{
    citizen::{Citizen, Effect, Person},
    decision::{Announcement, Audience, Decision, DecisionContext, is_holder, permitted},
    people::actor,
    proof,
};
use rules::{
    Refusal, StaffNumber,
    correction::{
        self, Actor, Content, Correction, CorrectionCommand, Dismissal, HolderFacts, State, Tie, Value,
    },
    digest::Digest,
    life::CodeState,
    op::{Agent, HolderSeen, OpBody},
    permission::Duty,
    wire::{Change, CorrectionRecord, Escalation, Verdict},
};
use std::collections::HashSet;
use uuid::Uuid;

/// Returns whether an operation approves a correction.
#[must_use]
pub fn is_approval(body: &OpBody) -> bool {
    let OpBody::CorrectionCommanded { command, .. } = body else { return false };
    matches!(**command, CorrectionCommand::Approve { .. })
}

/// Returns the content that an operation gives a correction, if it gives one.
#[must_use]
pub fn offered_content(body: &OpBody) -> Option<&Content> {
    match body {
        OpBody::CorrectionOpened { correction, .. } => Some(&correction.content),
        OpBody::CorrectionCommanded { command, .. } => match &**command {
            CorrectionCommand::Edit { content } => Some(content),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the blobs that must be here before a correction is applied: its evidence, and the photo
/// it puts into the registry.
pub fn needed(content: &Content) -> impl Iterator<Item = &Digest> {
    let photo = match &content.after {
        Value::Photo(photo) => photo.as_ref(),
        Value::Name(_) => None,
    };
    content.evidence.iter().map(|piece| &piece.digest).chain(photo)
}

fn is_complete(content: &Content, evidence: &HashSet<Digest>) -> bool {
    needed(content).all(|digest| evidence.contains(digest))
}

/// Decides a correction that was started or edited as a draft. Only drafts may be replaced whole;
/// every later step is a command, so that no desk can claim a state.
pub(super) fn opened(
    citizen: &Citizen,
    context: &DecisionContext<'_>,
    offered: &Correction,
    holder: &HolderSeen,
) -> Result<Decision, Refusal> {
    let operator = permitted(context, Duty::Correct)?;
    if !is_holder(&citizen.citizen_ref, &holder.number, context.rulebook) {
        return Err(Refusal::NotPermitted);
    }
    let review = proof::check(citizen, context)?;
    let there = citizen.corrections.iter().map(|record| &record.correction);
    correction::may_place(there, offered, &actor(operator))?;
    let mut effects = Vec::new();
    if citizen.person.is_none() {
        effects.push(Effect::Person(seen(holder)));
    }
    let record = CorrectionRecord {
        number: holder.number.clone(),
        masked_name: holder.name.masked(),
        under_fourteen: under_fourteen(citizen, holder, context),
        correction: offered.clone(),
        case_number: context.operation.case_number.clone(),
        device: context.operation.device,
    };
    effects.push(Effect::Correction(Box::new(record)));
    let decision = Decision { reviews: review.into_iter().collect(), ..Decision::done(effects) };
    Ok(told(decision, context))
}

/// Decides a command on an existing correction.
pub(super) fn commanded(
    citizen: &Citizen,
    context: &DecisionContext<'_>,
    id: Uuid,
    revision: u32,
    command: &CorrectionCommand,
) -> Result<Decision, Refusal> {
    let record = citizen.correction(id).ok_or(Refusal::CorrectionState)?;
    let operator = permitted(context, command.duty().ok_or(Refusal::NotPermitted)?)?;
    // N-2: it is made and approved at one site. A desk keeps its site for as long as it is known.
    if context.sites.get(&record.device) != context.site {
        return Err(Refusal::NotPermitted);
    }
    if record.correction.revision != revision {
        return Err(Refusal::ContentChanged);
    }
    let there = citizen.corrections.iter().map(|record| &record.correction);
    correction::may_take_up(there, &record.correction, command)?;
    let at = context.operation.business_at();
    let facts = HolderFacts {
        under_fourteen: record.under_fourteen,
        guardian: guardian(&record.correction, citizen, context),
    };
    let changed = correction::decide(&record.correction, command, &actor(operator), facts, at)?;
    if let CorrectionCommand::Approve { .. } = command
        && !is_complete(&record.correction.content, context.evidence)
    {
        // Nothing is approved; the desk hears that it is still submitted.
        let unchanged = Effect::Correction(Box::new(record.clone()));
        let decision = Decision { verdict: Verdict::NeedsApproval, ..Decision::done(vec![unchanged]) };
        return Ok(told(decision, context));
    }
    let record = CorrectionRecord { correction: changed, ..record.clone() };
    let decision = match (&record.correction.state, command) {
        (State::Submitted { .. }, CorrectionCommand::Submit) => submitted(citizen, record),
        (State::Approved { .. }, _) => approved(citizen, context, record)?,
        _ => Decision::done(vec![Effect::Correction(Box::new(record))]),
    };
    Ok(told(with_escalation(citizen, decision), context))
}

/// Closes an escalation that needs no correction.
pub(super) fn dismissed(
    citizen: &Citizen,
    context: &DecisionContext<'_>,
    id: Uuid,
    reason: Dismissal,
) -> Result<Decision, Refusal> {
    permitted(context, Duty::Correct)?;
    let filed = citizen.escalations.iter().find(|one| one.id == id).ok_or(Refusal::EscalationClosed)?;
    let corrections = citizen.corrections.iter().map(|record| &record.correction);
    correction::may_dismiss(filed.closed, corrections, filed.field)?;
    let closed = Escalation { closed: true, dismissed: Some(reason), ..filed.clone() };
    Ok(told(Decision::done(vec![Effect::Escalation(Box::new(closed))]), context))
}

/// Passes a submission to the supervisor, with [`Verdict::StaleVersion`] if it was made on an
/// outdated registry version.
fn submitted(citizen: &Citizen, record: CorrectionRecord) -> Decision {
    let current = version(citizen);
    let is_stale = record.correction.content.registry_version != current;
    let mut decision = Decision::done(vec![Effect::Correction(Box::new(record))]);
    if is_stale {
        decision.verdict = Verdict::StaleVersion { current };
    }
    decision
}

/// Applies an approval at once if the registry still has the approved version; otherwise it is a
/// conflict and returns to the maker.
fn approved(
    citizen: &Citizen,
    context: &DecisionContext<'_>,
    record: CorrectionRecord,
) -> Result<Decision, Refusal> {
    let current = version(citizen);
    let command = CorrectionCommand::Apply { registry_version: current };
    let record = by_centre(&record, &command, citizen, context)?;
    let mut effects = Vec::new();
    let verdict = if let State::Applied { .. } = record.correction.state {
        let person = citizen.person.as_ref().ok_or(Refusal::CorrectionState)?;
        effects.push(Effect::Person(corrected(person, &record.correction.content.after)));
        let codes: Vec<_> = citizen.codes.iter().map(|issued| issued.code.clone()).collect();
        let voided = record.correction.voided_by_approval(&codes, context.operation.business_at().day());
        effects.extend(voided.into_iter().map(|serial| Effect::CodeState(serial, CodeState::Voided)));
        Verdict::Applied { action: None }
    } else {
        Verdict::StaleVersion { current }
    };
    effects.push(Effect::Correction(Box::new(record)));
    Ok(Decision { verdict, ..Decision::done(effects) })
}

/// Takes a step in a correction that only the centre may take.
pub(super) fn by_centre(
    record: &CorrectionRecord,
    command: &CorrectionCommand,
    citizen: &Citizen,
    context: &DecisionContext<'_>,
) -> Result<CorrectionRecord, Refusal> {
    let at = context.operation.business_at();
    let facts = HolderFacts {
        under_fourteen: citizen.under_fourteen(at.day(), &context.rulebook.policy),
        guardian: guardian(&record.correction, citizen, context),
    };
    let centre = Actor { staff: StaffNumber::NOBODY, roles: Vec::new() };
    let correction = correction::decide(&record.correction, command, &centre, facts, at)?;
    Ok(CorrectionRecord { correction, ..record.clone() })
}

/// Returns the record with the new value and the next version.
fn corrected(person: &Person, after: &Value) -> Person {
    let mut person = Person { version: person.version + 1, ..person.clone() };
    match after {
        Value::Name(name) => person.name = name.clone(),
        Value::Photo(photo) => person.photo.clone_from(photo),
    }
    person
}

/// E8: decides whether the guardian may act, by the binding in the registry instead of
/// the desk's claim.
fn guardian(
    correction: &Correction,
    citizen: &Citizen,
    context: &DecisionContext<'_>,
) -> Result<(), Refusal> {
    let rulebook = context.rulebook;
    let tie = |agent: &Agent| {
        let agent_ref = rulebook.citizen_ref(&agent.number);
        Tie { is_holder: agent_ref == citizen.citizen_ref, is_bound: citizen.relatives.contains(&agent_ref) }
    };
    correction.guardian(tie, context.operation.business_at().day(), &rulebook.policy)
}

fn version(citizen: &Citizen) -> u64 {
    citizen.person.as_ref().map_or(0, |person| person.version)
}

fn under_fourteen(citizen: &Citizen, holder: &HolderSeen, context: &DecisionContext<'_>) -> bool {
    let today = context.operation.business_at().day();
    let number = citizen.person.as_ref().map_or(&holder.number, |person| &person.number);
    rules::eligibility::needs_guardian(number, today, &context.rulebook.policy)
}

fn seen(holder: &HolderSeen) -> Person {
    Person {
        version: 1,
        number: holder.number.clone(),
        name: holder.name.clone(),
        photo: holder.photo.clone(),
        shanghai_household: false,
        certificate: None,
        registered: false,
    }
}

/// Closes the escalation that a finished correction answers.
fn with_escalation(citizen: &Citizen, mut decision: Decision) -> Decision {
    let finished = decision.effects.iter().find_map(|effect| match effect {
        Effect::Correction(record)
            if matches!(record.correction.state, State::Applied { .. } | State::Rejected { .. }) =>
        {
            record.correction.escalation
        }
        _ => None,
    });
    let open = finished.and_then(|id| citizen.escalations.iter().find(|one| one.id == id && !one.closed));
    if let Some(escalation) = open {
        let closed = Escalation { closed: true, ..escalation.clone() };
        decision.effects.push(Effect::Escalation(Box::new(closed)));
    }
    decision
}

/// Announces every changed escalation to the desks of this site, and every changed correction to
/// those of the site that made it (N-2).
fn told(mut decision: Decision, context: &DecisionContext<'_>) -> Decision {
    for effect in &decision.effects {
        let change = match effect {
            Effect::Correction(record) => {
                let audience = Audience::SiteOfDevice(record.device);
                let change = Change::Correction(record.clone());
                decision.announcements.push(Announcement { audience, change });
                continue;
            }
            Effect::Escalation(escalation) => {
                // It may be answered at another site than it was filed for; that site lists it too.
                let own = Audience::SiteOfEscalation(escalation.number.bucket(), escalation.id);
                let change = Change::Escalation(escalation.clone());
                decision.announcements.push(Announcement { audience: own, change });
                Change::Escalation(escalation.clone())
            }
            _ => continue,
        };
        let here = context.site.cloned().map(Audience::Site);
        decision.announcements.extend(here.map(|audience| Announcement { audience, change }));
    }
    decision
}
