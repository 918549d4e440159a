//! Signed lists as they were published: desk keys and revocations.

use super::{PgStore, rows};
use crate::store::Result;
use rules::{
    At,
    keys::{Class, DeskKey, KeyList, Signed},
    life::Serial,
};
use sqlx::{PgConnection, Row as _};

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListKind {
    /// Keys of desks.
    Keys,
    /// Revocation filter.
    Revocations,
}

impl ListKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Revocations => "revocations",
        }
    }

    /// Number of the advisory lock under which the next version is made.
    const fn lock(self) -> i64 {
        match self {
            Self::Keys => 0x5353_4d01,
            Self::Revocations => 0x5353_4d02,
        }
    }
}

/// A published list.
#[derive(Clone, Debug)]
pub struct PublishedList {
    /// Version.
    pub version: u64,
    /// When it was made.
    pub made_at: At,
    /// The signed list as JSON.
    pub body: String,
}

/// How long before a list's own time a revocation may have been decided and yet not be in it: its transaction was still open.
const OPEN_TRANSACTION_MS: i64 = 60_000;

impl PgStore {
    /// The newest list, or the one of a version.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn published(&self, kind: ListKind, version: Option<u64>) -> Result<Option<PublishedList>> {
        let mut connection = self.pool().acquire().await?;
        newest(&mut connection, kind, version).await
    }

    /// Version of the newest list; 0 = none yet.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn published_version(&self, kind: ListKind) -> Result<u64> {
        let version: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM trust_list WHERE kind = $1")
            .bind(kind.name())
            .fetch_one(self.pool())
            .await?;
        rows::unsigned_large(version.unwrap_or(0))
    }

    /// Publishes the next key list when a key changed. `sign` makes the JSON text of the signed list.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn publish_keys(
        &self,
        class: Class,
        now: At,
        sign: impl Fn(KeyList) -> Result<String> + Send,
    ) -> Result<bool> {
        let mut transaction = self.pool().begin().await?;
        let version = lock(&mut transaction, ListKind::Keys).await? + 1;
        let changed = sqlx::query("UPDATE desk_key SET changed_in = $1 WHERE changed_in = 0")
            .bind(version)
            .execute(&mut *transaction)
            .await?;
        if changed.rows_affected() == 0 && version > 1 {
            return Ok(false);
        }
        let desks = desk_keys(&mut transaction, 0).await?;
        let list = KeyList { version: rows::unsigned_large(version)?, made_at: now, class, desks };
        put(&mut transaction, ListKind::Keys, version, now, &sign(list)?).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Publishes the next revocation list when a code was revoked since the last one. Expired codes are left out: their date says
    /// enough.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn publish_revocations(
        &self,
        now: At,
        sign: impl Fn(&[Serial], u64) -> Result<String> + Send,
    ) -> Result<bool> {
        let mut transaction = self.pool().begin().await?;
        let version = lock(&mut transaction, ListKind::Revocations).await? + 1;
        let last = newest(&mut transaction, ListKind::Revocations, None).await?;
        if let Some(last) = &last {
            let news: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM code WHERE revoked_at > $1)")
                .bind(last.made_at.plus_ms(-OPEN_TRANSACTION_MS).0)
                .fetch_one(&mut *transaction)
                .await?;
            let is_recent = now.since_ms(last.made_at) < OPEN_TRANSACTION_MS;
            let newer: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM code WHERE revoked_at > $1)")
                .bind(last.made_at.0)
                .fetch_one(&mut *transaction)
                .await?;
            // Within the time a transaction may be open, only what is surely new makes a new list at once.
            if !news || (is_recent && !newer) {
                return Ok(false);
            }
        }
        let serials: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT serial FROM code WHERE revoked_at IS NOT NULL AND valid_through >= $1 ORDER BY bucket, serial",
        )
        .bind(rows::day_number(now.day()))
        .fetch_all(&mut *transaction)
        .await?;
        let serials: Result<Vec<Serial>> = serials.iter().map(|bytes| rows::serial(bytes)).collect();
        let body = sign(&serials?, rows::unsigned_large(version)?)?;
        put(&mut transaction, ListKind::Revocations, version, now, &body).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Keys that changed after a version of the key list.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn keys_since(&self, version: u64) -> Result<Vec<DeskKey>> {
        let mut connection = self.pool().acquire().await?;
        desk_keys(&mut connection, rows::large(version)?).await
    }

    /// Serials revoked since a list was made (some of them may be in that list already) and until another.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn revoked_between(&self, since: At, until: At) -> Result<Vec<Serial>> {
        let found: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT serial FROM code WHERE revoked_at > $1 AND revoked_at <= $2 ORDER BY bucket, serial",
        )
        .bind(since.plus_ms(-OPEN_TRANSACTION_MS).0)
        .bind(until.0)
        .fetch_all(self.pool())
        .await?;
        found.iter().map(|bytes| rows::serial(bytes)).collect()
    }
}

/// Waits for whoever makes a version of this list now; returns the newest version.
async fn lock(connection: &mut PgConnection, kind: ListKind) -> Result<i64> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(kind.lock()).execute(&mut *connection).await?;
    let version: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM trust_list WHERE kind = $1")
        .bind(kind.name())
        .fetch_one(connection)
        .await?;
    Ok(version.unwrap_or(0))
}

async fn newest(
    connection: &mut PgConnection,
    kind: ListKind,
    version: Option<u64>,
) -> Result<Option<PublishedList>> {
    let version = version.map(rows::large).transpose()?;
    let row = sqlx::query(
        "SELECT version, made_at, body FROM trust_list WHERE kind = $1 AND version = COALESCE($2, version)
         ORDER BY version DESC LIMIT 1",
    )
    .bind(kind.name())
    .bind(version)
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(PublishedList {
            version: rows::unsigned_large(row.try_get("version")?)?,
            made_at: At(row.try_get("made_at")?),
            body: row.try_get("body")?,
        })
    })
    .transpose()
}

async fn put(connection: &mut PgConnection, kind: ListKind, version: i64, now: At, body: &str) -> Result<()> {
    sqlx::query("INSERT INTO trust_list (kind, version, made_at, body) VALUES ($1, $2, $3, $4)")
        .bind(kind.name())
        .bind(version)
        .bind(now.0)
        .bind(body)
        .execute(connection)
        .await?;
    Ok(())
}

async fn desk_keys(connection: &mut PgConnection, after: i64) -> Result<Vec<DeskKey>> {
    let texts: Vec<String> =
        sqlx::query_scalar("SELECT certificate FROM desk_key WHERE changed_in > $1 ORDER BY device, epoch")
            .bind(after)
            .fetch_all(connection)
            .await?;
    texts.iter().map(|text| Ok(rows::record::<Signed<DeskKey>>(text, "certificate")?.value)).collect()
}
