//! Practice (演练) on one machine: what the window asks of its practice site, and what it shows of
//! it.
//!
//! The window starts the site as a program of its own and writes one [`PracticeOrder`] a line to
//! its standard input. The site prints [`PracticeStarted`] once, then a [`PracticeAnswer`] to each
//! order. Everybody named here is invented.

use crate::permission::Role;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What the learner does around the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case", tag = "order")]
pub enum PracticeOrder {
    /// Changes nothing.
    Look,
    /// Lays a person's card on the reader, in place of any other.
    Lay {
        /// Key of the person.
        person: String,
    },
    /// Lifts the card from the reader.
    Lift,
    /// Cuts or restores the line to the centre.
    Line {
        /// Whether it works from now on.
        up: bool,
    },
    /// Empties or fills the printer's tray.
    Paper {
        /// Whether there is paper from now on.
        loaded: bool,
    },
    /// Holds the newest code sheet under the scanner.
    Scan,
}

/// The practice site as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub struct PracticeView {
    /// Accounts that may log in.
    pub accounts: Vec<PracticeAccount>,
    /// People whose cards may be laid, with what the registry says of each.
    pub people: Vec<PracticePerson>,
    /// Key of the person whose card lies on the reader.
    pub laid: Option<String>,
    /// Whether the line to the centre works.
    pub line_up: bool,
    /// Whether the printer has paper.
    pub paper_loaded: bool,
    /// Folder of the printed papers.
    pub papers: String,
    /// Papers printed since the start.
    pub printed: u32,
}

/// An account of the practice site. Its password protects nothing, and is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub struct PracticeAccount {
    /// Staff number.
    pub staff: String,
    /// Name of the invented member of staff.
    pub name: String,
    /// Its only role.
    pub role: Role,
    /// Password for the log-in screen.
    pub password: String,
}

/// An invented citizen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub struct PracticePerson {
    /// Key of the person, which also names what they show.
    pub key: String,
    /// Name on the card.
    pub name: String,
    /// Masked number (M1), by which screens name the person.
    pub masked_number: String,
    /// Name in the registry of the practice centre, after any correction.
    pub registered_name: String,
}

/// First line of the practice site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PracticeStarted {
    /// New folder of the practice desk, with its settings.
    pub folder: PathBuf,
    /// One-time code that enrols the desk.
    pub code: String,
}

/// Answer of the practice site to an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PracticeAnswer {
    /// The order was carried out.
    Done(Box<PracticeView>),
    /// The order was not carried out; says why, for the log.
    Failed(String),
}
