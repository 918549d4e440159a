//! The printer, reached through IPP (RFC 8011): a CUPS queue or the printer itself.
//!
//! Three facts about a print are kept apart: that it was requested, what spooler and printer
//! reported about it (here), and what the clerk holds in hand. The state of the job counts; the
//! printer's reasons explain it.

mod client;
mod error;
mod job;
mod media;
mod reason;
mod request;
mod status;
mod wire;

pub use client::{Printer, PrinterListing, list_printers};
pub use error::PrinterError;
pub use job::{JobProblem, JobState, JobStatus, PrintJob};
pub use media::Media;
pub use reason::{PrinterProblem, PrinterReason, Severity};
pub use request::PrintOptions;
pub use status::{PrinterState, PrinterStatus};
