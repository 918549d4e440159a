//! Reasons why the chip's portrait cannot be shown. Their sentences are in the catalogue of
//! failures.

use serde::{Deserialize, Serialize};

/// Reason why there is no picture from the chip. It never stops a case.
/// The enum is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error, Serialize, Deserialize)]
pub enum ChipPhotoError {
    /// The site has configured no library.
    #[error("no decoding library configured")]
    NotConfigured,
    /// The helper program is not installed.
    #[error("helper program missing")]
    HelperMissing,
    /// The library is missing, cannot be loaded or has no such function.
    #[error("decoding library unusable")]
    LibraryUnusable,
    /// The library crashed or exceeded a limit.
    #[error("decoding library crashed")]
    Crashed,
    /// The library did not finish in time.
    #[error("decoding library hangs")]
    TimedOut,
    /// The result of the library is not a picture of the right size.
    #[error("result is no portrait")]
    NotAPicture,
}

impl ChipPhotoError {
    /// Every error, for tables and tests.
    pub const ALL: [Self; 6] = [
        Self::NotConfigured,
        Self::HelperMissing,
        Self::LibraryUnusable,
        Self::Crashed,
        Self::TimedOut,
        Self::NotAPicture,
    ];

    /// Returns the stable code of the error.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotConfigured => "chip_photo_not_configured",
            Self::HelperMissing => "chip_photo_helper_missing",
            Self::LibraryUnusable => "chip_photo_library_unusable",
            Self::Crashed => "chip_photo_crashed",
            Self::TimedOut => "chip_photo_timed_out",
            Self::NotAPicture => "chip_photo_not_a_picture",
        }
    }
}
