//! The citizen window (客显).

use rules::life::Action;
use serde::{Deserialize, Serialize};
use specta::Type;

use super::Confirmation;

/// The citizen window (客显): one message at a time, masked, and no photo after the case ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CitizenWindowView {
    /// Grows with every view. Answers and events overtake each other; the page keeps the view with
    /// the highest revision.
    pub revision: u32,
    /// Stage, which decides the message.
    pub stage: CitizenStage,
    /// Name of the site.
    pub site_name: String,
    /// Window number.
    pub desk_number: u16,
    /// Whether this is a practice desk (演练).
    pub practice: bool,
    /// Masked name (M2). On the confirm stage it is the full name, which the holder compares (L8).
    pub name: Option<String>,
    /// Masked ID number (M1).
    pub masked_number: Option<String>,
    /// Portrait as a data URL, on the confirm stage only.
    pub portrait: Option<String>,
    /// The action that is confirmed or done.
    pub action: Option<Action>,
    /// Last valid day of the code, once the action is done.
    pub valid_through: Option<String>,
    /// Answer of the centre, once the action is done.
    pub confirmation: Option<Confirmation>,
}

/// Stages of the citizen window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CitizenStage {
    /// Nobody works at this window.
    Closed,
    /// The citizen is asked to lay the card on the reader.
    Welcome,
    /// The card is being read and must not be moved.
    Reading,
    /// The case has ended and the card still lies there: the citizen is asked to take it.
    TakeCard,
    /// The clerk works; the citizen waits.
    InProgress,
    /// A correction of the citizen is being filled in.
    Correcting,
    /// The citizen may not hold a code; the clerk says why.
    NotEligible,
    /// The citizen is asked to take card and notice (一次性告知书).
    TakeNotice,
    /// The holder is asked to check name and photo.
    PleaseCheck,
    /// The citizen is asked to take card and sheet.
    Done,
    /// The citizen is asked to speak to the clerk.
    Trouble,
}
