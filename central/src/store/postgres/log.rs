//! The desks' operation logs and the verdicts on them.

use super::{PgStore, Write, audit, proof, rows};
use crate::{
    archive::Month,
    audit::AuditKey,
    machine::{
        ingest::{DeviceHead, LogMonth},
        receipt::receipt,
    },
    store::{Arrival, Result, StoreError, audit_events, gapless},
};
use rules::{
    At, DeviceNumber,
    correction::Digest,
    op::Operation,
    wire::{Receipt, Verdict},
};
use sqlx::{Connection as _, FromRow, PgPool};
use std::{collections::BTreeMap, io::Write as _};

/// Compare-and-swap of the head while in service. The share lock makes a new enrolment wait until
/// this append is in the log, since it is decided after all earlier ones.
const MOVE: &str = "
    UPDATE device_head h SET received_through = $4, last_hash = $5, month_seq = $6, month_since = $7
    FROM (SELECT device FROM device
          WHERE device = $1 AND epoch = $2 AND quarantined_at IS NULL AND revoked_at IS NULL FOR SHARE) d
    WHERE h.device = d.device AND h.epoch = $2 AND h.received_through = $3";

/// COPY is the cheapest way to append, and Citus routes it straight to the desk's shard.
const COPY: &str = "COPY op_log (device, epoch, seq, bucket, citizen_ref, hash, received_at, unproven, operation) FROM STDIN";

pub(super) async fn append(
    pool: &PgPool,
    key: Option<&AuditKey>,
    head: &DeviceHead,
    arrival: &Arrival<'_>,
) -> Result<bool> {
    let Some(last) = arrival.new.last() else { return Ok(true) };
    let rows = copy_text(arrival)?;
    let month = month_after(head, arrival);
    let mut write = Write::begin(pool).await?;
    let moved = sqlx::query(MOVE)
        .bind(rows::small(head.device)?)
        .bind(rows::small(head.epoch)?)
        .bind(rows::large(head.received_through)?)
        .bind(rows::large(last.seq)?)
        .bind(&last.hash.0[..])
        .bind(rows::large(month.first_seq)?)
        .bind(month.since.0)
        .execute(&mut *write)
        .await?;
    if moved.rows_affected() == 0 {
        write.rollback().await?;
        return Ok(false);
    }
    let mut copy = write.copy_in_raw(COPY).await?;
    copy.send(rows).await?;
    copy.finish().await?;
    proof::put(&mut write, arrival).await?;
    audit::record(&mut write, key, arrival.at, &audit_events::batch(arrival, last)).await?;
    write.commit().await?;
    Ok(true)
}

/// Returns the month that the desk writes in after an arrival.
fn month_after(head: &DeviceHead, arrival: &Arrival<'_>) -> LogMonth {
    let first_seq = arrival.new.first().map_or(0, |operation| operation.seq);
    if head.month.first_seq > 0 && Month::of(head.month.since) == Month::of(arrival.at) {
        return head.month;
    }
    LogMonth { first_seq, since: arrival.at }
}

