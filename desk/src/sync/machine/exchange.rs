//! What goes into the machine and what comes out of it.

use crate::sync::{
    Line, OfflineReason, Stop, SyncEvent,
    log::{ProvenBatch, Settled},
};
use rules::{
    issuing::Issued,
    wire::{Change, ChangesResponse, ProtocolError, PushResponse, Receipt, ResultsResponse},
};

/// A request to the centre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Operations, to be signed and pushed.
    Push(ProvenBatch),
    /// Verdicts after this seq.
    Results {
        /// Verdicts after this seq are asked for.
        after: u64,
    },
    /// News after this place.
    Changes {
        /// Place in the centre's list of changes.
        cursor: u64,
    },
    /// The next piece of the next blob.
    Blob,
    /// The next imported batch of another desk.
    Relay,
    /// Keys and revocations.
    Trust,
}

/// An answer of the centre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The answer to a push.
    Push(PushResponse),
    /// The verdicts that were asked for.
    Results(ResultsResponse),
    /// The changes that were asked for.
    Changes(ChangesResponse),
    /// The piece is there, or there was none to send.
    Blob {
        /// Whether a blob is complete with it.
        completed: bool,
        /// Whether more pieces or blobs wait.
        more: bool,
    },
    /// The relayed batch is at the centre, or there was none.
    Relay {
        /// Whether more wait.
        more: bool,
    },
    /// The lists are here and kept.
    Trust,
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestFailure {
    /// Nobody answers.
    Unreachable(OfflineReason),
    /// It answers and asks for patience.
    Busy {
        /// What `Retry-After` says, ms.
        retry_after_ms: Option<i64>,
    },
    /// It answers and refuses.
    Refused(ProtocolError),
}

/// Something to be written down, as one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// Durable at the centre through this seq.
    Received {
        /// Seq of the last of them.
        through: u64,
    },
    /// Verdicts: the signature is still to be checked.
    Receipts(Issued<Vec<Receipt>>),
    /// News and the place after it.
    Changes {
        /// What is new.
        changes: Vec<Change>,
        /// Place to go on from.
        cursor: u64,
    },
    /// Pushing is stopped, or not any more.
    Stop(Option<Stop>),
    /// The centre was put back to an earlier state: everything it may have forgotten begins again.
    Restored {
        /// It has this desk's operations through this seq only.
        received_through: u64,
    },
}

/// An input of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// There is something new in the log: it now ends at `head`.
    Queued {
        /// Seq of the newest operation.
        head: u64,
    },
    /// There is something new to upload or to hand on.
    BlobQueued,
    /// A person asked for it now, or the centre was heard of otherwise.
    Wanted,
    /// Another call found nobody.
    Lost,
    /// The centre said that its database was put back to an earlier state.
    Restored,
    /// The time asked for with [`Effect::WakeAt`] has come.
    Timer,
    /// The batch that was to be read; `None` = the log ends before it.
    BatchRead(Option<ProvenBatch>),
    /// The batch that was to be read begins with operations whose content retention has removed.
    Emptied {
        /// Seq of the last of them.
        through: u64,
    },
    /// The request was answered, or not.
    Answered(Result<Answer, RequestFailure>),
    /// The record is written down; receipts come with what they settled.
    Recorded(Option<Settled>),
    /// The record could not be written down: disk full, receipts not signed by the centre.
    NotRecorded {
        /// Code of the error.
        code: &'static str,
    },
}

/// An output of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Read operations from the log, then [`Event::BatchRead`].
    ReadBatch {
        /// First operation to read.
        first_seq: u64,
        /// At most this many.
        limit: usize,
    },
    /// Send, then [`Event::Answered`].
    Send(Request),
    /// Write down, then [`Event::Recorded`] or [`Event::NotRecorded`].
    Record(Record),
    /// [`Event::Timer`] at this time; replaces an earlier one.
    WakeAt {
        /// On the same clock as the `now_ms` passed in.
        at_ms: i64,
    },
    /// The line is like this now.
    Line(Line),
    /// For the screens.
    Tell(SyncEvent),
}
