//! One desk (窗口工位): its store, its operations and its synchronisation. Knows no user interface and
//! no Tauri.
//!
//! Everything starts with [`vault::Vault`], then [`store::Store`], then [`enrolment::enrol`] once
//! in the life of a desk, then [`Desk`]. What a person does is a method of [`Desk`]; each file here
//! adds the methods of its subject.

pub mod carry;
pub mod citizen;
pub mod clock;
pub mod corrections;
mod desk;
pub mod enrolment;
pub mod error;
pub mod glance;
pub mod identity;
pub mod journal;
pub mod line;
pub mod operations;
pub mod session;
pub mod store;
pub mod sync;
pub mod vault;
pub mod verify;

pub use desk::{Desk, PrintableName};
pub use error::DeskError;
