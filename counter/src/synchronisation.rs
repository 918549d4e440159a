//! Synchronisation: started once the desk is open, and its events passed on.

use crate::{
    case::CaseInHand,
    core::{Core, CounterEvent},
};
use desk::{Desk, sync::SyncEvent};
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;

/// Synchronisation of the desk, and the case it changes.
pub(crate) struct Synchronisation {
    core: Arc<Core>,
    case: Arc<CaseInHand>,
}

impl Synchronisation {
    pub(crate) fn new(core: Arc<Core>, case: Arc<CaseInHand>) -> Self {
        Self { core, case }
    }

    /// Starts synchronisation and follows it.
    pub(crate) fn start(self: &Arc<Self>, desk: &Arc<Desk>) {
        tokio::spawn(desk.clone().run_sync());
        tokio::spawn(self.clone().follow_sync(desk.clone()));
    }

    async fn follow_sync(self: Arc<Self>, desk: Arc<Desk>) {
        let mut events = desk.sync().subscribe();
        loop {
            match events.recv().await {
                Ok(SyncEvent::Verdict { seq, verdict }) => {
                    self.case.show_verdict(&desk, seq, &verdict).await;
                    self.core.announce(CounterEvent::Case);
                    self.core.announce(CounterEvent::Lists);
                }
                Ok(SyncEvent::Changes { .. }) => {
                    self.case.refresh_citizen(&desk).await;
                    self.core.announce(CounterEvent::Case);
                    self.core.announce(CounterEvent::Lists);
                }
                Ok(SyncEvent::Line(_)) => {
                    self.case.refresh_citizen(&desk).await;
                    self.core.announce(CounterEvent::Case);
                }
                Ok(
                    SyncEvent::Received { .. }
                    | SyncEvent::Restored { .. }
                    | SyncEvent::BlobUploaded
                    | SyncEvent::ImportRefused { .. },
                ) => self.core.announce(CounterEvent::Lists),
                Ok(SyncEvent::CentreRewritten) => {}
                Ok(SyncEvent::StoreFailed { code }) => tracing::error!(code, "synchronisation cannot write"),
                Err(RecvError::Lagged(_)) => self.core.announce(CounterEvent::Lists),
                Err(RecvError::Closed) => return,
            }
            self.core.announce(CounterEvent::Status);
        }
    }
}
