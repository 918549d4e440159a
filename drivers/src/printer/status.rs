use ipp::prelude::{DelimiterTag, IppAttributeGroup, IppRequestResponse, IppValue};
use serde::{Deserialize, Serialize};

use super::wire::decode;
use super::{Media, PrinterError, PrinterProblem, PrinterReason, Severity};

/// What the printer does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PrinterState {
    /// Ready.
    Idle,
    /// Printing.
    Processing,
    /// Stopped; the reasons say why.
    Stopped,
}

/// What a printer says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrinterStatus {
    /// Name of the queue or printer.
    pub name: String,
    /// Make and model.
    pub model: Option<String>,
    /// What it does.
    pub state: PrinterState,
    /// Why, most serious first.
    pub reasons: Vec<PrinterReason>,
    /// Its own words, in its own language.
    pub message: Option<String>,
    /// Whether it takes jobs.
    pub accepting: bool,
    /// Whether it takes PDF.
    pub prints_pdf: bool,
    /// Sizes it can take, by name. Empty when it does not say.
    pub media_supported: Vec<String>,
    /// Sizes loaded. Empty when it does not say.
    pub media_ready: Vec<String>,
    /// Jobs waiting.
    pub queued_jobs: u32,
    /// Operations it can do; zero-length when it does not say.
    pub(crate) operations: Vec<i32>,
}

/// What is asked of a printer; everything above.
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
];

/// How CUPS words a printer it cannot reach. A CUPS that runs in another language words it otherwise; its words are
/// then shown as they are.
const CUPS_OFFLINE: &[&str] = &[
    "The printer may not exist or is unavailable at this time.",
    "The printer is not responding.",
    "The printer is unreachable at this time.",
    "The network connection to the printer has failed.",
];

const PDF: &str = "application/pdf";
/// Formats a CUPS queue without a driver says it takes: it passes anything on.
const ANY: &str = "application/octet-stream";

impl PrinterStatus {
    /// Reads a reply to Get-Printer-Attributes as it comes over the wire.
    ///
    /// # Errors
    /// [`PrinterError`] when it is a refusal or no such reply.
    pub fn from_reply(reply: &[u8]) -> Result<Self, PrinterError> {
        Self::parse(&decode(reply)?)
    }

    /// Reads the reply to Get-Printer-Attributes.
    ///
    /// # Errors
    /// [`PrinterError::Protocol`] when it has no printer or the printer has no state.
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
        })
    }

    /// Whether a sheet of this size could be printed now, as far as the printer says.
    ///
    /// # Errors
    /// [`PrinterError::NotAccepting`], [`PrinterError::FormatNotSupported`], [`PrinterError::MediaNotSupported`],
    /// [`PrinterError::MediaNotLoaded`]. A printer out of paper of the right size is not an error here: its job
    /// waits.
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

    /// The most serious thing that keeps it from printing, if something does. An empty tray among several is a
    /// report at an idle printer and keeps nothing from printing.
    #[must_use]
    pub fn blocking_problem(&self) -> Option<PrinterProblem> {
        self.reasons
            .iter()
            .find(|reason| reason.severity == Severity::Error || self.state == PrinterState::Stopped)
            .map(|reason| reason.problem)
    }
}

/// `printer-state`.
pub(crate) fn state(group: &IppAttributeGroup) -> Option<PrinterState> {
    match integer(group, "printer-state")? {
        3 => Some(PrinterState::Idle),
        4 => Some(PrinterState::Processing),
        5 => Some(PrinterState::Stopped),
        _ => None,
    }
}

/// `printer-state-reasons`, most serious first.
///
/// CUPS tells of a printer it cannot reach only in words, with no reason at all.
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

/// Every textual value of an attribute, whichever of the textual types the printer chose.
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
