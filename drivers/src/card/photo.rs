//! The portrait as the chip stores it.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// Portrait as stored on the chip: 1024 bytes of WLT, a closed format.
///
/// It is wiped when dropped. Drop it when the case ends, because the bytes have no further use.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct ChipPhoto(Vec<u8>);

impl ChipPhoto {
    /// Length of a stored portrait, in bytes.
    pub const LENGTH: usize = 1024;

    /// Takes a portrait from a reply; `None` if it is not exactly [`ChipPhoto::LENGTH`] bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == Self::LENGTH).then(|| Self(bytes.to_vec()))
    }

    /// Returns the stored bytes, for the site's decoding library.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for ChipPhoto {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ChipPhoto(redacted)")
    }
}
