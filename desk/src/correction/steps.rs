//! The steps of a correction, each an operation that the centre decides again.

use super::{CorrectionStep, Corrections, HandIn, OpenCorrectionRequest};
use crate::{
    citizen::Known,
    clock::Reading,
    error::DeskError,
    session::{Operator, Reauthenticated},
    store::{
        self, Write,
        audit::{self, Event},
    },
};
use rules::{
    correction::{
        Correction, CorrectionCommand, Digest, HolderFacts, State, Tie, decide, may_place, may_take_up,
    },
    eligibility::needs_guardian,
    life::CodeState,
    op::{Agent, CitizenRef, OpBody, Operation},
    proof::Act,
    wire::CorrectionRecord,
};
use uuid::Uuid;

impl Corrections {
    /// Hands a correction in, and its draft is gone: all of it or nothing.
    ///
    /// # Errors
    /// Returns the [`rules::Refusal`] of the rules, such as `CorrectionOpen` if another one is
    /// open for this holder and field; [`DeskError::CaseUnknown`] or
    /// [`DeskError::CorrectionUnknown`] if there is no such case or correction;
    /// [`DeskError::CorrectionChanged`] if it has another revision by now; and a database error if
    /// the store fails.
    pub async fn submit(
        &self,
        operator: &Operator,
        handed_in: HandIn,
        (case_number, form): (&str, &str),
    ) -> Result<CorrectionRecord, DeskError> {
        let mut write = self.core.store.write().await?;
        let drafted = match handed_in {
            HandIn::New(request) => self.write_draft(&mut write, operator, &request).await?,
            HandIn::Again { id, revision, content } => {
                let edit = CorrectionStep::Edit(content);
                self.write_step(&mut write, operator, (id, revision), edit).await?
            }
        };
        let revision = (drafted.correction.id, drafted.correction.revision);
        let done = self.write_step(&mut write, operator, revision, CorrectionStep::Submit).await?;
        store::draft::remove(&mut write, case_number, form).await?;
        self.core.commit(write).await?;
        Ok(done)
    }

    async fn write_draft(
        &self,
        write: &mut Write,
        operator: &Operator,
        request: &OpenCorrectionRequest,
    ) -> Result<CorrectionRecord, DeskError> {
        let citizen_ref = self.core.citizen_ref(&request.holder.number);
        store::case_file::require(write, &request.case_number).await?;
        let reading = self.core.clock.read();
        let correction = Correction {
            id: request.id,
            field: request.field,
            maker: operator.staff.clone(),
            revision: 1,
            content: request.content.clone(),
            state: State::Draft,
            escalation: request.escalation,
        };
        let known = Known::read(write, &citizen_ref, &self.core, &reading).await?;
        may_place(known.corrections(), &correction, &operator.actor())?;
        let record = CorrectionRecord {
            number: request.holder.number.clone(),
            masked_name: request.holder.name.masked(),
            under_fourteen: needs_guardian(&request.holder.number, reading.at.day(), &self.core.policy()),
            correction: correction.clone(),
            case_number: Some(request.case_number.clone()),
            device: self.core.identity.desk_key().device,
        };
        let body = OpBody::CorrectionOpened {
            correction: Box::new(correction),
            holder: Box::new(request.holder.clone()),
        };
        let act = Act::correcting(request.field);
        let (number, today) = (&request.holder.number, reading.at.day());
        request.proof.allows(act, Some(number), today, &self.core.policy())?;
        let new = operator.act(None, Some(number.clone()), Some(&request.case_number), body);
        let new = new.proved(&request.proof);
        let author = self.core.identity.author();
        store::operation::append(write, author, &reading, &operator.session, new).await?;
        store::correction::put(write, &citizen_ref, &record, reading.at).await?;
        let detail = record.correction.id.to_string();
        let entry = operator.entry(Event::CorrectionOpened, Some(&request.case_number), &detail);
        audit::append(write, &reading, &entry).await?;
        Ok(record)
    }

    /// Does one step. `revision` is the one on the screen: somebody else's edit in between is not
    /// overlooked. A step done already is not done twice.
    ///
    /// # Errors
    /// Returns the [`rules::Refusal`], [`DeskError::CorrectionUnknown`] if there is no such
    /// correction, [`DeskError::CorrectionChanged`] if it has another revision by now, and a
    /// database error if the store fails.
    pub async fn step(
        &self,
        operator: &Operator,
        id: Uuid,
        revision: u32,
        step: CorrectionStep,
    ) -> Result<CorrectionRecord, DeskError> {
        let mut write = self.core.store.write().await?;
        let done = self.write_step(&mut write, operator, (id, revision), step).await?;
        self.core.commit(write).await?;
        Ok(done)
    }

