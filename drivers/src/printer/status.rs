//! Status of a printer, as it reports it.

use ipp::prelude::{DelimiterTag, IppAttributeGroup, IppRequestResponse, IppValue};
use serde::{Deserialize, Serialize};

use super::wire::decode;
use super::{Media, PrinterError, PrinterProblem, PrinterReason, Severity};

/// State of a printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PrinterState {
    /// The printer is ready.
    Idle,
    /// The printer is printing.
    Processing,
    /// The printer is stopped; the reasons say why.
    Stopped,
}

/// Status that a printer reports about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrinterStatus {
    /// Name of the queue or printer.
    pub name: String,
    /// Make and model of the printer.
    pub model: Option<String>,
    /// State of the printer.
    pub state: PrinterState,
    /// Reasons for the state, most serious first.
    pub reasons: Vec<PrinterReason>,
    /// Message of the printer, in its own language.
    pub message: Option<String>,
    /// Whether it accepts jobs.
    pub accepting: bool,
    /// Whether it accepts PDF.
    pub prints_pdf: bool,
    /// Paper sizes it supports, by name; empty if it does not say.
    pub media_supported: Vec<String>,
    /// Paper sizes that are loaded; empty if it does not say.
    pub media_ready: Vec<String>,
    /// Number of jobs that are waiting.
    pub queued_jobs: u32,
    /// IPP operations it supports; empty if it does not say.
    pub(crate) operations: Vec<i32>,
    /// Address of the device behind a CUPS queue.
    pub(crate) device_uri: Option<String>,
}

/// Attributes requested from a printer: all that the status needs.
pub(crate) const ATTRIBUTES: &[&str] = &[
    "printer-name",
    "printer-make-and-model",
    "printer-state",
    "printer-state-reasons",
    "printer-state-message",
    "printer-is-accepting-jobs",
    "document-format-supported",
    "media-supported",
    "media-ready",
    "queued-job-count",
    "operations-supported",
    "device-uri",
];

/// Messages of CUPS for a printer that it cannot reach. A CUPS in another language uses other
/// words, which are then shown unchanged.
const CUPS_OFFLINE: &[&str] = &[
    "The printer may not exist or is unavailable at this time.",
    "The printer is not responding.",
    "The printer is unreachable at this time.",
    "The network connection to the printer has failed.",
];

const PDF: &str = "application/pdf";
/// Format that a CUPS queue without a driver reports, because it passes on anything.
const ANY: &str = "application/octet-stream";

impl PrinterStatus {
    /// Parses the bytes of a reply to Get-Printer-Attributes.
    ///
    /// # Errors
    /// [`PrinterError`] if it is a refusal or a reply of another kind.
    pub fn from_reply(reply: &[u8]) -> Result<Self, PrinterError> {
        Self::parse(&decode(reply)?)
    }

    /// Parses a reply to Get-Printer-Attributes.
    ///
    /// # Errors
    /// [`PrinterError::Protocol`] if there is no printer or it has no state.
    pub(crate) fn parse(response: &IppRequestResponse) -> Result<Self, PrinterError> {
        let group =
            response.attributes().first_of(DelimiterTag::PrinterAttributes).ok_or(PrinterError::Protocol)?;
        let formats = texts(group, "document-format-supported");
        Ok(Self {
            name: text(group, "printer-name").unwrap_or_default(),
            model: text(group, "printer-make-and-model"),
            state: state(group).ok_or(PrinterError::Protocol)?,
            reasons: reasons(group),
            message: text(group, "printer-state-message").filter(|message| !message.is_empty()),
            accepting: boolean(group, "printer-is-accepting-jobs").unwrap_or(true),
            prints_pdf: formats.is_empty() || formats.iter().any(|format| format == PDF || format == ANY),
            media_supported: texts(group, "media-supported"),
            media_ready: texts(group, "media-ready"),
            queued_jobs: integer(group, "queued-job-count")
                .and_then(|count| u32::try_from(count).ok())
                .unwrap_or(0),
            operations: integers(group, "operations-supported"),
            device_uri: text(group, "device-uri"),
        })
    }

    /// Adds what the device behind this queue reports.
    pub(crate) fn add(&mut self, device: Self) {
        if device.state == PrinterState::Stopped {
            self.state = PrinterState::Stopped;
        }
        self.reasons.extend(device.reasons);
        self.reasons.sort_by_key(|reason| std::cmp::Reverse(reason.severity));
    }

