//! Reads whose word counts: accounts, sessions, batches' proofs and desks' keys.

use super::Snapshot;
use crate::{
    audit::{
        AuditKey,
        event::Review,
        verify::{AccountRow, ActRow, CertificateRow, DeskRow, HeadRow, ProofRow, SessionRow, VersionRow},
    },
    store::{
        Result,
        postgres::{review, rows, staff},
    },
};
use rules::{
    At, DeviceNumber, StaffNumber, authority::StaffRecord, correction::Digest, issuing::Issued,
    keys::DeskKey, wire::AccountActRequest,
};
use sqlx::FromRow;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

#[derive(FromRow)]
struct KeyColumns {
    device: i32,
    epoch: i32,
    key_id: Vec<u8>,
    not_after: i64,
    certificate: String,
}

#[derive(FromRow)]
struct HeadColumns {
    device: i32,
    epoch: i32,
    public_key: Vec<u8>,
    next_key: Option<Vec<u8>>,
    received_through: i64,
    last_hash: Vec<u8>,
}

#[derive(FromRow)]
struct ProofColumns {
    first_seq: i64,
    last_seq: i64,
    received_at: i64,
    signature: String,
    sessions: String,
}

#[derive(FromRow)]
struct SessionColumns {
    digest: Vec<u8>,
    session_id: Uuid,
    staff: String,
    begun_at: i64,
    statement: String,
}

#[derive(FromRow)]
struct VersionColumns {
    number: String,
    version: i64,
    valid_from: i64,
    key_id: Vec<u8>,
    record: String,
    row_text: String,
}

#[derive(FromRow)]
struct AccountColumns {
    number: String,
    version: i64,
    site: String,
    record: String,
    row_text: String,
}

#[derive(FromRow)]
struct ReviewColumns {
    device: i32,
    epoch: i32,
    seq: i64,
    decision: String,
    decided_by: Option<String>,
    decided_reason: Option<String>,
    decided_at: Option<i64>,
}

impl VersionColumns {
    fn read(self, key: &AuditKey) -> Result<VersionRow> {
        let record: Option<Issued<StaffRecord>> = serde_json::from_str(&self.record).ok();
        let version = rows::unsigned_large(self.version)?;
        let columns_agree = record.as_ref().is_some_and(|record| {
            let said = &record.value;
            let columns = (self.number.as_str(), version, At(self.valid_from));
            columns == (said.number.as_str(), said.version, said.from)
                && self.key_id == said.public_key.key_id().0
        });
        let row = key.blind(&self.row_text);
        Ok(VersionRow { number: self.number, version, record, columns_agree, row })
    }
}

impl ReviewColumns {
    /// `None` if the row is no decision that this program writes.
    fn read(self) -> Result<Option<Review>> {
        let by: Option<StaffNumber> = self.decided_by.and_then(|by| by.parse().ok());
        let Some(((by, reason), at)) = by.zip(self.decided_reason).zip(self.decided_at) else {
            return Ok(None);
        };
        Ok(Some(Review {
            device: rows::device(self.device)?,
            epoch: rows::unsigned(self.epoch)?,
            seq: rows::unsigned_large(self.seq)?,
            accepted: self.decision == review::ACCEPTED,
            by,
            reason: Digest::of(reason.as_bytes()),
            at: At(at),
        }))
    }
}

#[derive(FromRow)]
struct ActColumns {
    id: Uuid,
    at: i64,
    device: i32,
    staff: String,
    second: Option<String>,
    request: String,
}

impl ActColumns {
    fn read(self) -> Result<ActRow> {
        let request: Option<AccountActRequest> = serde_json::from_str(&self.request).ok();
        let device = rows::unsigned(self.device)?;
        let columns_agree = request.as_ref().is_some_and(|request| {
            let (act, second) = (&request.act.value, request.second.as_ref());
            (act.id, act.device, act.by.as_str()) == (self.id, DeviceNumber(device), self.staff.as_str())
                && second.map(|second| second.value.by.as_str()) == self.second.as_deref()
        });
        Ok(ActRow { id: self.id, at: At(self.at), request, columns_agree })
    }
}

/// Every method fails as those of [`Snapshot`] do.
#[expect(clippy::missing_errors_doc, reason = "said once for all")]
impl Snapshot {
    /// Returns the certificates of all desks, retired ones included.
    pub async fn certificates(&mut self) -> Result<Vec<CertificateRow>> {
        let found: Vec<KeyColumns> = sqlx::query_as(
            "SELECT device, epoch, key_id, not_after, certificate FROM desk_key ORDER BY device, epoch, key_id",
        )
        .fetch_all(&mut *self.0)
        .await?;
        let read = |row: KeyColumns| {
            let certificate: Issued<DeskKey> = rows::record(&row.certificate, "certificate")?;
            let key = &certificate.value;
            let columns_agree = (rows::device(row.device)?, rows::unsigned(row.epoch)?)
                == (key.device, key.epoch)
                && row.key_id == key.public_key.key_id().0
                && At(row.not_after) == key.not_after;
            Ok(CertificateRow { certificate, columns_agree })
        };
        found.into_iter().map(read).collect()
    }

