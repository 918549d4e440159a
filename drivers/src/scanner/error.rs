//! Reasons why a code was not scanned. Their sentences are in the catalogue of failures.

use serde::{Deserialize, Serialize};

/// Reason why a code was not scanned. The enum is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error, Serialize, Deserialize)]
pub enum ScannerError {
    /// The configured device does not exist.
    #[error("scanner not there")]
    NotFound,
    /// Another program uses the scanner, or permission is missing.
    #[error("scanner may not be opened")]
    Busy,
    /// The scanner was disconnected while in use.
    #[error("scanner disconnected")]
    Lost,
    /// The scanned bytes are not text, or longer than any code.
    #[error("scanned text damaged")]
    Garbled,
}

impl ScannerError {
    /// Every error, for tables and tests.
    pub const ALL: [Self; 4] = [Self::NotFound, Self::Busy, Self::Lost, Self::Garbled];

    /// Returns the stable code of the error.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotFound => "scanner_not_found",
            Self::Busy => "scanner_busy",
            Self::Lost => "scanner_lost",
            Self::Garbled => "scanner_garbled",
        }
    }
}
