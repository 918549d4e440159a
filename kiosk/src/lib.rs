//! The bridge of a self-service kiosk (自助终端), between its page, its devices and the centre.
//!
//! The page (`web/src/kiosk`) runs in the kiosk's browser and has no power: it shows the view and
//! sends what was touched. The bridge holds the kiosk's key and the citizen's session, reads cards
//! and the codes of phones, prints, and asks the centre, which decides. It listens on loopback and
//! answers its own page only.
//!
//! Read in this order: `visit.rs` is one citizen's visit, a machine without I/O. `terminal.rs`
//! gives it what happens and carries out what it asks for. `steps.rs` has the calls of one action,
//! and `server.rs` is the door for the page.

mod centre;
mod cli;
mod config;
mod devices;
mod failure;
mod printing;
mod server;
mod steps;
mod terminal;
mod view;
mod visit;

pub use cli::run;
