//! Corrections of name and photo: states, reasons, evidence and the four-eyes rule.

mod decide;
mod dismissal;
mod due;
mod evidence;
mod reasons;
mod state;

pub use decide::{decide, may_judge, may_place, may_take_up, open_correction};
pub use dismissal::{Dismissal, may_dismiss};
pub use due::{Due, due, overdue_before, working_days_since};
pub use evidence::{evidence_lacking, evidence_missing, evidence_needed};
pub use reasons::check_content;
pub use state::CorrectionState;

pub use crate::digest::Digest;
use crate::{
    Policy, Refusal,
    agent::{Agent, Binding, check_guardian},
    canonical_cbor::canonical,
    eligibility::needs_guardian,
    numbers::StaffNumber,
    permission::Duty,
    person::{IdNumber, Name},
    time::{At, Day},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Field of the registry record that is corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CorrectionField))]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Name of the holder (姓名).
    Name,
    /// Photo of the holder (照片).
    Photo,
}

/// Reason for a correction: N1–N5 for names, P1–P4 for photos.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CorrectionReason))]
pub enum Reason {
    /// Rare character (生僻字) that the record could not hold.
    #[serde(rename = "N1")]
    RareCharacter,
    /// Separator written differently (间隔号写法不同).
    #[serde(rename = "N2")]
    Separator,
    /// Long name cut off (长姓名被截断).
    #[serde(rename = "N3")]
    CutOff,
    /// Legal change of name (依法改名).
    #[serde(rename = "N4")]
    LegalChange,
    /// Typing error in the record (录入错误).
    #[serde(rename = "N5")]
    TypingError,
    /// Photo of another person (照片是他人).
    #[serde(rename = "P1")]
    AnotherPerson,
    /// Photo blurred, mirrored or badly cropped (照片模糊、镜像、裁切).
    #[serde(rename = "P2")]
    PoorPhoto,
    /// Photo outdated because looks have changed (照片过时).
    #[serde(rename = "P3")]
    OutdatedPhoto,
    /// Identity card expired and photo old (身份证过期、照片旧).
    #[serde(rename = "P4")]
    ExpiredCard,
}

impl Reason {
    /// All reasons, in the order of their codes.
    pub const ALL: [Self; 9] = [
        Self::RareCharacter,
        Self::Separator,
        Self::CutOff,
        Self::LegalChange,
        Self::TypingError,
        Self::AnotherPerson,
        Self::PoorPhoto,
        Self::OutdatedPhoto,
        Self::ExpiredCard,
    ];

    /// Returns the code that screens, records and notices show.
    pub const fn code(self) -> &'static str {
        match self {
            Self::RareCharacter => "N1",
            Self::Separator => "N2",
            Self::CutOff => "N3",
            Self::LegalChange => "N4",
            Self::TypingError => "N5",
            Self::AnotherPerson => "P1",
            Self::PoorPhoto => "P2",
            Self::OutdatedPhoto => "P3",
            Self::ExpiredCard => "P4",
        }
    }

    /// Returns the field that the reason can be given for.
    pub const fn field(self) -> Field {
        match self {
            Self::RareCharacter | Self::Separator | Self::CutOff | Self::LegalChange | Self::TypingError => {
                Field::Name
            }
            Self::AnotherPerson | Self::PoorPhoto | Self::OutdatedPhoto | Self::ExpiredCard => Field::Photo,
        }
    }

    /// Returns whether two records are mixed up (P1). The case is then flagged, the other record
    /// inspected and the live code voided on approval.
    pub const fn flags_security(self) -> bool {
        matches!(self, Self::AnotherPerson)
    }
}

/// Kind of a piece of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// Record of a chip read (芯片读取记录).
    ChipRead,
    /// Photo from the chip (芯片照片).
    ChipPhoto,
    /// Photo taken at the counter (现场照片).
    LivePhoto,
    /// Scan of the identity card (身份证扫描件).
    CardScan,
    /// Scan of the new identity card (新身份证扫描件).
    NewCardScan,
    /// Page of the household book (户口簿).
    HouseholdBook,
    /// Change page of the household book (户口簿变更页).
    HouseholdBookChangePage,
    /// Medical certificate of birth (出生医学证明).
    BirthCertificate,
    /// Consent of the guardian (监护人同意).
    GuardianConsent,
    /// Signature of the citizen on the citizen window, or why there is none (本人签名).
    Signature,
}

/// One piece of evidence. Its bytes are stored separately under their digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Evidence {
    /// Kind of the evidence.
    pub kind: EvidenceKind,
    /// SM3 digest of the plaintext bytes.
    pub digest: Digest,
    /// Media type, such as `image/jpeg`.
    pub media_type: String,
    /// Page number, counted from 1.
    pub page: u16,
}

