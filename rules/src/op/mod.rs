//! Operations: records of everything a desk did, in an unbroken signed chain.

mod chain;
mod citizen_ref;
mod confirmed;
mod consent;
mod kind;

pub use chain::{BATCH_LIMIT, Batch, ChainError, genesis, signed_run};
pub use citizen_ref::CitizenRef;
pub use consent::Consent;
pub use kind::OperationKind;

use crate::{
    DeviceNumber,
    canonical_cbor::canonical_without,
    correction::{Correction, CorrectionCommand, Digest, Dismissal},
    handwriting::CitizenAnswer,
    life::{Action, Serial},
    numbers::{StaffNumber, is_number_text},
    payload::SignedSymbol,
    person::{DisabilityCertificate, IdNumber, Name},
    proof::Proof,
    time::{At, Day},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use crate::{
    agent::{Agent, AgentRole},
    canonical_cbor::canonical,
};

/// Version of the encoding. An operation of another version is refused.
pub const OP_VERSION: u16 = 1;

/// One operation done at a desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Operation {
    /// Version of the encoding, see [`OP_VERSION`].
    pub version: u16,
    /// Identifier of the operation (UUIDv7).
    pub op_id: Uuid,
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Enrolment epoch of the desk.
    pub epoch: u32,
    /// Sequence number, gapless and from 1 in each epoch.
    pub seq: u64,
    /// Number of the citizen it concerns; `None` if it concerns no citizen. The centre computes its
    /// own reference from it.
    pub citizen: Option<IdNumber>,
    /// Wall clock at the desk.
    pub wall: At,
    /// Monotonic clock since the boot `boot_id`, in milliseconds.
    pub monotonic_ms: i64,
    /// Boot that `monotonic_ms` belongs to.
    pub boot_id: Uuid,
    /// Milliseconds to add to `wall` to get the business instant.
    pub offset_ms: i64,
    /// Staff number of the person who did it.
    pub operator: StaffNumber,
    /// Session it was done in (A3).
    pub session: SessionRef,
    /// Signature of the operator, where the act needs it (A4).
    pub consent: Option<Consent>,
    /// How the citizen was proved, where the act is done for one (I1–I5).
    pub proof: Option<Box<Proof>>,
    /// What the citizen answered on the citizen window; left out where nobody was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Box<CitizenAnswer>>,
    /// Case number it was done in, if any.
    pub case_number: Option<String>,
    /// The action and its details.
    pub body: OpBody,
    /// Hash of the operation before, 64 hex digits; all zeros for sequence number 1.
    pub prev_hash: Digest,
    /// SM3 over canonical CBOR of epoch, sequence number, `prev_hash` and the content digest.
    pub hash: Digest,
}

/// What an operation did, and where it stands: enough to know it when it comes again, also when its
/// text is in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationDeed {
    /// Identifier of the operation.
    pub op_id: Uuid,
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Enrolment epoch of the desk.
    pub epoch: u32,
    /// Sequence number of the operation.
    pub seq: u64,
    /// SM3 over what was done, and not when: operator, citizen, case, proof, answer, body.
    pub digest: Digest,
}

impl Operation {
    /// Returns the operation with its `hash` computed.
    #[must_use]
    pub fn seal(self) -> Self {
        self.seal_with_content().0
    }

    /// Returns the operation with its `hash` computed, and its [content
    /// digest](Self::content_digest).
    #[must_use]
    pub fn seal_with_content(mut self) -> (Self, Digest) {
        let content = self.content_digest();
        self.hash = self.link(content.clone());
        (self, content)
    }

    /// Returns whether `hash` matches the content.
    pub fn is_intact(&self) -> bool {
        self.hash == self.own_hash()
    }

    /// Returns the business instant: `wall` plus `offset_ms`.
    ///
    /// The desk chooses `offset_ms` so that the sum is the instant that
    /// [`crate::business_time::business_time`] derived. Turning the wall clock therefore does not
    /// move the business day.
    pub const fn business_at(&self) -> At {
        self.wall.plus_ms(self.offset_ms)
    }

    /// Returns who acted for the holder and is named in the body (E8–E10).
    pub fn agent(&self) -> Option<&Agent> {
        match &self.body {
            OpBody::Issue { agent, .. }
            | OpBody::ReportLoss { agent, .. }
            | OpBody::Reprint { agent, .. } => agent.as_deref(),
            _ => None,
        }
    }

    /// Returns whether every store can keep its texts and days.
    ///
    /// The case number has at most 64 characters and no control characters; days lie in the years 1
    /// to 9999. All other fields have types that guarantee it.
    pub fn is_storable(&self) -> bool {
        let days = match &self.body {
            OpBody::Issue { day, valid_through, holder, .. } => {
                [Some(*day), Some(*valid_through), holder.certificate_day()]
            }
            OpBody::CorrectionOpened { holder, .. } => [holder.certificate_day(), None, None],
            _ => [None; 3],
        };
        self.case_number.as_deref().is_none_or(is_number_text)
            && days.into_iter().flatten().all(|day| day.year() >= 1)
    }

    /// Returns what was done and where it stands.
    pub fn deed(&self) -> OperationDeed {
        let (proof, answer) = (&self.proof, &self.answer);
        let done = (self.device, &self.operator, &self.citizen, &self.case_number, proof, answer, &self.body);
        let digest = Digest::of(&canonical(&done));
        OperationDeed { op_id: self.op_id, device: self.device, epoch: self.epoch, seq: self.seq, digest }
    }

