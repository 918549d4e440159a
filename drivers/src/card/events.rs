//! Events of card readers and their current status.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Card, CardError};

/// Events of the desk's card readers, in order.
///
/// For one card, the order is `CardFound`, then `Read` or `ReadFailed` once (and again for each
/// `read_again`), then `CardRemoved`. No event of a card follows its `CardRemoved`.
#[derive(Debug)]
pub enum CardEvent {
    /// A reader was found.
    ReaderFound {
        /// Name of the reader.
        reader: String,
    },
    /// A reader was disconnected. If it held a card, `CardRemoved` came first.
    ReaderLost {
        /// Name of the reader.
        reader: String,
    },
    /// The card service (pcscd) does not answer.
    ServiceLost,
    /// The card service answers again.
    ServiceBack,
    /// A card was put on a reader, and reading begins.
    CardFound {
        /// Name of the reader.
        reader: String,
    },
    /// The card was read.
    Read {
        /// Name of the reader.
        reader: String,
        /// Content of the card.
        card: Box<Card>,
        /// Time from the first exchange with the card to its parsed content.
        took: Duration,
    },
    /// The card was not read.
    ReadFailed {
        /// Name of the reader.
        reader: String,
        /// Reason why it was not read.
        error: CardError,
    },
    /// The card was taken away. Its holder's data must leave the screen.
    CardRemoved {
        /// Name of the reader.
        reader: String,
    },
}

/// Connection of a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ReaderKind {
    /// Connected through the system's card service.
    Pcsc,
    /// A security module (SAM_V) on a serial line.
    Serial,
    /// A security module on USB bulk endpoints.
    Usb,
}

/// Current state of a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ReaderState {
    /// Not connected or not usable; `ReaderStatus::last_error` gives the reason.
    Absent,
    /// Connected, without a card.
    Empty,
    /// A card is being read.
    Reading,
    /// A card lies on the reader, and reading has ended.
    CardPresent,
}

/// Status of one reader, for the desk check and the status line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReaderStatus {
    /// Name of the reader: its PC/SC name or device file.
    pub reader: String,
    /// How the reader is connected.
    pub kind: ReaderKind,
    /// What the reader is doing.
    pub state: ReaderState,
    /// Number of its security module, if it has one that answered.
    pub module: Option<String>,
    /// Latest error; the next success clears it.
    pub last_error: Option<CardError>,
}
