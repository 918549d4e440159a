//! What became of this desk's operations at the centre.

use super::log::{DatabaseLog, Log as _};
use crate::{core::Core, error::DeskError, line::SyncEvent};
use rules::wire::Verdict;
use std::{sync::Arc, time::Duration};
use tokio::sync::broadcast;

/// Component that knows the centre's verdicts on this desk's operations.
pub struct Outbox {
    core: Arc<Core>,
}

impl Outbox {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Returns the centre's verdict on an operation of this enrolment, if it is here.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn verdict(&self, seq: u64) -> Result<Option<Verdict>, DeskError> {
        DatabaseLog::of(&self.core).verdict(seq).await
    }

    /// Waits for the centre's verdict on an operation, at most `timeout`. `None`: go on as
    /// provisional (L9).
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn await_verdict(&self, seq: u64, timeout: Duration) -> Result<Option<Verdict>, DeskError> {
        // Listen first, look then: a verdict between the two is not missed.
        let mut events = self.core.sync.subscribe();
        if let Some(verdict) = self.verdict(seq).await? {
            return Ok(Some(verdict));
        }
        match tokio::time::timeout(timeout, next_verdict(&mut events, seq)).await {
            Ok(Some(verdict)) => Ok(Some(verdict)),
            Ok(None) | Err(_) => self.verdict(seq).await,
        }
    }
}

/// Waits until an event tells the verdict on an operation. `None`: some events were missed.
async fn next_verdict(events: &mut broadcast::Receiver<SyncEvent>, seq: u64) -> Option<Verdict> {
    loop {
        match events.recv().await {
            Ok(SyncEvent::Verdict { seq: decided, verdict }) if decided == seq => return Some(verdict),
            Ok(_) => {}
            Err(_) => return None,
        }
    }
}