    /// Returns whether this is `earlier` again, from its own desk: handed over under a later
    /// enrolment, or put once more into the chain by somebody who has the desk's key.
    ///
    /// Such an operation was done once and must not be done twice.
    pub fn repeats(&self, earlier: &OperationDeed) -> bool {
        self.op_id == earlier.op_id
            && self.device == earlier.device
            && (self.epoch, self.seq) > (earlier.epoch, earlier.seq)
            && self.deed().digest == earlier.digest
    }

    /// Returns whether it would have its effect again if it stood in the chain once more: a session
    /// covers what was done and not its place. The state that any other leaves refuses it then.
    pub const fn counts_each_time(&self) -> bool {
        matches!(self.body, OpBody::Reprint { .. } | OpBody::CorrectionOpened { .. })
    }

    /// Computes SM3 over canonical CBOR of all that was done: every field but the place in the
    /// desk's chain (`epoch`, `seq`, `prev_hash`, `hash`).
    pub fn content_digest(&self) -> Digest {
        Digest::of(&canonical_without(self, &["epoch", "seq", "prev_hash", "hash"]))
    }

    fn own_hash(&self) -> Digest {
        self.link(self.content_digest())
    }

    /// Computes the hash of an operation with this content digest at this place in the desk's
    /// chain.
    fn link(&self, content: Digest) -> Digest {
        let (epoch, seq) = (self.epoch, self.seq);
        Digest::of(&canonical(&Link { epoch, seq, prev_hash: &self.prev_hash, content }))
    }
}

/// Link of the desk's chain, as it is hashed.
#[derive(Serialize)]
struct Link<'a> {
    epoch: u32,
    seq: u64,
    prev_hash: &'a Digest,
    content: Digest,
}

/// Session that an operation was done in, and its place in the session's chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionRef {
    /// Identifier of the session.
    pub id: Uuid,
    /// [`Operation::content_digest`] of the session's operation before this one;
    /// [`crate::authority::SessionStatement::first_link`] for the first.
    pub before: Digest,
}

/// The holder as the desk saw them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HolderSeen {
    /// ID number from the card.
    pub number: IdNumber,
    /// Name as printed on the sheet.
    pub name: Name,
    /// Digest of the photo that was printed.
    pub photo: Option<Digest>,
    /// Evidence for E3 that was declared offline.
    pub declared: Option<Declared>,
    /// Registry version the decision was based on; `None` if the desk had no registry view.
    pub registry_version: Option<u64>,
}

impl HolderSeen {
    /// Returns the last valid day of the declared certificate.
    fn certificate_day(&self) -> Option<Day> {
        let certificate = self.declared.as_ref().and_then(|declared| declared.certificate.as_ref());
        certificate.map(|certificate| certificate.valid_through)
    }
}

/// What the clerk declared while offline (E5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Declared {
    /// Household registration in Shanghai, as stated by the clerk.
    pub shanghai_household: bool,
    /// Disability certificate, as scanned.
    pub certificate: Option<DisabilityCertificate>,
}

/// Action of an operation, with its details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum OpBody {
    /// `apply`, `reapply`, `reissue` or `replace`.
    ///
    /// If the desk had no registry view, the action is the one the citizen asked for. The centre
    /// then applies whichever of the first three fits.
    Issue {
        /// Action that makes the code.
        action: Action,
        /// Serial of the new code.
        serial: Serial,
        /// Business day of the issue (L3).
        #[cfg_attr(feature = "openapi", schema(value_type = crate::time::DaySchema))]
        day: Day,
        /// Last valid day (L1); a `replace` keeps that of the old code.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::time::DaySchema))]
        valid_through: Day,
        /// Holder of the new code.
        holder: Box<HolderSeen>,
        /// Person acting for the holder, if any.
        agent: Option<Box<Agent>>,
        /// Correction that a `replace` uses.
        correction: Option<Uuid>,
        /// Whether the centre has yet to confirm the code (L9).
        provisional: bool,
        /// Whether the holder, or who acts for them, confirmed name and photo (L8).
        confirmed_by_holder: bool,
        /// Whether the person was told that the old code ends, and agreed (L6).
        consequence_confirmed: bool,
        /// The symbol on the sheet (B1).
        symbol: Box<SignedSymbol>,
    },
    /// Loss report for a live code (挂失).
    ReportLoss {
        /// Serial of the lost code.
        serial: Serial,
        /// Person acting for the holder, if any (E10).
        agent: Option<Box<Agent>>,
        /// Whether the person was told that the code ends, and agreed (L6).
        consequence_confirmed: bool,
    },
    /// Another printed copy (二次打印).
    Reprint {
        /// Serial of the printed code.
        serial: Serial,
        /// Person who collects the copy for the holder, if any (E10).
        agent: Option<Box<Agent>>,
    },
    /// Voiding by a supervisor (作废).
    Void {
        /// Serial of the voided code.
        serial: Serial,
        /// Reason that the supervisor gave.
        reason: String,
    },
    /// Result of a print, as confirmed by the clerk.
    Printed {
        /// Serial of the printed code.
        serial: Serial,
        /// Whether the sheet came out good; `false` if it was spoilt.
        good: bool,
    },
    /// A correction was started or edited. The operation holds all of it.
    CorrectionOpened {
        /// The correction after the edit.
        correction: Box<Correction>,
        /// Holder; the number is that of the operation's citizen.
        holder: Box<HolderSeen>,
    },
    /// A command on a correction was given.
    CorrectionCommanded {
        /// Identifier of the correction.
        id: Uuid,
        /// Revision that the command refers to.
        revision: u32,
        /// The command that was given.
        command: Box<CorrectionCommand>,
    },
    /// A report from kiosk or portal was closed without a correction (不予更正).
    EscalationDismissed {
        /// Identifier of the escalation.
        id: Uuid,
        /// Reason, which the citizen sees.
        reason: Dismissal,
    },
}
