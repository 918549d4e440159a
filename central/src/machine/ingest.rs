//! Stage one: what to do with a batch.

use super::Rulebook;
use rules::{
    correction::Digest,
    keys::PublicKey,
    op::{Batch, Operation},
    wire::PushRequest,
};
use std::collections::BTreeMap;

/// What the centre knows of a desk and one of its enrolments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceHead {
    /// Device number.
    pub device: u32,
    /// The enrolment this head belongs to.
    pub epoch: u32,
    /// The enrolment in force; an older one is fenced.
    pub current_epoch: u32,
    /// Site, six digits.
    pub site: String,
    /// Key of this enrolment.
    pub public_key: PublicKey,
    /// Everything through this seq is durable; 0 = nothing yet.
    pub received_through: u64,
    /// Hash of that operation; all zeros = nothing yet.
    pub last_hash: Digest,
    /// Its disk was restored or copied: nothing more is taken until a security administrator re-enrols it.
    pub quarantined: bool,
    /// Taken out of service.
    pub revoked: bool,
}

/// What to do with a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intake<'a> {
    /// Append these, all new and following the head; acknowledge through the last. Empty: all were known already.
    Append(&'a [Operation]),
    /// Something is missing before the batch.
    Gap {
        /// First missing seq.
        resend_from: u64,
    },
    /// Same seq, other hash: the desk's disk was restored or copied. Quarantine it and tell the security administrator.
    Quarantine,
    /// In quarantine already.
    Barred,
    /// Taken out of service.
    Revoked,
    /// A newer enrolment is in force.
    Fenced {
        /// Which.
        current: u32,
    },
    /// Shape, chain or signature is wrong, or something in it cannot be kept.
    Malformed,
}

/// Whether the batch was signed by the desk's key. What it holds is checked by [`receive`].
#[must_use]
pub fn is_authentic(head: &DeviceHead, request: &PushRequest) -> bool {
    let Some(signature) = crate::hex::decode(&request.signature) else { return false };
    head.public_key.verify(&request.batch.signed_bytes(), &signature).is_ok()
}

/// Decides what to do with a batch. `known` holds the hashes of operations of this desk and epoch that are stored
/// already, at least for every seq of the batch up to `received_through`.
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
    if rulebook.checks_chain() {
        if batch.check().is_err() {
            return Intake::Malformed;
        }
    } else if batch.ops.is_empty() {
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
    // Here, and not when it is decided: what is in the log has to be decided some time, and what no statement can carry would stand
    // in the way of everybody.
    if !new.iter().all(Operation::is_storable) {
        return Intake::Malformed;
    }
    Intake::Append(new)
}
