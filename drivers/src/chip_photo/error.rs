//! Reasons why the chip's portrait cannot be shown, with their codes and sentences.

use serde::{Deserialize, Serialize};

use crate::Language;

/// Reason why there is no picture from the chip. It never stops a case. The enum is closed: the
/// screen has one sentence for each variant.
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
            Self::NotConfigured => "chip-photo.not-configured",
            Self::HelperMissing => "chip-photo.helper-missing",
            Self::LibraryUnusable => "chip-photo.library-unusable",
            Self::Crashed => "chip-photo.crashed",
            Self::TimedOut => "chip-photo.timed-out",
            Self::NotAPicture => "chip-photo.not-a-picture",
        }
    }

    /// Returns what happened. In every case, the registry's photo is shown instead.
    #[must_use]
    pub fn message(self, language: Language) -> &'static str {
        match self {
            Self::NotConfigured => language.pick(
                "本机不能解码芯片照片，显示登记照片。",
                "The chip photo cannot be decoded here; the registry's photo is shown.",
            ),
            Self::HelperMissing => language.pick(
                "芯片照片解码程序未安装，显示登记照片。请告知系统管理员。",
                "The chip photo program is not installed; the registry's photo is shown. Tell the administrator.",
            ),
            Self::LibraryUnusable => language.pick(
                "芯片照片解码库无法使用，显示登记照片。请告知系统管理员。",
                "The chip photo library cannot be used; the registry's photo is shown. Tell the administrator.",
            ),
            Self::Crashed => language.pick(
                "芯片照片解码库出错，显示登记照片。可以继续办理。",
                "The chip photo library failed; the registry's photo is shown. Go on with the case.",
            ),
            Self::TimedOut => language.pick(
                "芯片照片解码超时，显示登记照片。可以继续办理。",
                "Decoding the chip photo took too long; the registry's photo is shown. Go on with the case.",
            ),
            Self::NotAPicture => language.pick(
                "芯片照片解码结果无效，显示登记照片。可以继续办理。",
                "What the library made is no portrait; the registry's photo is shown. Go on with the case.",
            ),
        }
    }
}
