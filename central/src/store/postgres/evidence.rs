//! Whose evidence is: uploads of desks with their quotas, and the blobs that operations name (N-2).

use super::{PgStore, Write, rows};
use crate::{config::Limits, store::Result};
use rules::{Day, DeviceNumber, SiteCode, correction::Digest};
use sqlx::PgConnection;
use std::collections::BTreeSet;

/// Days for which a blob that no operation names counts for its desk.
const UNNAMED_DAYS: i32 = 7;

/// What became of the reservation of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upload {
    /// It may go on.
    Reserved,
    /// The desk has uploaded as much as it may.
    OverQuota,
}

impl PgStore {
    /// Reserves room for an upload at its first piece. A desk that goes on with one has it already.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn reserve_upload(
        &self,
        device: DeviceNumber,
        digest: &Digest,
        bytes: u64,
        today: Day,
        limits: &Limits,
    ) -> Result<Upload> {
        let mut write = Write::begin(self.pool()).await?;
        let device = rows::small(device)?;
        // Serialises the uploads of one desk, or several at once would each find room.
        sqlx::query("SELECT 1 FROM device WHERE device = $1 FOR NO KEY UPDATE")
            .bind(device)
            .execute(&mut *write)
            .await?;
        let held: Option<i64> =
            sqlx::query_scalar("SELECT bytes FROM blob_upload WHERE device = $1 AND digest = $2")
                .bind(device)
                .bind(&digest.0[..])
                .fetch_optional(&mut *write)
                .await?;
        let bytes = rows::large(bytes)?;
        if held.is_some_and(|held| held >= bytes) {
            return Ok(Upload::Reserved);
        }
        let more = bytes - held.unwrap_or(0);
        if !has_room(&mut write, device, digest, more, today, limits).await? {
            return Ok(Upload::OverQuota);
        }
        sqlx::query(
            "INSERT INTO blob_upload (device, digest, bytes, day) VALUES ($1, $2, $3, $4)
             ON CONFLICT (device, digest) DO UPDATE SET bytes = excluded.bytes, day = excluded.day",
        )
        .bind(device)
        .bind(&digest.0[..])
        .bind(bytes)
        .bind(rows::day_number(today))
        .execute(&mut *write)
        .await?;
        write.commit().await?;
        Ok(Upload::Reserved)
    }

    /// Notes that a desk's upload is complete.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn complete_upload(&self, device: DeviceNumber, digest: &Digest) -> Result<()> {
        sqlx::query("UPDATE blob_upload SET complete = true WHERE device = $1 AND digest = $2")
            .bind(rows::small(device)?)
            .bind(&digest.0[..])
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Returns whether desks of a site uploaded this blob or did something that names it; with
    /// `None`, desks of any site.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn is_evidence_of(&self, site: Option<&SiteCode>, digest: &Digest) -> Result<bool> {
        let found: Option<i32> = sqlx::query_scalar(
            "SELECT 1 FROM device d WHERE ($1 IS NULL OR d.site = $1) AND (
                 d.device IN (SELECT device FROM named_blob WHERE digest = $2)
                 OR d.device IN (SELECT device FROM blob_upload WHERE digest = $2 AND complete))
             LIMIT 1",
        )
        .bind(site.map(SiteCode::as_str))
        .bind(&digest.0[..])
        .fetch_optional(self.pool())
        .await?;
        Ok(found.is_some())
    }

    /// Returns those of `devices` that are desks of a site.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn devices_of(
        &self,
        site: &SiteCode,
        devices: &BTreeSet<DeviceNumber>,
    ) -> Result<BTreeSet<DeviceNumber>> {
        if devices.is_empty() {
            return Ok(BTreeSet::new());
        }
        let numbers: Vec<i32> = devices.iter().copied().map(rows::small).collect::<Result<_>>()?;
        let found: Vec<i32> =
            sqlx::query_scalar("SELECT device FROM device WHERE site = $1 AND device = ANY($2)")
                .bind(site.as_str())
                .bind(&numbers)
                .fetch_all(self.pool())
                .await?;
        found.into_iter().map(rows::device).collect()
    }
}

async fn has_room(
    connection: &mut PgConnection,
    device: i32,
    digest: &Digest,
    bytes: i64,
    today: Day,
    limits: &Limits,
) -> Result<bool> {
    let first = today.checked_sub(jiff::Span::new().days(UNNAMED_DAYS)).unwrap_or(today);
    let (count, of_day, unnamed, is_named): (i64, i64, i64, bool) = sqlx::query_as(
        "SELECT count(*) FILTER (WHERE u.day = $2),
                COALESCE(sum(u.bytes) FILTER (WHERE u.day = $2), 0)::bigint,
                COALESCE(sum(u.bytes) FILTER (WHERE n.digest IS NULL), 0)::bigint,
                EXISTS (SELECT 1 FROM named_blob WHERE digest = $4 AND device = $1)
         FROM blob_upload u LEFT JOIN named_blob n ON n.digest = u.digest AND n.device = u.device
         WHERE u.device = $1 AND u.day >= $3",
    )
    .bind(device)
    .bind(rows::day_number(today))
    .bind(rows::day_number(first))
    .bind(&digest.0[..])
    .fetch_one(connection)
    .await?;
    let fits = |used: i64, most: u64| rows::large(most).is_ok_and(|most| used.saturating_add(bytes) <= most);
    Ok(count < i64::from(limits.blobs_per_day)
        && fits(of_day, limits.blob_bytes_per_day)
        && (is_named || fits(unnamed, limits.blob_bytes_unnamed)))
}

/// Notes the blobs that decided operations name.
pub(super) async fn name(
    connection: &mut PgConnection,
    named: &BTreeSet<(DeviceNumber, Digest)>,
) -> Result<()> {
    if named.is_empty() {
        return Ok(());
    }
    let (mut devices, mut digests) = (Vec::new(), Vec::new());
    for (device, digest) in named {
        devices.push(rows::small(*device)?);
        digests.push(digest.0.to_vec());
    }
    sqlx::query(
        "INSERT INTO named_blob (digest, device) SELECT * FROM unnest($1::bytea[], $2::integer[])
         ON CONFLICT DO NOTHING",
    )
    .bind(&digests)
    .bind(&devices)
    .execute(connection)
    .await?;
    Ok(())
}
