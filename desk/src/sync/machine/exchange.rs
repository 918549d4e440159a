//! What goes into the machine and what comes out of it.

use crate::sync::{Line, Reason, Stop, SyncEvent, log::Settled};
use rules::{
    keys::Signed,
    op::Batch,
    wire::{Change, ChangesResponse, ProtocolError, PushResponse, Receipt, ResultsResponse},
};

/// What is asked of the centre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Operations, to be signed and pushed.
    Push(Batch),
    /// Verdicts after this seq.
    Results {
        /// After which.
        after: u64,
    },
    /// News after this place.
    Changes {
        /// After which.
        cursor: u64,
    },
    /// The next piece of the next blob.
    Blob,
    /// The next batch another desk's queue was carried in with.
    Relay,
    /// Keys and revocations.
    Trust,
}

/// What the centre answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To a push.
    Push(PushResponse),
    /// To a question for verdicts.
    Results(ResultsResponse),
    /// To a question for news.
    Changes(ChangesResponse),
    /// The piece is there, or there was none to send.
    Blob {
        /// Whether a blob is complete with it.
        completed: bool,
        /// Whether more pieces or blobs wait.
        more: bool,
    },
    /// The carried batch is at the centre, or there was none.
    Relay {
        /// Whether more wait.
        more: bool,
    },
    /// The lists are here and kept.
    Trust,
}

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nobody answers.
    Unreachable(Reason),
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
        /// Through which.
        through: u64,
    },
    /// Verdicts: the signature is still to be checked.
    Receipts(Signed<Vec<Receipt>>),
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

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// There is something new in the log: it now ends at `head`.
    Queued {
        /// Newest seq.
        head: u64,
    },
    /// There is something new to upload or to hand on.
    BlobQueued,
    /// A person asked for it now, or the centre was heard of otherwise.
    Wanted,
    /// Another call found nobody.
    Lost,
    /// The time asked for with [`Effect::WakeAt`] has come.
    Timer,
    /// The batch that was to be read; `None` = the log ends before it.
    BatchRead(Option<Batch>),
    /// The batch that was to be read begins with operations whose content retention has removed.
    Emptied {
        /// Through this seq.
        through: u64,
    },
    /// The request was answered, or not.
    Answered(Result<Answer, Failure>),
    /// What was to be written down is written down; verdicts come with what they settled.
    Recorded(Option<Settled>),
    /// It could not be written down: disk full, a roll not signed by the centre.
    NotRecorded {
        /// Code of the error.
        code: &'static str,
    },
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Read operations from the log, then [`Event::BatchRead`].
    ReadBatch {
        /// From which.
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
