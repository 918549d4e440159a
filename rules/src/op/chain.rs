//! Batches of operations and the hash chain through them.

use super::{OP_VERSION, Operation, canonical};
use crate::{DeviceNumber, digest::Digest};
use serde::{Deserialize, Serialize};

/// Returns the hash before the first operation of an epoch: all zeros.
pub const fn genesis() -> Digest {
    Digest([0; 32])
}

/// Batch of operations that a desk pushes. The desk signs [`Batch::signed_bytes`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Batch {
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Enrolment epoch of the desk.
    pub epoch: u32,
    /// Sequence number of the first operation.
    pub first_seq: u64,
    /// Hash of the operation before the first one.
    pub prev_hash: Digest,
    /// Operations with consecutive sequence numbers, at most 200 ([`BATCH_LIMIT`]).
    pub ops: Vec<Operation>,
}

/// Largest number of operations in a batch.
pub const BATCH_LIMIT: usize = 200;

/// Faults in a chain of operations. The number is that of the first bad operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// The sequence has a gap, or does not begin at `first_seq`.
    #[error("sequence broken at {0}")]
    Sequence(u64),
    /// `prev_hash` is not the hash of the operation before.
    #[error("chain broken at {0}")]
    Link(u64),
    /// `hash` does not match the content.
    #[error("operation {0} was altered")]
    Altered(u64),
    /// The operation's device or epoch differs from the batch's.
    #[error("operation {0} is of another desk")]
    Foreign(u64),
    /// A newer program wrote the operation.
    #[error("operation {0} has an unknown version")]
    Version(u64),
    /// The batch is empty or too large.
    #[error("batch size")]
    Size,
}

/// Identifies a run of operations. Each hash covers its operation and the hash before, so the first
/// and last hash cover the whole run.
#[derive(Serialize)]
struct Run<'a> {
    device: DeviceNumber,
    epoch: u32,
    first_seq: u64,
    length: usize,
    prev_hash: &'a Digest,
    last_hash: &'a Digest,
    sessions: &'a Digest,
}

/// Returns the bytes that a desk signs for a run of operations ([`Batch::signed_bytes`]), from its
/// ends and the digest of its session proofs alone.
pub fn signed_run(
    (device, epoch): (DeviceNumber, u32),
    first_seq: u64,
    length: usize,
    (prev_hash, last_hash): (&Digest, &Digest),
    sessions: &Digest,
) -> Vec<u8> {
    canonical(&Run { device, epoch, first_seq, length, prev_hash, last_hash, sessions })
}

impl Batch {
    /// Returns the bytes that the desk signs: canonical CBOR of the run's start, its last hash and
    /// the digest of its session proofs ([`crate::wire::PushRequest::sessions_digest`]).
    ///
    /// They do not cover operations with wrong hashes, so every check of a signature needs
    /// [`Self::check`] as well.
    pub fn signed_bytes(&self, sessions: &Digest) -> Vec<u8> {
        let last_hash = self.ops.last().map_or(&self.prev_hash, |last| &last.hash);
        let (desk, ends) = ((self.device, self.epoch), (&self.prev_hash, last_hash));
        signed_run(desk, self.first_seq, self.ops.len(), ends, sessions)
    }

    /// Checks size, versions, sequence, links and hashes.
    ///
    /// # Errors
    /// The [`ChainError`] of the first operation that does not fit.
    pub fn check(&self) -> Result<(), ChainError> {
        self.check_contents().map(|_| ())
    }

    /// Works as [`Self::check`], and returns the [`Operation::content_digest`] of each operation,
    /// which the check computes anyway.
    ///
    /// # Errors
    /// As for [`Self::check`].
    pub fn check_contents(&self) -> Result<Vec<Digest>, ChainError> {
        if self.ops.is_empty() || self.ops.len() > BATCH_LIMIT {
            return Err(ChainError::Size);
        }
        let (mut expected, mut previous) = (self.first_seq, &self.prev_hash);
        let mut contents = Vec::with_capacity(self.ops.len());
        for op in &self.ops {
            contents.push(self.check_one(op, expected, previous)?);
            (expected, previous) = (expected.saturating_add(1), &op.hash);
        }
        Ok(contents)
    }

    fn check_one(&self, op: &Operation, expected: u64, previous: &Digest) -> Result<Digest, ChainError> {
        let seq = op.seq;
        if op.version != OP_VERSION {
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
        let content = op.content_digest();
        if op.hash != op.link(content.clone()) {
            return Err(ChainError::Altered(seq));
        }
        Ok(content)
    }
}
