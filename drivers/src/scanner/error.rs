//! Reasons why a code was not scanned, with their codes and sentences.

use serde::{Deserialize, Serialize};

use crate::Language;

/// Reason why a code was not scanned. The enum is closed: the screen has one sentence
/// for each variant.
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
            Self::NotFound => "scanner.not-found",
            Self::Busy => "scanner.busy",
            Self::Lost => "scanner.lost",
            Self::Garbled => "scanner.garbled",
        }
    }

    /// Returns what happened and what the clerk should do.
    #[must_use]
    pub fn message(self, language: Language) -> &'static str {
        match self {
            Self::NotFound => language.pick(
                "没有找到扫码枪。请检查连接线，插好后会自动恢复。",
                "No scanner found. Check its cable; it is used as soon as it is there.",
            ),
            Self::Busy => language.pick(
                "扫码枪无法打开：可能被其他程序占用，或没有权限。请关闭其他扫码程序，或联系系统管理员。",
                "The scanner cannot be opened: another program holds it, or permission is missing. Close it or ask the administrator.",
            ),
            Self::Lost => language.pick(
                "扫码枪已断开。请检查连接线，插好后会自动恢复。",
                "The scanner is disconnected. Check its cable; it is used again as soon as it is back.",
            ),
            Self::Garbled => language.pick(
                "扫到的内容损坏，未采用。请重新扫描；仍不行请改用图片核验。",
                "What was scanned is damaged and was not used. Scan again or verify from a picture.",
            ),
        }
    }
}
