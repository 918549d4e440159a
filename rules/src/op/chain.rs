//! Batches of operations and the chain through them.

use super::{CitizenRef, OP_VERSION, Operation, canonical};
use crate::correction::Digest;
use serde::{Deserialize, Serialize};

/// All zeros: the hash before the first operation of an epoch.
pub fn genesis() -> Digest {
    Digest("0".repeat(64))
}

/// A batch as pushed; signed by the desk ([`Batch::signed_bytes`]).
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

/// What names a run of operations: each hash covers its operation and the hash before, so the first and the last of them cover all.
#[derive(Serialize)]
struct Run<'a> {
    device: u32,
    epoch: u32,
    first_seq: u64,
    length: usize,
    prev_hash: &'a Digest,
    last_hash: &'a Digest,
}

impl Batch {
    /// The bytes the desk signs: canonical CBOR of where the run begins and of the hash it ends in. They say nothing of operations whose hashes
    /// are wrong, so [`Self::check`] belongs to every signature that is checked.
    pub fn signed_bytes(&self) -> Vec<u8> {
        canonical(&Run {
            device: self.device,
            epoch: self.epoch,
            first_seq: self.first_seq,
            length: self.ops.len(),
            prev_hash: &self.prev_hash,
            last_hash: self.ops.last().map_or(&self.prev_hash, |last| &last.hash),
        })
    }

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
