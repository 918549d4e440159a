//! The Window (受理), Confirm (核对) and Done screens.

use rules::{
    eligibility::Eligibility,
    life::{Action, Standing},
    op::AgentRole,
};
use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Failure, PrintView, VerifyView};

/// The case in front of the clerk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct CounterView {
    /// Grows with every view that was begun. Answers and events overtake each other; the page keeps
    /// the youngest.
    pub revision: u32,
    /// Where the case stands.
    pub step: Step,
    /// 办件编号, once there is a case.
    pub case_number: Option<String>,
    /// The citizen, once known.
    pub citizen: Option<CitizenCardView>,
    /// May they hold a code, and why.
    pub eligibility: Option<EligibilityView>,
    /// Codes and corrections, newest first.
    pub timeline: Vec<TimelineEntryView>,
    /// All actions, allowed or not, the primary one first.
    pub offers: Vec<OfferView>,
    /// What is being confirmed.
    pub confirming: Option<ConfirmingView>,
    /// What was done.
    pub done: Option<DoneView>,
    /// The last thing that went wrong in this case (card pulled, refused …).
    pub failure: Option<Failure>,
    /// Is the centre's view fresh, cached (with its age) or missing?
    pub knowledge: KnowledgeView,
    /// The card still lies on the reader.
    pub card_present: bool,
    /// Suspended cases of this desk.
    pub suspended: u32,
}

/// Steps of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Waiting for a card.
    Waiting,
    /// The card is being read, then looked up.
    Reading,
    /// The citizen is known; choose an action.
    Citizen,
    /// 核对: name and photo, or the consequence, are confirmed.
    Confirm,
    /// Written down; waiting up to 2 s for the centre.
    Working,
    /// Done.
    Done,
}

/// Where the knowledge comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "from")]
pub enum KnowledgeView {
    /// No citizen yet.
    Nobody,
    /// The centre, now.
    Centre,
    /// This desk's copy.
    Cached {
        /// Fetched at.
        at: String,
    },
    /// The centre, now: nobody of this number is registered. Only the card.
    NotRegistered,
    /// Only the card; the centre cannot be asked.
    CardOnly,
}

/// The citizen, masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CitizenCardView {
    /// Full name: the clerk must be able to compare it.
    pub name: String,
    /// M2, for the citizen window.
    pub masked_name: String,
    /// M1.
    pub masked_number: String,
    /// Sex, `male` / `female` / `unknown` / `not_stated`.
    pub sex: rules::person::Sex,
    /// Birth date.
    pub birth: String,
    /// Completed years today (E4).
    pub age: u8,
    /// Registry photo or decoded chip photo, `data:image/jpeg;base64,…`.
    pub portrait: Option<String>,
    /// Why there is no portrait or which one it is.
    pub portrait_from: PortraitSource,
    /// Which card.
    pub card: CardKind,
    /// Name on the chip, when it differs from the registry's.
    pub chip_name: Option<String>,
    /// Hints: N3 unmapped characters, N4 may be cut, name differs from registry…
    pub name_hints: Vec<Failure>,
    /// Last valid day of the card, `长期` as `None` with `card_long_term`.
    pub card_valid_through: Option<String>,
    /// 长期
    pub card_long_term: bool,
    /// The card is past its date.
    pub card_expired: bool,
    /// Bound relatives (E9), masked.
    pub relatives: Vec<RelativeView>,
}

/// Where the portrait comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PortraitSource {
    /// The central registry.
    Registry,
    /// The chip.
    Chip,
    /// The chip's photo cannot be decoded here, and the registry has none or is out of reach.
    NotDecodable,
    /// Nobody has one.
    None,
}

/// Cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CardKind {
    /// 居民身份证
    Resident,
    /// 港澳台居民居住证
    HongKongMacaoTaiwan,
    /// 外国人永久居留身份证
    ForeignPermanentResident,
    /// 社会保障卡
    SocialSecurity,
    /// No card: taken up again by case number.
    None,
}

/// A relative, masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RelativeView {
    /// M2
    pub masked_name: String,
    /// 父/母/子/女…
    pub relation: String,
}

/// Eligibility with its sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EligibilityView {
    /// The answer.
    pub answer: Eligibility,
    /// Sentence, zh-CN.
    pub zh: String,
    /// Sentence, en.
    pub en: String,
}

