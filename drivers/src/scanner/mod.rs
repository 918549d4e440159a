//! The 2D scanner (二维扫码枪) on a serial line or a USB serial adapter.
//!
//! A scanner that types like a keyboard is handled by the page, which sees keys and their speed.
//! Both give the same lines.

mod error;
mod lines;
mod watch;

pub use error::ScannerError;
pub use lines::{ScanLines, ScannedText};
pub use watch::{ScanEvent, Scanner, ScannerSettings};
