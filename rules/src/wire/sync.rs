//! Pushing batches of operations and fetching their receipts.

use crate::{
    Refusal,
    authority::SessionProof,
    correction::Digest,
    issuing::{Issuable, Issued, Purpose},
    life::{Action, Serial},
    op::Batch,
    time::At,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Body of `POST /v1/sync/push`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushRequest {
    /// Operations to push.
    pub batch: Batch,
    /// Desk's signature, hex, over [`Batch::signed_bytes`]: canonical CBOR of `device`, `epoch`,
    /// `first_seq`, `length`, `prev_hash` and `last_hash`. Each operation's hash covers the rest.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{128}$"))]
    pub signature: String,
    /// Proof of each session that the operations name.
    pub sessions: Vec<SessionProof>,
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
    pub device: u32,
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
