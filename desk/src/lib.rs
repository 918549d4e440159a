//! One desk (窗口工位): its store, its operations and its synchronisation. Knows no user interface
//! and no Tauri.
//!
//! Everything starts with [`vault::Vault`], then [`store::Store`], then [`enrolment::enrol`] once
//! in the life of a desk, then [`Desk`]. Each subject is a component of [`Desk`] with a module of
//! its own, which owns its state: `desk.session.log_in(…)`, `desk.correction.submit(…)`.
//!
//! What a person does is written in one transaction with its audit row and its operation, and is
//! durable before it is shown. [`Desk::run_sync`] brings the operations to the centre, now or after
//! an outage, and takes its verdicts.
//!
//! ```
//! use desk::{Desk, DeskError, PrintableName, clock::SystemClock, store::Store, vault::Vault};
//! use std::sync::Arc;
//!
//! /// The shell passes the fonts of the printer; here every name can be printed.
//! struct AnyName;
//!
//! impl PrintableName for AnyName {
//!     fn missing_glyphs(&self, _: &rules::person::Name) -> Vec<char> {
//!         Vec::new()
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let folder = tempfile::tempdir()?;
//! let vault = Vault::open_or_create_with_key_file(folder.path()).await?;
//! let store = Store::open(&vault).await?;
//!
//! // The folder belongs to nobody yet: `desk::enrolment::enrol` comes first.
//! let opened = Desk::open(&vault, store, Arc::new(SystemClock::new()), Box::new(AnyName)).await;
//! assert!(matches!(opened, Err(DeskError::NotEnrolled)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod blob;
pub mod call_back;
pub mod case;
mod centre;
pub mod citizen;
pub mod clock;
pub mod collective;
mod core;
pub mod correction;
pub mod counts;
mod desk;
mod desk_key;
pub mod enrolment;
pub mod error;
pub mod heartbeat;
mod housekeeping;
pub mod identity;
pub mod issue;
pub mod line;
pub mod lists;
pub mod printing;
mod renewal;
pub mod service;
pub mod session;
pub mod settings;
pub mod signing;
pub mod store;
pub mod sync;
pub mod transfer;
pub mod vault;
pub mod verification;
pub mod visit;

pub use crate::core::PrintableName;
pub use desk::Desk;
pub use error::DeskError;
