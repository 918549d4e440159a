//! Everything the page shows and sends. Names and numbers are already masked, and decisions already
//! have their sentences. Types that end in `View` go to the page; those that end in `Input` come
//! from it.
//!
//! Times are text in Shanghai time, `2026-11-23T14:05:00+08:00`, and days `2026-11-23`. Digests and
//! serials are lower-case hex.

mod accounts;
mod board;
mod case;
mod citizen_window;
mod collective;
mod confirm;
mod correction;
mod failure;
mod printing;
mod records;
mod report;
mod status;
mod verify;
mod visit;

pub use accounts::*;
pub use board::*;
pub use case::*;
pub use citizen_window::*;
pub use collective::*;
pub use confirm::*;
pub use correction::*;
pub use failure::*;
pub use printing::*;
pub use records::*;
pub use report::*;
pub use status::*;
pub use verify::*;
pub use visit::*;

pub use desk::store::audit::Event;
pub use rules::{
    window::{DeviceKind, DeviceState, Paper, PrintState, QueueState, ReceiptLayout, SheetLayout},
    wire::CentralSettings,
};
