//! A whole counter in practice mode (演练): a few invented citizens with cards, a centre with its database, a printer,
//! card readers, and the real window.
//!
//! The program `practice` shows it to people; the whole-system tests stand in the same place.

pub mod card;
pub mod citizen;
pub mod portrait;
