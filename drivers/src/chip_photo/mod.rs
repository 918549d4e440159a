//! Decodes the chip's portrait (芯片照片) with the library of the site's reader maker.
//!
//! The stored format (WLT) is closed, and only the makers can decode it. Their libraries are old C
//! code that gets bytes from outside. Each run therefore has its own process with limits on time
//! and memory: a crash or hang loses only the picture. Reading the card never fails because of it.

mod decode;
mod error;
pub mod helper;

pub use decode::{ChipPhotoDecoder, ChipPhotoSettings, Portrait};
pub use error::ChipPhotoError;
