//! Counts for the status line, each answered by one look into the store.

use crate::{
    core::Core,
    error::DeskError,
    line::LineStatus,
    store::{self, Page, correction::CorrectionFilter, outbox::Depth},
};
use rules::{At, correction::overdue_before};
use std::sync::Arc;

/// Line, queue and clock, for the status line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncStatus {
    /// State of the line and when it began.
    pub line: LineStatus,
    /// The centre's time at the last contact.
    pub last_contact: Option<At>,
    /// Operations without a receipt.
    pub depth: Depth,
    /// Conflicts that nobody has resolved.
    pub conflicts: u32,
    /// Whether this desk's clock was set back (L10).
    pub clock_set_back: bool,
    /// The centre's time minus this desk's, ms (L10).
    pub clock_offset_ms: i64,
}

/// Component that counts what waits.
pub struct Counts {
    core: Arc<Core>,
}

const NO_ROWS: Page = Page { offset: 0, limit: 0 };

impl Counts {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Returns line, queue and clock, for the status line.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn sync_status(&self) -> Result<SyncStatus, DeskError> {
        let reading = self.core.clock.read();
        let mut read = self.core.store.read().await?;
        Ok(SyncStatus {
            line: self.core.sync.status(),
            last_contact: reading.last_contact,
            depth: store::outbox::depth(&mut read).await?,
            conflicts: store::conflict::open_count(&mut read).await?,
            clock_set_back: reading.set_back,
            clock_offset_ms: reading.contact_offset_ms,
        })
    }

    /// Returns how many operations have no receipt, and since when the oldest waits.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn queue_depth(&self) -> Result<Depth, DeskError> {
        store::outbox::depth(&mut *self.core.store.read().await?).await
    }

    /// Returns whether the centre's audit log contradicts what this desk has seen of it (D2).
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn is_centre_rewritten(&self) -> Result<bool, DeskError> {
        let held = store::tree_head::get(&mut *self.core.store.read().await?).await?;
        Ok(held.is_some_and(|held| held.contradicted_at.is_some()))
    }

    /// Returns how many conflicts nobody has resolved.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn open_conflicts(&self) -> Result<u32, DeskError> {
        store::conflict::open_count(&mut *self.core.store.read().await?).await
    }

    /// Returns how many corrections wait for an approver.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn waiting_approvals(&self) -> Result<u32, DeskError> {
        let overdue_before = overdue_before(self.core.clock.read().at);
        let filter = CorrectionFilter::Submitted { overdue_before };
        let mut read = self.core.store.read().await?;
        Ok(store::correction::page(&mut read, filter, NO_ROWS).await?.total)
    }

    /// Returns how many citizens are to be called.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn calls_due(&self) -> Result<u32, DeskError> {
        let mut read = self.core.store.read().await?;
        Ok(store::call_back::due(&mut read, NO_ROWS).await?.total)
    }

    /// Returns how many escalations of the site are open.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn open_escalations(&self) -> Result<u32, DeskError> {
        let mut read = self.core.store.read().await?;
        Ok(store::escalation::page(&mut read, NO_ROWS).await?.total)
    }
}
