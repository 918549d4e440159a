//! The Window screen (受理).

use desk::store::case_file::CaseState;
use rules::{
    Sensitive,
    correction::{CorrectionState, Field, Reason},
    eligibility::Eligibility,
    life::{Action, Standing},
    person::Sex,
    proof::{Document, ProofKind},
    wire::Channel,
};
use serde::{Deserialize, Serialize};
use specta::Type;

use super::{AnswerState, ConfirmingView, DoneView, Failure};

/// The current case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct CounterView {
    /// Grows with every view. Answers and events overtake each other; the page keeps the view with
    /// the highest revision.
    pub revision: u32,
    /// Step of the case, which decides the screen.
    pub step: Step,
    /// Case number (办件编号), once the case is opened.
    pub case_number: Option<String>,
    /// Phone that was left for this case, masked (M3).
    pub phone: Option<String>,
    /// The citizen, once the card is read.
    pub citizen: Option<CitizenCardView>,
    /// How the citizen was proved (I1–I5).
    pub proof: Option<ProofView>,
    /// Whether the citizen may hold a code, and why.
    pub eligibility: Option<EligibilityView>,
    /// Codes, corrections and escalations of the citizen, newest first.
    pub timeline: Vec<TimelineEntryView>,
    /// All actions, allowed or not; the primary one comes first.
    pub offers: Vec<OfferView>,
    /// The action that is being confirmed.
    pub confirming: Option<ConfirmingView>,
    /// How far the citizen's answer is on the citizen window; `None` while nobody is asked there.
    pub answer: Option<AnswerState>,
    /// The action that is done.
    pub done: Option<DoneView>,
    /// Last failure in this case, such as a card taken away.
    pub failure: Option<Failure>,
    /// Source of what is known about the citizen.
    pub knowledge: KnowledgeView,
    /// Whether the card still lies on the reader.
    pub card_present: bool,
    /// Whether somebody else's card lies there, which is read but does not disturb the case.
    pub another_card: bool,
    /// Number of suspended cases at this desk.
    pub suspended: u32,
}

/// Steps of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// No card on the reader yet.
    Waiting,
    /// The card is being read, then the citizen is looked up.
    Reading,
    /// The citizen is known, and the clerk chooses an action.
    Citizen,
    /// Name and photo, or the consequence, are being confirmed (核对).
    Confirm,
    /// The operation is stored; the desk waits up to two seconds for the centre.
    Working,
    /// The action is done.
    Done,
}

/// Source of what is known about the citizen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "from")]
pub enum KnowledgeView {
    /// There is no citizen yet.
    Nobody,
    /// The centre answered just now.
    Centre,
    /// This desk's copy is used.
    Cached {
        /// Time the copy was fetched.
        at: String,
    },
    /// The centre answered that nobody of this number is registered. Only the card is known.
    NotRegistered,
    /// Only the card is known, because the centre is out of reach.
    CardOnly,
}

/// The citizen in front of the clerk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CitizenCardView {
    /// Full name, which the clerk compares with the card.
    pub name: String,
    /// Masked name (M2), for the citizen window.
    pub masked_name: String,
    /// Masked ID number (M1).
    pub masked_number: String,
    /// Sex on the card.
    pub sex: Sex,
    /// Completed years today (E4).
    pub age: u8,
    /// Portrait as a data URL, from the registry or the chip.
    pub portrait: Option<String>,
    /// Source of the portrait, or why there is none.
    pub portrait_from: PortraitSource,
    /// Kind of card that was read.
    pub card: CardKind,
    /// Name on the chip, if it differs from the registry's.
    pub chip_name: Option<String>,
    /// What the clerk should check in the name: unmapped characters (N3), a cut end (N4), or a
    /// difference from the registry.
    pub name_hints: Vec<Failure>,
    /// Last valid day of the card; `None` if it is valid for life.
    pub card_valid_through: Option<String>,
    /// Whether the card is valid for life (长期).
    pub card_long_term: bool,
    /// Whether the card has expired.
    pub card_expired: bool,
    /// Relatives bound in the registry (E9).
    pub relatives: Vec<RelativeView>,
}

/// Source of a portrait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PortraitSource {
    /// Photo of the central registry.
    Registry,
    /// Photo on the chip.
    Chip,
    /// The chip's photo cannot be decoded here, and the registry's is not available.
    NotDecodable,
    /// Neither chip nor registry has a photo.
    None,
}

