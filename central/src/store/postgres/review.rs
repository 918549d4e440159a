//! Operations listed for review, and what was decided about them.

use super::{PgClaim, PgStore, Write, audit, claim, complete, rows};
use crate::{
    audit::{AuditKey, Event, event},
    store::{Completion, Result, StoreError, Work},
};
use rules::{At, DeviceNumber, StaffNumber, correction::Digest};
use serde::Deserialize;
use sqlx::{FromRow, PgConnection};

/// An operation listed for review.
#[derive(Clone, Debug)]
pub struct Review {
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Epoch of the enrolment.
    pub epoch: u32,
    /// Sequence number within the enrolment.
    pub seq: u64,
    /// Why it is listed.
    pub reason: String,
    /// For `unproven`, what is missing.
    pub unproven: Option<String>,
    /// When it was listed.
    pub at: At,
    /// When it was received.
    pub received_at: At,
    /// When it was done and by whom, and its kind; `None` if it cannot be read.
    pub done: Option<Done>,
    /// What was decided about it.
    pub decision: Option<ReviewDecision>,
}

/// What an operation says of itself, as far as a list shows it.
#[derive(Clone, Debug)]
pub struct Done {
    /// Business instant of the operation.
    pub at: At,
    /// Who it says did it.
    pub operator: StaffNumber,
    /// Kind of the operation.
    pub kind: String,
}

/// A security administrator's decision on an operation listed for review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewDecision {
    /// Whether it is in order. A late one counts from then on.
    pub accepted: bool,
    /// Staff number of the administrator who decided.
    pub by: StaffNumber,
    /// Reason in the administrator's words.
    pub reason: String,
    /// When it was decided.
    pub at: At,
}

const LIST: &str = "
    SELECT r.device, r.epoch, r.seq, r.reason, r.at, l.unproven, coalesce(l.received_at, a.received_at, r.at) AS received_at,
           coalesce(l.operation, '') AS operation,
           r.decision, r.decided_by, r.decided_reason, r.decided_at
    FROM review r
    LEFT JOIN op_log l ON l.device = r.device AND l.epoch = r.epoch AND l.seq = r.seq
    LEFT JOIN archived_op a ON a.device = r.device AND a.epoch = r.epoch AND a.seq = r.seq
    ORDER BY r.at, r.device, r.epoch, r.seq, r.reason";

const DECIDE: &str = "
    UPDATE review SET decision = $4, decided_by = $5, decided_reason = $6, decided_at = $7
    WHERE device = $1 AND epoch = $2 AND seq = $3 AND decision IS NULL";

#[derive(FromRow)]
struct ReviewRow {
    device: i32,
    epoch: i32,
    seq: i64,
    reason: String,
    at: i64,
    unproven: Option<String>,
    received_at: i64,
    operation: String,
    decision: Option<String>,
    decided_by: Option<String>,
    decided_reason: Option<String>,
    decided_at: Option<i64>,
}

/// The parts of an operation that a list shows.
#[derive(Deserialize)]
struct Shown {
    wall: At,
    offset_ms: i64,
    operator: StaffNumber,
    body: Kind,
}

#[derive(Deserialize)]
struct Kind {
    kind: String,
}

impl ReviewRow {
    fn read(self) -> Result<Review> {
        // Of an operation that cannot be decided, not even this may be readable.
        let shown: Option<Shown> = serde_json::from_str(&self.operation).ok();
        let decided = self.decision.zip(self.decided_by).zip(self.decided_reason).zip(self.decided_at);
        let decision = decided.map(|(((decision, by), reason), at)| {
            let by = by.try_into().map_err(|_| StoreError::Corrupt("staff number"))?;
            Ok::<_, StoreError>(ReviewDecision { accepted: decision == ACCEPTED, by, reason, at: At(at) })
        });
        Ok(Review {
            device: rows::device(self.device)?,
            epoch: rows::unsigned(self.epoch)?,
            seq: rows::unsigned_large(self.seq)?,
            reason: self.reason,
            unproven: self.unproven,
            at: At(self.at),
            received_at: At(self.received_at),
            done: shown.map(|shown| Done {
                at: shown.wall.plus_ms(shown.offset_ms),
                operator: shown.operator,
                kind: shown.body.kind,
            }),
            decision: decision.transpose()?,
        })
    }
}

pub(super) const ACCEPTED: &str = "accepted";
const REFUSED: &str = "refused";

impl PgStore {
    /// Returns every operation listed for review, decided or not, in the order of listing.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or a row cannot be decoded.
    pub async fn reviews(&self) -> Result<Vec<Review>> {
        let found: Vec<ReviewRow> = sqlx::query_as(LIST).fetch_all(self.pool()).await?;
        found.into_iter().map(ReviewRow::read).collect()
    }

    /// Returns a late operation that waits for a decision, with everything a decision of the rules
    /// depends on; `None` if it does not wait.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or a row cannot be decoded.
    pub async fn claim_late(&self, place: (DeviceNumber, u32, u64)) -> Result<Option<Work<PgClaim>>> {
        claim::claim_late(self, place).await
    }

    /// Writes what an accepted operation changes, and the decision that accepted it.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails; nothing was written then.
    pub async fn complete_accepted(
        &self,
        claim: PgClaim,
        completion: Completion,
        (place, decision): ((DeviceNumber, u32, u64), &ReviewDecision),
    ) -> Result<()> {
        let mut write = claim.write;
        complete::put(&mut write, self.audit_key(), completion).await?;
        if !decide(&mut write, self.audit_key(), place, decision).await? {
            return Err(StoreError::Conflict);
        }
        write.commit().await
    }

    /// Records the decision on every row of an operation that waits for one; the operation itself
    /// stays as it is. Returns `false` if no row waits.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn decide_review(
        &self,
        place: (DeviceNumber, u32, u64),
        decision: &ReviewDecision,
    ) -> Result<bool> {
        let mut write = Write::begin(self.pool()).await?;
        if !decide(&mut write, self.audit_key(), place, decision).await? {
            write.rollback().await?;
            return Ok(false);
        }
        write.commit().await?;
        Ok(true)
    }
}

async fn decide(
    connection: &mut PgConnection,
    key: Option<&AuditKey>,
    (device, epoch, seq): (DeviceNumber, u32, u64),
    decision: &ReviewDecision,
) -> Result<bool> {
    let decided = sqlx::query(DECIDE)
        .bind(rows::small(device)?)
        .bind(rows::small(epoch)?)
        .bind(rows::large(seq)?)
        .bind(if decision.accepted { ACCEPTED } else { REFUSED })
        .bind(decision.by.as_str())
        .bind(&decision.reason)
        .bind(decision.at.0)
        .execute(&mut *connection)
        .await?;
    if decided.rows_affected() == 0 {
        return Ok(false);
    }
    let event = Event::Review(event::Review {
        device,
        epoch,
        seq,
        accepted: decision.accepted,
        by: decision.by.clone(),
        reason: Digest::of(decision.reason.as_bytes()),
        at: decision.at,
    });
    audit::record(connection, key, decision.at, &event).await?;
    Ok(true)
}
