//! Companion devices (叫号机, 评价器, 显示屏): programs beside the window that follow its stages, call
//! tickets and take ratings. They connect to a Unix socket and speak JSON, one object a line.
//!
//! Nothing here is personal: a line has a case number, a ticket, a window, a stage and a result.
//! `docs/companions.md` describes every line.

mod error;
mod lines;
mod server;
mod wire;

pub use error::CompanionError;
pub use server::{CompanionServer, Incoming};
pub use wire::{DeviceRole, PROTOCOL_VERSION, Said, StageEvent, Why};
