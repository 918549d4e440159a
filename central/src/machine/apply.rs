//! Stage two of sync: decides what one operation does to one citizen.

use super::{
    citizen::{Citizen, Effect},
    clock, correction,
    decision::{Announcement, Audience, Decision, DecisionContext, permitted},
    issue,
    people::SiteOperator,
    proof,
};
use rules::{
    At, DeviceNumber, Refusal,
    business_time::doubt_of,
    life::{self, Action, Command, Now, Vantage},
    op::OpBody,
    permission::Duty,
    wire::{Change, Verdict},
};

/// Longest time an approval waits for its evidence, in milliseconds: one hour after it arrived.
///
/// A desk uploads evidence after the operations, so an approval beside the citizen is here first.
/// It must not wait for ever: the desk's disk may be gone.
const EVIDENCE_WITHIN_MS: i64 = 60 * 60 * 1000;

/// Reason in `review` of an operation that nobody's word stands behind.
pub const UNPROVEN: &str = "unproven";
/// Reason in `review` of an operation heard of after its operator lost the duty.
pub const LATE: &str = "late";
/// Review of an operation that stands in the chain a second time: only somebody who has the desk's
/// key puts it there.
pub const REPEATED: &str = "repeated";
/// Review of a reprint that was refused because of its number (L12): somebody prints for others.
pub const TOO_MANY_COPIES: &str = "too_many_copies";
/// Review of an operation that was refused because its operator had been dismissed by then: they,
/// or somebody with their key, went on.
pub const DISMISSED: &str = "dismissed";

/// Decides an operation against the citizen it concerns, and applies the effects to `citizen`.
///
/// The decision never fails: any fault of the operation becomes its verdict, so that it cannot
/// block the operations behind it.
pub fn decide(citizen: &mut Citizen, context: &DecisionContext<'_>) -> Decision {
    let mut decision = decide_authority(context)
        .unwrap_or_else(|| decide_body(citizen, context).unwrap_or_else(Decision::rejected));
    if matches!(decision.verdict, Verdict::Rejected { code: Refusal::TooManyCopies }) {
        decision.reviews.push(TOO_MANY_COPIES);
    }
    let is_dismissed = |person: &SiteOperator| person.is_dismissed(context.operation.business_at());
    if matches!(decision.verdict, Verdict::Rejected { code: Refusal::NotPermitted })
        && context.operator.is_some_and(is_dismissed)
    {
        decision.reviews.push(DISMISSED);
    }
    if let Some(doubt) = doubt_of(context.previous, context.operation, context.received_at) {
        decision.reviews.push(clock::doubt_name(doubt));
    }
    let told: Vec<Announcement> = decision
        .effects
        .iter()
        .filter_map(|effect| revocation(citizen, effect, context.operation.device))
        .collect();
    decision.announcements.extend(told);
    for effect in &decision.effects {
        citizen.take(effect);
    }
    decision
}

/// Decides a late operation that a security administrator accepted (A5): under the same rules, but
/// that its operator lost the duty since does not count. Nothing is changed unless the verdict is
/// `applied`; then the desk itself is told as well, because its receipt says otherwise.
pub fn decide_accepted(citizen: &mut Citizen, context: &DecisionContext<'_>) -> Decision {
    let mut decision = decide_body(citizen, context).unwrap_or_else(Decision::rejected);
    if !matches!(decision.verdict, Verdict::Applied { .. }) {
        return Decision::refused(decision.verdict);
    }
    for effect in &decision.effects {
        citizen.take(effect);
    }
    let told: Vec<Announcement> =
        decision.effects.iter().filter_map(|effect| news(citizen, effect)).collect();
    decision.announcements.extend(told);
    decision
}

/// Returns the announcement of a code's new state for the site that issued it.
fn news(citizen: &Citizen, effect: &Effect) -> Option<Announcement> {
    let serial = match effect {
        Effect::CodeState(serial, _) => *serial,
        Effect::CodeAdded(issued) => issued.code.serial,
        _ => return None,
    };
    let code = citizen.code(serial).filter(|_| serial.device() != DeviceNumber::CENTRE)?.code.clone();
    let change = Change::CodeChanged { code };
    Some(Announcement { audience: Audience::SiteOfDevice(serial.device()), change })
}

/// Returns whether an approval waits, with everything its desk did after it, until its evidence is
/// here (A4). What would be refused anyway does not wait.
#[must_use]
pub fn waits_for_evidence(citizen: &Citizen, context: &DecisionContext<'_>, now: At) -> bool {
    correction::is_approval(&context.operation.body)
        && now < context.received_at.plus_ms(EVIDENCE_WITHIN_MS)
        && decide(&mut citizen.clone(), context).verdict == Verdict::NeedsApproval
}

