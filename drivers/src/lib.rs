//! Drivers for the devices of a desk: card readers, printer, camera and 2D scanner.
//!
//! A driver returns what the device reported and decides nothing. Text from a chip keeps its
//! characters exactly as stored, private-use ones included. The layers above give characters,
//! numbers and dates their meaning.
//!
//! Devices come and go. A driver reports a lost device with an error that has a stable code, and
//! uses the device again when it is back, without a restart. The sentences for the clerk are
//! in the catalogue of `rules`.
//!
//! Start with these types:
//!
//! - [`card::Readers`] watches all card readers and sends [`card::CardEvent`]s.
//! - [`printer::Printer`] prints PDFs and follows their jobs.
//! - [`camera::Camera`] offers the newest picture, and [`scanner::Scanner`] sends scanned codes.
//! - [`companion::CompanionServer`] is the socket for queue, rating device and displays.
//! - [`check::check`] tests every device in [`DeviceSettings`].
//!
//! ```no_run
//! use drivers::card::{CardEvent, CardReaderSettings, Readers};
//!
//! // Watching ends when `readers` is dropped.
//! let (readers, mut events) = Readers::start(CardReaderSettings::default());
//! while let Some(event) = events.blocking_recv() {
//!     match event {
//!         CardEvent::Read { reader, .. } => println!("{reader} has read a card"),
//!         CardEvent::ReadFailed { error, .. } => println!("{}", error.code()),
//!         CardEvent::CardRemoved { .. } => println!("the holder's data must leave the screen"),
//!         _ => {}
//!     }
//! }
//! # drop(readers);
//! ```

pub mod camera;
pub mod card;
pub mod check;
pub mod chip_photo;
pub mod companion;
pub mod printer;
pub mod scanner;
pub mod speech;

#[cfg(feature = "emulate")]
pub mod emulate;

mod settings;

pub use settings::DeviceSettings;
