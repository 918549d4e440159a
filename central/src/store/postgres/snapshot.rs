//! Reads log and tables for their comparison (D3), all in one snapshot of the database.

mod authority;

use super::{PgStore, Write, audit::nodes, complete::person_row, rows};
use crate::{
    audit::{
        AuditKey,
        event::{CodeFact, PersonFact, record_digest},
        verify::{CodeRow, KeptOperation, OperationRow},
    },
    store::{Result, StoreError},
};
use rules::{
    At, DeviceNumber,
    audit::{AuditLeaf, Node, TreeHead},
    correction::Digest,
    issuing::Issued,
    life::Serial,
    op::CitizenRef,
    payload::SignedSymbol,
};
use sqlx::{FromRow, PgConnection};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Rows read at a time.
const PAGE: i64 = 5_000;
/// Leaves read at a time; one may be a megabyte.
const LEAVES: i64 = 100;

/// Log and tables as they are at one moment.
pub struct Snapshot(Write);

/// A leaf with its position and the hash stored beside it.
pub struct StoredLeaf {
    /// Position in the log, from 0.
    pub position: u64,
    /// The leaf itself.
    pub leaf: AuditLeaf,
    /// Hash stored beside it.
    pub hash: Digest,
}

/// An event that is not in the log yet.
pub struct WaitingEvent {
    /// Leaf that it will be.
    pub leaf: AuditLeaf,
    /// Whether this centre sealed it.
    pub is_sealed: bool,
}

#[derive(FromRow)]
struct LeafRow {
    position: i64,
    id: Uuid,
    at: i64,
    kind: String,
    body: String,
    leaf_hash: Vec<u8>,
}

#[derive(FromRow)]
struct EventRow {
    id: Uuid,
    at: i64,
    kind: String,
    body: String,
    seal: Option<Vec<u8>>,
}

#[derive(FromRow)]
struct LoggedRow {
    seq: i64,
    bucket: i16,
    citizen_ref: Option<Vec<u8>>,
    hash: Vec<u8>,
    received_at: i64,
    unproven: Option<String>,
    operation: Option<String>,
    op_id: Option<Uuid>,
    deed: Option<Vec<u8>>,
    verdict: Option<String>,
    decided_at: Option<i64>,
}

/// Key of a row of `code`, readable or not.
pub type CodeKey = (i16, Vec<u8>);

#[derive(FromRow)]
struct StoredCode {
    bucket: i16,
    serial: Vec<u8>,
    citizen_ref: Vec<u8>,
    state: i16,
    issued_at: i64,
    valid_through: i32,
    copies: i32,
    revoked_at: Option<i64>,
    claims: Option<Vec<u8>>,
    key_id: Option<Vec<u8>>,
    signature: Option<Vec<u8>>,
}

impl StoredCode {
    fn read(self) -> Result<CodeRow> {
        let serial = rows::serial(&self.serial)?;
        if i16::from(serial.bucket()) != self.bucket {
            return Err(StoreError::Corrupt("bucket"));
        }
        let symbol = match (&self.claims, &self.key_id, &self.signature) {
            (None, None, None) => None,
            (Some(claims), Some(key_id), Some(signature)) => Some(SignedSymbol {
                claims: rows::digest(claims)?,
                key_id: rows::key_id(key_id)?,
                signature: rows::signature(signature)?,
            }),
            _ => return Err(StoreError::Corrupt("symbol")),
        };
        Ok(CodeRow {
            fact: CodeFact {
                serial,
                citizen: rows::reference(&self.citizen_ref)?,
                state: rows::state(self.state)?,
                issued_at: At(self.issued_at),
                valid_through: self.valid_through,
                copies: rows::unsigned(self.copies)?,
                symbol: symbol.as_ref().map(record_digest),
            },
            revoked_at: self.revoked_at.map(At),
        })
    }
}

/// Of archived operations only what stays.
const OPERATIONS: &str = "
    SELECT l.*, r.verdict, r.decided_at
    FROM ((SELECT device, epoch, seq, bucket, citizen_ref, hash, received_at, unproven, operation,
                  NULL::uuid AS op_id, NULL::bytea AS deed
           FROM op_log WHERE device = $1 AND epoch = $2 AND seq > $3 ORDER BY seq LIMIT $4)
          UNION ALL
          (SELECT device, epoch, seq, bucket, NULL, hash, received_at, NULL, NULL, op_id, deed
           FROM archived_op WHERE device = $1 AND epoch = $2 AND seq > $3 ORDER BY seq LIMIT $4)
          ORDER BY seq LIMIT $4) l
    LEFT JOIN op_result r ON r.bucket = l.bucket AND r.device = l.device AND r.epoch = l.epoch AND r.seq = l.seq
    ORDER BY l.seq";