    /// Returns who may work.
    pub async fn devices(&mut self) -> Result<Vec<DeskRow>> {
        let found: Vec<(i32, bool, bool)> = sqlx::query_as(
            "SELECT device, revoked_at IS NOT NULL, quarantined_at IS NOT NULL FROM device ORDER BY device",
        )
        .fetch_all(&mut *self.0)
        .await?;
        let read = |(device, is_revoked, is_quarantined)| {
            Ok(DeskRow { device: rows::device(device)?, is_revoked, is_quarantined })
        };
        found.into_iter().map(read).collect()
    }

    /// Returns the heads of all enrolments.
    pub async fn desks(&mut self) -> Result<Vec<HeadRow>> {
        let found: Vec<HeadColumns> = sqlx::query_as(
            "SELECT device, epoch, public_key, next_key, received_through, last_hash FROM device_head
             ORDER BY device, epoch",
        )
        .fetch_all(&mut *self.0)
        .await?;
        let read = |row: HeadColumns| {
            Ok(HeadRow {
                device: rows::device(row.device)?,
                epoch: rows::unsigned(row.epoch)?,
                public_key: row.public_key,
                next_key: row.next_key,
                received_through: rows::unsigned_large(row.received_through)?,
                last_hash: rows::digest(&row.last_hash)?,
            })
        };
        found.into_iter().map(read).collect()
    }

    /// Returns what a desk's batches were proven with, by last sequence number.
    pub async fn batch_proofs(&mut self, device: DeviceNumber, epoch: u32) -> Result<HashMap<u64, ProofRow>> {
        let found: Vec<ProofColumns> = sqlx::query_as(
            "SELECT first_seq, last_seq, received_at, signature, sessions FROM batch_proof
             WHERE device = $1 AND epoch = $2",
        )
        .bind(rows::small(device)?)
        .bind(rows::small(epoch)?)
        .fetch_all(&mut *self.0)
        .await?;
        let read = |row: ProofColumns| {
            let ProofColumns { signature, sessions, .. } = row;
            let (first_seq, received_at) = (rows::unsigned_large(row.first_seq)?, At(row.received_at));
            let proof = ProofRow { first_seq, received_at, signature, sessions };
            Ok((rows::unsigned_large(row.last_seq)?, proof))
        };
        found.into_iter().map(read).collect()
    }

    /// Returns the statements of a desk's sessions.
    pub async fn sessions(&mut self, device: DeviceNumber) -> Result<Vec<SessionRow>> {
        let found: Vec<SessionColumns> = sqlx::query_as(
            "SELECT digest, session_id, staff, begun_at, statement FROM session
             WHERE device = $1 ORDER BY begun_at, session_id",
        )
        .bind(rows::small(device)?)
        .fetch_all(&mut *self.0)
        .await?;
        let read = |row: SessionColumns| {
            Ok(SessionRow {
                digest: rows::digest(&row.digest)?,
                session_id: row.session_id,
                staff: row.staff,
                begun_at: At(row.begun_at),
                statement: serde_json::from_str(&row.statement).ok(),
            })
        };
        found.into_iter().map(read).collect()
    }

    /// Returns every version of every account, by number and version.
    pub async fn versions(&mut self, key: &AuditKey) -> Result<Vec<VersionRow>> {
        let found: Vec<VersionColumns> = sqlx::query_as(concat!(
            "SELECT number, version, valid_from, key_id, record, ",
            staff::version_row!(),
            " AS row_text FROM staff_version v ORDER BY number, version"
        ))
        .fetch_all(&mut *self.0)
        .await?;
        found.into_iter().map(|row| row.read(key)).collect()
    }

    /// Returns all accounts, by number.
    pub async fn accounts(&mut self, key: &AuditKey) -> Result<Vec<AccountRow>> {
        let found: Vec<AccountColumns> = sqlx::query_as(concat!(
            "SELECT number, version, site, record, ",
            staff::account_row!(),
            " AS row_text FROM staff s ORDER BY number"
        ))
        .fetch_all(&mut *self.0)
        .await?;
        let read = |row: AccountColumns| {
            Ok(AccountRow {
                number: row.number,
                version: rows::unsigned_large(row.version)?,
                site: row.site,
                record: serde_json::from_str(&row.record).ok(),
                row: key.blind(&row.row_text),
            })
        };
        found.into_iter().map(read).collect()
    }

    /// Returns the acts of security administrators on accounts.
    pub async fn account_acts(&mut self) -> Result<Vec<ActRow>> {
        let found: Vec<ActColumns> =
            sqlx::query_as("SELECT id, at, device, staff, second, request FROM account_act ORDER BY at, id")
                .fetch_all(&mut *self.0)
                .await?;
        found.into_iter().map(ActColumns::read).collect()
    }

    /// Returns the decisions on operations for review, and how many rows cannot be read as one.
    pub async fn reviews(&mut self) -> Result<(BTreeSet<Review>, usize)> {
        let found: Vec<ReviewColumns> = sqlx::query_as(
            "SELECT device, epoch, seq, decision, decided_by, decided_reason, decided_at FROM review
             WHERE decision IS NOT NULL",
        )
        .fetch_all(&mut *self.0)
        .await?;
        let (mut decisions, mut unreadable) = (BTreeSet::new(), 0);
        for row in found {
            match row.read()? {
                Some(review) => {
                    decisions.insert(review);
                }
                None => unreadable += 1,
            }
        }
        Ok((decisions, unreadable))
    }
}
