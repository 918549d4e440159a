//! The outbox: operations without a receipt. It is a view: what waits is known from the receipts
//! alone.

use super::{
    Connection, Write, code, from_column, from_json,
    operation::{Author, append_again, release_idempotency_key},
    operation_number::numbers,
    sync_state,
};
use crate::{clock::Reading, error::DeskError};
use rules::{At, op::Operation};
use sqlx::FromRow;

/// Depth of the outbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// How many operations have no receipt yet.
    pub waiting: u32,
    /// When the oldest of them was made.
    pub oldest: Option<At>,
}

/// Returns how much waits, and since when. Computed from sequence numbers, for an epoch has no
/// gaps, without walking through the rows.
pub(crate) async fn depth(connection: &mut Connection) -> Result<Depth, DeskError> {
    let (count, oldest): (i64, Option<i64>) = sqlx::query_as(
        "SELECT ifnull(max(0, newest - max(settled_through, newest >> 32 << 32)), 0)
                - (SELECT count(*) FROM receipt WHERE n > settled_through),
             (SELECT at FROM outbox ORDER BY n LIMIT 1)
         FROM (SELECT settled_through, (SELECT max(n) FROM operation) AS newest FROM sync_state)",
    )
    .fetch_one(connection)
    .await?;
    Ok(Depth { waiting: super::total(count), oldest: super::instant(oldest) })
}

/// Hands over to a new enrolment what the centre never received under the old one: it is written
/// again at the head of the new chain, in the same order and unchanged, so that its sessions still
/// prove it. What it did receive it decides without us; what it has lost since and this desk still
/// holds goes with the rest.
pub(crate) async fn hand_over(write: &mut Write, author: Author, reading: &Reading) -> Result<(), DeskError> {
    let (first, _) = numbers(author.epoch)?;
    let rows: Vec<LeftRow> = sqlx::query_as(
        "SELECT p.epoch, p.seq, p.record, p.idempotency_key, p.session_signature FROM operation p, sync_state s
             WHERE p.n < ? AND (EXISTS (SELECT 1 FROM outbox o WHERE o.n = p.n)
                 OR p.n > s.recheck_after AND p.record IS NOT NULL)
             ORDER BY p.n",
    )
    .bind(first)
    .fetch_all(&mut **write)
    .await?;
    sync_state::put_settled(write, first).await?;
    sync_state::put_recheck(write, author.epoch, None).await?;
    for LeftRow { epoch, seq, record, idempotency_key, session_signature } in rows {
        let seq = from_column(seq)?;
        let old: Operation = from_json(&record.ok_or(DeskError::DatabaseDamaged)?)?;
        // A key belongs to one operation: it goes with the new one.
        release_idempotency_key(write, epoch, seq).await?;
        let at = Reading {
            wall: old.wall,
            monotonic_ms: old.monotonic_ms,
            boot_id: old.boot_id,
            at: old.business_at(),
            ..*reading
        };
        let operation = append_again(write, author, &at, old, (idempotency_key, &session_signature)).await?;
        code::hand_over(write, (epoch, seq), &operation).await?;
    }
    Ok(())
}

/// An operation that an earlier enrolment left behind.
#[derive(FromRow)]
struct LeftRow {
    epoch: u32,
    seq: i64,
    record: Option<String>,
    idempotency_key: Option<String>,
    session_signature: String,
}

/// Returns the seqs of the epoch without a receipt, in order.
pub(crate) async fn waiting(connection: &mut Connection, epoch: u32) -> Result<Vec<u64>, DeskError> {
    let (first, last) = numbers(epoch)?;
    let rows: Vec<(i64,)> = sqlx::query_as("SELECT seq FROM outbox WHERE n BETWEEN ? AND ? ORDER BY n")
        .bind(first)
        .bind(last)
        .fetch_all(connection)
        .await?;
    rows.into_iter().map(|(seq,)| from_column(seq)).collect()
}
