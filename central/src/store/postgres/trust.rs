//! Published signed lists: desk keys and revocations.

use super::{PgStore, Write, rows};
use crate::store::Result;
use rules::{
    At,
    issuing::Issued,
    keys::{Class, DeskKey, KeyList},
    life::Serial,
};
use sqlx::{FromRow, PgConnection};

/// The published lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListKind {
    /// Keys of desks.
    Keys,
    /// Revocation filter over all revoked codes.
    Revocations,
    /// Codes revoked since the newest filter.
    RevocationDelta,
    /// What desks know the centre by.
    Anchors,
}

impl ListKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Revocations => "revocations",
            Self::RevocationDelta => "revocation_delta",
            Self::Anchors => "anchors",
        }
    }

    /// Returns the advisory lock under which the next version is made.
    const fn lock(self) -> i64 {
        match self {
            Self::Keys => 0x5353_4d01,
            Self::Revocations | Self::RevocationDelta => 0x5353_4d02,
            Self::Anchors => 0x5353_4d03,
        }
    }
}

/// One published version of a list.
#[derive(Clone, Debug)]
pub struct PublishedList {
    /// Version of the list.
    pub version: u64,
    /// Time at which it was made.
    pub made_at: At,
    /// The signed list as JSON.
    pub body: String,
}

/// Longest time a transaction stays open, in milliseconds. A revocation decided this long before a
/// list may be missing from it.
const OPEN_TRANSACTION_MS: i64 = 60_000;
/// Time a list is kept after its successor was made, in milliseconds, so that its holders can
/// fetch the difference.
const KEPT_MS: i64 = 24 * 60 * 60 * 1000;

impl PgStore {
    /// Returns the newest version of a list, or the given one.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn published(&self, kind: ListKind, version: Option<u64>) -> Result<Option<PublishedList>> {
        let mut connection = self.pool().acquire().await?;
        newest(&mut connection, kind, version).await
    }

    /// Returns the newest version number of a list; 0 = none yet.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn published_version(&self, kind: ListKind) -> Result<u64> {
        let version: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM trust_list WHERE kind = $1")
            .bind(kind.name())
            .fetch_one(self.pool())
            .await?;
        rows::unsigned_large(version.unwrap_or(0))
    }

    /// Publishes the next key list if a key changed. Returns whether it did. `sign` serialises and
    /// signs the list; `afresh` makes one although no key changed. Keys that ended before
    /// `ended_after` are left out: no code of theirs is in date any more.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails or `sign` does.
    pub async fn publish_keys(
        &self,
        class: Class,
        now: At,
        ended_after: At,
        afresh: bool,
        sign: impl Fn(KeyList) -> Result<String> + Send,
    ) -> Result<bool> {
        let mut write = Write::begin(self.pool()).await?;
        let version = lock(&mut write, ListKind::Keys).await? + 1;
        let changed = sqlx::query("UPDATE desk_key SET changed_in = $1 WHERE changed_in = 0")
            .bind(version)
            .execute(&mut *write)
            .await?;
        if changed.rows_affected() == 0 && version > 1 && !afresh {
            return Ok(false);
        }
        let desks = desk_keys(&mut write, 0, ended_after).await?;
        let list = KeyList { version: rows::unsigned_large(version)?, made_at: now, class, desks };
        put(&mut write, ListKind::Keys, version, now, &sign(list)?).await?;
        prune(&mut write, ListKind::Keys, version, now.plus_ms(-KEPT_MS)).await?;
        // Keys are renewed all day, and a list is megabytes. Of older versions only that there were
        // such counts; whoever is answering with the one before still reads it.
        sqlx::query("UPDATE trust_list SET body = '' WHERE kind = $1 AND version < $2 AND body <> ''")
            .bind(ListKind::Keys.name())
            .bind(version - 1)
            .execute(&mut *write)
            .await?;
        write.commit().await?;
        Ok(true)
    }

    /// Publishes new revocations as a delta to the last whole filter. Returns whether
    /// anything was published.
    ///
    /// If that filter is older than `whole_every_ms`, or all is made `afresh`, a whole one is
    /// published instead, even if it only repeats what deltas said. Expired codes are left out,
    /// since their date rejects them. Filters are kept for a day; of deltas only the newest is
    /// kept.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database or a signing closure fails.
    pub async fn publish_revocations(
        &self,
        now: At,
        (whole_every_ms, afresh): (i64, bool),
        sign_filter: impl Fn(&[Serial], u64) -> Result<String> + Send,
        sign_delta: impl Fn(Vec<Serial>, u64, u64) -> Result<String> + Send,
    ) -> Result<bool> {
        let mut write = Write::begin(self.pool()).await?;
        lock(&mut write, ListKind::Revocations).await?;
        let filter = made(&mut write, ListKind::Revocations).await?;
        let delta = made(&mut write, ListKind::RevocationDelta).await?;
        let last = delta.or(filter);
        let is_old = |made_at| afresh || now.since_ms(made_at) >= whole_every_ms;
        let is_behind = matches!((filter, delta), (Some((whole, made_at)), Some((told, _))) if told > whole && is_old(made_at));
        if let Some((_, last)) = last
            && !is_behind
            && !afresh
            && !is_news(&mut write, last, now).await?
        {
            return Ok(false);
        }
        let version = match last {
            Some((version, _)) => version + 1,
            None => floor(&mut write).await? + 1,
        };
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

    /// Publishes what desks know the centre by, if it changed. `make` returns the next version as
    /// JSON for its number and the body of the newest, or `None` if that still holds. Returns
    /// whether it was published.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails or `make` does.
    pub async fn publish_anchors(
        &self,
        now: At,
        make: impl Fn(u64, Option<&str>) -> Result<Option<String>> + Send,
    ) -> Result<bool> {
        let mut write = Write::begin(self.pool()).await?;
        let version = lock(&mut write, ListKind::Anchors).await? + 1;
        let newest = newest(&mut write, ListKind::Anchors, None).await?;
        let body = make(rows::unsigned_large(version)?, newest.as_ref().map(|list| list.body.as_str()))?;
        let Some(body) = body else { return Ok(false) };
        put(&mut write, ListKind::Anchors, version, now, &body).await?;
        prune(&mut write, ListKind::Anchors, version, now).await?;
        write.commit().await?;
        Ok(true)
    }

    /// Returns the keys that changed after a version of the key list.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails or a certificate
    /// cannot be decoded.
    pub async fn keys_since(&self, version: u64) -> Result<Vec<DeskKey>> {
        let mut connection = self.pool().acquire().await?;
        desk_keys(&mut connection, rows::large(version)?, At(i64::MIN)).await
    }
}

