//! Corrections (更正) of name and photo, as far as they happen at a desk: started, edited, submitted,
//! approved or sent back, each as an operation the centre decides again.

use crate::{
    Desk,
    citizen::Known,
    clock::Reading,
    error::DeskError,
    issue::entry,
    session::{Operator, Reauthenticated},
    store::{
        self, Page, Rows, Write,
        audit::{self, Event},
        correction::CorrectionFilter,
        operation::NewOperation,
    },
};
use rules::{
    Refusal,
    correction::{
        Content, Correction, CorrectionCommand, Digest, Field, HolderFacts, Rejection, State, Tie, decide,
        may_place, may_take_up, overdue_before,
    },
    eligibility::needs_guardian,
    life::CodeState,
    op::{Agent, HolderSeen, OpBody, Operation},
    permission::Duty,
    wire::{CorrectionRecord, Escalation},
};
use uuid::Uuid;

/// A correction to be started.
#[derive(Clone, Debug)]
pub struct OpenCorrectionRequest {
    /// Made when the draft was begun.
    pub id: Uuid,
    /// In which case.
    pub case_number: String,
    /// The holder as the card says.
    pub holder: HolderSeen,
    /// Which field.
    pub field: Field,
    /// What is asked for, as far as it is known.
    pub content: Content,
    /// Kiosk or portal escalation it answers.
    pub escalation: Option<Uuid>,
}

/// What is handed in: a new correction, or a known one with other content.
#[derive(Clone, Debug)]
pub enum HandIn {
    /// Started here.
    New(Box<OpenCorrectionRequest>),
    /// Edited since it was handed in, sent back or overtaken.
    Again {
        /// Which.
        id: Uuid,
        /// The revision that was edited.
        revision: u32,
        /// What is asked for now.
        content: Box<Content>,
    },
}

/// What a person does to a correction. Approving takes the proof of a password just given.
#[derive(Debug)]
pub enum CorrectionStep {
    /// Change the content.
    Edit(Box<Content>),
    /// Hand in.
    Submit,
    /// Approve exactly this content.
    Approve {
        /// Digest the approver saw.
        digest: Digest,
        /// Proof.
        proof: Reauthenticated,
    },
    /// Send back.
    Reject(Rejection),
    /// Take back.
    Withdraw,
}

impl Desk {
    /// Hands a correction in, and its draft is gone: all of it or nothing.
    ///
    /// # Errors
    /// A [`Refusal`], [`Refusal::CorrectionOpen`] when another one is open for this holder and
    /// field; [`DeskError::CaseUnknown`], [`DeskError::CorrectionUnknown`],
    /// [`DeskError::CorrectionChanged`]; the disk's.
    pub async fn hand_in_correction(
        &self,
        operator: &Operator,
        handed_in: HandIn,
        (case_number, form): (&str, &str),
    ) -> Result<CorrectionRecord, DeskError> {
        let mut write = self.store.write().await?;
        let drafted = match handed_in {
            HandIn::New(request) => self.start_correction(&mut write, operator, &request).await?,
            HandIn::Again { id, revision, content } => {
                let edit = CorrectionStep::Edit(content);
                self.step_correction(&mut write, operator, (id, revision), edit).await?
            }
        };
        let revision = (drafted.correction.id, drafted.correction.revision);
        let done = self.step_correction(&mut write, operator, revision, CorrectionStep::Submit).await?;
        store::draft::remove(&mut write, case_number, form).await?;
        self.commit(write).await?;
        Ok(done)
    }

