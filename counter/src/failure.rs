//! Whatever goes wrong at the counter, in the words the page shows.

use crate::view::Failure;
use desk::error::DeskError;
use drivers::{Language as DeviceLanguage, card::CardError, printer::PrinterError};
use paper::PaperError;
use rules::{Language, Refusal};

impl Failure {
    /// A failure with its words.
    pub(super) fn new(code: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code: code.to_owned(), zh: zh.into(), en: en.into(), field: None }
    }

    /// The same, belonging to a field of the form.
    #[must_use]
    pub(super) fn at(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.code(), refusal.message(Language::Chinese), refusal.message(Language::English))
    }
}

impl From<DeskError> for Failure {
    fn from(error: DeskError) -> Self {
        Self::new(error.code(), error.message(Language::Chinese), error.message(Language::English))
    }
}

impl From<CardError> for Failure {
    fn from(error: CardError) -> Self {
        Self::new(
            error.code(),
            error.message(DeviceLanguage::Chinese),
            error.message(DeviceLanguage::English),
        )
    }
}

impl From<PrinterError> for Failure {
    fn from(error: PrinterError) -> Self {
        Self::new(
            error.code(),
            error.message(DeviceLanguage::Chinese),
            error.message(DeviceLanguage::English),
        )
    }
}

impl From<PaperError> for Failure {
    fn from(error: PaperError) -> Self {
        Self::new(
            "paper",
            format!("纸张未能生成：{error}。业务已保存，请联系系统管理员后重新打印。"),
            format!(
                "The paper could not be made: {error}. What was done is saved; call the system administrator, then print again."
            ),
        )
    }
}

/// A step that does not fit where the case stands: a key pressed twice, or a screen that was
/// overtaken.
pub(super) fn out_of_step() -> Failure {
    Failure::new(
        "out_of_step",
        "当前步骤不能执行此操作，画面已刷新，没有任何改动。",
        "This cannot be done at this step. The screen was refreshed; nothing was changed.",
    )
}

/// There is nobody in front.
pub(super) fn no_citizen() -> Failure {
    Failure::new(
        "no_citizen",
        "还没有读到证件，请先把证件放到读卡器上。",
        "No card has been read yet. Lay the card on the reader first.",
    )
}
