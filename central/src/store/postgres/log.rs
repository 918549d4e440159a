//! The desks' operation logs and the verdicts on them.

use super::{PgStore, Write, audit, rows};
use crate::{
    audit::{AuditKey, Event, event},
    machine::citizen::citizen_of,
    machine::{ingest::DeviceHead, receipt::receipt},
    store::{Result, StoreError, gapless},
};
use rules::{
    At,
    correction::Digest,
    op::Operation,
    wire::{PushRequest, Receipt},
};
use sqlx::{FromRow, PgConnection, PgPool};
use std::{collections::BTreeMap, io::Write as _};

/// Compare-and-swap of the head while in service. The share lock makes a new enrolment wait until
/// this append is in the log, since it is decided after all earlier ones.
const MOVE: &str = "
    UPDATE device_head h SET received_through = $4, last_hash = $5
    FROM (SELECT device FROM device
          WHERE device = $1 AND epoch = $2 AND quarantined_at IS NULL AND revoked_at IS NULL FOR SHARE) d
    WHERE h.device = d.device AND h.epoch = $2 AND h.received_through = $3";

/// COPY is the cheapest way to append, and Citus routes it straight to the desk's shard.
const COPY: &str = "COPY op_log (device, epoch, seq, bucket, hash, received_at, operation) FROM STDIN";

pub(super) async fn append(
    pool: &PgPool,
    key: Option<&AuditKey>,
    (head, request): (&DeviceHead, &PushRequest),
    operations: &[Operation],
    received_at: At,
) -> Result<bool> {
    let Some(last) = operations.last() else { return Ok(true) };
    let rows = copy_text(operations, received_at)?;
    let mut write = Write::begin(pool).await?;
    let moved = sqlx::query(MOVE)
        .bind(rows::small(head.device)?)
        .bind(rows::small(head.epoch)?)
        .bind(rows::large(head.received_through)?)
        .bind(rows::large(last.seq)?)
        .bind(&last.hash.0[..])
        .execute(&mut *write)
        .await?;
    if moved.rows_affected() == 0 {
        write.rollback().await?;
        return Ok(false);
    }
    let mut copy = write.copy_in_raw(COPY).await?;
    copy.send(rows).await?;
    copy.finish().await?;
    let taken = batch_of(request, last);
    put_proof(&mut write, &taken, received_at).await?;
    audit::record(&mut write, key, received_at, &Event::Batch(taken)).await?;
    write.commit().await?;
    Ok(true)
}

/// The batch as the desk signed it: it may begin before the operations that were new.
fn batch_of(request: &PushRequest, last: &Operation) -> event::Batch {
    let batch = &request.batch;
    event::Batch {
        device: batch.device,
        epoch: batch.epoch,
        first_seq: batch.first_seq,
        last_seq: last.seq,
        prev_hash: batch.prev_hash.clone(),
        last_hash: last.hash.clone(),
        signature: request.signature.clone(),
    }
}

