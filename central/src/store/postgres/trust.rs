//! Signed lists as they were published: desk keys and revocations.

use super::{PgStore, Write, rows};
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
    /// What was revoked since the newest filter.
    RevocationDelta,
}

impl ListKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Revocations => "revocations",
            Self::RevocationDelta => "revocation_delta",
        }
    }

    /// Number of the advisory lock under which the next version is made.
    const fn lock(self) -> i64 {
        match self {
            Self::Keys => 0x5353_4d01,
            Self::Revocations | Self::RevocationDelta => 0x5353_4d02,
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
/// How long a list is kept after the next one was made, so that a verifier who holds it gets the difference.
const KEPT_MS: i64 = 24 * 60 * 60 * 1000;

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
        let mut write = Write::begin(self.pool()).await?;
        let version = lock(&mut write, ListKind::Keys).await? + 1;
        let changed = sqlx::query("UPDATE desk_key SET changed_in = $1 WHERE changed_in = 0")
            .bind(version)
            .execute(&mut *write)
            .await?;
        if changed.rows_affected() == 0 && version > 1 {
            return Ok(false);
        }
        let desks = desk_keys(&mut write, 0).await?;
        let list = KeyList { version: rows::unsigned_large(version)?, made_at: now, class, desks };
        put(&mut write, ListKind::Keys, version, now, &sign(list)?).await?;
        prune(&mut write, ListKind::Keys, version, now.plus_ms(-KEPT_MS)).await?;
        write.commit().await?;
        Ok(true)
    }

    /// Publishes what was revoked since the last time: the delta since the last whole filter, and a whole one instead when that is older than
    /// `whole_every_ms`, also when nothing is new but what deltas told already.
    /// Expired codes are left out: their date says enough. Of filters those of a day are kept, of deltas the newest.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn publish_revocations(
        &self,
        now: At,
        whole_every_ms: i64,
        sign_filter: impl Fn(&[Serial], u64) -> Result<String> + Send,
        sign_delta: impl Fn(Vec<Serial>, u64, u64) -> Result<String> + Send,
    ) -> Result<bool> {
        let mut write = Write::begin(self.pool()).await?;
        lock(&mut write, ListKind::Revocations).await?;
        let filter = made(&mut write, ListKind::Revocations).await?;
        let delta = made(&mut write, ListKind::RevocationDelta).await?;
        let last = delta.or(filter);
        let is_old = |made_at| now.since_ms(made_at) >= whole_every_ms;
        let is_behind = matches!((filter, delta), (Some((whole, made_at)), Some((told, _))) if told > whole && is_old(made_at));
        if let Some((_, last)) = last
            && !is_behind
            && !is_news(&mut write, last, now).await?
        {
            return Ok(false);
        }
        let version = last.map_or(0, |(version, _)| version) + 1;
        let number = rows::unsigned_large;
        match filter {
            Some((since, made_at)) if !is_old(made_at) => {
                let revoked = revoked_since(&mut write, made_at, now).await?;
                let body = sign_delta(revoked, number(since)?, number(version)?)?;
                put(&mut write, ListKind::RevocationDelta, version, now, &body).await?;
            }
            _ => {
                let all = revoked_since(&mut write, At(i64::MIN), now).await?;
                put(&mut write, ListKind::Revocations, version, now, &sign_filter(&all, number(version)?)?)
                    .await?;
                let nothing = sign_delta(Vec::new(), number(version)?, number(version)?)?;
                put(&mut write, ListKind::RevocationDelta, version, now, &nothing).await?;
            }
        }
        prune(&mut write, ListKind::RevocationDelta, version, now).await?;
        prune(&mut write, ListKind::Revocations, version, now.plus_ms(-KEPT_MS)).await?;
        write.commit().await?;
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
}

/// Whether a code was revoked that is not in what was published last. Within the time a transaction may be open, only what is surely new counts.
///
/// Asks for the newest, which is an index's last entry, and not whether there is one after a moment: a plan kept for any moment expects a third
/// of all codes there and reads them one after another, ten million every few seconds.
async fn is_news(connection: &mut PgConnection, last: At, now: At) -> Result<bool> {
    let is_recent = now.since_ms(last) < OPEN_TRANSACTION_MS;
    let since = if is_recent { last } else { last.plus_ms(-OPEN_TRANSACTION_MS) };
    let newest: Option<i64> =
        sqlx::query_scalar("SELECT max(revoked_at) FROM code").fetch_one(connection).await?;
    Ok(newest.is_some_and(|newest| newest > since.0))
}

/// Serials revoked since a filter was made, with those that may have been decided before and are not in it: their transaction was still open.
/// Planned anew each time: few are asked for mostly, all of them now and then.
async fn revoked_since(connection: &mut PgConnection, since: At, now: At) -> Result<Vec<Serial>> {
    let found: Vec<Vec<u8>> = sqlx::query_scalar(
        "SELECT serial FROM code WHERE revoked_at > $1 AND valid_through >= $2 ORDER BY bucket, serial",
    )
    .persistent(false)
    .bind(since.plus_ms(-OPEN_TRANSACTION_MS).0)
    .bind(rows::day_number(now.day()))
    .fetch_all(connection)
    .await?;
    found.iter().map(|bytes| rows::serial(bytes)).collect()
}

/// Version of the newest list and when it was made.
async fn made(connection: &mut PgConnection, kind: ListKind) -> Result<Option<(i64, At)>> {
    let found: Option<(i64, i64)> = sqlx::query_as(
        "SELECT version, made_at FROM trust_list WHERE kind = $1 ORDER BY version DESC LIMIT 1",
    )
    .bind(kind.name())
    .fetch_optional(connection)
    .await?;
    Ok(found.map(|(version, made_at)| (version, At(made_at))))
}

/// Forgets what was replaced by a newer one until then.
async fn prune(connection: &mut PgConnection, kind: ListKind, version: i64, until: At) -> Result<()> {
    sqlx::query(
        "DELETE FROM trust_list t WHERE kind = $1 AND version < $2
             AND EXISTS (SELECT 1 FROM trust_list n WHERE n.kind = t.kind AND n.version > t.version AND n.made_at <= $3)",
    )
    .bind(kind.name())
    .bind(version)
    .bind(until.0)
    .execute(connection)
    .await?;
    Ok(())
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
