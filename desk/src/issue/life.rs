//! What happens to codes there are: loss (挂失), reprint (二次打印), void (作废).

use super::{Issuing, deciding::Deciding};
use crate::{
    error::DeskError,
    session::{Operator, Reauthenticated},
    store::{
        self,
        audit::{self, Event},
    },
};
use rules::{
    At, Day, Refusal,
    handwriting::CitizenAnswer,
    life::{Action, Code, Command, Serial, TakesEffect, check_void_reason, decide},
    op::{Agent, OpBody},
    payload,
    person::{IdNumber, Name},
    proof::Proof,
};
use uuid::Uuid;

/// A loss, written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LossReported {
    /// Seq of the operation.
    pub seq: u64,
    /// L9: at once, or at the next synchronisation.
    pub takes_effect: TakesEffect,
}

/// One more copy of a live code.
#[derive(Clone, Debug)]
pub struct ReprintRequest {
    /// Number of the case.
    pub case_number: String,
    /// Serial of the code.
    pub serial: Serial,
    /// Idempotency key of this copy: the same request sent again gets the same copy.
    pub idempotency_key: Uuid,
    /// Number of the citizen.
    pub number: IdNumber,
    /// How the citizen was proved.
    pub proof: Proof,
    /// Name as it will be printed.
    pub name: Name,
    /// Who collects the copy for the holder (E10).
    pub agent: Option<Agent>,
}

/// What to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reprinted {
    /// Seq of the operation.
    pub seq: u64,
    /// Serial of the code.
    pub serial: Serial,
    /// When it was issued.
    pub issued_at: At,
    /// Last valid day.
    pub valid_through: Day,
    /// Text of the symbol.
    pub payload: String,
}

/// A code to be voided, by a supervisor.
#[derive(Clone, Debug)]
pub struct VoidRequest {
    /// Number of the case.
    pub case_number: String,
    /// Serial of the code.
    pub serial: Serial,
    /// Number of the holder.
    pub number: IdNumber,
    /// Reason of the supervisor.
    pub reason: String,
}

/// A code voided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voided {
    /// Seq of the operation.
    pub seq: u64,
    /// When scanners see it as ended (L9).
    pub takes_effect: TakesEffect,
}

/// On whose word a code ends.
enum By<'a> {
    /// The citizen's, who was proved.
    Proof(&'a Proof, Option<CitizenAnswer>),
    /// The supervisor's own.
    Supervisor(Box<Reauthenticated>),
}

impl Issuing {
    /// Reports a loss. Allowed whatever the clock and the line are like (L10, L11).
    ///
    /// # Errors
    /// Returns the [`rules::Refusal`] of the rules, [`DeskError::CaseUnknown`] if there is no such
    /// case, and a database error if the store fails.
    pub async fn report_loss(
        &self,
        operator: &Operator,
        case_number: &str,
        holder: (&IdNumber, &Proof),
        serial: Serial,
        consequence_confirmed: bool,
    ) -> Result<LossReported, DeskError> {
        let loss = (serial, consequence_confirmed);
        self.report_loss_by(operator, case_number, holder, loss, (None, None)).await
    }

    /// Works as [`Issuing::report_loss`], by somebody who acts for the holder and is on record, and
    /// with what they answered on the citizen window. No binding is asked for: a loss is never kept
    /// waiting (E10).
    ///
    /// # Errors
    /// Returns the errors of [`Issuing::report_loss`].
    pub async fn report_loss_by(
        &self,
        operator: &Operator,
        case_number: &str,
        (number, proof): (&IdNumber, &Proof),
        (serial, consequence_confirmed): (Serial, bool),
        (agent, answer): (Option<Agent>, Option<CitizenAnswer>),
    ) -> Result<LossReported, DeskError> {
        operator.may(Action::ReportLoss.duty())?;
        let command = Command::ReportLoss { serial, consequence_confirmed };
        let body = OpBody::ReportLoss { serial, agent: agent.map(Box::new), consequence_confirmed };
        let (seq, takes_effect) = self
            .end_code(
                (operator, By::Proof(proof, answer)),
                case_number,
                number,
                (&command, body),
                Event::ReportLoss,
            )
            .await?;
        Ok(LossReported { seq, takes_effect })
    }

    /// Voids a code: the supervisor who has just given the password again signs it themselves, with
    /// a reason, at their own window or at the clerk's (A4).
    ///
    /// # Errors
    /// Returns the errors of [`Issuing::report_loss`].
    pub async fn void(&self, proof: Reauthenticated, request: &VoidRequest) -> Result<Voided, DeskError> {
        let operator = proof.operator().clone();
        operator.may(Action::Void.duty())?;
        check_void_reason(&request.reason)?;
        let command = Command::Void { serial: request.serial };
        let body = OpBody::Void { serial: request.serial, reason: request.reason.clone() };
        let VoidRequest { case_number, number, .. } = request;
        let (seq, takes_effect) = self
            .end_code(
                (&operator, By::Supervisor(Box::new(proof))),
                case_number,
                number,
                (&command, body),
                Event::Void,
            )
            .await?;
        Ok(Voided { seq, takes_effect })
    }

