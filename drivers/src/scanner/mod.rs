//! The 2D scanner (二维扫码枪) on a serial line or a USB serial adapter.
//!
//! A scanner that types like a keyboard is a matter of the page, which sees keys and their speed; the same lines come
//! out of both.

mod error;
mod lines;
mod watch;

pub use error::ScannerError;
pub use lines::{ScanLines, ScannedText};
pub use watch::{ScanEvent, Scanner, ScannerSettings};
