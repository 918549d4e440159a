//! The chip's portrait (芯片照片), through a library the site has from its reader's maker.
//!
//! The stored format (WLT) is closed and nobody but the makers decodes it. Their libraries are old C code fed with
//! bytes from outside, so one runs in a process of its own, with limits on time and memory: a crash or a hang there
//! loses the picture and nothing else. The read of the card never fails over it.

mod decode;
mod error;
pub mod helper;

pub use decode::{ChipPhotoDecoder, ChipPhotoSettings, Portrait};
pub use error::ChipPhotoError;
