//! One desk (窗口工位): its store, its operations and its synchronisation. Knows no user interface and
//! no Tauri.
//!
//! Everything starts with [`vault::Vault`], then [`store::Store`], then [`enrolment::enrol`] once
//! in the life of a desk, then [`Desk`]. What a person does is a method of [`Desk`]; each file here
//! adds the methods of its subject.

pub mod case;
mod centre;
pub mod citizen;
pub mod clock;
pub mod correction;
pub mod counts;
mod desk;
pub mod enrolment;
pub mod error;
pub mod identity;
pub mod issue;
pub mod line;
pub mod lists;
pub mod printing;
pub mod session;
pub mod store;
pub mod sync;
pub mod transfer;
pub mod vault;
pub mod verification;

pub use desk::{Desk, PrintableName};
pub use error::DeskError;
