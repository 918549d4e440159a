//! New codes: first issue, re-application, reissue (补领), and the replacement (更正换发) after a
//! correction.

use super::{Issuing, deciding::Deciding};
use crate::{
    error::DeskError,
    session::{Operator, Reauthenticated},
    store::{
        self, Write,
        audit::{self, Event},
        code::Origin,
    },
};
use rules::{
    At, Day, Refusal, Sensitive,
    correction::Digest,
    handwriting::CitizenAnswer,
    life::{
        Action, Code, CodeState, Command, Outcome, Serial, TakesEffect, check_consequence, decide,
        fitting_action,
    },
    op::{Agent, AgentRole, Declared, HolderSeen, OpBody, Operation},
    payload::SignedSymbol,
    person::{IdNumber, Name},
    proof::Proof,
};
use uuid::Uuid;

/// Which new code is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueKind {
    /// A first issue, re-application or reissue.
    New {
        /// `apply`, `reapply` or `reissue`.
        action: Action,
    },
    /// A replacement after an approved correction; the new code keeps the old expiry.
    Replacement {
        /// The approved correction that the replacement uses up.
        correction: Uuid,
    },
}

impl IssueKind {
    const fn action(self) -> Action {
        match self {
            Self::New { action } => action,
            Self::Replacement { .. } => Action::Replace,
        }
    }

    const fn correction(self) -> Option<Uuid> {
        match self {
            Self::New { .. } => None,
            Self::Replacement { correction } => Some(correction),
        }
    }

    /// Returns the idempotency key within the case: the action and its day, or the correction that
    /// is replaced. A case taken up again another day, or for something else, gets another key.
    fn idempotency_key(self, day: Day) -> String {
        match self {
            Self::New { action } => format!("issue {action:?} {day}"),
            Self::Replacement { correction } => format!("replace {correction}"),
        }
    }
}

/// A request for a new code.
#[derive(Clone, Debug)]
pub struct IssueRequest {
    /// Number of the case. With what the kind says it is the idempotency key.
    pub case_number: String,
    /// Which new code.
    pub kind: IssueKind,
    /// Number of the citizen.
    pub number: IdNumber,
    /// How the citizen was proved.
    pub proof: Proof,
    /// Name as it will be printed.
    pub name: Name,
    /// Photo that will be printed.
    pub photo: Option<Digest>,
    /// E5: what the clerk declares while the registry cannot be asked; never for a replacement.
    pub declared: Option<Declared>,
    /// Guardian (E8) or relative (E9).
    pub agent: Option<Agent>,
    /// What the citizen answered on the citizen window, where they were asked.
    pub answer: Option<CitizenAnswer>,
    /// The holder has confirmed name and photo (L8).
    pub confirmed_by_holder: bool,
    /// The holder knows that other codes end (L6).
    pub consequence_confirmed: bool,
}

/// A new code, written down and ready to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Operation, for waiting on its verdict.
    pub seq: u64,
    /// Serial of the code.
    pub serial: Serial,
    /// What was asked for; offline the centre may apply another of the three.
    pub action: Action,
    /// When it was issued.
    pub issued_at: At,
    /// Last valid day.
    pub valid_through: Day,
    /// Text of the symbol.
    pub payload: String,
    /// Number of the case.
    pub case_number: String,
    /// L9: the centre has not confirmed it (yet).
    pub provisional: bool,
    /// When codes that end by this count as ended for scanners.
    pub takes_effect: TakesEffect,
}

impl Issuing {
    /// Issues a code: decided, signed and durable when this returns. Wait for the centre's verdict
    /// with [`crate::sync::Outbox::await_verdict`].
    ///
    /// # Errors
    /// Returns the [`Refusal`] of the rules, [`DeskError::NameNotPrintable`] if no print font has
    /// the name (N5), the error of [`Issuing::may_issue`], [`DeskError::CaseUnknown`] if there is
    /// no such case, and a database error if the store fails. On error nothing is written.
    pub async fn new_code(&self, operator: &Operator, new: &IssueRequest) -> Result<Issued, DeskError> {
        self.confirmed_code(operator, new, None).await
    }

    /// Works as [`Issuing::new_code`], with the confirmation of a supervisor who has just given the
    /// password (I4).
    ///
    /// # Errors
    /// Returns the errors of [`Issuing::new_code`], and [`Refusal::SamePerson`] if the supervisor
    /// is the operator.
    pub async fn confirmed_code(
        &self,
        operator: &Operator,
        new: &IssueRequest,
        supervisor: Option<Reauthenticated>,
    ) -> Result<Issued, DeskError> {
        operator.may(new.kind.action().duty())?;
        self.may_issue()?;
        // To a blind desk every issue is a first one; what was asked for has its consequence all
        // the same.
        check_consequence(new.kind.action(), new.consequence_confirmed)?;
        new.name.check_mapped()?;
        let missing = self.core.printable.missing_glyphs(&new.name);
        if !missing.is_empty() {
            return Err(DeskError::NameNotPrintable(Sensitive::new(missing)));
        }
        let mut write = self.core.store.write().await?;
        let key = new.kind.idempotency_key(self.core.clock.read().at.day());
        if let Some(operation) =
            store::operation::by_idempotency_key(&mut write, Some(&new.case_number), &key).await?
        {
            return self.issued_before(&mut write, &operation).await;
        }
        store::case_file::require(&mut write, &new.case_number).await?;
        let deciding = Deciding::read(&self.core, &mut write, &new.number, new.declared.as_ref()).await?;
        let counter = store::sequence::next(&mut write, "serial").await?;
        let device = self.core.identity.desk_key().device;
        let serial = Serial::new(new.number.bucket(), device, counter, rand::random());
        let outcome =
            decide(&deciding.holder, &command(new, serial, &deciding), &deciding.now, &self.core.policy())?;
        let code = outcome.new_code.clone().ok_or(Refusal::NotAnIssue)?;
        let payload = self.sign_code(&code, &new.name.masked(), &new.number.masked())?;
        let issued = self
            .write_new_code(&mut write, operator, new, &deciding, &outcome, &code, payload, supervisor)
            .await?;
        self.core.commit(write).await?;
        Ok(issued)
    }

