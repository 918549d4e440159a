//! Reports from kiosk and portal that need no correction (不予更正).

use super::Corrections;
use crate::{
    citizen::Known,
    error::DeskError,
    session::Operator,
    store::{
        self,
        audit::{self, Event},
    },
};
use rules::{
    correction::{Dismissal, may_dismiss},
    op::OpBody,
    permission::Duty,
    wire::Escalation,
};

impl Corrections {
    /// Closes an escalation without a correction. The centre decides again, and tells the citizen
    /// where they filed it. Done already, it is not done twice.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::EscalationClosed`] or [`rules::Refusal::CorrectionOpen`] if it is
    /// or will be answered, [`rules::Refusal::NotPermitted`] if no role of the operator allows it,
    /// and a database error if the store fails.
    pub async fn dismiss(
        &self,
        operator: &Operator,
        filed: &Escalation,
        reason: Dismissal,
        case_number: Option<&str>,
    ) -> Result<(), DeskError> {
        operator.may(Duty::Correct)?;
        let citizen_ref = self.core.citizen_ref(&filed.number);
        let mut write = self.core.store.write().await?;
        let reading = self.core.clock.read();
        // What this desk did or heard meanwhile counts more than what was on the screen.
        let filed = store::escalation::get(&mut write, filed.id).await?.unwrap_or_else(|| filed.clone());
        let known = Known::read(&mut write, &citizen_ref, &self.core, &reading).await?;
        may_dismiss(filed.closed, known.corrections(), filed.field)?;
        let body = OpBody::EscalationDismissed { id: filed.id, reason };
        let key = format!("dismiss {}", filed.id);
        let new = operator.act(Some(key), Some(filed.number.clone()), case_number, body);
        let author = self.core.identity.author();
        store::operation::append(&mut write, author, &reading, &operator.session, new).await?;
        let detail = filed.id.to_string();
        let closed = Escalation { closed: true, dismissed: Some(reason), ..filed };
        store::escalation::put(&mut write, &citizen_ref, &closed).await?;
        let entry = operator.entry(Event::EscalationDismissed, case_number, &detail);
        audit::append(&mut write, &reading, &entry).await?;
        self.core.commit(write).await
    }
}