const ORPHANS: &str = "
    SELECT r.device, r.epoch, r.seq FROM op_result r
    WHERE NOT EXISTS (SELECT 1 FROM op_log l WHERE l.device = r.device AND l.epoch = r.epoch AND l.seq = r.seq
                                                AND l.bucket = r.bucket)
      AND NOT EXISTS (SELECT 1 FROM archived_op a WHERE a.device = r.device AND a.epoch = r.epoch AND a.seq = r.seq
                                                    AND a.bucket = r.bucket)
    ORDER BY r.device, r.epoch, r.seq LIMIT $1";

impl PgStore {
    /// Begins to read log and tables as they are now.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        Write::snapshot(self.pool()).await.map(Snapshot)
    }
}

/// Every method fails with [`StoreError`] if the database does, or if a
/// row cannot be decoded at all.
#[expect(clippy::missing_errors_doc, reason = "said once for all")]
impl Snapshot {
    /// Returns all signed heads.
    pub async fn heads(&mut self) -> Result<Vec<Issued<TreeHead>>> {
        let found: Vec<String> = sqlx::query_scalar("SELECT signed FROM audit_head ORDER BY size, minute")
            .fetch_all(&mut *self.0)
            .await?;
        found.iter().map(|text| rows::record(text, "audit head")).collect()
    }

    /// Returns the next leaves from a position on.
    pub async fn leaves(&mut self, from: u64) -> Result<Vec<StoredLeaf>> {
        let found: Vec<LeafRow> = sqlx::query_as(
            "SELECT position, id, at, kind, body, leaf_hash FROM audit_leaf WHERE position >= $1
             ORDER BY position LIMIT $2",
        )
        .bind(rows::large(from)?)
        .bind(LEAVES)
        .fetch_all(&mut *self.0)
        .await?;
        let read = |row: LeafRow| {
            Ok(StoredLeaf {
                position: rows::unsigned_large(row.position)?,
                leaf: AuditLeaf { id: row.id, at: At(row.at), kind: row.kind, body: row.body },
                hash: rows::digest(&row.leaf_hash)?,
            })
        };
        found.into_iter().map(read).collect()
    }

    /// Returns the stored hashes of nodes.
    pub async fn nodes(&mut self, wanted: &[Node]) -> Result<HashMap<u64, Digest>> {
        nodes(&mut self.0, wanted.iter().map(|node| node.id)).await
    }

    /// Returns the events that wait to become leaves.
    pub async fn waiting(&mut self, key: &AuditKey) -> Result<Vec<WaitingEvent>> {
        let found: Vec<EventRow> =
            sqlx::query_as("SELECT id, at, kind, body, seal FROM audit_event ORDER BY place")
                .fetch_all(&mut *self.0)
                .await?;
        let read = |row: EventRow| {
            let leaf = AuditLeaf { id: row.id, at: At(row.at), kind: row.kind, body: row.body };
            let is_sealed = row.seal.as_deref() == Some(&key.seal(&leaf).0[..]);
            WaitingEvent { leaf, is_sealed }
        };
        Ok(found.into_iter().map(read).collect())
    }

    /// Returns the next operations of a desk after a sequence number, with their verdicts.
    pub async fn operations(
        &mut self,
        device: DeviceNumber,
        epoch: u32,
        after: u64,
    ) -> Result<Vec<OperationRow>> {
        let found: Vec<LoggedRow> = sqlx::query_as(OPERATIONS)
            .bind(rows::small(device)?)
            .bind(rows::small(epoch)?)
            .bind(rows::large(after)?)
            .bind(PAGE)
            .fetch_all(&mut *self.0)
            .await?;
        let read = |row: LoggedRow| {
            let (seq, hash) = (rows::unsigned_large(row.seq)?, rows::digest(&row.hash)?);
            let (bucket, received_at) = (row.bucket, At(row.received_at));
            let deed = row.deed.as_deref().map(rows::digest).transpose()?;
            let kept = match row.operation {
                Some(operation) => KeptOperation::Whole {
                    citizen_ref: row.citizen_ref.and_then(|bytes| rows::reference(&bytes).ok()),
                    unproven: row.unproven,
                    operation,
                },
                None => KeptOperation::Mark(row.op_id.zip(deed)),
            };
            let verdict = row.verdict.zip(row.decided_at.map(At));
            Ok(OperationRow { seq, bucket, hash, received_at, kept, verdict })
        };
        found.into_iter().map(read).collect()
    }

