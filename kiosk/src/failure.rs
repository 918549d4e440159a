//! What went wrong, in the citizen's words.

use channel::CallError;
use drivers::printer::{PrinterError, PrinterProblem};
use rules::{
    Language, Refusal,
    failure::{CITIZEN_SENTENCES, KioskFailure},
};
use serde::Serialize;

/// Why the kiosk does not do what a citizen asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Kiosk(KioskFailure),
    /// A rule refuses.
    Refused(Refusal),
}

impl From<KioskFailure> for Trouble {
    fn from(failure: KioskFailure) -> Self {
        Self::Kiosk(failure)
    }
}

/// What a citizen reads, in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Sentence {
    code: &'static str,
    zh: String,
    en: String,
}

impl From<&KioskFailure> for Sentence {
    fn from(failure: &KioskFailure) -> Self {
        Self {
            code: failure.code(),
            zh: failure.message(Language::Chinese).into_owned(),
            en: failure.message(Language::English).into_owned(),
        }
    }
}

impl From<&Trouble> for Sentence {
    fn from(trouble: &Trouble) -> Self {
        match trouble {
            Trouble::Kiosk(failure) => failure.into(),
            Trouble::Refused(refusal) => {
                let code = refusal.code();
                // The last sentence stands for every refusal without one of its own.
                let found = CITIZEN_SENTENCES.iter().find(|entry| entry.code == code);
                match found.or(CITIZEN_SENTENCES.last()) {
                    Some(entry) => Self { code, zh: entry.chinese.to_owned(), en: entry.english.to_owned() },
                    None => Self { code, zh: String::new(), en: String::new() },
                }
            }
        }
    }
}

/// Returns what a call that asked to know something failed of.
pub(crate) fn of_question(error: CallError) -> Trouble {
    Trouble::Kiosk(match error {
        CallError::Away | CallError::Lost => KioskFailure::CentreAway,
        CallError::Busy | CallError::Unavailable => KioskFailure::CentreBusy,
        CallError::OutOfService
        | CallError::ClockOff(_)
        | CallError::NotFound
        | CallError::Malformed
        | CallError::Unreadable => KioskFailure::OutOfService,
        CallError::Unauthenticated => KioskFailure::SessionEnded,
        CallError::Forbidden => KioskFailure::NotBound,
        CallError::Refused(Refusal::GoToWindow) => KioskFailure::GoToWindow,
        CallError::Refused(refusal) => return Trouble::Refused(refusal),
    })
}

/// Returns what a log-in failed of.
pub(crate) fn of_log_in(error: CallError) -> Trouble {
    match error {
        CallError::Unauthenticated => KioskFailure::CodeNotAccepted.into(),
        error => of_question(error),
    }
}

/// Returns what a call that asked to do something failed of.
pub(crate) fn of_action(error: CallError) -> Trouble {
    match error {
        CallError::Lost => KioskFailure::OutcomeUnknown.into(),
        error => of_question(error),
    }
}

pub(crate) const fn of_printer_state(problem: PrinterProblem) -> KioskFailure {
    match problem {
        PrinterProblem::PaperOut => KioskFailure::NoPaper,
        _ => KioskFailure::PrinterAway,
    }
}

pub(crate) const fn of_printer(error: PrinterError) -> KioskFailure {
    match error {
        PrinterError::MediaNotLoaded => KioskFailure::NoPaper,
        _ => KioskFailure::PrinterAway,
    }
}
