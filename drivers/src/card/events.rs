use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Card, CardError};

/// What the card readers of the desk have to say, in order.
///
/// For one card: `CardFound`, then `Read` or `ReadFailed` once (and again for each `read_again`), then
/// `CardRemoved`. After `CardRemoved` nothing of that card follows any more.
#[derive(Debug)]
pub enum CardEvent {
    /// A reader is there.
    ReaderFound {
        /// Its name.
        reader: String,
    },
    /// A reader went away. A card on it counts as removed; `CardRemoved` came first.
    ReaderLost {
        /// Its name.
        reader: String,
    },
    /// The card service (pcscd) does not answer.
    ServiceLost,
    /// The card service answers again.
    ServiceBack,
    /// A card was put on; reading begins.
    CardFound {
        /// On which reader.
        reader: String,
    },
    /// The card was read.
    Read {
        /// On which reader.
        reader: String,
        /// What it holds.
        card: Box<Card>,
        /// From the start of the exchange with the card to its parsed content.
        took: Duration,
    },
    /// The card was not read.
    ReadFailed {
        /// On which reader.
        reader: String,
        /// Why.
        error: CardError,
    },
    /// The card was taken away: its holder's data must leave the screen.
    CardRemoved {
        /// From which reader.
        reader: String,
    },
}

/// How a reader is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ReaderKind {
    /// Through the system's card service.
    Pcsc,
    /// A security module (SAM_V) on a serial line.
    Serial,
    /// A security module on USB bulk endpoints.
    Usb,
}

/// What a reader is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ReaderState {
    /// Not there, or not usable; `ReaderStatus::last_error` says why.
    Absent,
    /// There, without a card.
    Empty,
    /// Reading a card.
    Reading,
    /// A card lies on it.
    CardPresent,
}

/// One reader, for the desk check and the status line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReaderStatus {
    /// Its name: the PC/SC name or the device file.
    pub reader: String,
    /// How it is reached.
    pub kind: ReaderKind,
    /// What it is doing.
    pub state: ReaderState,
    /// Number of its security module, where it has one and was asked.
    pub module: Option<String>,
    /// What was last wrong; cleared by the next success.
    pub last_error: Option<CardError>,
}
