//! The devices of a desk: card readers, printer, camera and 2D scanner.
//!
//! A driver returns what the device said and decides nothing. Text from a chip keeps its characters exactly
//! as stored, private-use ones included; what a character, a number or a date means is for the layers above.
//!
//! Devices come and go. Every driver here notices a device that went away, says so with a closed error whose
//! words tell the clerk what to do, and uses the device again when it is back, without a restart.

pub mod camera;
pub mod card;
pub mod check;
pub mod chip_photo;
pub mod printer;
pub mod scanner;

#[cfg(feature = "emulate")]
pub mod emulate;

mod language;
mod settings;

pub use language::Language;
pub use settings::DeviceSettings;
