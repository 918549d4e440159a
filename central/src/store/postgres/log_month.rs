//! Months of the operations' log: their partitions, what an archive takes of them, and their end.

use super::{PgStore, Snapshot, Write, audit, rows};
use crate::{
    archive::{ArchiveManifest, ArchivedBatch, ArchivedOperation, MarksDigest, Month, OperationMark},
    audit::Event,
    store::{Result, StoreError},
};
use rules::{At, DeviceNumber, digest::Digest, issuing::Issued};
use sqlx::{Connection as _, FromRow, PgConnection};
use std::{fmt, io::Write as _};

/// Partitions are made this long ahead, so that the log takes rows in years without an upgrade.
const AHEAD_MS: i64 = 730 * 24 * 60 * 60 * 1000;
/// And this long back: a server's clock may be behind.
const BACK_MS: i64 = 28 * 24 * 60 * 60 * 1000;
/// Operations read at a time.
const PAGE: i64 = 5_000;

/// Both logs have the same months.
const MONTHS: &str = "
    SELECT right(c.relname, 6)::integer AS month FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'op_log'::regclass ORDER BY month";

const ENROLMENTS: &str = "
    SELECT DISTINCT device, epoch FROM op_log WHERE received_at >= $1 AND received_at < $2 ORDER BY device, epoch";

const BATCHES: &str = "
    SELECT device, epoch, first_seq, last_seq, received_at, signature, sessions FROM batch_proof
    WHERE device = $1 AND epoch = $2 AND received_at >= $3 AND received_at < $4 ORDER BY last_seq";

const OPERATIONS: &str = "
    SELECT device, epoch, seq, bucket, citizen_ref, hash, received_at, unproven, operation FROM op_log
    WHERE device = $1 AND epoch = $2 AND seq > $5 AND received_at >= $3 AND received_at < $4
    ORDER BY seq LIMIT $6";

const UNDECIDED: &str = "
    SELECT count(*) FROM (SELECT device, epoch, max(seq) AS seq FROM op_log
                          WHERE received_at >= $1 AND received_at < $2 GROUP BY device, epoch) m
    WHERE m.seq > coalesce((SELECT a.applied_through FROM apply_head a
                            WHERE a.device = m.device AND a.epoch = m.epoch), 0)";

const IN_REVIEW: &str = "
    SELECT count(*) FROM review r JOIN op_log l ON l.device = r.device AND l.epoch = r.epoch AND l.seq = r.seq
    WHERE r.decision IS NULL AND l.received_at >= $1 AND l.received_at < $2";

/// The case number is looked for in the text: parsing JSON would fail on a NUL escape.
const HELD: &str = "
    SELECT count(*) FROM hold_in_force h WHERE EXISTS (
        SELECT FROM op_log l WHERE l.received_at >= $1 AND l.received_at < $2
          AND (l.citizen_ref = h.citizen_ref
               OR position('\"case_number\":\"' || h.case_number || '\"' IN l.operation) > 0
               OR l.device IN (SELECT d.device FROM device d WHERE d.site = h.site)))";

const KEEP: &str = "COPY archived_op (device, epoch, seq, bucket, received_at, hash, op_id, deed) FROM STDIN";

/// Why a month stays in the database although it is outdated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MonthStays {
    /// It is in no archive yet.
    NotArchived,
    /// Desks have operations in it that are not decided.
    Undecided,
    /// Operations of it wait in review.
    InReview,
    /// Holds in force are on operations of it.
    Held,
}

impl fmt::Display for MonthStays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotArchived => "not archived",
            Self::Undecided => "operations not decided",
            Self::InReview => "operations in review",
            Self::Held => "under a hold",
        })
    }
}

/// A month of the log that is outdated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutdatedMonth {
    /// Month of receipt, in Shanghai.
    pub month: Month,
    /// Number of operations received in it.
    pub operations: u64,
    /// Why it stays; `None` if it goes.
    pub stays: Option<MonthStays>,
}

#[derive(FromRow)]
struct BatchColumns {
    device: i32,
    epoch: i32,
    first_seq: i64,
    last_seq: i64,
    received_at: i64,
    signature: String,
    sessions: String,
}

#[derive(FromRow)]
struct OperationColumns {
    device: i32,
    epoch: i32,
    seq: i64,
    bucket: i16,
    citizen_ref: Vec<u8>,
    hash: Vec<u8>,
    received_at: i64,
    unproven: Option<String>,
    operation: String,
}

impl OperationColumns {
    fn read(self) -> Result<ArchivedOperation> {
        Ok(ArchivedOperation {
            device: rows::device(self.device)?,
            epoch: rows::unsigned(self.epoch)?,
            seq: rows::unsigned_large(self.seq)?,
            bucket: self.bucket,
            citizen: rules::hex::encode(&self.citizen_ref),
            hash: rows::digest(&self.hash)?,
            received_at: At(self.received_at),
            unproven: self.unproven,
            operation: self.operation,
        })
    }
}

