//! What the desks of a site must know: the newest word on each subject, in the order it was said.

use super::{PgStore, rows};
use crate::store::{Result, subject};
use rules::{Policy, wire::Change};
use sqlx::{PgConnection, PgPool};
use std::collections::BTreeMap;

/// Says something to sites. Each site's counter is a row: whoever says something to it next waits for this transaction, so
/// that positions become visible in their order and no reader's cursor runs past one that is still to come. Sites are taken
/// in order, so that two transactions never wait for each other.
pub(super) async fn announce(connection: &mut PgConnection, news: Vec<(String, Change)>) -> Result<()> {
    let mut by_site: BTreeMap<String, Vec<Change>> = BTreeMap::new();
    for (site, change) in news {
        by_site.entry(site).or_default().push(change);
    }
    for (site, changes) in by_site {
        // A later word on the same subject takes the place of an earlier one.
        let mut newest: BTreeMap<String, (usize, Change)> = BTreeMap::new();
        for (order, change) in changes.into_iter().enumerate() {
            newest.insert(subject(&change), (order, change));
        }
        let count = i64::try_from(newest.len()).unwrap_or(i64::MAX);
        let last: Option<i64> = sqlx::query_scalar(
            "UPDATE site SET feed_position = feed_position + $2 WHERE site = $1 RETURNING feed_position",
        )
        .bind(&site)
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
        .bind(&site)
        .bind(&subjects)
        .bind(&positions)
        .bind(&bodies)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

impl PgStore {
    /// Tells every site the policy, if it is another than was told last. `false`: it is the same. Of several processes that start at the same
    /// time one tells it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn announce_policy(&self, policy: &Policy) -> Result<bool> {
        let mut transaction = self.pool().begin().await?;
        let noted = sqlx::query(
            "INSERT INTO setting (name, value) VALUES ('policy', $1)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE setting.value <> excluded.value",
        )
        .bind(rows::text(policy)?)
        .execute(&mut *transaction)
        .await?;
        if noted.rows_affected() == 0 {
            return Ok(false);
        }
        let sites: Vec<String> =
            sqlx::query_scalar("SELECT site FROM site").fetch_all(&mut *transaction).await?;
        let change = Change::Policy(Box::new(policy.clone()));
        announce(&mut transaction, sites.into_iter().map(|site| (site, change.clone())).collect()).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

pub(super) async fn changes(
    pool: &PgPool,
    site: &str,
    cursor: u64,
    limit: usize,
) -> Result<Vec<(u64, Change)>> {
    let found: Vec<(i64, String)> = sqlx::query_as(
        "SELECT position, body FROM change WHERE site = $1 AND position > $2 ORDER BY position LIMIT $3",
    )
    .bind(site)
    .bind(rows::large(cursor)?)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await?;
    found
        .into_iter()
        .map(|(position, body)| Ok((rows::unsigned_large(position)?, rows::record(&body, "change")?)))
        .collect()
}

pub(super) async fn newest(pool: &PgPool, site: &str) -> Result<u64> {
    let found: Option<i64> = sqlx::query_scalar("SELECT feed_position FROM site WHERE site = $1")
        .bind(site)
        .fetch_optional(pool)
        .await?;
    rows::unsigned_large(found.unwrap_or(0))
}
