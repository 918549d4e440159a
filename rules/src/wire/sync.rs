//! Pushing operations and hearing what became of them.

use crate::{
    Refusal,
    correction::Digest,
    keys::Signed,
    life::{Action, Serial},
    op::Batch,
    time::At,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// `POST /v1/sync/push`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushRequest {
    /// The operations.
    pub batch: Batch,
    /// Desk's signature over [`Batch::signed_bytes`], hex.
    pub signature: String,
}

/// Answer to a push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushResponse {
    /// Durable through this seq.
    pub received_through: u64,
    /// Decided through this seq.
    pub applied_through: u64,
    /// Verdicts known already, of this batch: one signature over the whole roll, ascending by seq; `None` = none yet.
    pub results: Option<Signed<Vec<Receipt>>>,
    /// Centre's clock.
    pub server_time: At,
    /// Do not push again before (spreads a storm), ms.
    pub next_after_ms: u32,
}

/// `GET /v1/sync/results?after=`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultsResponse {
    /// Verdicts right after `after`, gapless and ascending, under one signature; `None` = none yet.
    pub results: Option<Signed<Vec<Receipt>>>,
    /// Decided through this seq.
    pub applied_through: u64,
    /// Durable through this seq. Less than was told before: the centre was restored, and wants the rest again.
    pub received_through: u64,
    /// Centre's clock.
    pub server_time: At,
}

/// The centre's word on one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Receipt id.
    pub id: Uuid,
    /// Device.
    pub device: u32,
    /// Epoch.
    pub epoch: u32,
    /// Which.
    pub seq: u64,
    /// Its hash.
    pub hash: Digest,
    /// What.
    pub verdict: Verdict,
    /// When decided.
    pub decided_at: At,
}

/// What the centre decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// Done. For an issue the action that fitted.
    Applied {
        /// Which action was applied, for issues.
        action: Option<Action>,
    },
    /// L3: another channel or desk was first. The code is kept and revoked.
    DuplicateSameDay {
        /// The code that won.
        winner: Serial,
    },
    /// E-rules at the centre say no.
    NotEligible,
    /// Waits for a supervisor.
    NeedsApproval,
    /// Registry version moved on.
    StaleVersion {
        /// The version now.
        current: u64,
    },
    /// Refused.
    Rejected {
        /// Why.
        code: Refusal,
    },
}
