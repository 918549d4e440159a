//! The lines of the protocol.

use serde::{Deserialize, Serialize};

/// Version of the protocol. A device of another version is refused.
pub const PROTOCOL_VERSION: u32 = 1;

/// Longest ticket, in characters.
const TICKET_LENGTH: usize = 16;
/// Longest time that a ticket can have waited, in seconds.
const LONGEST_WAIT: u32 = 24 * 60 * 60;

/// What a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceRole {
    /// The queue-calling system (叫号).
    Queue,
    /// The rating device (好差评).
    Rating,
    /// A display, which only listens.
    Display,
}

/// A line that a device sends.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type", deny_unknown_fields)]
pub(super) enum Line {
    /// First line of each connection.
    Hello { version: u32, device: DeviceRole },
    /// A ticket was called to this window.
    TicketCalled {
        #[serde(default)]
        id: Option<u32>,
        ticket: String,
        #[serde(default)]
        waited_seconds: Option<u32>,
    },
    /// The visitor with the called ticket has left.
    TicketDone {
        #[serde(default)]
        id: Option<u32>,
    },
    /// The citizen rated a case.
    Rating {
        #[serde(default)]
        id: Option<u32>,
        case: String,
        score: u8,
    },
}

/// What a device said, within its bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A ticket was called to this window.
    TicketCalled {
        /// Number of the ticket: letters, digits and hyphens.
        ticket: String,
        /// How long it waited, where the device knows.
        waited_seconds: Option<u32>,
    },
    /// The visitor with the called ticket has left.
    TicketDone,
    /// The citizen rated a case, from 1 (非常不满意) to 5 (非常满意).
    Rating {
        /// Case number as it was announced.
        case: String,
        /// Rating from 1 (非常不满意) to 5 (非常满意).
        score: u8,
    },
}

/// Why a line is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// No line of this protocol.
    Malformed,
    /// A longer line than any of this protocol; the connection ends.
    TooLong,
    /// More lines than a device has to say.
    TooMany,
    /// More devices than a window has; the connection ends.
    TooManyDevices,
    /// Another version of the protocol; the connection ends.
    Version,
    /// Not for this kind of device to say.
    NotYours,
    /// No case of today at this window.
    UnknownCase,
    /// The case was rated before.
    AlreadyRated,
    /// The window cannot take it now.
    NotNow,
}

impl Line {
    /// Reads a line.
    pub(super) fn read(line: &[u8]) -> Result<Self, Why> {
        serde_json::from_slice(line).map_err(|_| Why::Malformed)
    }

    /// Returns the number that the answer repeats.
    pub(super) const fn id(&self) -> Option<u32> {
        match self {
            Self::Hello { .. } => None,
            Self::TicketCalled { id, .. } | Self::TicketDone { id } | Self::Rating { id, .. } => *id,
        }
    }

    /// Returns what a device of this kind said, within its bounds.
    pub(super) fn said_by(self, device: DeviceRole) -> Result<Said, Why> {
        let (said, whose) = match self {
            Self::Hello { .. } => return Err(Why::Malformed),
            Self::TicketCalled { ticket, waited_seconds, .. } => {
                let is_ticket = |text: &str| {
                    (1..=TICKET_LENGTH).contains(&text.len())
                        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                };
                if !is_ticket(&ticket) || waited_seconds.is_some_and(|seconds| seconds > LONGEST_WAIT) {
                    return Err(Why::Malformed);
                }
                (Said::TicketCalled { ticket, waited_seconds }, DeviceRole::Queue)
            }
            Self::TicketDone { .. } => (Said::TicketDone, DeviceRole::Queue),
            Self::Rating { case, score, .. } => {
                if !(1..=5).contains(&score) {
                    return Err(Why::Malformed);
                }
                (Said::Rating { case, score }, DeviceRole::Rating)
            }
        };
        if device == whose { Ok(said) } else { Err(Why::NotYours) }
    }
}

/// A line that a device gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub(super) enum Answer {
    /// Answers the device's hello.
    Hello { version: u32, window: u16 },
    /// The line with this number was taken.
    Taken { id: Option<u32> },
    /// The line with this number was not taken.
    Refused { id: Option<u32>, why: Why },
    /// The stage of the window changed.
    Stage(StageEvent),
}

/// Where the window is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StageEvent {
    /// Number of the window.
    pub window: u16,
    /// Stage, in the words of the citizen window: `welcome`, `in_progress`, `done` …
    pub stage: String,
    /// Case number, once the case has one.
    pub case: Option<String>,
    /// Ticket that was called for it.
    pub ticket: Option<String>,
    /// Answer of the centre, once something is done: `confirmed`, `provisional`, `refused`.
    pub result: Option<String>,
}

impl Answer {
    /// Returns the line with its end.
    pub(super) fn line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str, device: DeviceRole) -> Result<Said, Why> {
        Line::read(line.as_bytes())?.said_by(device)
    }

    #[test]
    fn a_device_says_only_what_is_its_own() {
        let called = r#"{"type":"ticket_called","ticket":"A-012","waited_seconds":420}"#;
        let expected = Said::TicketCalled { ticket: "A-012".to_owned(), waited_seconds: Some(420) };
        assert_eq!(said(called, DeviceRole::Queue), Ok(expected));
        assert_eq!(said(called, DeviceRole::Rating), Err(Why::NotYours));
        let rating = r#"{"type":"rating","case":"3101","score":5}"#;
        assert!(said(rating, DeviceRole::Rating).is_ok());
        assert_eq!(said(rating, DeviceRole::Display), Err(Why::NotYours));
        assert_eq!(said(rating, DeviceRole::Queue), Err(Why::NotYours));
    }

    #[test]
    fn nothing_that_could_be_a_name_is_a_ticket() {
        for ticket in ["王秀英", "", "A 12", "12345678901234567", "<b>"] {
            let line = format!(r#"{{"type":"ticket_called","ticket":"{ticket}"}}"#);
            assert_eq!(said(&line, DeviceRole::Queue), Err(Why::Malformed), "{ticket}");
        }
    }

    #[test]
    fn a_line_with_anything_more_or_out_of_range_is_malformed() {
        for line in [
            r#"{"type":"rating","case":"1","score":0}"#,
            r#"{"type":"rating","case":"1","score":6}"#,
            r#"{"type":"rating","case":"1","score":5,"name":"x"}"#,
            r#"{"type":"rating","case":"1"}"#,
            r#"{"type":"ticket_called","ticket":"A1","waited_seconds":86401}"#,
            r#"{"type":"dance"}"#,
            r#"{"type":"hello","version":1,"device":"rating"}"#,
            "[]",
            "",
        ] {
            assert_eq!(said(line, DeviceRole::Rating), Err(Why::Malformed), "{line}");
        }
    }
}
