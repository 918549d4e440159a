//! Identity-card readers with a security module (SAM_V, 居民身份证验证安全控制模块) on serial
//! line or USB.
//!
//! A request is `AA AA AA 96 69`, length, command, parameter, data and XOR. A reply has the same
//! preamble, then length, three status bytes, data and XOR. The length counts everything after
//! itself, and the XOR runs from the length to the last byte of data.

mod error;
mod frame;
mod line;
mod module;
mod serial;
#[cfg(feature = "usb")]
mod usb;

pub use error::SdtError;
pub use frame::{Decoder, FrameError, Reply, Request, Status};
pub use line::{Line, LineError};
pub use module::{SecurityModule, TextAndPhoto};
pub use serial::SerialLine;
#[cfg(feature = "usb")]
pub use usb::{UsbLine, split_request};
