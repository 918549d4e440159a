//! Pushing batches of operations and fetching their receipts.

use crate::{
    DeviceNumber, Refusal,
    authority::SessionProof,
    canonical_cbor::canonical,
    correction::Digest,
    hex,
    issuing::{Issuable, Issued, Purpose},
    keys::{KeyError, Signer},
    life::{Action, Serial},
    op::Batch,
    time::At,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Body of `POST /v1/sync/push`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushRequest {
    /// Operations to push.
    pub batch: Batch,
    /// Desk's signature, hex, over [`Self::signed_bytes`]: canonical CBOR of `device`, `epoch`,
    /// `first_seq`, `length`, `prev_hash`, `last_hash` and `sessions`, the SM3 digest of the
    /// proofs. Each operation's hash covers the rest.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{128}$"))]
    pub signature: String,
    /// Proof of each session that the operations name.
    pub sessions: Vec<SessionProof>,
}

impl PushRequest {
    /// Signs a batch and its proofs with the desk's key.
    ///
    /// # Errors
    /// The [`KeyError`] that the signer returns.
    pub fn sign(batch: Batch, sessions: Vec<SessionProof>, desk: &dyn Signer) -> Result<Self, KeyError> {
        let unsigned = Self { batch, signature: String::new(), sessions };
        let signature = hex::encode(&desk.sign(&unsigned.signed_bytes())?);
        Ok(Self { signature, ..unsigned })
    }

    /// Returns the proofs that count: of each session that an operation names, the first.
    pub fn counted_sessions(&self) -> impl Iterator<Item = &SessionProof> {
        let named: BTreeSet<Uuid> = self.batch.ops.iter().map(|operation| operation.session.id).collect();
        let id = |proof: &SessionProof| proof.statement.value.id;
        let is_first = move |nth: usize, of: Uuid| !self.sessions[..nth].iter().any(|one| id(one) == of);
        let proofs = self.sessions.iter().enumerate();
        proofs
            .filter(move |(nth, proof)| named.contains(&id(proof)) && is_first(*nth, id(proof)))
            .map(|(_, proof)| proof)
    }

    /// Returns the digest of the proofs that count, as they are sent: SM3 over their canonical
    /// CBOR.
    pub fn sessions_digest(&self) -> Digest {
        Digest::of(&canonical(&self.counted_sessions().collect::<Vec<_>>()))
    }

    /// Returns the bytes that the desk signs. They cover the proofs, so that nobody on the way
    /// takes a session's proof out and makes its work count for nothing.
    pub fn signed_bytes(&self) -> Vec<u8> {
        self.batch.signed_bytes(&self.sessions_digest())
    }
}

/// Answer to a push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushResponse {
    /// Sequence number up to which operations are stored durably.
    pub received_through: u64,
    /// Sequence number up to which operations are decided.
    pub applied_through: u64,
    /// Receipt batch: the receipts known so far for this batch, ascending by sequence number and
    /// under one signature. `None` if there is none yet.
    pub results: Option<Issued<Vec<Receipt>>>,
    /// Clock of the centre.
    pub server_time: At,
    /// Milliseconds to wait before the next push; spreads load after an outage.
    pub next_after_ms: u32,
}

/// Answer to `GET /v1/sync/results?after=`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResultsResponse {
    /// Receipt batch directly after `after`: gapless, ascending and under one signature. `None` if
    /// there is none yet.
    pub results: Option<Issued<Vec<Receipt>>>,
    /// Sequence number up to which operations are decided.
    pub applied_through: u64,
    /// Durable through this seq. Less than was told before: the centre was restored, and wants the
    /// rest again.
    pub received_through: u64,
    /// Centre's clock.
    pub server_time: At,
}

/// Answer to `POST /v1/sync/sealed`, a part of another desk's outbox: it is durable at the centre.
/// Verdicts go to the desk whose operations they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SealedResponse {
    /// Clock of the centre.
    pub server_time: At,
}

/// The centre's receipt for one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receipt {
    /// Identifier of the receipt.
    pub id: Uuid,
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Enrolment epoch of the operation.
    pub epoch: u32,
    /// Sequence number of the operation.
    pub seq: u64,
    /// Hash of the operation.
    pub hash: Digest,
    /// Decision of the centre.
    pub verdict: Verdict,
    /// When the centre decided.
    pub decided_at: At,
}

impl Issuable for Vec<Receipt> {
    const PURPOSE: Purpose = Purpose::Receipts;
}

/// Decision of the centre on an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// The operation took effect.
    Applied {
        /// Action that was applied, for issues; it can differ from the requested one.
        action: Option<Action>,
    },
    /// Another channel or desk issued first on that day (L3). This code is kept as revoked.
    DuplicateSameDay {
        /// Serial of the code that stands.
        winner: Serial,
    },
    /// The eligibility rules refuse at the centre.
    NotEligible,
    /// A supervisor must decide.
    NeedsApproval,
    /// The registry record changed since the desk saw it.
    StaleVersion {
        /// Current version of the registry record.
        current: u64,
    },
    /// Nobody's word stands behind the operation (A3). It has no effect, and is kept for review.
    Unproven,
    /// Done before a dismissal or change of role, and heard of after it (A5). A security
    /// administrator decides.
    Late,
    /// A rule refuses the operation.
    Rejected {
        /// Code of the refusal.
        code: Refusal,
    },
}