/// Kinds of cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CardKind {
    /// Resident identity card (居民身份证).
    Resident,
    /// Residence permit for Hong Kong, Macao and Taiwan residents (港澳台居民居住证).
    HongKongMacaoTaiwan,
    /// Foreign permanent resident card (外国人永久居留身份证).
    ForeignPermanentResident,
    /// Social security card (社会保障卡).
    SocialSecurity,
    /// No card: the citizen was proved otherwise.
    None,
}

/// How the citizen was proved, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ProofView {
    /// Row of the table of proofs.
    pub kind: ProofKind,
    /// Document that was shown, if it was one.
    pub document: Option<Document>,
    /// Masked ID number of who acts for the citizen, if the proof is theirs.
    pub agent: Option<String>,
}

/// A citizen without a card, as the clerk types them (I4).
#[derive(Clone, Serialize, Deserialize, Type)]
pub struct DocumentInput {
    /// ID number, typed.
    pub number: String,
    /// Document that lies before the clerk.
    pub document: Document,
    /// Handles of its pictures.
    pub pages: Vec<String>,
}

/// A supervisor who confirms a document on the spot (I4).
#[derive(Clone, Serialize, Deserialize, Type)]
pub struct SupervisorInput {
    /// Staff number, typed.
    pub staff: String,
    /// Password, typed by the supervisor.
    pub password: Sensitive<String>,
    /// One-time code, where set.
    pub second_factor: Option<Sensitive<String>>,
}

/// A relative bound in the registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RelativeView {
    /// Masked name (M2).
    pub masked_name: String,
    /// Relationship as the registry words it (父、母、子、女 …).
    pub relation: String,
}

/// Eligibility with its sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EligibilityView {
    /// Decision of the rules.
    pub answer: Eligibility,
    /// The sentence in Chinese.
    pub zh: String,
    /// The sentence in English.
    pub en: String,
}

/// An entry of the citizen's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "entry")]
pub enum TimelineEntryView {
    /// A code that was issued.
    Code {
        /// Serial, which commands take.
        serial: String,
        /// Last eight digits of the serial, which people read.
        serial_short: String,
        /// Whether the code is good today, and if not, why.
        standing: Standing,
        /// Whether the centre has yet to confirm it (L9).
        provisional: bool,
        /// Time of issue.
        issued_at: String,
        /// Last valid day.
        valid_through: String,
        /// Days left, while the code is live.
        days_left: Option<u16>,
        /// Number of printed copies.
        copies: u32,
    },
    /// A correction of name or photo.
    Correction {
        /// Identifier, which commands take.
        id: String,
        /// Field that is corrected.
        field: Field,
        /// Reason for the correction.
        reason: Reason,
        /// Current state.
        state: CorrectionState,
        /// Time of the last change.
        at: String,
    },
    /// A mistake that the citizen reported at a kiosk or on the portal.
    Escalation {
        /// Identifier, which commands take.
        id: String,
        /// Field that is wrong.
        field: Field,
        /// Channel that it came through.
        channel: Channel,
        /// Time of the report.
        at: String,
    },
}

/// An action, and whether it is allowed now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OfferView {
    /// Action that is offered.
    pub action: Action,
    /// Serial of the code that a loss report, reprint or void is about.
    pub serial: Option<String>,
    /// Key that begins it.
    pub key: Option<ActionKey>,
    /// Whether it is the most likely action.
    pub primary: bool,
    /// Why it is not allowed now.
    pub refusal: Option<Failure>,
    /// Code that it ends, to be confirmed (L6).
    pub consequence: Option<SentenceView>,
}

/// Function keys that begin an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub enum ActionKey {
    /// Makes a code.
    F4,
    /// Reports a loss.
    F6,
    /// Prints another copy.
    F8,
}

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SentenceView {
    /// The sentence in Chinese.
    pub zh: String,
    /// The sentence in English.
    pub en: String,
}

/// A case of this desk in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CaseRowView {
    /// Case number, grouped.
    pub case_number: String,
    /// Masked name (M2).
    pub masked_name: String,
    /// Whether it is open, suspended or closed.
    pub state: CaseState,
    /// Time of its last change.
    pub since: String,
    /// Staff number of the person who opened it.
    pub staff: String,
    /// Whether it has a correction that was not submitted yet.
    pub draft: bool,
}

/// One field, unmasked for a short time (M4).
#[derive(Clone, Serialize, Deserialize, Type)]
pub struct UnmaskedView {
    /// The full value.
    pub value: String,
    /// Seconds after which the page hides it.
    pub seconds: u8,
}
