//! Operations: what a desk did, in an unbroken signed chain.

mod chain;
mod citizen_ref;

pub use chain::{BATCH_LIMIT, Batch, ChainError, genesis};
pub use citizen_ref::CitizenRef;

use crate::{
    Sensitive,
    canonical_cbor::canonical_without,
    correction::{Correction, CorrectionCommand, Digest},
    life::{Action, Serial},
    person::{DisabilityCertificate, IdNumber, Name},
    time::{At, Day},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use crate::{
    business_time::{Anchor, BusinessTime, ClockDoubt, ClockReading, business_time, doubt_of},
    canonical_cbor::canonical,
};

/// Version of the encoding written by this program; older ones are still read.
///
/// | version | what is new |
/// |---|---|
/// | 1 | |
/// | 2 | [`Agent::consent`]: before, a guardian was only written down after consent, and nothing said so |
/// | 3 | [`Content::agent`](crate::correction::Content::agent): before, a correction said that a guardian was recorded, and not who |
pub const OP_VERSION: u16 = 3;

/// One thing done at a desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// Encoding version.
    pub version: u16,
    /// UUIDv7.
    pub op_id: Uuid,
    /// Device number.
    pub device: u32,
    /// Enrolment epoch.
    pub epoch: u32,
    /// Gapless, from 1 in each epoch.
    pub seq: u64,
    /// Whose; `None` for operations that concern no citizen.
    pub citizen_ref: Option<CitizenRef>,
    /// Bucket of `citizen_ref`.
    pub bucket: Option<u8>,
    /// Wall clock at the desk.
    pub wall: At,
    /// Monotonic clock since `boot_id`, ms.
    pub monotonic_ms: i64,
    /// Boot the monotonic clock belongs to.
    pub boot_id: Uuid,
    /// Last known (centre − desk) clock offset, ms.
    pub offset_ms: i64,
    /// Staff number.
    pub operator: String,
    /// Case number.
    pub case_number: Option<String>,
    /// What.
    pub body: OpBody,
    /// Hash of the operation before, 64 hex digits (all zeros for seq 1).
    pub prev_hash: Digest,
    /// SM3 over canonical CBOR of everything above.
    pub hash: Digest,
}

impl Operation {
    /// Fills `hash`.
    #[must_use]
    pub fn seal(mut self) -> Self {
        self.hash = self.own_hash();
        self
    }

    /// Whether `hash` is right.
    pub fn is_intact(&self) -> bool {
        self.hash == self.own_hash()
    }

    /// Business instant: wall + offset. The desk records `offset_ms` such that this sum is the instant [`business_time`] derived,
    /// so a wall clock that was turned does not move the business day.
    pub const fn business_at(&self) -> At {
        self.wall.plus_ms(self.offset_ms)
    }

    /// Whether its texts and days are ones a desk can write and any store can keep: staff and case number of at most 64 signs, none of them
    /// a control character, and days of the years 1 to 9999. Everything else in an operation has a type that says as much.
    pub fn is_storable(&self) -> bool {
        let texts = [Some(&self.operator), self.case_number.as_ref()];
        let days = match &self.body {
            OpBody::Issue { day, valid_through, holder, .. } => {
                [Some(*day), Some(*valid_through), holder.certificate_day()]
            }
            OpBody::CorrectionOpened { holder, .. } => [holder.certificate_day(), None, None],
            _ => [None; 3],
        };
        texts.into_iter().flatten().all(|text| is_number_text(text))
            && days.into_iter().flatten().all(|day| day.year() >= 1)
    }

    /// Whether this is `earlier` once more, written again by its own desk under a later enrolment. It was done once and must not be done
    /// twice.
    pub fn repeats(&self, earlier: &Self) -> bool {
        self.op_id == earlier.op_id
            && self.device == earlier.device
            && self.epoch > earlier.epoch
            && self.operator == earlier.operator
            && self.citizen_ref == earlier.citizen_ref
            && self.case_number == earlier.case_number
            && self.body == earlier.body
    }

