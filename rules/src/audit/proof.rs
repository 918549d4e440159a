//! Proofs of consistency (RFC 6962, section 2.1.2).

use super::{
    TreeHead,
    tree::{joined, parts},
};
use crate::digest::Digest;
use ct_merkle::{ConsistencyProof, RootHash, indices_for_consistency_proof};
use sm3::Sm3;

/// Largest log. No centre appends that often; it keeps the arithmetic of nodes in range.
const LARGEST: u64 = 1 << 48;

/// Reasons why a head is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// The newer head has fewer leaves: the end of the log was cut off.
    #[error("the log has shrunk")]
    Smaller,
    /// The proof does not lead from one to the other: leaves were changed.
    #[error("the log was rewritten")]
    Rewritten,
}

/// Nodes that a proof consists of: for each of its hashes the complete subtrees to join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofPlan(Vec<Vec<u64>>);

impl ProofPlan {
    /// Plans the proof that the first `from` leaves of a log of `to` are those of a log of `from`.
    /// `None` if the log never had that size.
    pub fn consistency(from: u64, to: u64) -> Option<Self> {
        let ids = match from {
            0 => Vec::new(),
            _ if from > to || to > LARGEST => return None,
            _ => indices_for_consistency_proof(from, to - from),
        };
        Some(Self(ids.into_iter().map(|id| parts(id, to)).collect()))
    }

    /// Returns all nodes to look up.
    pub fn nodes(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().flatten().copied()
    }

    /// Makes the proof from the hashes of its nodes. `None` if one is not known.
    pub fn proof(&self, hash: impl Fn(u64) -> Option<Digest>) -> Option<Vec<Digest>> {
        let part =
            |nodes: &Vec<u64>| joined(&nodes.iter().map(|node| hash(*node)).collect::<Option<Vec<_>>>()?);
        self.0.iter().map(part).collect()
    }
}

impl TreeHead {
    /// Checks that this head's log begins with all of `old`'s.
    ///
    /// # Errors
    /// [`HistoryError::Smaller`] if it has fewer leaves, [`HistoryError::Rewritten`] if the proof
    /// does not show it.
    pub fn check_extends(&self, old: &Self, proof: &[Digest]) -> Result<(), HistoryError> {
        if self.size < old.size {
            return Err(HistoryError::Smaller);
        }
        if self.size > LARGEST {
            return Err(HistoryError::Rewritten);
        }
        let is_prefix = match old.size {
            0 => proof.is_empty() && old.root == Digest::of(&[]),
            _ => {
                let proof = ConsistencyProof::try_from_bytes(bytes(proof));
                proof.is_ok_and(|proof| root(self).verify_consistency(&root(old), &proof).is_ok())
            }
        };
        if is_prefix { Ok(()) } else { Err(HistoryError::Rewritten) }
    }
}

fn root(head: &TreeHead) -> RootHash<Sm3> {
    RootHash::new(head.root.0.into(), head.size)
}

fn bytes(proof: &[Digest]) -> Vec<u8> {
    proof.iter().flat_map(|digest| digest.0).collect()
}