/// Formats operations as COPY text. JSON contains no raw line breaks or tabs;
/// backslashes are doubled.
fn copy_text(arrival: &Arrival<'_>) -> Result<Vec<u8>> {
    let mut text = Vec::with_capacity(arrival.new.len() * 1_024);
    for (operation, citizen_ref) in arrival.new.iter().zip(arrival.citizens) {
        let (device, epoch) = (rows::small(operation.device)?, rows::small(operation.epoch)?);
        let (seq, bucket) = (rows::large(operation.seq)?, citizen_ref.bucket());
        let (hash, at) = (&operation.hash, arrival.at.0);
        let unproven = arrival.unproven.get(&operation.seq).map_or("\\N", |reason| reason.code());
        write!(
            text,
            "{device}\t{epoch}\t{seq}\t{bucket}\t\\\\x{citizen_ref}\t\\\\x{hash}\t{at}\t{unproven}\t"
        )
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

/// Bounded by time, the planner looks into few partitions; so does [`RESULTS`].
const HASHES: &str = "
    SELECT seq, hash FROM op_log
    WHERE device = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4 AND received_at >= $5
    UNION ALL
    SELECT seq, hash FROM archived_op WHERE device = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4";

/// Returns when the operations from one on were received at the earliest, as far as the head says.
async fn received_from(pool: &PgPool, device: DeviceNumber, epoch: u32, seq: u64) -> Result<At> {
    let since: Option<i64> = sqlx::query_scalar(
        "SELECT month_since FROM device_head WHERE device = $1 AND epoch = $2 AND month_seq <= $3",
    )
    .bind(rows::small(device)?)
    .bind(rows::small(epoch)?)
    .bind(rows::large(seq)?)
    .fetch_optional(pool)
    .await?;
    Ok(At(since.unwrap_or(0)))
}

pub(super) async fn hashes(
    pool: &PgPool,
    device: DeviceNumber,
    epoch: u32,
    from: u64,
    through: u64,
) -> Result<BTreeMap<u64, Digest>> {
    let since = received_from(pool, device, epoch, from).await?;
    let found: Vec<(i64, Vec<u8>)> = sqlx::query_as(HASHES)
        .bind(rows::small(device)?)
        .bind(rows::small(epoch)?)
        .bind(rows::large(from)?)
        .bind(rows::large(through)?)
        .bind(since.0)
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
          WHERE device = $1 AND epoch = $2 AND seq > $3 AND seq <= $4 AND received_at >= $5
          UNION ALL
          SELECT bucket, device, epoch, seq, hash FROM archived_op
          WHERE device = $1 AND epoch = $2 AND seq > $3 AND seq <= $4) l
    JOIN op_result r ON r.bucket = l.bucket AND r.device = l.device AND r.epoch = l.epoch AND r.seq = l.seq
    ORDER BY l.seq";

pub(super) async fn results(
    pool: &PgPool,
    device: DeviceNumber,
    epoch: u32,
    after: u64,
    limit: usize,
) -> Result<Vec<Receipt>> {
    let through = after.saturating_add(u64::try_from(limit).unwrap_or(u64::MAX)).min(i64::MAX.unsigned_abs());
    let since = received_from(pool, device, epoch, after.saturating_add(1)).await?;
    let found: Vec<ResultRow> = sqlx::query_as(RESULTS)
        .bind(rows::small(device)?)
        .bind(rows::small(epoch)?)
        .bind(rows::large(after)?)
        .bind(rows::large(through)?)
        .bind(since.0)
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

/// An operation as the log has it, with the verdict if there is one.
#[derive(Clone, Debug)]
pub struct LoggedOperation {
    /// Epoch and sequence number.
    pub number: (u32, u64),
    /// When the centre received it.
    pub received_at: At,
    /// The operation; `None` if its text is none.
    pub operation: Option<Operation>,
    /// Verdict of the centre.
    pub verdict: Option<Verdict>,
}

#[derive(FromRow)]
struct LoggedRow {
    epoch: i32,
    seq: i64,
    received_at: i64,
    operation: String,
    verdict: Option<String>,
}

impl LoggedRow {
    fn read(self) -> Result<LoggedOperation> {
        Ok(LoggedOperation {
            number: (rows::unsigned(self.epoch)?, rows::unsigned_large(self.seq)?),
            received_at: At(self.received_at),
            operation: serde_json::from_str(&self.operation).ok(),
            verdict: self.verdict.map(|text| rows::record(&text, "verdict")).transpose()?,
        })
    }
}

/// A desk's operations since a time, with their verdicts.
const RECEIVED_SINCE: &str = "
    SELECT l.epoch, l.seq, l.received_at, l.operation, r.verdict
    FROM op_log l
    LEFT JOIN op_result r ON r.bucket = l.bucket AND r.device = l.device AND r.epoch = l.epoch AND r.seq = l.seq
    WHERE l.device = $1 AND l.received_at >= $2
    ORDER BY l.epoch, l.seq";

impl PgStore {
    /// Returns what was received of a desk since a time, in the order of its log.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or a row cannot be decoded.
    pub async fn received_since(&self, device: DeviceNumber, since: At) -> Result<Vec<LoggedOperation>> {
        let mut connection = self.unhurried().await?;
        let found: Vec<LoggedRow> = sqlx::query_as(RECEIVED_SINCE)
            .bind(rows::small(device)?)
            .bind(since.0)
            .fetch_all(&mut connection)
            .await?;
        connection.close().await?;
        found.into_iter().map(LoggedRow::read).collect()
    }

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

pub(super) async fn decided_through(pool: &PgPool, device: DeviceNumber, epoch: u32) -> Result<u64> {
    let found: Option<i64> =
        sqlx::query_scalar("SELECT applied_through FROM apply_head WHERE device = $1 AND epoch = $2")
            .bind(rows::small(device)?)
            .bind(rows::small(epoch)?)
            .fetch_optional(pool)
            .await?;
    rows::unsigned_large(found.unwrap_or(0))
}