    async fn end_code(
        &self,
        (operator, by): (&Operator, By<'_>),
        case_number: &str,
        number: &IdNumber,
        (command, body): (&Command, OpBody),
        event: Event,
    ) -> Result<(u64, TakesEffect), DeskError> {
        let serial = store::queue::serial_of(&body).ok_or(DeskError::CodeUnknown)?;
        let key = format!("{} {serial}", store::operation::kind(&body));
        let mut write = self.core.store.write().await?;
        if let Some(before) =
            store::operation::by_idempotency_key(&mut write, Some(case_number), &key).await?
        {
            let decided = store::receipt::verdict(&mut write, before.epoch, before.seq).await?.is_some();
            let effect = if decided { TakesEffect::AtOnce } else { TakesEffect::AtNextSynchronisation };
            return Ok((before.seq, effect));
        }
        store::case_file::require(&mut write, case_number).await?;
        let deciding = Deciding::read(&self.core, &mut write, number, None).await?;
        let outcome = decide(&deciding.holder, command, &deciding.now, &self.core.policy())?;
        let author = self.core.identity.author();
        let mut new = operator.act(Some(key), Some(number.clone()), Some(case_number), body);
        match by {
            By::Proof(proof, answer) => {
                new = new.proved(proof).answered(answer);
                deciding.allowed(&new, number, &self.core.policy())?;
            }
            By::Supervisor(supervisor) => supervisor.sign(&mut new, author)?,
        }
        let operation =
            store::operation::append(&mut write, author, &deciding.reading, &operator.session, new).await?;
        deciding.write_ends(&mut write, &operation, &outcome).await?;
        let detail = serial.to_string();
        audit::append(&mut write, &deciding.reading, &operator.entry(event, Some(case_number), &detail))
            .await?;
        self.core.commit(write).await?;
        Ok((operation.seq, outcome.takes_effect))
    }

    /// Prints one more copy: the very symbol that was signed when the code was issued, here or
    /// elsewhere (B1). Sheet and symbol must say the same, so a holder who is called otherwise now
    /// gets a new code.
    ///
    /// # Errors
    /// Returns the [`rules::Refusal`] of the rules, among them [`Refusal::SymbolOutdated`],
    /// [`DeskError::SymbolNotHere`] if neither this desk nor its view of the citizen has the
    /// symbol, [`DeskError::NameNotPrintable`] if no print font has the name (N5), and a database
    /// error if the store fails.
    pub async fn reprint(
        &self,
        operator: &Operator,
        request: &ReprintRequest,
    ) -> Result<Reprinted, DeskError> {
        operator.may(Action::Reprint.duty())?;
        request.name.check_mapped()?;
        let missing = self.core.printable.missing_glyphs(&request.name);
        if !missing.is_empty() {
            return Err(DeskError::NameNotPrintable(rules::Sensitive::new(missing)));
        }
        let ReprintRequest { case_number, serial, number, name, .. } = request;
        let key = format!("reprint {}", request.idempotency_key);
        let mut write = self.core.store.write().await?;
        let before = store::operation::by_idempotency_key(&mut write, Some(case_number), &key).await?;
        store::case_file::require(&mut write, case_number).await?;
        let deciding = Deciding::read(&self.core, &mut write, number, None).await?;
        let known = deciding.known.codes.iter().find(|known| known.code.serial == *serial);
        let known = known.cloned().ok_or(Refusal::UnknownCode)?;
        // Decided again for a repeated request, too: a code that has ended since gets no copy.
        let command = Command::Reprint { serial: *serial };
        decide(&deciding.holder, &command, &deciding.now, &self.core.policy())?;
        let payload = known.payload.clone().ok_or(DeskError::SymbolNotHere)?;
        let claims = payload::decode(&payload).map_err(|_| DeskError::SymbolNotHere)?.claims;
        if claims.masked_name != name.masked() || claims.masked_number != number.masked() {
            return Err(Refusal::SymbolOutdated.into());
        }
        let seq = match before {
            Some(operation) => operation.seq,
            None => {
                let body = OpBody::Reprint { serial: *serial, agent: request.agent.clone().map(Box::new) };
                let new = operator.act(Some(key), Some(number.clone()), Some(case_number), body);
                let new = new.proved(&request.proof);
                deciding.allowed(&new, number, &self.core.policy())?;
                let (author, reading) = (self.core.identity.author(), &deciding.reading);
                let operation =
                    store::operation::append(&mut write, author, reading, &operator.session, new).await?;
                store::code::put_seen(&mut write, Some(&deciding.citizen_ref), &known.code, reading.at)
                    .await?;
                store::code::count_copy(&mut write, *serial, reading.at).await?;
                let detail = serial.to_string();
                let entry = operator.entry(Event::Reprint, Some(case_number), &detail);
                audit::append(&mut write, reading, &entry).await?;
                operation.seq
            }
        };
        self.core.commit(write).await?;
        let Code { issued_at, valid_through, .. } = known.code;
        Ok(Reprinted { seq, serial: *serial, issued_at, valid_through, payload })
    }
}