    /// SM3 over canonical CBOR of every field but `hash`.
    fn own_hash(&self) -> Digest {
        Digest::of(&canonical_without(self, "hash"))
    }
}

/// Longest staff or case number, signs.
const NUMBER_SIGNS: usize = 64;

/// Whether a text can be a staff number or a case number.
pub fn is_number_text(text: &str) -> bool {
    text.chars().count() <= NUMBER_SIGNS && !text.chars().any(char::is_control)
}

/// Somebody acting for the holder (E8, E9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// 监护人 or 亲属代办.
    pub role: AgentRole,
    /// Their number.
    pub number: IdNumber,
    /// Their name.
    pub name: Name,
    /// Phone.
    pub phone: Option<Sensitive<String>>,
    /// Binding checked in the registry, or to be checked by the centre (E9).
    pub binding_verified: bool,
    /// Proof scanned when not verified.
    pub proof: Vec<Digest>,
    /// E8: the guardian agreed (PIPL art. 31).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub consent: bool,
}

impl Agent {
    /// As an operation of `version` means it: what it had no field for is filled in.
    #[must_use]
    pub fn read_as(&self, version: u16) -> Self {
        const CONSENT_SINCE: u16 = 2;
        let implied = version < CONSENT_SINCE && self.role == AgentRole::Guardian;
        Self { consent: self.consent || implied, ..self.clone() }
    }
}

/// Why they act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum AgentRole {
    /// 监护人 (E8)
    Guardian,
    /// 亲属代办 (E9)
    Relative,
}

/// The holder as the desk saw them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderSeen {
    /// Number from the card.
    pub number: IdNumber,
    /// Name as printed on the sheet.
    pub name: Name,
    /// Photo printed.
    pub photo: Option<Digest>,
    /// E3 evidence declared offline.
    pub declared: Option<Declared>,
    /// Registry version the decision was made on; `None` = the desk was blind.
    pub registry_version: Option<u64>,
}

impl HolderSeen {
    /// Last day of the certificate the desk saw.
    fn certificate_day(&self) -> Option<Day> {
        let certificate = self.declared.as_ref().and_then(|declared| declared.certificate.as_ref());
        certificate.map(|certificate| certificate.valid_through)
    }
}

/// E5.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// Clerk's statement.
    pub shanghai_household: bool,
    /// As scanned.
    pub certificate: Option<DisabilityCertificate>,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum OpBody {
    /// `apply`, `reapply`, `reissue` or `replace`. When the desk was blind (no registry view), the action is what the citizen asked for and
    /// the centre applies the one of the three that fits.
    Issue {
        /// Which.
        action: Action,
        /// New serial.
        serial: Serial,
        /// Business day (L3).
        day: Day,
        /// L1 (or the kept expiry of a `replace`).
        valid_through: Day,
        /// For whom.
        holder: Box<HolderSeen>,
        /// Acting for them.
        agent: Option<Box<Agent>>,
        /// `replace`: the correction.
        correction: Option<Uuid>,
        /// L9.
        provisional: bool,
    },
    /// 挂失
    ReportLoss {
        /// Which code.
        serial: Serial,
    },
    /// 二次打印
    Reprint {
        /// Which code.
        serial: Serial,
    },
    /// 作废
    Void {
        /// Which code.
        serial: Serial,
        /// Why.
        reason: String,
    },
    /// What came of a print: hand-confirmed or spoilt.
    Printed {
        /// Which code.
        serial: Serial,
        /// Sheet in hand and good.
        good: bool,
    },
    /// A correction was started or edited: the whole of it as it is now.
    CorrectionOpened {
        /// As it is.
        correction: Box<Correction>,
        /// Holder's number, so that the centre can check the reference.
        holder: Box<HolderSeen>,
    },
    /// A command on a correction.
    CorrectionCommanded {
        /// Which.
        id: Uuid,
        /// Revision it was given on.
        revision: u32,
        /// What.
        command: Box<CorrectionCommand>,
    },
}
