//! Corrections of name and photo: states, reasons, evidence, four eyes.

mod decide;
mod due;
mod evidence;
mod reasons;

pub use decide::{decide, may_judge, may_place, may_take_up, open_correction};
pub use due::{Due, due, overdue_before, working_days_since};
pub use evidence::{evidence_missing, evidence_needed};
pub use reasons::check_content;

use crate::{
    Policy, Refusal, Sensitive,
    agent::{Binding, check_guardian},
    canonical_cbor::canonical,
    eligibility::needs_guardian,
    hex,
    op::Agent,
    person::{IdNumber, Name},
    time::{At, Day},
};
use serde::{Deserialize, Serialize};
use sm3::{Digest as _, Sm3};
use uuid::Uuid;

/// SM3 digest, hex.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(pub String);
impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
impl Digest {
    /// SM3 of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(hex::encode(&Sm3::digest(bytes)))
    }
}

/// Which field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// 姓名
    Name,
    /// 照片
    Photo,
}

/// Why (N1–N5, P1–P4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub enum Reason {
    /// 生僻字
    N1,
    /// 间隔号写法不同
    N2,
    /// 长姓名被截断
    N3,
    /// 依法改名
    N4,
    /// 录入错误
    N5,
    /// 照片是他人
    P1,
    /// 照片模糊、镜像、裁切
    P2,
    /// 照片过时
    P3,
    /// 身份证过期、照片旧
    P4,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 9] =
        [Self::N1, Self::N2, Self::N3, Self::N4, Self::N5, Self::P1, Self::P2, Self::P3, Self::P4];

    /// The field it can be given for.
    pub const fn field(self) -> Field {
        match self {
            Self::N1 | Self::N2 | Self::N3 | Self::N4 | Self::N5 => Field::Name,
            Self::P1 | Self::P2 | Self::P3 | Self::P4 => Field::Photo,
        }
    }

    /// P1: somebody else's photo means two records are mixed up. The case is flagged, the other record looked at, and the live code voided
    /// on approval.
    pub const fn flags_security(self) -> bool {
        matches!(self, Self::P1)
    }
}

/// Kinds of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// 芯片读取记录
    ChipRead,
    /// 芯片照片
    ChipPhoto,
    /// 现场照片
    LivePhoto,
    /// 身份证扫描件
    CardScan,
    /// 新身份证扫描件
    NewCardScan,
    /// 户口簿
    HouseholdBook,
    /// 户口簿变更页
    HouseholdBookChangePage,
    /// 出生医学证明
    BirthCertificate,
    /// 监护人同意
    GuardianConsent,
}

/// One piece, stored elsewhere under its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it is.
    pub kind: EvidenceKind,
    /// SM3 of its plaintext bytes.
    pub digest: Digest,
    /// Media type, `image/jpeg` …
    pub media_type: String,
    /// Page, from 1.
    pub page: u16,
}

/// The value before or after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A name.
    Name(Name),
    /// Digest of a photo; `None` = there was none.
    Photo(Option<Digest>),
}

/// What is asked for: what an approval binds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Before.
    pub before: Value,
    /// After.
    pub after: Value,
    /// Why.
    pub reason: Reason,
    /// Proof.
    pub evidence: Vec<Evidence>,
    /// The chip's name, if a chip was read.
    pub chip_name: Option<Name>,
    /// Version of the registry record seen.
    pub registry_version: u64,
    /// A photo below the quality limits needs the clerk's reason.
    pub photo_shortfall: Option<String>,
    /// E8: who acts for a holder under 14. Their proof is among the evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Box<Agent>>,
}
impl Content {
    /// SM3 over canonical CBOR of (before, after, reason, evidence, registry version), and of the agent where there is one.
    pub fn digest(&self) -> Digest {
        let bound = (&self.before, &self.after, self.reason, &self.evidence, self.registry_version);
        match &self.agent {
            None => Digest::of(&canonical(&bound)),
            Some(agent) => Digest::of(&canonical(&(bound, agent))),
        }
    }

    /// Whether an approver should look at it before others: two records may be mixed up, or a photo falls short.
    pub const fn is_flagged(&self) -> bool {
        self.reason.flags_security() || self.photo_shortfall.is_some()
    }
}

