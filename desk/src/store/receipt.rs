//! Receipts (回执): the centre's signed word on each operation. One signed batch proves many.

use super::{Connection, from_json, operation_number::number, to_json};
use crate::error::DeskError;
use rules::{
    At,
    issuing::{Issued, Trust},
    wire::{Receipt, Verdict},
};

/// Receipts whose signature by the centre has been checked. There is no other way to
/// make one, so nothing can leave the outbox on anything else.
#[derive(Clone, Debug)]
pub struct VerifiedReceiptBatch {
    batch: Issued<Vec<Receipt>>,
}

impl VerifiedReceiptBatch {
    /// Checks the signature; `None` when it is not the centre's.
    pub fn check(batch: Issued<Vec<Receipt>>, trust: &Trust) -> Option<Self> {
        batch.verify(trust).is_ok().then_some(Self { batch })
    }

    /// Returns the batch as it came, to be kept as proof.
    pub const fn signed(&self) -> &Issued<Vec<Receipt>> {
        &self.batch
    }

    /// Returns the receipts.
    pub fn receipts(&self) -> &[Receipt] {
        &self.batch.value
    }
}

/// What a verdict means for the queue, as one word for lists and the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptOutcome {
    /// 已确认
    Accepted,
    /// 冲突: another was first, or the registry moved on.
    Conflict,
    /// 待审批
    NeedsApproval,
    /// 未通过
    Rejected,
}

impl ReceiptOutcome {
    /// Returns how a verdict is listed.
    pub const fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Applied { .. } => Self::Accepted,
            Verdict::DuplicateSameDay { .. } | Verdict::StaleVersion { .. } => Self::Conflict,
            // Both wait for somebody at the centre.
            Verdict::NeedsApproval | Verdict::Late => Self::NeedsApproval,
            Verdict::NotEligible | Verdict::Unproven | Verdict::Rejected { .. } => Self::Rejected,
        }
    }
}

/// Keeps a signed batch; its receipts point to it.
pub(crate) async fn put_batch(
    connection: &mut Connection,
    batch: &Issued<Vec<Receipt>>,
    at: At,
) -> Result<i64, DeskError> {
    let done = sqlx::query("INSERT INTO receipt_batch (signed, at) VALUES (?, ?)")
        .bind(to_json(batch)?)
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(done.last_insert_rowid())
}

/// Result of keeping a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// The first one of its operation.
    New,
    /// It says nothing new: that stays which is here.
    Known,
    /// The centre has decided once more, and the same.
    Renewed,
    /// The centre has decided anew, and otherwise.
    Overturned {
        /// What it had decided before.
        before: Verdict,
    },
}

/// Keeps a receipt. A later decision on an operation takes the place of an earlier one: a centre
/// that was restored decides again what it has forgotten. An earlier one that comes late changes
/// nothing.
pub(crate) async fn put(
    connection: &mut Connection,
    receipt: &Receipt,
    batch: i64,
) -> Result<Kept, DeskError> {
    if insert(&mut *connection, receipt, batch).await? {
        return Ok(Kept::New);
    }
    let n = number(receipt.epoch, receipt.seq)?;
    let (before, decided_at): (String, i64) =
        sqlx::query_as("SELECT verdict, decided_at FROM receipt WHERE n = ?")
            .bind(n)
            .fetch_one(&mut *connection)
            .await?;
    if receipt.decided_at.0 <= decided_at {
        return Ok(Kept::Known);
    }
    sqlx::query("DELETE FROM receipt WHERE n = ?").bind(n).execute(&mut *connection).await?;
    insert(connection, receipt, batch).await?;
    let before: Verdict = from_json(&before)?;
    Ok(if before == receipt.verdict { Kept::Renewed } else { Kept::Overturned { before } })
}

async fn insert(connection: &mut Connection, receipt: &Receipt, batch: i64) -> Result<bool, DeskError> {
    let done = sqlx::query(
        "INSERT INTO receipt (n, receipt_id, verdict, outcome, decided_at, batch)
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (n) DO NOTHING",
    )
    .bind(number(receipt.epoch, receipt.seq)?)
    .bind(receipt.id.to_string())
    .bind(to_json(&receipt.verdict)?)
    .bind(super::to_word(&ReceiptOutcome::of(&receipt.verdict))?)
    .bind(receipt.decided_at.0)
    .bind(batch)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Returns the verdict on an operation, once there is one.
pub(crate) async fn verdict(
    connection: &mut Connection,
    epoch: u32,
    seq: u64,
) -> Result<Option<Verdict>, DeskError> {
    let row: Option<(String,)> = sqlx::query_as("SELECT verdict FROM receipt WHERE n = ?")
        .bind(number(epoch, seq)?)
        .fetch_optional(connection)
        .await?;
    row.map(|(verdict,)| from_json(&verdict)).transpose()
}

/// Returns the signed batch that proves the receipt of an operation.
pub(crate) async fn proof(
    connection: &mut Connection,
    epoch: u32,
    seq: u64,
) -> Result<Option<Issued<Vec<Receipt>>>, DeskError> {
    let row: Option<(String,)> = sqlx::query_as(
        "SELECT signed FROM receipt JOIN receipt_batch ON receipt_batch.id = receipt.batch WHERE n = ?",
    )
    .bind(number(epoch, seq)?)
    .fetch_optional(connection)
    .await?;
    row.map(|(signed,)| from_json(&signed)).transpose()
}

/// Forgets a batch that brought nothing new.
pub(crate) async fn drop_batch(connection: &mut Connection, id: i64) -> Result<(), DeskError> {
    sqlx::query("DELETE FROM receipt_batch WHERE id = ?").bind(id).execute(connection).await?;
    Ok(())
}