/// Value of a field, before or after the correction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CorrectionValue))]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Full name of the holder.
    Name(Name),
    /// Digest of the photo; `None` if there was none.
    Photo(Option<Digest>),
}

/// What a correction asks for. An approval binds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CorrectionContent))]
pub struct Content {
    /// Value in the registry when the correction was started.
    pub before: Value,
    /// Value the registry should have.
    pub after: Value,
    /// Reason for the change.
    pub reason: Reason,
    /// Evidence for the change, in the order it was added.
    pub evidence: Vec<Evidence>,
    /// Name on the chip, if a chip was read.
    pub chip_name: Option<Name>,
    /// Version of the registry record that `before` was read from.
    pub registry_version: u64,
    /// Clerk's reason for a photo below the quality limits.
    pub photo_shortfall: Option<String>,
    /// Guardian who acts for a holder under 14 (E8). Their proof is part of the evidence.
    pub agent: Option<Box<Agent>>,
}
impl Content {
    /// Returns the digest that an approval binds: SM3 over canonical CBOR of before, after, reason,
    /// evidence, registry version and, if there is one, the agent.
    pub fn digest(&self) -> Digest {
        let bound = (&self.before, &self.after, self.reason, &self.evidence, self.registry_version);
        match &self.agent {
            None => Digest::of(&canonical(&bound)),
            Some(agent) => Digest::of(&canonical(&(bound, agent))),
        }
    }

    /// Returns whether an approver should see it first: two records may be mixed up, or a photo is
    /// below the limits.
    pub const fn is_flagged(&self) -> bool {
        self.reason.flags_security() || self.photo_shortfall.is_some()
    }
}

/// Reason for a rejection (E1–E8), printed on the notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Rejection {
    /// Evidence is missing (材料缺失).
    #[serde(rename = "E1")]
    EvidenceMissing,
    /// Evidence cannot be read (材料无法辨认).
    #[serde(rename = "E2")]
    EvidenceUnreadable,
    /// Request differs from its source (与来源不一致).
    #[serde(rename = "E3")]
    DiffersFromSource,
    /// Card expired or invalid (证件过期或无效).
    #[serde(rename = "E4")]
    CardInvalid,
    /// Neither holder nor guardian (非本人或监护人).
    #[serde(rename = "E5")]
    NotTheHolder,
    /// A matter for the police registry (须到公安户籍办理).
    #[serde(rename = "E6")]
    PoliceMatter,
    /// Suspected use of another person's identity (涉嫌冒用).
    #[serde(rename = "E7")]
    SuspectedFraud,
    /// Duplicate of an earlier request (重复申请).
    #[serde(rename = "E8")]
    Duplicate,
}

impl Rejection {
    /// All rejections, in the order of their codes.
    pub const ALL: [Self; 8] = [
        Self::EvidenceMissing,
        Self::EvidenceUnreadable,
        Self::DiffersFromSource,
        Self::CardInvalid,
        Self::NotTheHolder,
        Self::PoliceMatter,
        Self::SuspectedFraud,
        Self::Duplicate,
    ];

    /// Returns the code that screens, records and notices show.
    pub const fn code(self) -> &'static str {
        match self {
            Self::EvidenceMissing => "E1",
            Self::EvidenceUnreadable => "E2",
            Self::DiffersFromSource => "E3",
            Self::CardInvalid => "E4",
            Self::NotTheHolder => "E5",
            Self::PoliceMatter => "E6",
            Self::SuspectedFraud => "E7",
            Self::Duplicate => "E8",
        }
    }
}

/// State of a correction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CorrectionState))]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum State {
    /// Draft that was not submitted yet (草稿).
    Draft,
    /// Waiting for an approver (待审批).
    Submitted {
        /// When it was submitted.
        at: At,
    },
    /// Approved, but not applied yet (已批准).
    Approved {
        /// Staff number of the approver.
        approver: StaffNumber,
        /// When it was approved.
        at: At,
        /// Digest of the approved content.
        digest: Digest,
    },
    /// Applied to the registry (已生效).
    Applied {
        /// Registry version after the change.
        registry_version: u64,
        /// Whether a `replace` already used it.
        replaced: bool,
    },
    /// Sent back to the maker (已退回).
    Rejected {
        /// Reason for the rejection.
        rejection: Rejection,
        /// Documents that the citizen has to bring.
        documents: Vec<EvidenceKind>,
        /// Staff number of the person who rejected it.
        approver: StaffNumber,
        /// When it was rejected.
        at: At,
    },
    /// Withdrawn by its maker or a supervisor (已撤回).
    Withdrawn,
    /// The registry changed after the approval (版本冲突).
    Conflicted,
}

