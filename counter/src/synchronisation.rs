//! Synchronisation: started once the desk is open, and its events passed on.

use crate::{
    case::CaseInHand,
    core::{Core, CounterEvent},
};
use desk::{Desk, sync::SyncEvent};
use std::{sync::Arc, time::Duration};
use tokio::sync::broadcast::error::RecvError;

/// How often the session is looked at: its end is no event of anything else.
const SESSION_LOOK: Duration = Duration::from_secs(5);

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
        tokio::spawn(self.clone().follow_session(desk.clone()));
    }

    /// Tells the page when the session of who is logged in has ended, by time or by the centre's
    /// word.
    async fn follow_session(self: Arc<Self>, desk: Arc<Desk>) {
        let mut was_locked = false;
        loop {
            tokio::time::sleep(SESSION_LOOK).await;
            let is_locked = desk.session.locked_by().is_some();
            if is_locked && !was_locked {
                self.core.announce(CounterEvent::Status);
            }
            was_locked = is_locked;
        }
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
