//! Audit of the city at the centre (D2, D3): what becomes a leaf of the log, and whether log and
//! tables agree.

pub mod event;
mod seal;
pub mod verify;

pub use event::Event;
pub use seal::AuditKey;