    #[expect(clippy::too_many_arguments, reason = "one write with everything it consists of, called once")]
    async fn write_new_code(
        &self,
        write: &mut Write,
        operator: &Operator,
        new: &IssueRequest,
        deciding: &Deciding,
        outcome: &Outcome,
        code: &Code,
        payload: String,
        supervisor: Option<Reauthenticated>,
    ) -> Result<Issued, DeskError> {
        let Deciding { citizen_ref, known, reading, .. } = deciding;
        let version = known.cached.as_ref().filter(|_| known.fresh).map(|cached| cached.view.version);
        let body = OpBody::Issue {
            action: new.kind.action(),
            serial: code.serial,
            day: reading.at.day(),
            valid_through: code.valid_through,
            holder: Box::new(HolderSeen {
                number: new.number.clone(),
                name: new.name.clone(),
                photo: new.photo.clone(),
                declared: new.declared.clone(),
                registry_version: version,
            }),
            agent: new.agent.clone().map(Box::new),
            correction: new.kind.correction(),
            provisional: code.provisional,
            confirmed_by_holder: new.confirmed_by_holder,
            consequence_confirmed: new.consequence_confirmed,
            symbol: Box::new(SignedSymbol::of(&payload).map_err(|_| DeskError::KeyWrong)?),
        };
        let key = new.kind.idempotency_key(reading.at.day());
        let act = operator.act(Some(key), Some(new.number.clone()), Some(&new.case_number), body);
        let mut act = act.proved(&new.proof).answered(new.answer.clone());
        let author = self.core.identity.author();
        if let Some(supervisor) = supervisor {
            supervisor.confirm(&mut act, author)?;
        }
        deciding.allowed(&act, &new.number, &self.core.policy())?;
        let operation = store::operation::append(write, author, reading, &operator.session, act).await?;
        deciding.write_ends(write, &operation, outcome).await?;
        // Whatever the rules granted, it is provisional until the receipt is here.
        let written = Code { provisional: true, ..code.clone() };
        let origin = Origin {
            epoch: operation.epoch,
            seq: operation.seq,
            case_number: Some(&new.case_number),
            payload: &payload,
            counts_for: outcome.counts_for,
            correction: new.kind.correction(),
        };
        store::code::put_issued(write, citizen_ref, &written, &origin, reading.at).await?;
        let event = match new.kind {
            IssueKind::New { .. } => Event::Issue,
            IssueKind::Replacement { .. } => Event::Replace,
        };
        let detail = code.serial.to_string();
        audit::append(write, reading, &operator.entry(event, Some(&new.case_number), &detail)).await?;
        Ok(Issued {
            seq: operation.seq,
            serial: code.serial,
            action: new.kind.action(),
            issued_at: code.issued_at,
            valid_through: code.valid_through,
            payload,
            case_number: new.case_number.clone(),
            provisional: true,
            takes_effect: outcome.takes_effect,
        })
    }

    /// Returns the code that an earlier request with the same idempotency key issued.
    async fn issued_before(&self, write: &mut Write, operation: &Operation) -> Result<Issued, DeskError> {
        let OpBody::Issue { serial, action, .. } = &operation.body else {
            return Err(DeskError::DatabaseDamaged);
        };
        let local = store::code::get(write, *serial).await?.ok_or(DeskError::CodeUnknown)?;
        if local.code.state != CodeState::Live {
            return Err(Refusal::CodeNotLive.into());
        }
        Ok(Issued {
            seq: operation.seq,
            serial: *serial,
            action: *action,
            issued_at: local.code.issued_at,
            valid_through: local.code.valid_through,
            payload: local.payload.ok_or(DeskError::DatabaseDamaged)?,
            case_number: operation.case_number.clone().unwrap_or_default(),
            provisional: local.code.provisional,
            takes_effect: if local.waits { TakesEffect::AtNextSynchronisation } else { TakesEffect::AtOnce },
        })
    }
}

/// Returns the command the rules decide on. A blind desk knows no codes, so to the rules every
/// issue is a first one there; the operation still says what the citizen asked for, and the centre
/// applies the action that fits.
fn command(new: &IssueRequest, serial: Serial, deciding: &Deciding) -> Command {
    let IssueRequest { confirmed_by_holder, consequence_confirmed, .. } = *new;
    let guardian_recorded = new.agent.as_ref().is_some_and(|agent| agent.role == AgentRole::Guardian);
    match new.kind {
        IssueKind::Replacement { correction } => Command::Replace {
            serial,
            correction,
            confirmed_by_holder,
            consequence_confirmed,
            guardian_recorded,
        },
        IssueKind::New { action } => {
            let blind = deciding.known.cached.is_none() && deciding.holder.codes.is_empty();
            let action = if blind && action.counts_for_the_day() {
                fitting_action(&deciding.holder, deciding.now.at.day())
            } else {
                action
            };
            Command::Issue { action, serial, confirmed_by_holder, consequence_confirmed, guardian_recorded }
        }
    }
}
