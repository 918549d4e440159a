use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// The portrait as the chip stores it: 1024 bytes of WLT, a closed format.
///
/// Wiped when dropped. Drop it when the case ends: the bytes have no use after that.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct ChipPhoto(Vec<u8>);

impl ChipPhoto {
    /// Bytes of a stored portrait.
    pub const LENGTH: usize = 1024;

    /// Takes the portrait out of a reply; `None` when it is not exactly [`ChipPhoto::LENGTH`] bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == Self::LENGTH).then(|| Self(bytes.to_vec()))
    }

    /// The stored bytes, for the site's decoding library.
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
