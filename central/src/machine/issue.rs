//! Decides `apply`, `reapply`, `reissue` and `replace` at the centre.

use super::{
    citizen::{Citizen, Effect, IssuedCode, Person},
    clock,
    decision::{Announcement, Audience, Decision, DecisionContext, is_holder, permitted},
    proof,
};
use rules::{
    At, Day, Refusal,
    agent::{Binding, check_agent},
    correction::CorrectionCommand,
    keys::KeyId,
    life::{self, Action, Code, CodeState, Command, Holder, Now, Outcome, Serial, Vantage, fitting_action},
    op::{Agent, AgentRole, HolderSeen, OpBody, Operation},
    payload::SignedSymbol,
    wire::{Change, CorrectionRecord, Verdict},
};

/// The fields of an issue operation, with its business time.
struct IssueClaim<'a> {
    action: Action,
    serial: Serial,
    day: Day,
    valid_through: Day,
    holder: &'a HolderSeen,
    agent: Option<&'a Agent>,
    correction: Option<uuid::Uuid>,
    provisional: bool,
    confirmed_by_holder: bool,
    consequence_confirmed: bool,
    symbol: &'a SignedSymbol,
    at: At,
}

impl IssueClaim<'_> {
    /// The code as it goes on record, with the symbol on its sheet.
    fn recorded(&self, code: Code, duplicate_of: Option<Serial>) -> IssuedCode {
        IssuedCode { code, duplicate_of, symbol: Some(self.symbol.clone()) }
    }

    /// The code of a sheet whose issue is refused.
    const fn void_code(&self) -> Code {
        void_code(self.serial, self.at, self.valid_through)
    }
}

/// Returns the key that signed the symbol of an issue, as the operation says.
#[must_use]
pub fn signing_key(operation: &Operation) -> Option<KeyId> {
    match &operation.body {
        OpBody::Issue { symbol, .. } => Some(symbol.key_id),
        _ => None,
    }
}

/// Decides an issue. A code that is not accepted is still recorded as voided: its sheet has a valid
/// signature and may be in somebody's hands, and must not verify as "not heard of yet" for ever. A
/// code that is not this citizen's is recorded under nobody.
pub fn decide(citizen: &Citizen, context: &DecisionContext<'_>) -> Decision {
    let OpBody::Issue {
        action,
        serial,
        day,
        valid_through,
        holder,
        agent,
        correction,
        provisional,
        confirmed_by_holder,
        consequence_confirmed,
        symbol,
    } = &context.operation.body
    else {
        return Decision::rejected(Refusal::NotAnIssue);
    };
    let claim = IssueClaim {
        action: *action,
        serial: *serial,
        day: *day,
        valid_through: *valid_through,
        holder,
        agent: agent.as_deref(),
        correction: *correction,
        provisional: *provisional,
        confirmed_by_holder: *confirmed_by_holder,
        consequence_confirmed: *consequence_confirmed,
        symbol,
        at: context.operation.business_at(),
    };
    if let Err(code) = is_own(citizen, context, &claim) {
        return Decision { voided: voided(citizen, context, &claim), ..Decision::rejected(code) };
    }
    let (verdict, duplicate_of) = match accept(citizen, context, &claim) {
        Ok(decision) => return decision,
        Err(NotIssued::Rule(Refusal::NotEligible)) => (Verdict::NotEligible, None),
        Err(NotIssued::Rule(code)) => (Verdict::Rejected { code }, None),
        Err(NotIssued::SameDay(winner)) => (Verdict::DuplicateSameDay { winner }, Some(winner)),
    };
    let mut effects = person_seen(citizen, &claim);
    effects.push(Effect::CodeAdded(claim.recorded(claim.void_code(), duplicate_of)));
    Decision { effects, ..Decision::refused(verdict) }
}

/// The code of a sheet whose issue is refused.
pub(crate) const fn void_code(serial: Serial, issued_at: At, valid_through: Day) -> Code {
    Code { serial, state: CodeState::Voided, issued_at, valid_through, provisional: false, copies: 1 }
}

/// The code of a sheet that is not this citizen's. A serial goes on record only through the desk it
/// names, and only while it is free: whoever copies one from somebody's sheet must not end that
/// sheet, nor keep it from being taken later.
fn voided(citizen: &Citizen, context: &DecisionContext<'_>, claim: &IssueClaim<'_>) -> Option<IssuedCode> {
    let is_free = !context.serial_taken && citizen.code(claim.serial).is_none();
    let is_of_desk = claim.serial.device() == context.operation.device;
    (is_of_desk && is_free).then(|| claim.recorded(claim.void_code(), None))
}

