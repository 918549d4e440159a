//! Commands of the page. Each parses, makes one call into `counter` or the practice site, and
//! returns the answer; nothing is decided here.

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod board;
pub(crate) mod citizen_window;
pub(crate) mod collective;
pub(crate) mod correction;
pub(crate) mod counter;
pub(crate) mod devices;
pub(crate) mod journal;
pub(crate) mod paper;
pub(crate) mod practice;
pub(crate) mod queue;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod verify;
pub(crate) mod visit;

use ::counter::view::Failure;
use std::sync::Arc;

/// The counter behind every command.
pub(crate) type Counter<'a> = tauri::State<'a, Arc<::counter::Counter>>;
/// Result of a command.
pub(crate) type Answer<T> = Result<T, Failure>;