    /// Checks whether a sheet of this size can be printed now, as far as the printer tells.
    ///
    /// Being out of paper of the right size is not an error here: the job waits for it.
    ///
    /// # Errors
    /// [`PrinterError::NotAccepting`] if it accepts no jobs, [`PrinterError::FormatNotSupported`]
    /// if it does not accept PDF, [`PrinterError::MediaNotSupported`] or
    /// [`PrinterError::MediaNotLoaded`] for another paper size.
    pub fn check(&self, media: &Media) -> Result<(), PrinterError> {
        if !self.accepting {
            return Err(PrinterError::NotAccepting);
        }
        if !self.prints_pdf {
            return Err(PrinterError::FormatNotSupported);
        }
        if !self.media_supported.is_empty() && !media.is_among(&self.media_supported) {
            return Err(PrinterError::MediaNotSupported);
        }
        let out_of_paper = self.reasons.iter().any(|reason| reason.problem == PrinterProblem::PaperOut);
        if !self.media_ready.is_empty() && !out_of_paper && !media.is_among(&self.media_ready) {
            return Err(PrinterError::MediaNotLoaded);
        }
        Ok(())
    }

    /// Returns the most serious problem that prevents printing, if any.
    ///
    /// One empty tray among several is only a report at an idle printer and prevents nothing.
    #[must_use]
    pub fn blocking_problem(&self) -> Option<PrinterProblem> {
        self.reasons
            .iter()
            .find(|reason| reason.severity == Severity::Error || self.state == PrinterState::Stopped)
            .map(|reason| reason.problem)
    }
}

/// Parses the attribute `printer-state`.
pub(crate) fn state(group: &IppAttributeGroup) -> Option<PrinterState> {
    match integer(group, "printer-state")? {
        3 => Some(PrinterState::Idle),
        4 => Some(PrinterState::Processing),
        5 => Some(PrinterState::Stopped),
        _ => None,
    }
}

/// Parses the attribute `printer-state-reasons`, most serious reason first.
///
/// CUPS reports a printer that it cannot reach only in words, without a reason.
pub(crate) fn reasons(group: &IppAttributeGroup) -> Vec<PrinterReason> {
    let mut reasons: Vec<PrinterReason> = texts(group, "printer-state-reasons")
        .iter()
        .filter_map(|keyword| PrinterReason::parse(keyword))
        .collect();
    if text(group, "printer-state-message").is_some_and(|words| CUPS_OFFLINE.contains(&words.as_str())) {
        reasons.push(PrinterReason::unreachable());
    }
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.severity));
    reasons
}

pub(crate) fn text(group: &IppAttributeGroup, name: &str) -> Option<String> {
    texts(group, name).into_iter().next()
}

/// Returns every textual value of an attribute, whichever textual type the printer chose.
pub(crate) fn texts(group: &IppAttributeGroup, name: &str) -> Vec<String> {
    values(group, name)
        .filter_map(|value| match value {
            IppValue::Keyword(text) => Some(text.to_string()),
            IppValue::NameWithoutLanguage(text) => Some(text.to_string()),
            IppValue::NameWithLanguage { name, .. } => Some(name.to_string()),
            IppValue::TextWithoutLanguage(text) => Some(text.as_ref().to_owned()),
            IppValue::TextWithLanguage { text, .. } => Some(text.as_ref().to_owned()),
            IppValue::MimeMediaType(text) => Some(text.to_string()),
            IppValue::Uri(text) => Some(text.to_string()),
            _ => None,
        })
        .collect()
}

pub(crate) fn integer(group: &IppAttributeGroup, name: &str) -> Option<i32> {
    integers(group, name).into_iter().next()
}

pub(crate) fn integers(group: &IppAttributeGroup, name: &str) -> Vec<i32> {
    values(group, name)
        .filter_map(|value| match value {
            IppValue::Integer(number) | IppValue::Enum(number) => Some(*number),
            _ => None,
        })
        .collect()
}

fn boolean(group: &IppAttributeGroup, name: &str) -> Option<bool> {
    values(group, name).find_map(|value| value.as_boolean().copied())
}

fn values<'group>(group: &'group IppAttributeGroup, name: &str) -> impl Iterator<Item = &'group IppValue> {
    group.get(name).into_iter().flat_map(|attribute| attribute.value())
}
