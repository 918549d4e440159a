//! The practice site (演练) that ships beside the window.
//!
//! `suishen-counter --practice` starts it as a program of its own, so that a clerk can learn from
//! the installed package alone. It has invented citizens with cards on an emulated reader, a
//! scanner, a printer that prints into a folder, and a centre. The centre decides as the real one
//! does, by the machines of [`central`], but keeps everything in memory and ends with the window.
//!
//! Each start draws a new root key and makes a new folder for the desk. So a practice site can open
//! no other desk's folder, and nobody else's verifier knows its codes (S11).
//!
//! ```
//! # fn main() -> anyhow::Result<()> {
//! use learn::Site;
//! use rules::practice::PracticeOrder;
//!
//! let papers = tempfile::tempdir()?;
//! let mut site = Site::start(papers.path())?;
//! site.obey(&PracticeOrder::Lay { person: "senior".to_owned() })?;
//! assert_eq!(site.view().laid.as_deref(), Some("senior"));
//! # Ok(())
//! # }
//! ```

pub mod card;
mod centre;
pub mod citizen;
mod memory;
pub mod portrait;
mod printer;
mod server;
mod site;

pub use centre::Centre;
pub use memory::{MemoryClaim, MemoryStore};
pub use site::Site;
