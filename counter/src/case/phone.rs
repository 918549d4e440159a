//! The phone that the citizen leaves for this case, to be called if something is decided later.

use super::CaseInHand;
use crate::{
    core::CounterEvent,
    view::{CounterView, Failure, FormField},
};
use desk::{Desk, DeskError};
use rules::{Refusal, Sensitive};

impl CaseInHand {
    /// Keeps a phone for the case in hand, in the place of the one before; `None` forgets it.
    ///
    /// # Errors
    /// Not permitted; nobody in front; no phone number; the database fails.
    pub async fn leave_phone(&self, phone: Option<Sensitive<String>>) -> Result<CounterView, Failure> {
        let _permit = self.permit().await;
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let number = self.number(&desk).await?;
        let left = desk.call_back.leave_phone(&operator, &number, phone.as_ref()).await;
        left.map_err(|error| match error {
            DeskError::Refused(Refusal::PhoneMalformed) => Failure::from(error).at(FormField::Phone),
            error => error.into(),
        })?;
        self.core.announce(CounterEvent::Case);
        self.view().await
    }

    /// Returns the phone of the case in hand, masked (M3).
    pub(super) async fn masked_phone(&self, desk: &Desk) -> Result<Option<String>, Failure> {
        let number = self.state().number.clone();
        match number {
            Some(number) => Ok(desk.call_back.masked_phone(&number).await?),
            None => Ok(None),
        }
    }
}
