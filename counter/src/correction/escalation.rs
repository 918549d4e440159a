//! What kiosk or portal sent to the window (转来): listed, and closed where nothing is wrong.

use super::{Corrections, parse_id};
use crate::{
    case::CaseInHand,
    core::Core,
    format::time_text,
    view::{EscalationView, Failure},
};
use desk::{Desk, store::Page};
use rules::{Refusal, Sensitive, correction::Dismissal, permission::Duty, wire::Escalation};
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
        let escalations = desk.correction.escalations(page).await?.rows;
        Ok(escalations
            .into_iter()
            .map(|escalation| EscalationView {
                id: escalation.id.to_string(),
                masked_name: escalation.masked_name,
                masked_number: escalation.number.masked(),
                field: escalation.field,
                channel: escalation.channel,
                at: time_text(escalation.at),
                remark: escalation.remark.map(Sensitive::into_exposed),
            })
            .collect())
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
