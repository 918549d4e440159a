//! Stage one of sync: decides whether a desk's batch is appended.

use super::{Rulebook, people::SiteOperator, proof};
use rules::{
    At, DeviceNumber, SiteCode, StaffNumber,
    authority::{Unproven, unproven_at},
    correction::Digest,
    keys::{DeskKey, KeyError, KeyId, PublicKey},
    op::{Batch, Operation, genesis},
    wire::PushRequest,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// State of a desk and one of its enrolments, as the centre knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceHead {
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Epoch of the enrolment this head belongs to.
    pub epoch: u32,
    /// Epoch of the enrolment in force; older ones are fenced.
    pub current_epoch: u32,
    /// Site of the desk, six digits.
    pub site: SiteCode,
    /// Public key of this enrolment, as last renewed (B4).
    pub public_key: PublicKey,
    /// The next key, accepted too: the desk decides when to take it up.
    pub next_key: Option<PublicKey>,
    /// Last sequence number that is durable; 0 = none yet.
    pub received_through: u64,
    /// Hash of that operation; all zeros = none yet.
    pub last_hash: Digest,
    /// The month of the log that the desk writes in.
    pub month: LogMonth,
    /// Whether the desk's disk was restored or copied. Nothing more is taken until a security
    /// administrator re-enrols it.
    pub quarantined: bool,
    /// Whether the desk was taken out of service.
    pub revoked: bool,
}

/// Newest month in which operations of an enrolment were received. None from `first_seq` on was
/// received before `since`, so that they are looked for in no earlier month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogMonth {
    /// First operation of the month; 0 = there was none yet.
    pub first_seq: u64,
    /// When it was received.
    pub since: At,
}

impl DeviceHead {
    /// Returns the head of a desk that was just enrolled with a key: nothing was received yet.
    pub fn enrolled(key: &DeskKey) -> Self {
        Self {
            device: key.device,
            epoch: key.epoch,
            current_epoch: key.epoch,
            site: key.site,
            public_key: key.public_key.clone(),
            next_key: None,
            received_through: 0,
            last_hash: genesis(),
            month: LogMonth::default(),
            quarantined: false,
            revoked: false,
        }
    }

    /// Verifies a signature of the desk, by the present or the next key.
    ///
    /// # Errors
    /// [`KeyError::Signature`] if neither signed.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), KeyError> {
        let by_next = |error| self.next_key.as_ref().map_or(Err(error), |key| key.verify(message, signature));
        self.public_key.verify(message, signature).or_else(by_next)
    }
}

/// Decision on a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intake<'a> {
    /// Append these new operations and acknowledge through the last.
    Append {
        /// New operations; empty if all were stored already.
        new: &'a [Operation],
        /// Content digest of every operation of the batch, for the check of its sessions.
        contents: Vec<Digest>,
    },
    /// Operations before the batch are missing.
    Gap {
        /// First missing sequence number.
        resend_from: u64,
    },
    /// Known sequence number with another hash: the desk's disk was restored or copied. Quarantine
    /// it and tell the security administrator.
    Quarantine,
    /// The desk is in quarantine already.
    Barred,
    /// The desk was taken out of service.
    Revoked,
    /// A newer enrolment is in force.
    Fenced {
        /// Epoch of that enrolment.
        current: u32,
    },
    /// Shape, chain or signature is wrong, or an operation cannot be stored.
    Malformed,
}

/// Returns whether the desk's key signed the batch with its proofs. [`receive`] checks the content.
#[must_use]
pub fn is_authentic(head: &DeviceHead, request: &PushRequest) -> bool {
    let Some(signature) = rules::hex::decode(&request.signature) else { return false };
    head.verify(&request.signed_bytes(), &signature).is_ok()
}

/// Decides what to do with a batch. `known` holds the hashes of stored operations of this desk and
/// epoch, at least for every sequence number of the batch up to `received_through`.
#[must_use]
pub fn receive<'a>(
    head: &DeviceHead,
    batch: &'a Batch,
    known: &BTreeMap<u64, Digest>,
    rulebook: &Rulebook,
) -> Intake<'a> {
    if batch.device != head.device || batch.epoch != head.epoch {
        return Intake::Malformed;
    }
    if head.epoch < head.current_epoch {
        return Intake::Fenced { current: head.current_epoch };
    }
    if head.revoked {
        return Intake::Revoked;
    }
    if head.quarantined {
        return Intake::Barred;
    }
    let contents = if rulebook.checks_chain() {
        batch.check_contents().unwrap_or_default()
    } else {
        batch.ops.iter().map(Operation::content_digest).collect()
    };
    if contents.is_empty() {
        return Intake::Malformed;
    }
    if batch.first_seq > head.received_through + 1 {
        return Intake::Gap { resend_from: head.received_through + 1 };
    }
    let seen = batch.ops.partition_point(|operation| operation.seq <= head.received_through);
    let (old, new) = batch.ops.split_at(seen);
    if rulebook.checks_chain() {
        let altered = old.iter().any(|operation| known.get(&operation.seq) != Some(&operation.hash));
        let forked = old.is_empty() && batch.prev_hash != head.last_hash;
        if altered || forked {
            return Intake::Quarantine;
        }
    }
    // Checked here because everything in the log must be decided some day: an operation that no SQL
    // statement can carry would block all others.
    if !new.iter().all(Operation::is_storable) {
        return Intake::Malformed;
    }
    Intake::Append { new, contents }
}

/// Returns whose keys the proofs of a batch need: who began its sessions, who consented, and who
/// confirmed a document.
#[must_use]
pub fn people_of(request: &PushRequest) -> BTreeSet<StaffNumber> {
    let sessions = request.sessions.iter().map(|proof| &proof.statement.value.staff);
    let consents = request.batch.ops.iter().filter(|operation| operation.consent.is_some());
    let confirmed = request.batch.ops.iter().filter_map(proof::supervisor);
    sessions.chain(consents.map(|operation| &operation.operator)).chain(confirmed).cloned().collect()
}

/// Finds the operations of a batch that nobody's word stands behind (A3, A4). `people` are those of
/// [`people_of`], as far as the centre knows them.
#[must_use]
pub fn unproven(
    request: &PushRequest,
    contents: &[Digest],
    people: &HashMap<StaffNumber, SiteOperator>,
) -> BTreeMap<u64, Unproven> {
    let key = |who: &StaffNumber, id: KeyId, at: At| people.get(who)?.key(id, at);
    unproven_at(&request.batch, contents, &request.sessions, key)
}