/// B1: checks that the symbol on the sheet says what the operation says, and that this desk's own
/// key signed it while it counted. A code signed when somebody else may have had the key must have
/// arrived before the key was retired (B5).
fn check_symbol(context: &DecisionContext<'_>, claim: &IssueClaim<'_>) -> Result<(), Refusal> {
    let HolderSeen { name, number, .. } = claim.holder;
    let claims = context.rulebook.claims(&claim.void_code(), name, number);
    let is_accepted = context.signing_key.is_some_and(|key| {
        let arrived = || key.retired_at.is_some_and(|retired_at| context.received_at < retired_at);
        key.device == context.operation.device
            && key.class == context.rulebook.class
            && key.was_valid(claim.at)
            && (!key.is_doubtful(claim.at) || arrived())
    });
    if is_accepted && claims.digest() == claim.symbol.claims {
        Ok(())
    } else {
        Err(Refusal::SymbolNotAccepted)
    }
}

enum NotIssued {
    Rule(Refusal),
    /// L3: this code was applied first that day.
    SameDay(Serial),
}

impl From<Refusal> for NotIssued {
    fn from(code: Refusal) -> Self {
        Self::Rule(code)
    }
}

/// Checks that the number is the citizen's and that the serial is unused and one this desk may
/// assign to this citizen.
fn is_own(citizen: &Citizen, context: &DecisionContext<'_>, claim: &IssueClaim<'_>) -> Result<(), Refusal> {
    if !is_holder(&citizen.citizen_ref, &claim.holder.number, context.rulebook) {
        return Err(Refusal::NotPermitted);
    }
    if claim.serial.bucket() != citizen.bucket || claim.serial.device() != context.operation.device {
        return Err(Refusal::SerialMalformed);
    }
    if context.serial_taken || citizen.code(claim.serial).is_some() {
        return Err(Refusal::SerialReused);
    }
    Ok(())
}

fn accept(
    citizen: &Citizen,
    context: &DecisionContext<'_>,
    claim: &IssueClaim<'_>,
) -> Result<Decision, NotIssued> {
    permitted(context, claim.action.duty())?;
    context.programs.check(context.operation.device, claim.at)?;
    clock::issue_day(claim.day, claim.at, context.received_at)?;
    check_symbol(context, claim)?;
    if citizen.person.is_none() {
        claim.holder.name.check().map_err(Refusal::from)?;
    }
    let mut reviews = agent_review(citizen, context, claim)?;
    reviews.extend(proof::check(citizen, context)?);
    let policy = &context.rulebook.policy;
    let mut holder = citizen.holder(&claim.holder.number, claim.day, policy);
    // An ineligible person is told so, and not who was first that day. A replacement
    // checks neither (E7).
    if claim.action.counts_for_the_day() && !holder.eligibility.is_eligible() {
        return Err(Refusal::NotEligible.into());
    }
    if !context.rulebook.checks_day() {
        holder.issue_days.clear();
    } else if claim.action.counts_for_the_day()
        && let Some(winner) = citizen.issue_days.get(&claim.day)
    {
        return Err(NotIssued::SameDay(*winner));
    }
    let (action, command) = command(&holder, claim)?;
    let now = Now { at: claim.at, vantage: Vantage::Centre };
    let outcome = life::decide(&holder, &command, &now, policy)?;
    let new_code = outcome.new_code.as_ref().ok_or(Refusal::NotAnIssue)?;
    if new_code.valid_through != claim.valid_through {
        // The sheet has another expiry than the rules give: the desk's clock or policy differs.
        return Err(Refusal::ClockNotTrusted.into());
    }
    if name_differs(citizen, claim) {
        reviews.push("name_differs");
    }
    let mut effects = person_seen(citizen, claim);
    let (codes, mut announcements) = code_effects(citizen, context, claim, &outcome, new_code.clone());
    effects.extend(codes);
    effects.extend(outcome.counts_for.map(|day| Effect::DayUsed(day, claim.serial)));
    if let Some(used) = correction_used(citizen, context, &outcome)? {
        announcements.push(used_up(&used));
        effects.push(Effect::Correction(Box::new(used)));
    }
    let verdict = Verdict::Applied { action: Some(action) };
    Ok(Decision { verdict, effects, voided: None, announcements, reviews })
}

/// Returns whether an institution's agent acts (I5).
fn is_collective(claim: &IssueClaim<'_>) -> bool {
    claim.agent.is_some_and(|agent| agent.role == AgentRole::Institution)
}

/// Returns the command to decide. A desk without the registry record cannot know which of the three
/// actions fits; the fitting one is applied instead of the one it claimed.
fn command(holder: &Holder, claim: &IssueClaim<'_>) -> Result<(Action, Command), Refusal> {
    let serial = claim.serial;
    let guardian_recorded = claim.agent.is_some_and(|agent| agent.role == AgentRole::Guardian);
    if claim.action == Action::Replace {
        let correction = claim.correction.ok_or(Refusal::NoApprovedCorrection)?;
        let command = Command::Replace {
            serial,
            correction,
            confirmed_by_holder: claim.confirmed_by_holder,
            consequence_confirmed: claim.consequence_confirmed,
            guardian_recorded,
        };
        return Ok((claim.action, command));
    }
    let is_blind = claim.holder.registry_version.is_none();
    let action = if is_blind && claim.action.counts_for_the_day() {
        let fitting = fitting_action(holder, claim.day);
        // A list that is run again, or at another desk, makes nobody a second code.
        if is_collective(claim) && fitting == Action::Reissue && claim.action != fitting {
            return Err(Refusal::CodeStillLive);
        }
        fitting
    } else {
        claim.action
    };
    let command = Command::Issue {
        action,
        serial,
        confirmed_by_holder: claim.confirmed_by_holder,
        // Whoever was told of a first issue had no consequence to agree to (L6).
        consequence_confirmed: claim.consequence_confirmed || action != claim.action,
        guardian_recorded,
    };
    Ok((action, command))
}