/// Returns whether a code was revoked after the last publication. Within [`OPEN_TRANSACTION_MS`] of
/// it, only surely new ones count.
///
/// It reads the newest revocation, the last entry of an index. Asking for one after a given time
/// would be planned as a scan of a third of all codes, ten million every few seconds.
async fn is_news(connection: &mut PgConnection, last: At, now: At) -> Result<bool> {
    let is_recent = now.since_ms(last) < OPEN_TRANSACTION_MS;
    let since = if is_recent { last } else { last.plus_ms(-OPEN_TRANSACTION_MS) };
    let newest: Option<i64> =
        sqlx::query_scalar("SELECT max(revoked_at) FROM code").fetch_one(connection).await?;
    Ok(newest.is_some_and(|newest| newest > since.0))
}

/// Returns the serials revoked since a filter was made, and those it may have missed because their
/// transaction was still open. Replanned each call: usually few rows match, sometimes all.
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

/// Returns the newest version of a list and the time it was made.
async fn made(connection: &mut PgConnection, kind: ListKind) -> Result<Option<(i64, At)>> {
    let found: Option<(i64, i64)> = sqlx::query_as(
        "SELECT version, made_at FROM trust_list WHERE kind = $1 ORDER BY version DESC LIMIT 1",
    )
    .bind(kind.name())
    .fetch_optional(connection)
    .await?;
    Ok(found.map(|(version, made_at)| (version, At(made_at))))
}

/// Deletes versions whose successor was made by `until`.
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

/// Locks a list against other publishers and returns its newest version.
async fn lock(connection: &mut PgConnection, kind: ListKind) -> Result<i64> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(kind.lock()).execute(&mut *connection).await?;
    let version: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM trust_list WHERE kind = $1")
        .bind(kind.name())
        .fetch_one(&mut *connection)
        .await?;
    match version {
        Some(version) => Ok(version),
        None => floor(connection).await,
    }
}

/// Returns the version below which no list was ever made: 0, or the seconds of the generation after
/// the database was put back. Verifiers take no list that is older than the one they have.
async fn floor(connection: &mut PgConnection) -> Result<i64> {
    let generation: Option<i64> =
        sqlx::query_scalar("SELECT max(generation) FROM restore").fetch_one(connection).await?;
    Ok(generation.unwrap_or(0) / 1_000)
}

#[derive(FromRow)]
struct ListRow {
    version: i64,
    made_at: i64,
    body: String,
}

async fn newest(
    connection: &mut PgConnection,
    kind: ListKind,
    version: Option<u64>,
) -> Result<Option<PublishedList>> {
    let version = version.map(rows::large).transpose()?;
    let row: Option<ListRow> = sqlx::query_as(
        "SELECT version, made_at, body FROM trust_list WHERE kind = $1 AND version = COALESCE($2, version)
         ORDER BY version DESC LIMIT 1",
    )
    .bind(kind.name())
    .bind(version)
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(PublishedList {
            version: rows::unsigned_large(row.version)?,
            made_at: At(row.made_at),
            body: row.body,
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

async fn desk_keys(connection: &mut PgConnection, after: i64, ended_after: At) -> Result<Vec<DeskKey>> {
    let texts: Vec<String> = sqlx::query_scalar(
        "SELECT certificate FROM desk_key WHERE changed_in > $1 AND not_after >= $2
         ORDER BY device, epoch, not_after",
    )
    .bind(after)
    .bind(ended_after.0)
    .fetch_all(connection)
    .await?;
    texts.iter().map(|text| Ok(rows::record::<Issued<DeskKey>>(text, "certificate")?.value)).collect()
}
