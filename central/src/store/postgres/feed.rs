//! Change feeds of sites: the newest change of each subject, in order of position.

use super::{PgStore, Write, rows};
use crate::store::{Result, subject};
use rules::{Policy, SiteCode, wire::Change};
use sqlx::{PgConnection, PgPool};
use std::collections::BTreeMap;

/// Appends changes; each site's counter row serialises writers, locked in site order.
pub(super) async fn announce(connection: &mut PgConnection, news: Vec<(SiteCode, Change)>) -> Result<()> {
    let mut by_site: BTreeMap<SiteCode, Vec<Change>> = BTreeMap::new();
    for (site, change) in news {
        by_site.entry(site).or_default().push(change);
    }
    for (site, changes) in by_site {
        // A later change replaces an earlier one of the same subject.
        let mut newest: BTreeMap<String, (usize, Change)> = BTreeMap::new();
        for (order, change) in changes.into_iter().enumerate() {
            newest.insert(subject(&change), (order, change));
        }
        let count = i64::try_from(newest.len()).unwrap_or(i64::MAX);
        let last: Option<i64> = sqlx::query_scalar(
            "UPDATE site SET feed_position = feed_position + $2 WHERE site = $1 RETURNING feed_position",
        )
        .bind(site.as_str())
        .bind(count)
        .fetch_optional(&mut *connection)
        .await?;
        let Some(last) = last else { continue };
        let mut in_order: Vec<(String, (usize, Change))> = newest.into_iter().collect();
        in_order.sort_by_key(|(_, (order, _))| *order);
        let (mut subjects, mut positions, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
        for (position, (subject, (_, change))) in (last - count + 1..).zip(in_order) {
            subjects.push(subject);
            positions.push(position);
            bodies.push(rows::text(&change)?);
        }
        sqlx::query(
            "INSERT INTO change (site, subject, position, body)
             SELECT $1, u.subject, u.position, u.body
             FROM unnest($2::text[], $3::bigint[], $4::text[]) AS u(subject, position, body)
             ON CONFLICT (site, subject) DO UPDATE SET position = excluded.position, body = excluded.body",
        )
        .bind(site.as_str())
        .bind(&subjects)
        .bind(&positions)
        .bind(&bodies)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

impl PgStore {
    /// Announces the policy to every site if it differs from the last one announced; otherwise
    /// returns `false`. If several processes start at once, one of them announces it.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn announce_policy(&self, policy: &Policy) -> Result<bool> {
        let mut write = Write::begin(self.pool()).await?;
        let noted = sqlx::query(
            "INSERT INTO setting (name, value) VALUES ('policy', $1)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE setting.value <> excluded.value",
        )
        .bind(rows::text(policy)?)
        .execute(&mut *write)
        .await?;
        if noted.rows_affected() == 0 {
            return Ok(false);
        }
        let sites: Vec<String> = sqlx::query_scalar("SELECT site FROM site").fetch_all(&mut *write).await?;
        let sites: Vec<SiteCode> = sites.iter().map(|site| rows::site(site)).collect::<Result<_>>()?;
        let change = Change::Policy(Box::new(policy.clone()));
        announce(&mut write, sites.into_iter().map(|site| (site, change.clone())).collect()).await?;
        write.commit().await?;
        Ok(true)
    }
}

pub(super) async fn changes(
    pool: &PgPool,
    site: &SiteCode,
    cursor: u64,
    limit: usize,
) -> Result<Vec<(u64, Change)>> {
    let found: Vec<(i64, String)> = sqlx::query_as(
        "SELECT position, body FROM change WHERE site = $1 AND position > $2 ORDER BY position LIMIT $3",
    )
    .bind(site.as_str())
    .bind(rows::large(cursor)?)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await?;
    found
        .into_iter()
        .map(|(position, body)| Ok((rows::unsigned_large(position)?, rows::record(&body, "change")?)))
        .collect()
}

pub(super) async fn newest(pool: &PgPool, site: &SiteCode) -> Result<u64> {
    let found: Option<i64> = sqlx::query_scalar("SELECT feed_position FROM site WHERE site = $1")
        .bind(site.as_str())
        .fetch_optional(pool)
        .await?;
    rows::unsigned_large(found.unwrap_or(0))
}