/// Returns the new code and the codes it ends. A code that arrives after one issued later ends
/// nothing: the holder has the newer sheet, and the late code is superseded from the start. The
/// site of its desk is told.
fn code_effects(
    citizen: &Citizen,
    context: &DecisionContext<'_>,
    claim: &IssueClaim<'_>,
    outcome: &Outcome,
    mut new_code: Code,
) -> (Vec<Effect>, Vec<Announcement>) {
    new_code.provisional = false;
    let issued_later = |serial: &Serial| {
        citizen.code(*serial).is_some_and(|issued| issued.code.issued_at > new_code.issued_at)
    };
    if outcome.changes.iter().any(|(serial, _)| issued_later(serial)) {
        new_code.state = CodeState::Superseded;
        let change = Change::CodeChanged { code: new_code.clone() };
        let here = context.site.cloned().map(Audience::Site);
        let told = here.map(|audience| Announcement { audience, change });
        return (vec![Effect::CodeAdded(claim.recorded(new_code, None))], told.into_iter().collect());
    }
    let mut effects: Vec<Effect> =
        outcome.changes.iter().map(|(serial, state)| Effect::CodeState(*serial, *state)).collect();
    effects.push(Effect::CodeAdded(claim.recorded(new_code, None)));
    (effects, Vec::new())
}

/// Returns the correction that a `replace` uses up.
fn correction_used(
    citizen: &Citizen,
    context: &DecisionContext<'_>,
    outcome: &Outcome,
) -> Result<Option<CorrectionRecord>, Refusal> {
    let Some(used) = outcome.used_correction else { return Ok(None) };
    let record = citizen
        .corrections
        .iter()
        .find(|record| record.correction.id == used)
        .ok_or(Refusal::NoApprovedCorrection)?;
    super::correction::by_centre(record, &CorrectionCommand::MarkReplaced, citizen, context).map(Some)
}

/// Announces the used correction to the site that made it, so that it does not offer `replace`
/// again. Other sites do not see it (N-2).
fn used_up(record: &CorrectionRecord) -> Announcement {
    let change = Change::Correction(Box::new(record.clone()));
    Announcement { audience: Audience::SiteOfDevice(record.device), change }
}

/// E8, E9: checks the agent by the binding in the registry instead of the desk's claim. Returns a
/// review reason if the desk accepted scanned proof.
fn agent_review(
    citizen: &Citizen,
    context: &DecisionContext<'_>,
    claim: &IssueClaim<'_>,
) -> Result<Vec<&'static str>, Refusal> {
    let Some(agent) = claim.agent else { return Ok(Vec::new()) };
    let is_bound = match agent.role {
        AgentRole::Institution => !context.rosters.is_empty(),
        AgentRole::Guardian | AgentRole::Relative => {
            citizen.relatives.contains(&context.rulebook.citizen_ref(&agent.number))
        }
    };
    let agent = Agent { binding_verified: is_bound, ..agent.clone() };
    let vantage = if claim.provisional {
        Vantage::Offline { last_contact: None, clock_offset_ms: 0, clock_set_back: false }
    } else {
        Vantage::Centre
    };
    let policy = &context.rulebook.policy;
    match check_agent(&agent, &claim.holder.number, claim.day, &vantage, policy)? {
        Binding::Verified => Ok(Vec::new()),
        Binding::Unverified => Ok(vec![proof::BINDING_UNVERIFIED]),
    }
}

fn name_differs(citizen: &Citizen, claim: &IssueClaim<'_>) -> bool {
    let registered = citizen.person.as_ref().filter(|person| person.registered);
    registered.is_some_and(|person| !person.name.compares_equal(&claim.holder.name))
}

/// Records an unknown holder as the desk saw them, if the name is a valid one.
fn person_seen(citizen: &Citizen, claim: &IssueClaim<'_>) -> Vec<Effect> {
    if citizen.person.is_some() || claim.holder.name.check().is_err() {
        return Vec::new();
    }
    vec![Effect::Person(Person {
        version: 1,
        number: claim.holder.number.clone(),
        name: claim.holder.name.clone(),
        photo: claim.holder.photo.clone(),
        shanghai_household: false,
        certificate: None,
        registered: false,
    })]
}
