//! The catalogue of everything that can go wrong: one code and one sentence in each language.
//!
//! A sentence says what happened, what is safe and what to do next. Each room has a table here and
//! maps its own errors to it, so the same thing has the same words wherever it is shown.
//! Codes are lower-case words joined by `_`, unique over all rooms. `docs/errors.md` is generated
//! from the tables.

#[macro_use]
mod table;
mod citizen;
mod counter;
mod desk;
mod device;
mod kiosk;
mod list;
mod notice;
mod page;
mod paper;
mod refusal;
mod said;

pub use citizen::CITIZEN_SENTENCES;
pub use counter::CounterFailure;
pub use desk::DeskFailure;
pub use device::DeviceFailure;
pub use kiosk::KioskFailure;
pub use list::ListFailure;
pub use notice::{is_declined, notice_sentence};
pub use page::PageFailure;
pub use paper::PaperFailure;
pub use refusal::Refusal;
pub use said::CodePoints;

use crate::Language;
use std::borrow::Cow;

/// Something that went wrong, as every room names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureCode {
    /// A rule refuses.
    Refused(Refusal),
    /// The desk's store, its enrolment or its line to the centre failed.
    Desk(DeskFailure),
    /// A card reader, printer, camera or scanner failed.
    Device(DeviceFailure),
    /// A paper could not be made.
    Paper(PaperFailure),
    /// The counter could not do what the clerk asked for.
    Counter(CounterFailure),
    /// A list, or a row of it, is not taken.
    List(ListFailure),
    /// A self-service kiosk cannot do what a citizen asks for.
    Kiosk(KioskFailure),
    /// The page got no answer from the program.
    Page(PageFailure),
}

/// One line of the catalogue. Sentences have `{names}` where arguments go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Code that never changes: in logs, on the page, in the handbook.
    pub code: &'static str,
    /// Sentence in simplified Chinese.
    pub chinese: &'static str,
    /// The same sentence in English.
    pub english: &'static str,
}

impl FailureCode {
    /// Every entry, by the name of its room in Chinese and English.
    pub const CATALOGUE: [(&'static str, &'static str, &'static [Entry]); 8] = [
        ("业务规则", "Rules", Refusal::TABLE),
        ("窗口", "Counter", CounterFailure::TABLE),
        ("名单", "Lists", ListFailure::TABLE),
        ("纸张", "Paper", PaperFailure::TABLE),
        ("设备", "Devices", DeviceFailure::TABLE),
        ("本机与中心", "Desk and centre", DeskFailure::TABLE),
        ("自助终端", "Kiosk", KioskFailure::TABLE),
        ("画面", "Page", PageFailure::TABLE),
    ];

    /// Returns the stable code, which page, logs and handbook share.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Desk(failure) => failure.code(),
            Self::Device(failure) => failure.code(),
            Self::Paper(failure) => failure.code(),
            Self::Counter(failure) => failure.code(),
            Self::List(failure) => failure.code(),
            Self::Kiosk(failure) => failure.code(),
            Self::Page(failure) => failure.code(),
        }
    }

    /// Returns what happened, what is safe and what to do next.
    pub fn message(&self, language: Language) -> Cow<'static, str> {
        match self {
            Self::Refused(refusal) => Cow::Borrowed(refusal.message(language)),
            Self::Desk(failure) => failure.message(language),
            Self::Device(failure) => failure.message(language),
            Self::Paper(failure) => failure.message(language),
            Self::Counter(failure) => failure.message(language),
            Self::List(failure) => failure.message(language),
            Self::Kiosk(failure) => failure.message(language),
            Self::Page(failure) => failure.message(language),
        }
    }
}

impl From<Refusal> for FailureCode {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<DeskFailure> for FailureCode {
    fn from(failure: DeskFailure) -> Self {
        Self::Desk(failure)
    }
}

impl From<DeviceFailure> for FailureCode {
    fn from(failure: DeviceFailure) -> Self {
        Self::Device(failure)
    }
}

impl From<PaperFailure> for FailureCode {
    fn from(failure: PaperFailure) -> Self {
        Self::Paper(failure)
    }
}

impl From<CounterFailure> for FailureCode {
    fn from(failure: CounterFailure) -> Self {
        Self::Counter(failure)
    }
}

impl From<KioskFailure> for FailureCode {
    fn from(failure: KioskFailure) -> Self {
        Self::Kiosk(failure)
    }
}

impl From<ListFailure> for FailureCode {
    fn from(failure: ListFailure) -> Self {
        Self::List(failure)
    }
}
