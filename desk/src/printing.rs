//! Prints: asked for, what spooler and printer said, confirmed in hand. The PDF and the printer are
//! the shell's.

use crate::{
    core::Core,
    error::DeskError,
    session::Operator,
    store::{
        self,
        audit::{self, Event},
        print_job::{InHand, NewPrint},
    },
};
use rules::{Refusal, op::OpBody, permission::Duty, window::Paper};
use std::sync::Arc;
use uuid::Uuid;

/// Checks who may print what: a test page belongs to the check of devices, every other paper to
/// serving or closing the day.
fn may_print(operator: &Operator, paper: Paper) -> Result<(), Refusal> {
    match paper {
        Paper::TestPage => operator.may(Duty::CheckDevices),
        Paper::Sheet
        | Paper::Receipt
        | Paper::Notice
        | Paper::DayReport
        | Paper::HandOverList
        | Paper::ResultList
        | Paper::ReturnReport => operator.may(Duty::Serve).or_else(|_| operator.may(Duty::Journal)),
    }
}

/// Component that records prints.
pub struct Printing {
    core: Arc<Core>,
}

impl Printing {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Records that a paper is about to be sent to the printer.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] if no role of the operator allows it, and a
    /// database error if the store fails.
    pub async fn ask(&self, operator: &Operator, new: &NewPrint<'_>) -> Result<Uuid, DeskError> {
        may_print(operator, new.paper)?;
        let reading = self.core.clock.read();
        let mut write = self.core.store.write().await?;
        let id = store::print_job::ask(&mut write, &reading, &operator.staff, new).await?;
        let detail = id.to_string();
        audit::append(&mut write, &reading, &operator.entry(Event::PrintAsked, new.case_number, &detail))
            .await?;
        write.commit().await?;
        Ok(id)
    }

    /// Records what spooler and printer said.
    ///
    /// # Errors
    /// Returns [`DeskError::PrintUnknown`] if there is no such print, and a database error if the
    /// store fails.
    pub async fn record_state(&self, id: Uuid, state: &str, reasons: &str) -> Result<(), DeskError> {
        let mut write = self.core.store.write().await?;
        store::print_job::put_state(&mut write, id, state, reasons).await?;
        let detail = format!("{id} {state} {reasons}");
        let entry = audit::Entry::of_program(Event::PrintState, "ok", &detail);
        audit::append(&mut write, &self.core.clock.read(), &entry).await?;
        write.commit().await
    }

    /// Records what the clerk has in hand. A spoilt sheet is printed again without a new code (L4).
    /// Saying the same twice changes nothing.
    ///
    /// # Errors
    /// Returns [`DeskError::PrintUnknown`] if there is no such print,
    /// [`rules::Refusal::NotPermitted`] if no role of the operator allows it, and a database error
    /// if the store fails.
    pub async fn confirm(&self, operator: &Operator, id: Uuid, in_hand: InHand) -> Result<(), DeskError> {
        let reading = self.core.clock.read();
        let mut write = self.core.store.write().await?;
        let job = store::print_job::get(&mut write, id).await?.ok_or(DeskError::PrintUnknown)?;
        may_print(operator, job.paper)?;
        if !store::print_job::confirm(&mut write, id, in_hand, reading.at).await? {
            return Ok(());
        }
        if let Some(serial) = job.serial {
            let case_number = job.case_number.as_deref();
            let citizen = store::code::holder_number(&mut write, serial, case_number).await?;
            let body = OpBody::Printed { serial, good: in_hand == InHand::Good };
            let new = operator.act(None, citizen, case_number, body);
            let author = self.core.identity.author();
            store::operation::append(&mut write, author, &reading, &operator.session, new).await?;
        }
        let outcome = if in_hand == InHand::Good { "good" } else { "spoilt" };
        let detail = id.to_string();
        let entry =
            audit::Entry { outcome, ..operator.entry(Event::Printed, job.case_number.as_deref(), &detail) };
        audit::append(&mut write, &reading, &entry).await?;
        self.core.commit(write).await
    }
}
