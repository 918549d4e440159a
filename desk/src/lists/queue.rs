//! The queue (同步队列): operations and what the centre decided on them.

use crate::{
    core::Core,
    error::DeskError,
    session::Operator,
    store::{
        self, Page, Rows,
        queue::{QueueFilter, QueueRow},
    },
};
use rules::{issuing::Issued, permission::Duty, wire::Receipt};
use std::sync::Arc;

/// Component for the queue.
pub struct Queue {
    core: Arc<Core>,
}

impl Queue {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Returns a page of the queue.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] if no role of the operator allows it, and a
    /// database error if the store fails.
    pub async fn page(
        &self,
        operator: &Operator,
        filter: QueueFilter,
        case: &str,
        page: Page,
    ) -> Result<Rows<QueueRow>, DeskError> {
        operator.may(Duty::ViewQueue)?;
        let mut read = self.core.store.read().await?;
        let state = store::sync_state::get(&mut read).await?;
        store::queue::page(&mut read, (filter, case), page, state.received_through).await
    }

    /// Returns an operation of the current epoch.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn get(&self, seq: u64) -> Result<Option<QueueRow>, DeskError> {
        let mut read = self.core.store.read().await?;
        let state = store::sync_state::get(&mut read).await?;
        store::queue::one(&mut read, self.core.identity.author().epoch, seq, state.received_through).await
    }

    /// Returns the signed receipt batch with an operation's receipt, to be shown or handed over as
    /// proof.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn receipt_proof(&self, seq: u64) -> Result<Option<Issued<Vec<Receipt>>>, DeskError> {
        let mut read = self.core.store.read().await?;
        store::receipt::proof(&mut read, self.core.identity.author().epoch, seq).await
    }

    /// Returns everything done in a case, oldest first.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn of_case(&self, case_number: &str) -> Result<Vec<QueueRow>, DeskError> {
        let mut read = self.core.store.read().await?;
        let state = store::sync_state::get(&mut read).await?;
        store::queue::of_case(&mut read, case_number, state.received_through).await
    }
}