impl PgStore {
    /// Makes the partitions of the log for the months around and after an instant. Needs the role
    /// that owns the tables.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn make_log_months(&self, now: At) -> Result<()> {
        let mut connection = self.unhurried().await?;
        sqlx::query("SELECT make_log_months($1, $2)")
            .bind(now.plus_ms(-BACK_MS).0)
            .bind(now.plus_ms(AHEAD_MS).0)
            .execute(&mut connection)
            .await?;
        Ok(connection.close().await?)
    }

    /// Returns the months that the log has partitions for.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn log_months(&self) -> Result<Vec<Month>> {
        months(&mut *self.pool().acquire().await?).await
    }

    /// Returns the instant from which the log has no partition and takes nothing.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn log_ends(&self) -> Result<At> {
        Ok(self.log_months().await?.pop().map(Month::ends).unwrap_or_default())
    }

    /// Returns the manifests of all months that were archived.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or a manifest cannot be decoded.
    pub async fn archived_months(&self) -> Result<Vec<Issued<ArchiveManifest>>> {
        let manifests = "SELECT manifest FROM archived_month ORDER BY month";
        let found: Vec<String> = sqlx::query_scalar(manifests).fetch_all(self.pool()).await?;
        found.iter().map(|text| rows::record(text, "manifest")).collect()
    }

    /// Returns the number of archived operations of a desk that were received since a time.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn archived_since(&self, device: DeviceNumber, since: At) -> Result<u64> {
        let count: i64 =
            sqlx::query_scalar("SELECT count(*) FROM archived_op WHERE device = $1 AND received_at >= $2")
                .bind(rows::small(device)?)
                .bind(since.0)
                .fetch_one(self.pool())
                .await?;
        rows::unsigned_large(count)
    }

    /// Notes that a month was archived, with an entry of the audit log.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it was archived with other contents before.
    pub async fn note_archived(&self, manifest: &Issued<ArchiveManifest>, now: At) -> Result<()> {
        let contents = &manifest.value.contents;
        let mut write = Write::begin(self.pool()).await?;
        if let Some(known) = manifest_of(&mut write, contents.month).await? {
            write.rollback().await?;
            return if known.contents == *contents { Ok(()) } else { Err(StoreError::Conflict) };
        }
        sqlx::query("INSERT INTO archived_month (month, manifest) VALUES ($1, $2)")
            .bind(contents.month.0)
            .bind(rows::text(manifest)?)
            .execute(&mut *write)
            .await?;
        audit::record(&mut write, self.audit_key(), now, &Event::LogArchived(contents.clone())).await?;
        write.commit().await
    }
}

async fn manifest_of(connection: &mut PgConnection, month: Month) -> Result<Option<ArchiveManifest>> {
    let manifest: Option<String> = sqlx::query_scalar("SELECT manifest FROM archived_month WHERE month = $1")
        .bind(month.0)
        .fetch_optional(connection)
        .await?;
    let read = |text: &String| rows::record::<Issued<ArchiveManifest>>(text, "manifest");
    Ok(manifest.as_ref().map(read).transpose()?.map(|manifest| manifest.value))
}

pub(super) async fn months(connection: &mut PgConnection) -> Result<Vec<Month>> {
    let found: Vec<i32> = sqlx::query_scalar(MONTHS).fetch_all(connection).await?;
    Ok(found.into_iter().map(Month).collect())
}

/// Every method fails as those of [`Snapshot`] do.
#[expect(clippy::missing_errors_doc, reason = "said once for all")]
impl Snapshot {
    /// Returns the months that the log has partitions for.
    pub async fn months(&mut self) -> Result<Vec<Month>> {
        months(self.connection()).await
    }

    /// Returns the enrolments of which something was received in a month, in order.
    pub async fn enrolments_in(&mut self, month: Month) -> Result<Vec<(DeviceNumber, u32)>> {
        enrolments(self.connection(), month).await
    }

    /// Returns what proves the batches of an enrolment that were received in a month.
    pub async fn batches_in(
        &mut self,
        month: Month,
        desk: (DeviceNumber, u32),
    ) -> Result<Vec<ArchivedBatch>> {
        let found: Vec<BatchColumns> = sqlx::query_as(BATCHES)
            .bind(rows::small(desk.0)?)
            .bind(rows::small(desk.1)?)
            .bind(month.begins().0)
            .bind(month.ends().0)
            .fetch_all(self.connection())
            .await?;
        let read = |row: BatchColumns| {
            Ok(ArchivedBatch {
                device: rows::device(row.device)?,
                epoch: rows::unsigned(row.epoch)?,
                first_seq: rows::unsigned_large(row.first_seq)?,
                last_seq: rows::unsigned_large(row.last_seq)?,
                received_at: At(row.received_at),
                signature: row.signature,
                sessions: row.sessions,
            })
        };
        found.into_iter().map(read).collect()
    }

