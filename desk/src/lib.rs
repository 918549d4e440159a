//! One desk (窗口工位): its store, its operations and its synchronisation. Knows no user interface and
//! no Tauri.
//!
//! Everything starts with [`vault::Vault`], then [`store::Store`], then [`enrolment::enrol`] once
//! in the life of a desk, then [`Desk`]. Each subject is a component of [`Desk`] with a module of
//! its own, which owns its state: `desk.session.log_in(…)`, `desk.correction.submit(…)`.

pub mod blob;
pub mod case;
mod centre;
pub mod citizen;
pub mod clock;
mod core;
pub mod correction;
pub mod counts;
mod desk;
pub mod enrolment;
pub mod error;
mod housekeeping;
pub mod identity;
pub mod issue;
pub mod line;
pub mod lists;
pub mod printing;
pub mod session;
pub mod settings;
pub mod store;
pub mod sync;
pub mod transfer;
pub mod vault;
pub mod verification;

pub use crate::core::PrintableName;
pub use desk::Desk;
pub use error::DeskError;
