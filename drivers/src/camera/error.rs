//! Reasons why the camera gives no picture. Their sentences are in the catalogue of failures.

use serde::{Deserialize, Serialize};

/// Reason why there is no picture. The enum is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error, Serialize, Deserialize)]
pub enum CameraError {
    /// The configured device or folder does not exist.
    #[error("camera not there")]
    NotFound,
    /// Another program uses the camera, or permission is missing.
    #[error("camera may not be opened")]
    Busy,
    /// The camera offers none of the supported formats.
    #[error("no known picture format")]
    Format,
    /// The camera was disconnected while in use.
    #[error("camera disconnected")]
    Lost,
    /// The camera is connected, but sends no pictures.
    #[error("camera sends no pictures")]
    Mute,
    /// The camera sent bytes that are not a picture.
    #[error("picture damaged")]
    Garbled,
}

impl CameraError {
    /// Every error, for tables and tests.
    pub const ALL: [Self; 6] =
        [Self::NotFound, Self::Busy, Self::Format, Self::Lost, Self::Mute, Self::Garbled];

    /// Returns the stable code of the error.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotFound => "camera_not_found",
            Self::Busy => "camera_busy",
            Self::Format => "camera_format",
            Self::Lost => "camera_lost",
            Self::Mute => "camera_mute",
            Self::Garbled => "camera_garbled",
        }
    }
}