    async fn write_step(
        &self,
        write: &mut Write,
        operator: &Operator,
        (id, revision): (Uuid, u32),
        step: CorrectionStep,
    ) -> Result<CorrectionRecord, DeskError> {
        let record = store::correction::get(write, id).await?.ok_or(DeskError::CorrectionUnknown)?;
        // An approver acts in the session of who is logged in, and signs themselves.
        let approver = match &step {
            CorrectionStep::Approve { proof, .. } => Some(proof.operator().clone()),
            _ => None,
        };
        let operator = approver.as_ref().unwrap_or(operator);
        let opened = store::correction::all_opened(write, (id, revision), &operator.staff).await?;
        let (command, proof) = command(step, opened);
        let key = idempotency_key(id, revision, &command);
        if let Some(key) = &key
            && store::operation::by_idempotency_key(write, record.case_number.as_deref(), key)
                .await?
                .is_some()
        {
            return Ok(record);
        }
        if record.correction.revision != revision {
            return Err(DeskError::CorrectionChanged);
        }
        let reading = self.core.clock.read();
        let citizen_ref = self.core.citizen_ref(&record.number);
        let known = Known::read(write, &citizen_ref, &self.core, &reading).await?;
        may_take_up(known.corrections(), &record.correction, &command)?;
        let facts = self.holder_facts(&record, &reading);
        let correction = decide(&record.correction, &command, &operator.actor(), facts, reading.at)?;
        let after = CorrectionRecord { correction, ..record };
        let detail = format!("{id} revision {revision} {}", word(&command));
        let body = OpBody::CorrectionCommanded { id, revision, command: Box::new(command) };
        let mut new = operator.act(key, Some(after.number.clone()), after.case_number.as_deref(), body);
        let author = self.core.identity.author();
        if let Some(proof) = proof {
            proof.sign(&mut new, author)?;
        }
        let operation = store::operation::append(write, author, &reading, &operator.session, new).await?;
        store::correction::put(write, &citizen_ref, &after, reading.at).await?;
        if matches!(after.correction.state, State::Approved { .. }) {
            void_with_approval(write, (&citizen_ref, &after), &known, &operation, &reading).await?;
        }
        let entry = operator.entry(Event::CorrectionCommanded, after.case_number.as_deref(), &detail);
        audit::append(write, &reading, &entry).await?;
        Ok(after)
    }

    /// Returns what this desk knows of the holder and of whoever acts for them (E8).
    fn holder_facts(&self, record: &CorrectionRecord, reading: &Reading) -> HolderFacts {
        let tie = |agent: &Agent| Tie {
            is_holder: agent.number.modern() == record.number.modern(),
            is_bound: agent.binding_verified,
        };
        HolderFacts {
            under_fourteen: record.under_fourteen,
            guardian: record.correction.guardian(tie, reading.at.day(), &self.core.policy()),
        }
    }
}

/// Voids the code with another person's photo here as the centre will (P1), so that nobody prints
/// or replaces it meanwhile.
async fn void_with_approval(
    write: &mut Write,
    (citizen_ref, approved): (&CitizenRef, &CorrectionRecord),
    known: &Known,
    operation: &Operation,
    reading: &Reading,
) -> Result<(), DeskError> {
    let codes: Vec<_> = known.codes.iter().map(|known| known.code.clone()).collect();
    let voided = approved.correction.voided_by_approval(&codes, reading.at.day());
    for code in codes.iter().filter(|code| voided.contains(&code.serial)) {
        store::code::put_seen(write, Some(citizen_ref), code, reading.at).await?;
        store::code::state::change(write, operation, code.serial, CodeState::Voided, reading.at).await?;
    }
    Ok(())
}

/// Returns the command of a step, and the key of who has to sign it.
fn command(step: CorrectionStep, opened: Vec<Digest>) -> (CorrectionCommand, Option<Reauthenticated>) {
    match step {
        CorrectionStep::Edit(content) => (CorrectionCommand::Edit { content }, None),
        CorrectionStep::Submit => (CorrectionCommand::Submit, None),
        CorrectionStep::Approve { digest, proof } => {
            (CorrectionCommand::Approve { digest, opened }, Some(*proof))
        }
        CorrectionStep::Reject { rejection, documents } => {
            (CorrectionCommand::Reject { rejection, documents }, None)
        }
        CorrectionStep::Withdraw => (CorrectionCommand::Withdraw, None),
    }
}

const fn word(command: &CorrectionCommand) -> &'static str {
    match command {
        CorrectionCommand::Edit { .. } => "edit",
        CorrectionCommand::Submit => "submit",
        CorrectionCommand::Approve { .. } => "approve",
        CorrectionCommand::Reject { .. } => "reject",
        CorrectionCommand::Withdraw => "withdraw",
        CorrectionCommand::Apply { .. } => "apply",
        CorrectionCommand::MarkReplaced => "mark_replaced",
    }
}

/// Returns the idempotency key of a step: submitting, deciding and withdrawing happen once for each
/// revision. An edit has none, for it may be made any number of times.
fn idempotency_key(id: Uuid, revision: u32, command: &CorrectionCommand) -> Option<String> {
    match command {
        CorrectionCommand::Edit { .. } => None,
        other => Some(format!("correction {id} {revision} {}", word(other))),
    }
}
