//! Which entry of the catalogue an error of the paper is.

use crate::error::{PaperError, PhotoError};
use rules::failure::{CodePoints, FailureCode, PaperFailure};

impl PaperError {
    /// Returns the entry of the catalogue, with its sentences.
    pub fn failure(&self) -> FailureCode {
        let failure = match self {
            Self::FontMissing { file, package } => PaperFailure::FontMissing { file, package },
            Self::FontUnusable { package, .. } => PaperFailure::FontUnusable { package },
            Self::Unprintable(characters) => {
                PaperFailure::NameUnprintable { characters: CodePoints(characters.clone()) }
            }
            Self::EmptyName => PaperFailure::NameEmpty,
            Self::Photo(PhotoError::NotJpeg | PhotoError::UnsupportedCoding) => PaperFailure::PhotoCoding,
            Self::Photo(PhotoError::TooManyBytes { bytes, limit }) => {
                PaperFailure::PhotoTooLarge { bytes: *bytes, limit: *limit }
            }
            Self::Photo(PhotoError::Pixels { width, height, least, most }) => {
                PaperFailure::PhotoPixels { width: *width, height: *height, least: *least, most: *most }
            }
            Self::PayloadTooLong { characters, .. } => {
                PaperFailure::PayloadTooLong { characters: *characters }
            }
            Self::Subset { font, .. } => PaperFailure::FontDamaged { font },
            Self::Write(_) => PaperFailure::NotWritten,
            Self::Empty => PaperFailure::Empty,
        };
        failure.into()
    }
}
