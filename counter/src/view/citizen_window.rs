//! The citizen window (客显).

use rules::life::Action;
use serde::{Deserialize, Serialize};
use specta::Type;

use super::Confirmation;

/// The citizen window (客显): one message at a time, masked, no photo after the case ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CitizenWindowView {
    /// Grows with every view that was begun. Answers and events overtake each other; the page keeps
    /// the youngest.
    pub revision: u32,
    /// What is being done.
    pub stage: CitizenStage,
    /// Site name.
    pub site_name: String,
    /// Window number.
    pub desk_number: u16,
    /// Practice.
    pub practice: bool,
    /// M2; the full name only on the confirm stage, where the holder compares it (L8).
    pub name: Option<String>,
    /// M1
    pub masked_number: Option<String>,
    /// Only on the confirm stage.
    pub portrait: Option<String>,
    /// What is being done.
    pub action: Option<Action>,
    /// Last valid day, when done.
    pub valid_through: Option<String>,
    /// Confirmed or provisional.
    pub confirmation: Option<Confirmation>,
}

/// Stages of the citizen window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CitizenStage {
    /// Nobody is served / window closed.
    Closed,
    /// Please lay your card on the reader.
    Welcome,
    /// Reading.
    Reading,
    /// One moment.
    InProgress,
    /// Please check name and photo.
    PleaseCheck,
    /// Done; take your card and your sheet.
    Done,
    /// Please speak to the clerk.
    Trouble,
}
