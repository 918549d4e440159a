//! What kiosk or portal sent to the window (转来): listed, and closed where nothing is wrong.

use super::{Corrections, parse_id};
use crate::{
    case::CaseInHand,
    core::Core,
    format::time_text,
    view::{EscalationView, Failure, FormField, FoundView},
};
use desk::{Desk, DeskError, store::Page};
use rules::{
    Refusal, Sensitive,
    correction::Dismissal,
    permission::Duty,
    wire::{Escalation, ReportNumber},
};
use std::sync::Arc;
use uuid::Uuid;

/// Escalations of this site.
pub struct Escalations {
    core: Arc<Core>,
    case: Arc<CaseInHand>,
    correction: Arc<Corrections>,
}

impl Escalations {
    pub(crate) fn new(core: Arc<Core>, case: Arc<CaseInHand>, correction: Arc<Corrections>) -> Self {
        Self { core, case, correction }
    }

    /// Returns the escalations of this site, oldest first.
    ///
    /// # Errors
    /// Not permitted; the database fails.
    pub async fn list(&self) -> Result<Vec<EscalationView>, Failure> {
        let desk = self.core.desk()?;
        desk.session.operator()?.may(Duty::Correct)?;
        let page = Page { offset: 0, limit: Page::LIMIT };
        Ok(desk.correction.escalations(page).await?.rows.into_iter().map(view).collect())
    }

    /// F3: returns what was filed under the number on a kiosk's ticket, or else the cases that
    /// [`CaseInHand::find`] finds.
    ///
    /// # Errors
    /// No such number; what was filed under it is answered; not permitted; the database fails.
    pub async fn find(&self, typed: String) -> Result<FoundView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let number = typed.parse::<ReportNumber>().ok().filter(|_| operator.may(Duty::Correct).is_ok());
        let at_number = |error: DeskError| Failure::from(error).at(FormField::CaseNumber);
        if let Some(number) = number {
            let filed = desk.correction.escalations_with(&number).await.map_err(at_number)?;
            if !filed.is_empty() {
                return Ok(FoundView {
                    cases: Vec::new(),
                    escalations: filed.into_iter().map(view).collect(),
                });
            }
            // Eight digits may be a part of a case's number. With a letter it is neither that nor a
            // name.
            if typed.contains(|one: char| one.is_ascii_alphabetic()) {
                return Err(at_number(DeskError::CaseUnknown));
            }
        }
        Ok(FoundView { cases: self.case.find(typed).await?, escalations: Vec::new() })
    }

    /// Closes an escalation without a correction; the citizen sees the reason where they filed it.
    /// Returns what still waits.
    ///
    /// # Errors
    /// Not permitted; it was answered before; a correction answers it; the database fails.
    pub async fn dismiss(&self, id: String, reason: Dismissal) -> Result<Vec<EscalationView>, Failure> {
        let _permit = self.case.permit().await;
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Correct)?;
        let filed = self.filed(&desk, parse_id(&id)?).await?;
        let case_number = self.case_of(&filed);
        desk.correction.dismiss(&operator, &filed, reason, case_number.as_deref()).await?;
        self.correction.after_step(&desk).await;
        self.list().await
    }

    /// Returns an escalation of this site, or one of the citizen in front that another site has.
    async fn filed(&self, desk: &Desk, id: Uuid) -> Result<Escalation, Failure> {
        if let Some(filed) = desk.correction.escalation(id).await? {
            return Ok(filed);
        }
        let case = self.case.state();
        let known = case.in_front().map_or(&[][..], |person| &person.citizen.escalations);
        Ok(known.iter().find(|one| one.id == id).cloned().ok_or(Refusal::EscalationClosed)?)
    }

    /// Returns the number of the case in hand, if the citizen of the escalation is in front.
    fn case_of(&self, filed: &Escalation) -> Option<String> {
        let case = self.case.state();
        let person = case.in_front()?;
        let is_theirs = person.card_holder.number.modern() == filed.number.modern();
        case.number.clone().filter(|_| is_theirs)
    }
}

fn view(escalation: Escalation) -> EscalationView {
    EscalationView {
        id: escalation.id.to_string(),
        number: ReportNumber::from(escalation.id).to_string(),
        masked_name: escalation.masked_name,
        masked_number: escalation.number.masked(),
        field: escalation.field,
        channel: escalation.channel,
        at: time_text(escalation.at),
        remark: escalation.remark.map(Sensitive::into_exposed),
    }
}
