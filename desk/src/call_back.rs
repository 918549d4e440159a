//! Calls to citizens (回访): a phone is left for one case, and whoever was away when something was
//! decided is called.

use crate::{
    core::Core,
    error::DeskError,
    session::Operator,
    store::{
        self, Page, Rows,
        audit::{self, Event},
        call_back::{CallMade, CallSubject, DueCall},
    },
};
use rules::{
    Sensitive,
    call_back::{CallOutcome, read_phone},
    permission::Duty,
    person::mask_phone,
};
use std::sync::Arc;

/// Component for calls to citizens.
pub struct CallBacks {
    core: Arc<Core>,
}

impl CallBacks {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Keeps a phone for this case only, in the place of the one before; `None` forgets it. It is
    /// sealed, goes with the case, and is in no operation and no audit row.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::PhoneMalformed`], [`rules::Refusal::NotPermitted`],
    /// [`DeskError::CaseUnknown`] if there is no such case, and a database error if the store
    /// fails.
    pub async fn leave_phone(
        &self,
        operator: &Operator,
        case_number: &str,
        typed: Option<&Sensitive<String>>,
    ) -> Result<(), DeskError> {
        operator.may(Duty::Serve)?;
        let phone = typed.map(|typed| read_phone(typed.expose())).transpose()?;
        let reading = self.core.clock.read();
        let mut write = self.core.store.write().await?;
        store::case_file::require(&mut write, case_number).await?;
        let detail = match &phone {
            Some(phone) => {
                self.core.store.put_phone(&mut write, case_number, phone, reading.at).await?;
                "left"
            }
            None => {
                store::call_back::remove_phone(&mut write, case_number).await?;
                "removed"
            }
        };
        let entry = operator.entry(Event::PhoneLeft, Some(case_number), detail);
        audit::append(&mut write, &reading, &entry).await?;
        write.commit().await
    }

    /// Returns the phone that was left for a case, masked (M3).
    ///
    /// # Errors
    /// Returns [`DeskError::BlobDamaged`] if it was altered, and a database error if the store
    /// fails.
    pub async fn masked_phone(&self, case_number: &str) -> Result<Option<String>, DeskError> {
        let mut read = self.core.store.read().await?;
        let phone = self.core.store.phone(&mut read, case_number).await?;
        Ok(phone.map(|phone| mask_phone(phone.expose())))
    }

    /// Returns a page of those to be called, the longest decided first.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`], and a database error if the store fails.
    pub async fn due(&self, operator: &Operator, page: Page) -> Result<Rows<DueCall>, DeskError> {
        operator.may(Duty::Serve)?;
        store::call_back::due(&mut *self.core.store.read().await?, page).await
    }

    /// Returns the calls about one subject, oldest first.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn made(&self, subject: CallSubject) -> Result<Vec<CallMade>, DeskError> {
        store::call_back::of_subject(&mut *self.core.store.read().await?, subject).await
    }

    /// Shows the phone of somebody to be called in full; audited.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`], [`DeskError::CallUnknown`] if nobody is to be
    /// called about it, and a database error if the store fails.
    pub async fn show_phone(
        &self,
        operator: &Operator,
        subject: CallSubject,
    ) -> Result<Sensitive<String>, DeskError> {
        operator.may(Duty::Unmask)?;
        let reading = self.core.clock.read();
        let mut write = self.core.store.write().await?;
        let due = store::call_back::due_one(&mut write, subject).await?.ok_or(DeskError::CallUnknown)?;
        let phone = self.core.store.phone(&mut write, &due.case_number).await?;
        let phone = phone.ok_or(DeskError::CallUnknown)?;
        let detail = subject.to_string();
        let entry = operator.entry(Event::PhoneShown, Some(&due.case_number), &detail);
        audit::append(&mut write, &reading, &entry).await?;
        write.commit().await?;
        Ok(phone)
    }

    /// Writes down what came of a call. Once the citizen was told, the phone goes with the case.
    ///
    /// # Errors
    /// Returns the errors of [`CallBacks::show_phone`].
    pub async fn record(
        &self,
        operator: &Operator,
        subject: CallSubject,
        outcome: CallOutcome,
    ) -> Result<(), DeskError> {
        operator.may(Duty::Serve)?;
        let reading = self.core.clock.read();
        let mut write = self.core.store.write().await?;
        let due = store::call_back::due_one(&mut write, subject).await?.ok_or(DeskError::CallUnknown)?;
        let call = CallMade { outcome, operator: operator.staff.clone(), at: reading.at };
        store::call_back::put(&mut write, &due, &call).await?;
        store::call_back::forget_phones(&mut write).await?;
        let detail = format!("{subject} {}", store::to_word(&outcome)?);
        let entry = operator.entry(Event::CallMade, Some(&due.case_number), &detail);
        audit::append(&mut write, &reading, &entry).await?;
        write.commit().await
    }
}