/// One line of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "entry")]
pub enum TimelineEntryView {
    /// A code.
    Code {
        /// Serial.
        serial: String,
        /// Last eight digits, shown.
        serial_short: String,
        /// Standing today.
        standing: Standing,
        /// L9.
        provisional: bool,
        /// Issued.
        issued_at: String,
        /// Last valid day.
        valid_through: String,
        /// Days left, when live.
        days_left: Option<u16>,
        /// Copies printed.
        copies: u32,
    },
    /// A correction.
    Correction {
        /// Id.
        id: String,
        /// Field.
        field: rules::correction::Field,
        /// Reason.
        reason: rules::correction::Reason,
        /// `draft`, `submitted`, `approved`, `applied`, `rejected`, `withdrawn`, `conflicted`.
        state: String,
        /// Last change.
        at: String,
    },
    /// Filed at a kiosk or on the portal.
    Escalation {
        /// Id.
        id: String,
        /// Field.
        field: rules::correction::Field,
        /// Where.
        channel: rules::wire::Channel,
        /// When.
        at: String,
    },
}

/// An action and whether it is allowed now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OfferView {
    /// Action.
    pub action: Action,
    /// The code it is about, for loss, reprint, void.
    pub serial: Option<String>,
    /// Its key: `F4`, `F6`, `F8` …
    pub key: Option<String>,
    /// The one most likely wanted.
    pub primary: bool,
    /// Why not, when not.
    pub refusal: Option<Failure>,
    /// What it ends, to be confirmed (L6).
    pub consequence: Option<SentenceView>,
}

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SentenceView {
    /// zh-CN
    pub zh: String,
    /// en
    pub en: String,
}

/// What is being confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ConfirmingView {
    /// Action.
    pub action: Action,
    /// Code it is about.
    pub serial: Option<String>,
    /// L8: name and photo are to be confirmed by the holder.
    pub holder_confirms: bool,
    /// L6: what ends.
    pub consequence: Option<SentenceView>,
    /// E8: a guardian must be recorded.
    pub guardian_needed: bool,
    /// E3 offline: certificate and household are to be declared.
    pub declaration_needed: bool,
    /// S4: password again (void).
    pub password_needed: bool,
    /// L9: it will be provisional.
    pub provisional: bool,
    /// Last valid day of the new code.
    pub valid_through: Option<String>,
}

/// Answers given on the Confirm screen.
#[derive(Clone, Serialize, Deserialize, Type)]
pub struct ConfirmInput {
    /// L8.
    pub confirmed_by_holder: bool,
    /// L6.
    pub consequence_confirmed: bool,
    /// E8, E9.
    pub agent: Option<AgentInput>,
    /// E5.
    pub declared: Option<DeclaredInput>,
    /// Void: why.
    pub reason: Option<String>,
    /// Void: password again.
    pub password: Option<String>,
    /// Void: one-time code again, where the account has one.
    pub second_factor: Option<String>,
}

/// Somebody acting for the holder.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AgentInput {
    /// Guardian or relative.
    pub role: AgentRole,
    /// ID number (typed, or from `read_agent_card`).
    pub number: String,
    /// Name.
    pub name: String,
    /// Phone.
    pub phone: Option<String>,
    /// Consent was given (E8).
    pub consent: bool,
    /// Pages of scanned proof as `keep_proof` named them (户口簿, birth certificate), where the
    /// registry does not know the binding (E9).
    #[serde(default)]
    #[specta(optional)]
    pub proof: Vec<String>,
}

/// Declared offline (E5).
#[derive(Clone, Serialize, Deserialize, Type)]
pub struct DeclaredInput {
    /// Clerk's statement.
    pub shanghai_household: bool,
    /// Certificate number as on the card.
    pub certificate_number: String,
    /// `2030-12-31`
    pub certificate_valid_through: String,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DoneView {
    /// Action.
    pub action: Action,
    /// The code it was about.
    pub serial: Option<String>,
    /// Shown.
    pub serial_short: Option<String>,
    /// Last valid day.
    pub valid_through: Option<String>,
    /// What the centre says.
    pub confirmation: Confirmation,
    /// More about it (conflict, refusal at the centre).
    pub confirmation_failure: Option<Failure>,
    /// One sentence for the citizen (L9 wording).
    pub sentence: SentenceView,
    /// Print jobs of this case, newest last.
    pub prints: Vec<PrintView>,
    /// Last scan-back of the printed sheet.
    pub scan_back: Option<VerifyView>,
}

/// What the centre says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// Confirmed.
    Confirmed,
    /// Written down here, not yet confirmed (L9).
    Provisional,
    /// The centre decided otherwise.
    Refused,
}

/// A suspended case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SuspendedCaseView {
    /// Case number.
    pub case_number: String,
    /// M2
    pub masked_name: String,
    /// Since.
    pub since: String,
    /// Who suspended it.
    pub staff: String,
    /// `true` when a correction draft belongs to it.
    pub draft: bool,
}

/// One unmasked field, for 30 s (M4).
#[derive(Clone, Serialize, Deserialize, Type)]
pub struct UnmaskedView {
    /// The value.
    pub value: String,
    /// For how long, seconds.
    pub seconds: u8,
}

/// What may be unmasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum UnmaskField {
    /// ID number of the citizen in front.
    Number,
    /// Disability certificate.
    Certificate,
}
