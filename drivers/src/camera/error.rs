//! Reasons why the camera gives no picture, with their codes and sentences.

use serde::{Deserialize, Serialize};

use crate::Language;

/// Reason why there is no picture. The enum is closed: the screen has one sentence
/// for each variant.
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
            Self::NotFound => "camera.not-found",
            Self::Busy => "camera.busy",
            Self::Format => "camera.format",
            Self::Lost => "camera.lost",
            Self::Mute => "camera.mute",
            Self::Garbled => "camera.garbled",
        }
    }

    /// Returns what happened and what the clerk should do.
    #[must_use]
    pub fn message(self, language: Language) -> &'static str {
        match self {
            Self::NotFound => language.pick(
                "没有找到摄像头。请检查连接线，插好后会自动恢复。",
                "No camera found. Check its cable; it is used as soon as it is there.",
            ),
            Self::Busy => language.pick(
                "摄像头无法打开：可能被其他程序占用，或没有权限。请关闭其他拍照程序。",
                "The camera cannot be opened: another program uses it, or permission is missing. Close other programs.",
            ),
            Self::Format => language.pick(
                "摄像头的图像格式不受支持。请更换摄像头。",
                "The camera gives no picture format known here. Use another camera.",
            ),
            Self::Lost => language.pick(
                "摄像头已断开。请检查连接线，插好后会自动恢复。",
                "The camera is disconnected. Check its cable; it is used again as soon as it is back.",
            ),
            Self::Mute => language.pick(
                "摄像头没有图像。请重新插拔摄像头。",
                "The camera sends no pictures. Unplug it and plug it in again.",
            ),
            Self::Garbled => language.pick(
                "摄像头图像损坏，未采用。请重拍；仍不行请更换摄像头。",
                "The picture was damaged and was not used. Take it again or use another camera.",
            ),
        }
    }
}