async fn put_proof(connection: &mut PgConnection, batch: &event::Batch, received_at: At) -> Result<()> {
    sqlx::query(
        "INSERT INTO batch_proof (device, epoch, first_seq, last_seq, received_at, signature)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(rows::small(batch.device)?)
    .bind(rows::small(batch.epoch)?)
    .bind(rows::large(batch.first_seq)?)
    .bind(rows::large(batch.last_seq)?)
    .bind(received_at.0)
    .bind(&batch.signature)
    .execute(connection)
    .await?;
    Ok(())
}

/// Formats operations as COPY text. JSON contains no raw line breaks or tabs;
/// backslashes are doubled.
fn copy_text(operations: &[Operation], received_at: At) -> Result<Vec<u8>> {
    let mut text = Vec::with_capacity(operations.len() * 1_024);
    for operation in operations {
        let (device, epoch) = (rows::small(operation.device)?, rows::small(operation.epoch)?);
        let (seq, bucket) = (rows::large(operation.seq)?, citizen_of(operation).bucket());
        let (hash, at) = (&operation.hash, received_at.0);
        write!(text, "{device}\t{epoch}\t{seq}\t{bucket}\t\\\\x{hash}\t{at}\t")
            .map_err(|_| StoreError::Range("operation"))?;
        for part in rows::text(operation)?.as_bytes().split_inclusive(|byte| *byte == b'\\') {
            text.extend_from_slice(part);
            if part.ends_with(b"\\") {
                text.push(b'\\');
            }
        }
        text.push(b'\n');
    }
    Ok(text)
}

pub(super) async fn hashes(
    pool: &PgPool,
    device: u32,
    epoch: u32,
    from: u64,
    through: u64,
) -> Result<BTreeMap<u64, Digest>> {
    let found: Vec<(i64, Vec<u8>)> = sqlx::query_as(
        "SELECT seq, hash FROM op_log WHERE device = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4",
    )
    .bind(rows::small(device)?)
    .bind(rows::small(epoch)?)
    .bind(rows::large(from)?)
    .bind(rows::large(through)?)
    .fetch_all(pool)
    .await?;
    found.into_iter().map(|(seq, hash)| Ok((rows::unsigned_large(seq)?, rows::digest(&hash)?))).collect()
}

#[derive(FromRow)]
struct ResultRow {
    seq: i64,
    hash: Vec<u8>,
    verdict: String,
    decided_at: i64,
}

/// The log stores each operation's bucket, so each result is one primary-key lookup.
const RESULTS: &str = "
    SELECT l.seq, l.hash, r.verdict, r.decided_at
    FROM (SELECT bucket, device, epoch, seq, hash FROM op_log
          WHERE device = $1 AND epoch = $2 AND seq > $3 AND seq <= $4 ORDER BY seq) l
    JOIN op_result r ON r.bucket = l.bucket AND r.device = l.device AND r.epoch = l.epoch AND r.seq = l.seq
    ORDER BY l.seq";

pub(super) async fn results(
    pool: &PgPool,
    device: u32,
    epoch: u32,
    after: u64,
    limit: usize,
) -> Result<Vec<Receipt>> {
    let through = after.saturating_add(u64::try_from(limit).unwrap_or(u64::MAX)).min(i64::MAX.unsigned_abs());
    let found: Vec<ResultRow> = sqlx::query_as(RESULTS)
        .bind(rows::small(device)?)
        .bind(rows::small(epoch)?)
        .bind(rows::large(after)?)
        .bind(rows::large(through)?)
        .fetch_all(pool)
        .await?;
    let receipts: Result<Vec<Receipt>> = found
        .into_iter()
        .map(|row| {
            let seq = rows::unsigned_large(row.seq)?;
            let verdict = rows::record(&row.verdict, "verdict")?;
            Ok(receipt(device, epoch, seq, rows::digest(&row.hash)?, verdict, At(row.decided_at)))
        })
        .collect();
    Ok(gapless(receipts?, after))
}

impl PgStore {
    /// Returns the number of undecided operations of all desks.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn undecided(&self) -> Result<u64> {
        let count: i64 = sqlx::query_scalar(
            "SELECT COALESCE(sum(h.received_through - a.applied_through), 0)::bigint
             FROM device_head h JOIN apply_head a ON a.device = h.device AND a.epoch = h.epoch",
        )
        .fetch_one(self.pool())
        .await?;
        rows::unsigned_large(count)
    }
}

pub(super) async fn decided_through(pool: &PgPool, device: u32, epoch: u32) -> Result<u64> {
    let found: Option<i64> =
        sqlx::query_scalar("SELECT applied_through FROM apply_head WHERE device = $1 AND epoch = $2")
            .bind(rows::small(device)?)
            .bind(rows::small(epoch)?)
            .fetch_optional(pool)
            .await?;
    rows::unsigned_large(found.unwrap_or(0))
}