    async fn start_correction(
        &self,
        write: &mut Write,
        operator: &Operator,
        request: &OpenCorrectionRequest,
    ) -> Result<CorrectionRecord, DeskError> {
        let citizen_ref = self.citizen_ref(&request.holder.number);
        self.known_case(write, &request.case_number).await?;
        let reading = self.clock.read();
        let correction = Correction {
            id: request.id,
            field: request.field,
            maker: operator.staff.clone(),
            revision: 1,
            content: request.content.clone(),
            state: State::Draft,
            escalation: request.escalation,
            guardian_recorded: request.content.agent.is_some(),
        };
        let known = Known::read(write, &citizen_ref, &self.sync, reading.at).await?;
        may_place(known.corrections(), &correction, &operator.actor())?;
        let record = CorrectionRecord {
            citizen_ref: citizen_ref.clone(),
            masked_name: request.holder.name.masked(),
            masked_number: request.holder.number.masked(),
            under_fourteen: needs_guardian(&request.holder.number, reading.at.day(), &self.policy()),
            correction: correction.clone(),
            case_number: Some(request.case_number.clone()),
            device: self.identity.desk_key().device,
        };
        let new = NewOperation {
            press: None,
            citizen_ref: Some(citizen_ref),
            operator: operator.staff.clone(),
            case_number: Some(request.case_number.clone()),
            body: OpBody::CorrectionOpened {
                correction: Box::new(correction),
                holder: Box::new(request.holder.clone()),
            },
        };
        store::operation::append(write, self.identity.author(), &reading, new).await?;
        store::correction::put(write, &record, reading.at).await?;
        let detail = record.correction.id.to_string();
        let entry = entry(operator, Event::CorrectionOpened, Some(&request.case_number), &detail);
        audit::append(write, &reading, &entry).await?;
        Ok(record)
    }

    /// Does one step. `revision` is the one on the screen: somebody else's edit in between is not
    /// overlooked. A step done already is not done twice.
    ///
    /// # Errors
    /// A [`Refusal`]; [`DeskError::CorrectionUnknown`], [`DeskError::CorrectionChanged`]; the
    /// disk's.
    pub async fn command_correction(
        &self,
        operator: &Operator,
        id: Uuid,
        revision: u32,
        step: CorrectionStep,
    ) -> Result<CorrectionRecord, DeskError> {
        let mut write = self.store.write().await?;
        let done = self.step_correction(&mut write, operator, (id, revision), step).await?;
        self.commit(write).await?;
        Ok(done)
    }

    async fn step_correction(
        &self,
        write: &mut Write,
        operator: &Operator,
        (id, revision): (Uuid, u32),
        step: CorrectionStep,
    ) -> Result<CorrectionRecord, DeskError> {
        let record = store::correction::get(write, id).await?.ok_or(DeskError::CorrectionUnknown)?;
        let opened = store::correction::all_opened(write, (id, revision), &operator.staff).await?;
        let command = command(step, operator, opened)?;
        let press = press(id, revision, &command);
        if let Some(press) = &press
            && store::operation::by_press(write, record.case_number.as_deref(), press).await?.is_some()
        {
            return Ok(record);
        }
        if record.correction.revision != revision {
            return Err(DeskError::CorrectionChanged);
        }
        let reading = self.clock.read();
        let known = Known::read(write, &record.citizen_ref, &self.sync, reading.at).await?;
        may_take_up(known.corrections(), &record.correction, &command)?;
        let facts = self.holder_facts(&record, &reading);
        let correction = decide(&record.correction, &command, &operator.actor(), facts, reading.at)?;
        let after = CorrectionRecord { correction, ..record };
        let detail = format!("{id} revision {revision} {}", word(&command));
        let new = NewOperation {
            press,
            citizen_ref: Some(after.citizen_ref.clone()),
            operator: operator.staff.clone(),
            case_number: after.case_number.clone(),
            body: OpBody::CorrectionCommanded { id, revision, command: Box::new(command) },
        };
        let operation = store::operation::append(write, self.identity.author(), &reading, new).await?;
        store::correction::put(write, &after, reading.at).await?;
        if matches!(after.correction.state, State::Approved { .. }) {
            void_with_approval(write, &after, &known, &operation, &reading).await?;
        }
        let entry = entry(operator, Event::CorrectionCommanded, after.case_number.as_deref(), &detail);
        audit::append(write, &reading, &entry).await?;
        Ok(after)
    }

    /// E8 for a correction: what this desk knows of the holder, and of whoever acts for them.
    fn holder_facts(&self, record: &CorrectionRecord, reading: &Reading) -> HolderFacts {
        let tie = |agent: &Agent| Tie {
            is_holder: self.citizen_ref(&agent.number) == record.citizen_ref,
            is_bound: agent.binding_verified,
        };
        HolderFacts {
            under_fourteen: record.under_fourteen,
            guardian: record.correction.guardian(tie, reading.at.day(), &self.policy()),
        }
    }

