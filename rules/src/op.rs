//! Operations: what a desk did, in an unbroken signed chain.

use crate::{
    Sensitive,
    correction::{Correction, CorrectionCommand, Digest},
    life::{Action, Serial},
    person::{DisabilityCertificate, IdNumber, Name},
    time::{At, Day},
};
use crate::{
    canonical_cbor::{canonical_value, encoded},
    hex,
};
use ciborium::Value;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sm3::{Digest as _, Sm3};
use uuid::Uuid;

pub use crate::{
    business_time::{Anchor, BusinessTime, ClockDoubt, ClockReading, business_time, doubt_of},
    canonical_cbor::canonical,
};

/// Version of the encoding written by this program; older ones are still read.
pub const OP_VERSION: u16 = 1;

/// HMAC-SM3 of the ID number under the centre's index key, 64 hex digits. Not personal data by itself, yet only inside the system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CitizenRef(pub String);

impl CitizenRef {
    /// HMAC-SM3(index_key, number), over the modern form of the number: a 15-digit document must not make a second person.
    pub fn of(number: &IdNumber, index_key: &[u8; 32]) -> Self {
        let mut mac = index_mac(index_key);
        mac.update(number.modern().as_bytes());
        Self(hex::encode(&mac.finalize().into_bytes()))
    }

    /// First byte of SM3(ref bytes): 256 buckets. A malformed reference is hashed as it stands.
    pub fn bucket(&self) -> u8 {
        let digest = match hex::decode_array::<32>(&self.0) {
            Some(bytes) => Sm3::digest(bytes),
            None => Sm3::digest(self.0.as_bytes()),
        };
        digest[0]
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length; the constructor's error cannot occur")]
fn index_mac(index_key: &[u8; 32]) -> Hmac<Sm3> {
    Hmac::new_from_slice(index_key).expect("HMAC takes any key")
}

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

    /// SM3 over canonical CBOR of every field but `hash`.
    fn own_hash(&self) -> Digest {
        let mut fields = canonical_value(self);
        if let Value::Map(entries) = &mut fields {
            entries.retain(|(key, _)| key.as_text() != Some("hash"));
        }
        Digest::of(&encoded(&fields))
    }
}

/// All zeros: the hash before the first operation of an epoch.
pub fn genesis() -> Digest {
    Digest("0".repeat(64))
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

/// A batch as pushed; signed by the desk over canonical CBOR of everything but the signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Device.
    pub device: u32,
    /// Epoch.
    pub epoch: u32,
    /// Seq of the first operation.
    pub first_seq: u64,
    /// Hash before the first.
    pub prev_hash: Digest,
    /// At most [`BATCH_LIMIT`], gapless.
    pub ops: Vec<Operation>,
}

/// Most operations in a batch.
pub const BATCH_LIMIT: usize = 200;

/// What is wrong with a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// Not gapless, or not from `first_seq`.
    #[error("sequence broken at {0}")]
    Sequence(u64),
    /// `prev_hash` does not fit.
    #[error("chain broken at {0}")]
    Link(u64),
    /// `hash` is wrong.
    #[error("operation {0} was altered")]
    Altered(u64),
    /// Device or epoch of an operation differ from the batch's.
    #[error("operation {0} is of another desk")]
    Foreign(u64),
    /// Written by a program newer than this one.
    #[error("operation {0} has an unknown version")]
    Version(u64),
    /// Too many or none.
    #[error("batch size")]
    Size,
}

impl Batch {
    /// Checks size, versions, sequence, links and hashes.
    ///
    /// # Errors
    /// The first operation that does not fit.
    pub fn check(&self) -> Result<(), ChainError> {
        if self.ops.is_empty() || self.ops.len() > BATCH_LIMIT {
            return Err(ChainError::Size);
        }
        let (mut expected, mut previous) = (self.first_seq, &self.prev_hash);
        for op in &self.ops {
            self.check_one(op, expected, previous)?;
            (expected, previous) = (expected.saturating_add(1), &op.hash);
        }
        Ok(())
    }

    fn check_one(&self, op: &Operation, expected: u64, previous: &Digest) -> Result<(), ChainError> {
        let seq = op.seq;
        if !(1..=OP_VERSION).contains(&op.version) {
            return Err(ChainError::Version(seq));
        }
        if op.device != self.device || op.epoch != self.epoch {
            return Err(ChainError::Foreign(seq));
        }
        if seq != expected || seq == 0 {
            return Err(ChainError::Sequence(seq));
        }
        if op.prev_hash != *previous || (seq == 1 && op.prev_hash != genesis()) {
            return Err(ChainError::Link(seq));
        }
        if op.bucket != op.citizen_ref.as_ref().map(CitizenRef::bucket) || !op.is_intact() {
            return Err(ChainError::Altered(seq));
        }
        Ok(())
    }
}
