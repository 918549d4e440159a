//! Audit log of the city (D2): what the centre did, as an append-only Merkle tree.
//!
//! The tree has the shape of RFC 6962 over SM3. The centre appends [`AuditLeaf`]s and signs a
//! [`TreeHead`]. Whoever holds an older head asks for a consistency proof and checks it with
//! [`TreeHead::check_extends`]. A centre that rewrote its history cannot make such a proof, so
//! every desk is a witness.

mod proof;
mod tree;

pub use proof::{HistoryError, ProofPlan};
pub use tree::{Frontier, Node, leaf_hash, node_hash};

use crate::{
    digest::Digest,
    issuing::{Issuable, Purpose},
    op::canonical,
    time::At,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Entry of the log. It names references, numbers and digests, never people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditLeaf {
    /// Random identifier, so that no entry can be appended twice.
    pub id: Uuid,
    /// When it happened.
    pub at: At,
    /// What happened: `batch`, `verdicts`, `look_up`, …
    pub kind: String,
    /// Details, as JSON.
    pub body: String,
}

impl AuditLeaf {
    /// Returns the hash that stands in the tree: of canonical CBOR of all fields.
    pub fn hash(&self) -> Digest {
        leaf_hash(&canonical(self))
    }
}

/// Size and root of the log at one time. An issuing key of the centre signs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TreeHead {
    /// Number of leaves.
    pub size: u64,
    /// Merkle tree hash of all leaves; SM3 of nothing for an empty log.
    pub root: Digest,
    /// When it was signed.
    pub at: At,
}

impl Issuable for TreeHead {
    const PURPOSE: Purpose = Purpose::Audit;
}
