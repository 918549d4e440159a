//! Synchronisation (同步): everything done here reaches the centre, in order, exactly once in effect,
//! and everything the centre decides comes back.
//!
//! [`machine`] decides and touches nothing; [`log`] is what it needs of a store; the adapter in
//! `run` carries effects out. The deterministic simulation runs the same machine over a log in
//! memory.

pub mod backoff;
pub mod log;
pub mod machine;
mod outbox;
mod run;

pub use crate::{
    centre::{CallError, Centre},
    line::{Line, LineStatus, OfflineReason, Stop, SyncEvent, SyncHandle},
};
pub use outbox::Outbox;
pub(crate) use run::run;