/// Decides what has no effect whatever it says: nobody's word stands behind it (A3), or it is heard
/// of after the operator's dismissal (A5). Both are kept for review, and a sheet stays unknown.
fn decide_authority(context: &DecisionContext<'_>) -> Option<Decision> {
    let listed = |verdict, review| Decision { reviews: vec![review], ..Decision::refused(verdict) };
    let operation = context.operation;
    if context.unproven.is_some() {
        return Some(listed(Verdict::Unproven, UNPROVEN));
    }
    if operation.body.needs_consent() && operation.consent.is_none() {
        return Some(Decision::rejected(Refusal::ReauthenticationNeeded));
    }
    let duty = duty_of(&operation.body)?;
    let (at, received_at) = (operation.business_at(), context.received_at);
    let is_late = |person: Option<&SiteOperator>, duty| {
        person.zip(context.site).is_some_and(|(person, site)| person.is_late(site, duty, at, received_at))
    };
    (is_late(context.operator, duty) || is_late(context.supervisor, Duty::Approve))
        .then(|| listed(Verdict::Late, LATE))
}

/// Returns the duty that an operation needs; `None` if nobody at a desk may do it.
pub(crate) const fn duty_of(body: &OpBody) -> Option<Duty> {
    match body {
        OpBody::Issue { action, .. } => Some(action.duty()),
        OpBody::ReportLoss { .. } => Some(Action::ReportLoss.duty()),
        OpBody::Reprint { .. } => Some(Action::Reprint.duty()),
        OpBody::Void { .. } => Some(Action::Void.duty()),
        OpBody::Printed { .. } => Some(Duty::Serve),
        OpBody::CorrectionOpened { .. } | OpBody::EscalationDismissed { .. } => Some(Duty::Correct),
        OpBody::CorrectionCommanded { command, .. } => command.duty(),
    }
}

fn decide_body(citizen: &Citizen, context: &DecisionContext<'_>) -> Result<Decision, Refusal> {
    match &context.operation.body {
        OpBody::Issue { .. } => Ok(issue::decide(citizen, context)),
        // Whoever reports a loss is on record; nothing else is asked of them (E10).
        OpBody::ReportLoss { serial, consequence_confirmed, .. } => {
            permitted(context, Action::ReportLoss.duty())?;
            proof::check(citizen, context)?;
            let command =
                Command::ReportLoss { serial: *serial, consequence_confirmed: *consequence_confirmed };
            on_code(citizen, context, &command)
        }
        OpBody::Reprint { serial, .. } => {
            permitted(context, Action::Reprint.duty())?;
            let mut reviews = Vec::from_iter(proof::check_collector(citizen, context)?);
            reviews.extend(proof::check(citizen, context)?);
            let decision = on_code(citizen, context, &Command::Reprint { serial: *serial })?;
            Ok(Decision { reviews, ..decision })
        }
        OpBody::Void { serial, reason } => {
            permitted(context, Action::Void.duty())?;
            life::check_void_reason(reason)?;
            on_code(citizen, context, &Command::Void { serial: *serial })
        }
        // A print result is only a note for the record: a failed print changes nothing (L4).
        OpBody::Printed { .. } => {
            permitted(context, Duty::Serve)?;
            Ok(Decision::done(Vec::new()))
        }
        OpBody::CorrectionOpened { correction, holder } => {
            correction::opened(citizen, context, correction, holder)
        }
        OpBody::CorrectionCommanded { id, revision, command } => {
            correction::commanded(citizen, context, *id, *revision, command)
        }
        OpBody::EscalationDismissed { id, reason } => correction::dismissed(citizen, context, *id, *reason),
    }
}

/// Decides commands that concern one existing code and need nothing of the person.
fn on_code(citizen: &Citizen, context: &DecisionContext<'_>, command: &Command) -> Result<Decision, Refusal> {
    let at = context.operation.business_at();
    // Eligibility plays no part here, so an unknown person is no obstacle; only the code matters.
    let holder = life::Holder {
        eligibility: rules::eligibility::Eligibility::NotEligible {
            shortfall: rules::eligibility::Shortfall::NotKnownOffline,
        },
        codes: citizen.codes.iter().map(|issued| issued.code.clone()).collect(),
        issue_days: Vec::new(),
        unused_corrections: Vec::new(),
    };
    let now = Now { at, vantage: Vantage::Centre };
    let outcome = life::decide(&holder, command, &now, &context.rulebook.policy)?;
    let changed = outcome.changes.iter().map(|(serial, state)| Effect::CodeState(*serial, *state));
    let printed = outcome.reprinted.map(Effect::CodePrinted);
    Ok(Decision::done(changed.chain(printed).collect()))
}

/// Returns the announcement for the site that issued a code, if another desk ended it.
fn revocation(citizen: &Citizen, effect: &Effect, by_device: DeviceNumber) -> Option<Announcement> {
    let Effect::CodeState(serial, state) = effect else { return None };
    let device = serial.device();
    if device == by_device || device == DeviceNumber::CENTRE {
        return None;
    }
    let mut code = citizen.code(*serial)?.code.clone();
    code.state = *state;
    let change = Change::CodeChanged { code };
    Some(Announcement { audience: Audience::SiteOfDevice(device), change })
}
