//! Synchronisation: started once the desk is open, and its events passed on.

use crate::{
    case::CaseInHand,
    core::{Core, CounterEvent},
    visit::Visits,
};
use desk::{Desk, sync::SyncEvent};
use std::{sync::Arc, time::Duration};
use tokio::sync::broadcast::error::RecvError;

/// How often session and kit are looked at: their ends are no event of anything else.
const END_LOOK: Duration = Duration::from_secs(5);

/// Synchronisation of the desk, and the case it changes.
pub(crate) struct Synchronisation {
    core: Arc<Core>,
    case: Arc<CaseInHand>,
    visit: Arc<Visits>,
}

impl Synchronisation {
    pub(crate) fn new(core: Arc<Core>, case: Arc<CaseInHand>, visit: Arc<Visits>) -> Self {
        Self { core, case, visit }
    }

    /// Starts synchronisation and follows it.
    pub(crate) fn start(self: &Arc<Self>, desk: &Arc<Desk>) {
        tokio::spawn(desk.clone().run_sync());
        tokio::spawn(self.clone().follow_sync(desk.clone()));
        tokio::spawn(self.clone().follow_ends(desk.clone()));
    }

    /// Tells the page when the session of who is logged in has ended, by time or by the centre's
    /// word, and closes the kit of a home visit at its end.
    async fn follow_ends(self: Arc<Self>, desk: Arc<Desk>) {
        let mut was_locked = false;
        loop {
            tokio::time::sleep(END_LOOK).await;
            self.visit.wipe_ended(&desk).await;
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
