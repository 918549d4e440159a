//! A whole counter in practice mode (演练).
//!
//! It has invented citizens with cards, a centre with its database, a printer, card readers,
//! and the real window. The program `practice` shows it to people; the whole-system tests use
//! the same setup.

pub mod bridge;
pub mod card;
pub mod clerk;
pub mod correcting;
pub mod guard;
pub mod journey;
pub mod kiosk;
mod menu;
pub mod portal;
pub mod record;
pub mod sheet;
pub mod site;

pub use learn::{citizen, portrait};
pub use menu::serve_people;

/// Prints a line for the person at the terminal.
///
/// # Errors
/// [`std::io::Error`] if the terminal is gone.
pub fn say(line: std::fmt::Arguments<'_>) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut terminal = std::io::stdout().lock();
    writeln!(terminal, "{line}")?;
    Ok(terminal.flush()?)
}