    /// An approver has opened a piece of evidence; approving needs all of them.
    ///
    /// # Errors
    /// [`DeskError::CorrectionUnknown`]; the disk's.
    pub async fn evidence_opened(
        &self,
        operator: &Operator,
        id: Uuid,
        digest: &Digest,
    ) -> Result<(), DeskError> {
        operator.may(Duty::Approve)?;
        let mut write = self.store.write().await?;
        let record = store::correction::get(&mut write, id).await?.ok_or(DeskError::CorrectionUnknown)?;
        let revision = (id, record.correction.revision);
        store::correction::opened(&mut write, revision, &operator.staff, digest).await?;
        let detail = format!("{id} {}", digest.0);
        let entry = entry(operator, Event::EvidenceOpened, record.case_number.as_deref(), &detail);
        audit::append(&mut write, &self.clock.read(), &entry).await?;
        write.commit().await
    }

    /// Which pieces of the present revision this person has opened.
    ///
    /// # Errors
    /// [`DeskError::CorrectionUnknown`]; the disk's.
    pub async fn opened_evidence(&self, operator: &Operator, id: Uuid) -> Result<Vec<Digest>, DeskError> {
        let mut read = self.store.read().await?;
        let record = store::correction::get(&mut read, id).await?.ok_or(DeskError::CorrectionUnknown)?;
        store::correction::all_opened(&mut read, (id, record.correction.revision), &operator.staff).await
    }

    /// One correction.
    ///
    /// # Errors
    /// [`DeskError::CorrectionUnknown`]; the disk's.
    pub async fn correction(&self, id: Uuid) -> Result<CorrectionRecord, DeskError> {
        let mut read = self.store.read().await?;
        store::correction::get(&mut read, id).await?.ok_or(DeskError::CorrectionUnknown)
    }

    /// A page of what waits for an approver: overdue first, then by risk and age.
    ///
    /// # Errors
    /// The disk's.
    pub async fn corrections_to_approve(&self, page: Page) -> Result<Rows<CorrectionRecord>, DeskError> {
        let overdue_before = overdue_before(self.clock.read().at);
        self.corrections(CorrectionFilter::Submitted { overdue_before }, page).await
    }

    /// A page of corrections.
    ///
    /// # Errors
    /// The disk's.
    pub async fn corrections(
        &self,
        filter: CorrectionFilter,
        page: Page,
    ) -> Result<Rows<CorrectionRecord>, DeskError> {
        let mut read = self.store.read().await?;
        store::correction::page(&mut read, filter, page).await
    }

    /// The inbox of escalations, oldest first.
    ///
    /// # Errors
    /// The disk's.
    pub async fn escalations(&self, page: Page) -> Result<Rows<Escalation>, DeskError> {
        let mut read = self.store.read().await?;
        store::escalation::page(&mut read, page).await
    }
}

/// P1: the code with another person's photo ends here as it will at the centre, so that nobody
/// prints it again or replaces it meanwhile.
async fn void_with_approval(
    write: &mut Write,
    approved: &CorrectionRecord,
    known: &Known,
    operation: &Operation,
    reading: &Reading,
) -> Result<(), DeskError> {
    let codes: Vec<_> = known.codes.iter().map(|known| known.code.clone()).collect();
    let voided = approved.correction.voided_by_approval(&codes, reading.at.day());
    for code in codes.iter().filter(|code| voided.contains(&code.serial)) {
        store::code::put_seen(write, &approved.citizen_ref, code, reading.at).await?;
        store::code::state::change(write, operation, code.serial, CodeState::Voided, reading.at).await?;
    }
    Ok(())
}

fn command(
    step: CorrectionStep,
    operator: &Operator,
    opened: Vec<Digest>,
) -> Result<CorrectionCommand, Refusal> {
    Ok(match step {
        CorrectionStep::Edit(content) => CorrectionCommand::Edit { content },
        CorrectionStep::Submit => CorrectionCommand::Submit,
        CorrectionStep::Approve { digest, proof } => {
            CorrectionCommand::Approve { digest, opened, reauthenticated: proof.is(operator) }
        }
        CorrectionStep::Reject(rejection) => CorrectionCommand::Reject { rejection },
        CorrectionStep::Withdraw => CorrectionCommand::Withdraw,
    })
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

/// Handing in, deciding and taking back happen once for each revision; an edit may be made any
/// number of times, and a draft handed in, taken back for an edit and handed in again is a new
/// revision.
fn press(id: Uuid, revision: u32, command: &CorrectionCommand) -> Option<String> {
    match command {
        CorrectionCommand::Edit { .. } => None,
        other => Some(format!("correction {id} {revision} {}", word(other))),
    }
}
