//! The audit log (D2): events as they happen, and the tree that one process at a time makes of
//! them.

mod sequence;

pub use sequence::{Appended, Broken};

use super::{PgStore, rows};
use crate::{
    audit::{AuditKey, Event},
    store::{Result, StoreError},
};
use rules::{
    At,
    audit::{ProofPlan, TreeHead},
    correction::Digest,
    issuing::Issued,
};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

const RECORD: &str = "INSERT INTO audit_event (id, at, kind, body, seal) VALUES ($1, $2, $3, $4, $5)";

/// Hashes of nodes by their numbers; even ones are leaves.
const NODES: &str = "
    SELECT node, hash FROM audit_node WHERE node = ANY($1)
    UNION ALL SELECT 2 * position, leaf_hash FROM audit_leaf WHERE position = ANY($2)";

/// Writes an event in the caller's transaction. A store without the key leaves it unsealed, and no
/// log takes it.
pub(super) async fn record(
    connection: &mut PgConnection,
    key: Option<&AuditKey>,
    at: At,
    event: &Event,
) -> Result<()> {
    let leaf = event.leaf(Uuid::new_v4(), at).map_err(|_| StoreError::Range("event"))?;
    sqlx::query(RECORD)
        .bind(leaf.id)
        .bind(leaf.at.0)
        .bind(&leaf.kind)
        .bind(&leaf.body)
        .bind(key.map(|key| key.seal(&leaf).0.to_vec()))
        .execute(connection)
        .await?;
    Ok(())
}

impl PgStore {
    /// Writes an event that belongs to no other change.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn record(&self, at: At, event: &Event) -> Result<()> {
        let mut connection = self.pool().acquire().await?;
        record(&mut connection, self.audit_key(), at, event).await
    }

    /// Returns since when the first event waits to become a leaf; `None` if none does.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn waiting_since(&self) -> Result<Option<At>> {
        let first = "SELECT at FROM audit_event ORDER BY place LIMIT 1";
        Ok(sqlx::query_scalar(first).fetch_optional(self.pool()).await?.map(At))
    }

    /// Returns the newest signed head of the log; `None` before the first.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or the head cannot be decoded.
    pub async fn audit_head(&self) -> Result<Option<Issued<TreeHead>>> {
        let mut connection = self.pool().acquire().await?;
        newest_head(&mut connection).await
    }

    /// Returns the proof that the first `from` leaves are those of the log of that size, in the log
    /// of `to`. `None` if the log never had one of these sizes.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn audit_consistency(&self, from: u64, to: u64) -> Result<Option<Vec<Digest>>> {
        let Some(plan) = ProofPlan::consistency(from, to) else { return Ok(None) };
        let mut connection = self.pool().acquire().await?;
        if size(&mut connection).await? < to {
            return Ok(None);
        }
        let known = nodes(&mut connection, plan.nodes()).await?;
        plan.proof(|node| known.get(&node).cloned()).map(Some).ok_or(StoreError::Corrupt("audit tree"))
    }
}

async fn size(connection: &mut PgConnection) -> Result<u64> {
    let size: i64 = sqlx::query_scalar("SELECT COALESCE(max(position) + 1, 0) FROM audit_leaf")
        .fetch_one(connection)
        .await?;
    rows::unsigned_large(size)
}

pub(super) async fn nodes(
    connection: &mut PgConnection,
    wanted: impl Iterator<Item = u64>,
) -> Result<HashMap<u64, Digest>> {
    let (leaves, inner): (Vec<u64>, Vec<u64>) = wanted.partition(|node| node % 2 == 0);
    let inner: Vec<i64> = inner.into_iter().map(rows::large).collect::<Result<_>>()?;
    let positions: Vec<i64> = leaves.into_iter().map(|node| rows::large(node / 2)).collect::<Result<_>>()?;
    let found: Vec<(i64, Vec<u8>)> =
        sqlx::query_as(NODES).bind(inner).bind(positions).fetch_all(connection).await?;
    found.into_iter().map(|(node, hash)| Ok((rows::unsigned_large(node)?, rows::digest(&hash)?))).collect()
}

async fn newest_head(connection: &mut PgConnection) -> Result<Option<Issued<TreeHead>>> {
    let text: Option<String> =
        sqlx::query_scalar("SELECT signed FROM audit_head ORDER BY size DESC, minute DESC LIMIT 1")
            .fetch_optional(connection)
            .await?;
    text.map(|text| rows::record(&text, "audit head")).transpose()
}
