//! Brings the kit back: everything is at the centre, the kit is wiped, the sheets are accounted
//! for, and the centre hears of it.

use super::{Visit, VisitAct, VisitReport, Visits};
use crate::{
    centre::CallError,
    error::DeskError,
    session::Operator,
    store::{
        self, Connection,
        audit::{self, Event},
        queue::QueueState,
        receipt::ReceiptOutcome,
    },
};
use rules::{
    At, Refusal,
    permission::Duty,
    visit::{SheetCount, VisitState},
    wire::{ProtocolError, VisitReturnRequest},
};

impl Visits {
    /// Returns the kit with so many unused sheets: wipes it, keeps the report, and tells the
    /// centre. A visit that is back already tells the centre again.
    ///
    /// # Errors
    /// Returns [`DeskError::VisitUnknown`] if no kit is out, [`Refusal::VisitNotHandedOver`] while
    /// something waits for the centre, [`Refusal::VisitSheetsOff`] for more sheets than were taken,
    /// trouble with the line, after which the visit is back and the same call goes on,
    /// [`Refusal::NotPermitted`] if no role of the operator allows it, and a database error if the
    /// store fails.
    pub async fn bring_back(&self, operator: &Operator, unused: u32) -> Result<(), DeskError> {
        operator.may(Duty::Serve)?;
        let _turn = self.turn.lock().await;
        let visit = self.under_way().await?.ok_or(DeskError::VisitUnknown)?;
        self.require_token()?;
        let visit = match visit.state {
            VisitState::Choosing | VisitState::Returned => return Err(DeskError::VisitUnknown),
            VisitState::Fetching | VisitState::Out => self.close(operator, visit, unused).await?,
            VisitState::Back => visit,
        };
        self.tell(operator, visit).await
    }

    /// Wipes the kit and keeps the report.
    async fn close(&self, operator: &Operator, mut visit: Visit, unused: u32) -> Result<Visit, DeskError> {
        let reading = self.core.clock.read();
        let mut write = self.core.store.write().await?;
        let waits = store::outbox::depth(&mut write).await?.waiting > 0
            || store::blob::next_upload(&mut write).await?.is_some();
        if waits {
            return Err(Refusal::VisitNotHandedOver.into());
        }
        let report = self.report(&mut write, operator, &visit, (unused, reading.at)).await?;
        if report.sheets.missing() < 0 {
            return Err(Refusal::VisitSheetsOff.into());
        }
        (visit.state, visit.report) = (VisitState::Back, Some(report));
        visit.wiped_at = visit.wiped_at.or(Some(reading.at));
        store::visit::wipe(&mut write, visit.id, reading.at).await?;
        store::visit::put(&mut write, &visit, reading.at).await?;
        let detail = visit.id.to_string();
        let entry = operator.entry(Event::VisitWiped, visit.case_number.as_deref(), &detail);
        audit::append(&mut write, &reading, &entry).await?;
        write.commit().await?;
        self.core.set_kit_ends(None);
        Ok(visit)
    }

    async fn report(
        &self,
        connection: &mut Connection,
        operator: &Operator,
        visit: &Visit,
        (unused, now): (u32, At),
    ) -> Result<VisitReport, DeskError> {
        let people = store::visit::people(&mut *connection, visit).await?;
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let mut sheets = SheetCount { taken: visit.sheets, unused, ..SheetCount::default() };
        let mut done = Vec::new();
        if let Some(taken_at) = visit.taken_at {
            (sheets.good, sheets.spoilt, sheets.open) =
                store::visit::printed_since(&mut *connection, taken_at).await?;
            let received = store::sync_state::get(&mut *connection).await?.received_through;
            for case_number in store::visit::cases_since(&mut *connection, taken_at).await? {
                for row in store::queue::of_case(&mut *connection, &case_number, received).await? {
                    let Some(action) = row.action.filter(|_| row.at >= taken_at) else { continue };
                    let accepted = row.state == QueueState::Decided(ReceiptOutcome::Accepted);
                    done.push(VisitAct { case_number: case_number.clone(), action, at: row.at, accepted });
                }
            }
        }
        Ok(VisitReport {
            people: count(people.len()),
            in_kit: count(people.iter().filter(|person| person.in_kit).count()),
            served: count(people.iter().filter(|person| person.served).count()),
            done,
            sheets,
            back_at: now,
            back_by: operator.staff.clone(),
        })
    }

    /// Tells the centre that the kit came back. One that it does not know is forgotten there.
    async fn tell(&self, operator: &Operator, mut visit: Visit) -> Result<(), DeskError> {
        let outcome = match self.tell_centre(&visit).await {
            Ok(()) => "ok",
            Err(CallError::Refused(ProtocolError::NotFound)) => "not_known",
            Err(error) => {
                if matches!(error, CallError::Unreachable(_)) {
                    self.core.sync.note_lost();
                }
                return Err(error.into());
            }
        };
        let reading = self.core.clock.read();
        visit.state = VisitState::Returned;
        let mut write = self.core.store.write().await?;
        store::visit::put(&mut write, &visit, reading.at).await?;
        store::visit::forget_people(&mut write, visit.id).await?;
        let detail = visit.id.to_string();
        let entry = operator.entry(Event::VisitBack, visit.case_number.as_deref(), &detail);
        audit::append(&mut write, &reading, &audit::Entry { outcome, ..entry }).await?;
        write.commit().await
    }

    async fn tell_centre(&self, visit: &Visit) -> Result<(), CallError> {
        let report = visit.report.as_ref().ok_or(CallError::Malformed("report"))?;
        let request = VisitReturnRequest { visit: visit.id, served: report.served, sheets: report.sheets };
        let now = self.core.clock.read().at;
        self.core.centre.return_kit(&request, self.session.token(), now).await.map(|_| ())
    }

    /// Tells the centre once more of the visit before.
    pub(super) async fn tell_last_again(&self) -> Result<(), DeskError> {
        let last = store::visit::last_returned(&mut *self.core.store.read().await?).await?;
        if let Some(last) = last
            && let Err(error) = self.tell_centre(&last).await
        {
            tracing::warn!(?error, "the visit before was not told again");
        }
        Ok(())
    }
}