/// One correction of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Correction {
    /// Identifier (UUIDv7), made by the desk or kiosk that starts it.
    pub id: Uuid,
    /// Field that is corrected.
    pub field: Field,
    /// Staff number of the maker; empty while it is only a kiosk's escalation.
    pub maker: StaffNumber,
    /// Revision, incremented by every edit after submission.
    pub revision: u32,
    /// What the correction asks for.
    pub content: Content,
    /// Current state of the correction.
    pub state: State,
    /// Kiosk or portal escalation that it answers.
    pub escalation: Option<Uuid>,
}

impl Correction {
    /// Checks that a guardian who may act is recorded (E8). `tie` connects them to the holder.
    ///
    /// # Errors
    /// [`Refusal::GuardianNeeded`] if there is no guardian, and the errors of [`check_guardian`].
    pub fn guardian(
        &self,
        tie: impl FnOnce(&Agent) -> Tie,
        today: Day,
        policy: &Policy,
    ) -> Result<(), Refusal> {
        match &self.content.agent {
            Some(agent) => {
                check_guardian_with(agent, &self.content.evidence, tie(agent), today, policy).map(|_| ())
            }
            None => Err(Refusal::GuardianNeeded),
        }
    }
}

/// What is known about an agent and the holder. An approver's desk knows only the holder's
/// reference, so the caller makes the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tie {
    /// Agent and holder are the same person.
    pub is_holder: bool,
    /// The registry binds agent and holder.
    pub is_bound: bool,
}

/// Checks a guardian with [`check_guardian`], using the evidence as proof.
///
/// The household book or birth certificate counts as proof; the approver opens each piece.
///
/// # Errors
/// The errors of [`check_guardian`].
pub fn check_guardian_with(
    agent: &Agent,
    evidence: &[Evidence],
    tie: Tie,
    today: Day,
    policy: &Policy,
) -> Result<Binding, Refusal> {
    let proves = |piece: &&Evidence| {
        matches!(piece.kind, EvidenceKind::HouseholdBook | EvidenceKind::BirthCertificate)
    };
    let proof = evidence.iter().filter(proves).map(|piece| piece.digest.clone()).collect();
    let agent = Agent { binding_verified: tie.is_bound, proof, ..agent.clone() };
    check_guardian(&agent, tie.is_holder, today, policy)
}

/// Command on a correction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum CorrectionCommand {
    /// Change the content. This makes a new revision and voids an approval.
    Edit {
        /// Content after the edit.
        content: Box<Content>,
    },
    /// Submit the draft for approval.
    Submit,
    /// Approve the content with this digest.
    Approve {
        /// Digest of the content the approver saw.
        digest: Digest,
        /// Digests of the evidence the approver opened.
        opened: Vec<Digest>,
    },
    /// Reject the correction and send it back.
    Reject {
        /// Reason for the rejection.
        rejection: Rejection,
        /// Documents that the citizen has to bring. E1 names at least one.
        documents: Vec<EvidenceKind>,
    },
    /// Withdraw the correction.
    Withdraw,
    /// Apply against this registry version; only the centre does this.
    Apply {
        /// Current version of the registry record.
        registry_version: u64,
    },
    /// Record that a `replace` used it.
    MarkReplaced,
}

impl CorrectionCommand {
    /// Returns the duty that the command belongs to.
    ///
    /// `None` means that no person may give it: only the centre applies, and only a
    /// `replace` uses up.
    pub const fn duty(&self) -> Option<Duty> {
        match self {
            Self::Edit { .. } | Self::Submit | Self::Withdraw => Some(Duty::Correct),
            Self::Approve { .. } | Self::Reject { .. } => Some(Duty::Approve),
            Self::Apply { .. } | Self::MarkReplaced => None,
        }
    }
}

/// Person who gives a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Staff number of the person.
    pub staff: StaffNumber,
    /// Roles of the person.
    pub roles: Vec<crate::permission::Role>,
}

/// Facts that follow from the holder's age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HolderFacts {
    /// Whether the holder is under 14, so that a guardian must act (E8).
    pub under_fourteen: bool,
    /// Answer of [`Correction::guardian`], asked where holder and registry are known.
    pub guardian: Result<(), Refusal>,
}

impl HolderFacts {
    /// Returns the facts for the holder with this number today, when nobody acts for them.
    pub fn of(number: &IdNumber, today: Day, policy: &Policy) -> Self {
        Self { under_fourteen: needs_guardian(number, today, policy), guardian: Err(Refusal::GuardianNeeded) }
    }
}
