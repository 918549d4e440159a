//! The handle to synchronisation: what the rest of the desk sees of it and may ask of it.

use super::{Line, Stop};
use rules::{At, DeviceNumber, wire::Verdict};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, broadcast, watch};

/// State of the line and when it began, for the status line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineStatus {
    /// State of the line to the centre.
    pub line: Line,
    /// When that began, by the trusted clock.
    pub since: At,
}

/// What synchronisation tells the screens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncEvent {
    /// The line changed.
    Line(LineStatus),
    /// The centre decided on an operation.
    Verdict {
        /// Seq of the operation.
        seq: u64,
        /// The centre's verdict.
        verdict: Verdict,
    },
    /// Operations are durable at the centre through this seq.
    Received {
        /// Seq of the last of them.
        through: u64,
    },
    /// Changes of the centre were written down: staff, escalations, corrections, codes, policy.
    Changes {
        /// Number of changes.
        count: usize,
    },
    /// The centre was put back to an earlier state; everything it has forgotten is sent again.
    Restored {
        /// It has this desk's operations through this seq.
        received_through: u64,
    },
    /// A blob is complete at the centre.
    BlobUploaded,
    /// The centre refused a batch that was carried here from another desk.
    ImportRefused {
        /// Device it comes from.
        device: DeviceNumber,
        /// Enrolment epoch of the desk that made the batch.
        epoch: u32,
        /// Seq of its first operation.
        first_seq: u64,
    },
    /// The centre's audit log does not extend what this desk has seen of it (D2).
    CentreRewritten,
    /// Something could not be written on this desk; synchronisation waits and tries again.
    StoreFailed {
        /// Code of the error.
        code: &'static str,
    },
}

/// How many events a slow listener may lag behind before it misses some. Missing one costs a screen
/// refresh.
const EVENTS: usize = 1_024;

/// The handle to synchronisation: what the rest of the desk sees of it.
pub struct SyncHandle {
    wake: Notify,
    wanted: Mutex<Wanted>,
    status: watch::Sender<LineStatus>,
    stopped: watch::Sender<Option<Stop>>,
    events: broadcast::Sender<SyncEvent>,
}

/// What came from outside since the task last looked.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted {
    /// A person asked, or a call outside the task reached the centre.
    pub(crate) now: bool,
    /// Notes that a call outside the task found nobody.
    pub(crate) lost: bool,
}

impl SyncHandle {
    pub(crate) fn new(stopped: Option<Stop>) -> Self {
        let line = stopped.map_or(Line::Starting, |stop| Line::Stopped { stop });
        Self {
            wake: Notify::new(),
            wanted: Mutex::new(Wanted::default()),
            status: watch::Sender::new(LineStatus { line, since: At(0) }),
            stopped: watch::Sender::new(stopped),
            events: broadcast::Sender::new(EVENTS),
        }
    }

    /// Returns the state of the line.
    pub fn status(&self) -> LineStatus {
        *self.status.borrow()
    }

    /// Returns whether the centre answered last time it was asked, and neither refused nor stopped
    /// this desk.
    pub fn is_online(&self) -> bool {
        matches!(self.status().line, Line::Online | Line::Busy)
    }

    /// Returns whether a view of that instant may count as the centre's word now: the line is up,
    /// or the view came after it went down (another call got through).
    pub(crate) fn vouches_for(&self, fetched_at: At) -> bool {
        self.is_online() || fetched_at >= self.status().since
    }

    /// Returns why pushing is stopped, if it is.
    pub fn stopped(&self) -> Option<Stop> {
        *self.stopped.borrow()
    }

    /// Subscribes to everything that happens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<SyncEvent> {
        self.events.subscribe()
    }

    /// Synchronises now (立即同步) without waiting for the next turn, whatever the line is like.
    pub fn now(&self) {
        self.wanted().now = true;
        self.wake.notify_one();
    }

    /// Tells the task that there is something to send.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Waits until somebody wakes the task.
    pub(crate) async fn wait_for_wake(&self) {
        self.wake.notified().await;
    }

    /// Notes that a call outside the task reached the centre: if the task thought otherwise, it
    /// tries.
    pub(crate) fn note_contact(&self) {
        if !self.is_online() && self.stopped().is_none() {
            self.now();
        }
    }

    /// Notes that a call outside the task found nobody.
    pub(crate) fn note_lost(&self) {
        self.wanted().lost = true;
        self.wake.notify_one();
    }

    pub(crate) fn take_wanted(&self) -> Wanted {
        std::mem::take(&mut *self.wanted())
    }

    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn announce(&self, event: SyncEvent) {
        if let SyncEvent::Line(status) = &event {
            self.status.send_replace(*status);
        }
        // Nobody listening is fine.
        let _ = self.events.send(event);
    }

    pub(crate) fn set_stopped(&self, stop: Option<Stop>) {
        self.stopped.send_replace(stop);
    }
}