    /// Returns some verdicts whose operation is gone: device, epoch and sequence number.
    pub async fn orphan_verdicts(&mut self) -> Result<Vec<(i32, i32, i64)>> {
        Ok(sqlx::query_as(ORPHANS).bind(PAGE).fetch_all(&mut *self.0).await?)
    }

    /// Returns the next codes after a key.
    pub async fn codes(&mut self, after: Option<&CodeKey>) -> Result<Vec<(CodeKey, Option<CodeRow>)>> {
        let (bucket, serial) = after.map_or((-1, &[][..]), |(bucket, serial)| (*bucket, serial));
        let found: Vec<StoredCode> = sqlx::query_as(
            "SELECT bucket, serial, citizen_ref, state, issued_at, valid_through, copies, revoked_at,
                    claims, key_id, signature FROM code
             WHERE (bucket, serial) > ($1, $2) ORDER BY bucket, serial LIMIT $3",
        )
        .bind(bucket)
        .bind(serial)
        .bind(PAGE)
        .fetch_all(&mut *self.0)
        .await?;
        Ok(found.into_iter().map(|row| ((row.bucket, row.serial.clone()), row.read().ok())).collect())
    }

    /// Returns the next current codes after a holder, by bucket and holder.
    pub async fn current_codes(&mut self, after: Option<&CitizenRef>) -> Result<Vec<(CitizenRef, Serial)>> {
        let found: Vec<(Vec<u8>, Vec<u8>)> = sqlx::query_as(
            "SELECT citizen_ref, serial FROM current_code WHERE (bucket, citizen_ref) > ($1, $2)
             ORDER BY bucket, citizen_ref LIMIT $3",
        )
        .bind(after.map_or(-1, |citizen| i16::from(citizen.bucket())))
        .bind(after.map_or_else(Vec::new, |citizen| citizen.0.to_vec()))
        .bind(PAGE)
        .fetch_all(&mut *self.0)
        .await?;
        found
            .into_iter()
            .map(|(citizen, serial)| Ok((rows::reference(&citizen)?, rows::serial(&serial)?)))
            .collect()
    }

    /// Returns the registry records of these people, as the log sees them.
    pub async fn people(&mut self, key: &AuditKey, wanted: &[CitizenRef]) -> Result<Vec<PersonFact>> {
        let references: Vec<Vec<u8>> = wanted.iter().map(|citizen| citizen.0.to_vec()).collect();
        let buckets: Vec<i16> = wanted.iter().map(|citizen| i16::from(citizen.bucket())).collect();
        let found: Vec<(Vec<u8>, i64, String)> = sqlx::query_as(concat!(
            "SELECT c.citizen_ref, c.version, ",
            person_row!(),
            " FROM unnest($1::smallint[], $2::bytea[]) AS w(bucket, citizen_ref)
              JOIN citizen c ON c.bucket = w.bucket AND c.citizen_ref = w.citizen_ref"
        ))
        .bind(&buckets)
        .bind(&references)
        .fetch_all(&mut *self.0)
        .await?;
        let read = |(citizen, version, row): (Vec<u8>, i64, String)| {
            Ok(PersonFact {
                citizen: rows::reference(&citizen)?,
                version: rows::unsigned_large(version)?,
                row: key.blind(&row),
            })
        };
        found.into_iter().map(read).collect()
    }

    /// Returns all acts of portal and kiosk: identifier, action and holder.
    pub async fn channel_acts(&mut self) -> Result<Vec<(Uuid, String, CitizenRef)>> {
        let found: Vec<(Uuid, String, Vec<u8>)> =
            sqlx::query_as("SELECT event_id, action, citizen_ref FROM channel_event")
                .fetch_all(&mut *self.0)
                .await?;
        found.into_iter().map(|(id, action, citizen)| Ok((id, action, rows::reference(&citizen)?))).collect()
    }

    /// Returns the number of alarms of each kind.
    pub async fn alarms(&mut self) -> Result<BTreeMap<String, u64>> {
        let found: Vec<(String, i64)> =
            sqlx::query_as("SELECT kind, count(*) FROM alarm GROUP BY kind").fetch_all(&mut *self.0).await?;
        found.into_iter().map(|(kind, count)| Ok((kind, rows::unsigned_large(count)?))).collect()
    }

    /// Returns the connection that sees the snapshot.
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.0
    }

    /// Ends the snapshot.
    pub async fn end(self) -> Result<()> {
        self.0.rollback().await
    }
}
