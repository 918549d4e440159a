//! The drivers: bytes written by hand, properties of the parsers, and the crate's programs.

mod chip_photo;
mod common;
#[cfg(feature = "emulate")]
mod companion;
#[cfg(feature = "emulate")]
mod emulate_program;
mod identity_text;
mod lost_reply;
mod pcsc_cards;
mod printer_keywords;
mod properties;
mod queue_device;
mod scanner_lines;
mod sdt;
mod speech;