    /// Returns the next operations of an enrolment that were received in a month.
    pub async fn operations_in(
        &mut self,
        month: Month,
        desk: (DeviceNumber, u32),
        after: u64,
    ) -> Result<Vec<ArchivedOperation>> {
        operations(self.connection(), month, desk, after).await
    }
}

async fn enrolments(connection: &mut PgConnection, month: Month) -> Result<Vec<(DeviceNumber, u32)>> {
    let found: Vec<(i32, i32)> =
        sqlx::query_as(ENROLMENTS).bind(month.begins().0).bind(month.ends().0).fetch_all(connection).await?;
    found.into_iter().map(|(device, epoch)| Ok((rows::device(device)?, rows::unsigned(epoch)?))).collect()
}

async fn operations(
    connection: &mut PgConnection,
    month: Month,
    desk: (DeviceNumber, u32),
    after: u64,
) -> Result<Vec<ArchivedOperation>> {
    let found: Vec<OperationColumns> = sqlx::query_as(OPERATIONS)
        .bind(rows::small(desk.0)?)
        .bind(rows::small(desk.1)?)
        .bind(month.begins().0)
        .bind(month.ends().0)
        .bind(rows::large(after)?)
        .bind(PAGE)
        .fetch_all(connection)
        .await?;
    found.into_iter().map(OperationColumns::read).collect()
}

/// Finds the months that ended before an instant, and why some of them stay.
pub(super) async fn outdated(connection: &mut PgConnection, end: At) -> Result<Vec<OutdatedMonth>> {
    let mut outdated = Vec::new();
    for month in months(connection).await?.into_iter().filter(|month| month.ends() <= end) {
        let count = async |connection: &mut PgConnection, statement: &'static str| -> Result<u64> {
            let bound = sqlx::query_scalar(statement).bind(month.begins().0).bind(month.ends().0);
            rows::unsigned_large(bound.fetch_one(connection).await?)
        };
        let all = "SELECT count(*) FROM op_log WHERE received_at >= $1 AND received_at < $2";
        let operations = count(connection, all).await?;
        let mut stays = None;
        for (statement, why) in
            [(HELD, MonthStays::Held), (IN_REVIEW, MonthStays::InReview), (UNDECIDED, MonthStays::Undecided)]
        {
            if stays.is_none() && count(connection, statement).await? > 0 {
                stays = Some(why);
            }
        }
        if stays.is_none() && manifest_of(connection, month).await?.is_none() {
            stays = Some(MonthStays::NotArchived);
        }
        outdated.push(OutdatedMonth { month, operations, stays });
    }
    Ok(outdated)
}

/// Drops a month that was archived, and keeps the marks of its operations. Writers and readers of
/// the log wait only for the drop itself.
///
/// Fails with [`StoreError::Conflict`] if the month is not what was archived.
pub(super) async fn remove(connection: &mut PgConnection, month: Month) -> Result<u64> {
    let manifest = manifest_of(connection, month).await?.ok_or(StoreError::Conflict)?;
    let (mut digest, mut count) = (MarksDigest::default(), 0);
    for desk in enrolments(connection, month).await? {
        let mut after = 0;
        loop {
            let page = operations(connection, month, desk, after).await?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            let marks: Vec<OperationMark> = page.iter().map(OperationMark::of).collect();
            marks.iter().for_each(|mark| digest.take(mark));
            count += page.len() as u64;
            let mut copy = connection.copy_in_raw(KEEP).await?;
            copy.send(copy_text(&marks)?).await?;
            copy.finish().await?;
        }
    }
    if digest.end() != manifest.contents.marks || count != manifest.contents.operations {
        return Err(StoreError::Conflict);
    }
    // Whoever reads all of the log would keep everybody else waiting behind this.
    sqlx::query("SET LOCAL lock_timeout = '5s'").execute(&mut *connection).await?;
    let drop = format!("DROP TABLE op_log_{month}, batch_proof_{month}", month = month.0);
    sqlx::raw_sql(&drop).execute(connection).await?;
    Ok(count)
}

fn copy_text(marks: &[OperationMark]) -> Result<Vec<u8>> {
    let mut text = Vec::with_capacity(marks.len() * 256);
    for OperationMark { device, epoch, seq, bucket, received_at, hash, deed } in marks {
        let none = || ("\\N".to_owned(), "\\N".to_owned());
        let known = |(op_id, deed): &(uuid::Uuid, Digest)| (op_id.to_string(), format!("\\\\x{deed}"));
        let (op_id, deed) = deed.as_ref().map_or_else(none, known);
        let at = received_at.0;
        writeln!(text, "{device}\t{epoch}\t{seq}\t{bucket}\t{at}\t\\\\x{hash}\t{op_id}\t{deed}")
            .map_err(|_| StoreError::Range("operation"))?;
    }
    Ok(text)
}
