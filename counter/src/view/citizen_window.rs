//! The citizen window (客显).

use rules::{correction::Field, life::Action};
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
    /// Whether the action is done and its code sheet has not come out of the printer.
    pub awaits_sheet: bool,
    /// How far the answer and signature are that are asked for.
    pub answer: Option<AnswerState>,
    /// Correction to be checked.
    pub correction: Option<AskedCorrectionView>,
}

/// A correction that the citizen checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AskedCorrectionView {
    /// Field that is corrected.
    pub field: Field,
    /// Full name, or photo as a data URL, in the registry; `None` if it has none.
    pub before: Option<String>,
    /// New full name, or photo as a data URL.
    pub after: Option<String>,
}

/// How far the citizen's answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum AnswerState {
    /// The citizen is asked: 无误 or 有误.
    Asked,
    /// The citizen answered 无误 and is asked to sign.
    Signing,
    /// The citizen answered 无误 and signed.
    Signed,
    /// The citizen answered 有误.
    Wrong,
    /// The clerk said why the citizen does not sign.
    Unsigned,
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
    /// The holder is asked to check a correction.
    CheckCorrection,
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