/// Why rejected (E1–E8), printed on the notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub enum Rejection {
    /// 材料缺失
    E1,
    /// 材料无法辨认
    E2,
    /// 与来源不一致
    E3,
    /// 证件过期或无效
    E4,
    /// 非本人或监护人
    E5,
    /// 须到公安户籍办理
    E6,
    /// 涉嫌冒用
    E7,
    /// 重复申请
    E8,
}

impl Rejection {
    /// All rejections.
    pub const ALL: [Self; 8] =
        [Self::E1, Self::E2, Self::E3, Self::E4, Self::E5, Self::E6, Self::E7, Self::E8];
}

/// States.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum State {
    /// 草稿
    Draft,
    /// 待审批
    Submitted {
        /// When.
        at: At,
    },
    /// 已批准
    Approved {
        /// Approver's staff number.
        approver: String,
        /// When.
        at: At,
        /// What exactly.
        digest: Digest,
    },
    /// 已生效
    Applied {
        /// Registry version after.
        registry_version: u64,
        /// Used by a `replace` already.
        replaced: bool,
    },
    /// 已退回
    Rejected {
        /// Why.
        rejection: Rejection,
        /// By whom.
        approver: String,
        /// When.
        at: At,
    },
    /// 已撤回
    Withdrawn,
    /// 版本冲突
    Conflicted,
}

/// One correction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Id, made by whoever starts it (UUIDv7).
    pub id: Uuid,
    /// Which field.
    pub field: Field,
    /// Maker's staff number; empty while only escalated by a kiosk.
    pub maker: String,
    /// Grows with every edit after submission.
    pub revision: u32,
    /// What is asked for.
    pub content: Content,
    /// Where it stands.
    pub state: State,
    /// Kiosk or portal escalation it answers.
    pub escalation: Option<Uuid>,
    /// Holder under 14: a guardian was recorded. Nobody's word since [`Content::agent`] says who.
    pub guardian_recorded: bool,
}

impl Correction {
    /// As an operation of `version` means it: since it says who the guardian is, that there is one counts for nothing by itself.
    #[must_use]
    pub fn read_as(&self, version: u16) -> Self {
        const AGENT_SINCE: u16 = 3;
        let recorded = version < AGENT_SINCE || self.content.agent.is_some();
        Self { guardian_recorded: self.guardian_recorded && recorded, ..self.clone() }
    }

    /// E8: whether a guardian who may act is recorded with it. `tie` says what is known of them and the holder.
    ///
    /// # Errors
    /// As [`check_guardian`]; [`Refusal::GuardianNeeded`] when there is none.
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
            None if self.guardian_recorded => Ok(()),
            None => Err(Refusal::GuardianNeeded),
        }
    }
}

/// What is known of an agent and the holder. An approver's desk knows the holder by reference alone, so whoever asks compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tie {
    /// They are one person.
    pub is_holder: bool,
    /// They are bound in the registry.
    pub is_bound: bool,
}

/// [`check_guardian`] with the household book or birth certificate among the evidence as proof: the approver opens each piece of it.
///
/// # Errors
/// As [`check_guardian`].
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

/// What may happen to one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum CorrectionCommand {
    /// Change the content (a new revision; voids an approval).
    Edit {
        /// New content.
        content: Box<Content>,
    },
    /// Hand in.
    Submit,
    /// Approve exactly `digest`, all evidence opened, re-authenticated.
    Approve {
        /// What the approver saw.
        digest: Digest,
        /// Pieces the approver opened.
        opened: Vec<Digest>,
        /// Re-authenticated for this approval.
        reauthenticated: bool,
    },
    /// Send back.
    Reject {
        /// Why.
        rejection: Rejection,
    },
    /// Take back.
    Withdraw,
    /// Centre only: apply against this registry version.
    Apply {
        /// Current version.
        registry_version: u64,
    },
    /// A `replace` used it.
    MarkReplaced,
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Staff number.
    pub staff: String,
    /// Roles.
    pub roles: Vec<crate::permission::Role>,
}

/// What the holder's age demands, and whether it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HolderFacts {
    /// E8.
    pub under_fourteen: bool,
    /// What [`Correction::guardian`] answers; asked where holder and registry are known.
    pub guardian: Result<(), Refusal>,
}

impl HolderFacts {
    /// Of the holder with this number, today, when nobody acts for them.
    pub fn of(number: &IdNumber, today: Day, policy: &Policy) -> Self {
        Self { under_fourteen: needs_guardian(number, today, policy), guardian: Err(Refusal::GuardianNeeded) }
    }
}

/// Free text that is only for people.
pub type Remark = Sensitive<String>;
