//! Distributes the schema over a Citus cluster.

use super::PgStore;
use crate::store::{Result, StoreError};
use sqlx::{Connection as _, PgConnection};

/// Tables by the column they are distributed by. The first of each group is what the others are
/// placed with: a desk's log with its head, everything about a citizen on one node.
const BY_DEVICE: [&str; 10] = [
    "device_head",
    "op_log",
    "archived_op",
    "session",
    "batch_proof",
    "apply_head",
    "earlier_op",
    "case_holder",
    "board_fact",
    "board_head",
];
const BY_BUCKET: [&str; 10] = [
    "citizen",
    "relative",
    "code",
    "current_code",
    "issue_day",
    "correction",
    "escalation",
    "op_result",
    "review",
    "channel_event",
];
/// Small tables that are read everywhere, copied to every node.
const EVERYWHERE: [&str; 6] = ["site", "device", "staff", "staff_version", "blob", "channel_client"];

impl PgStore {
    /// Distributes the tables. Tables not listed here stay on the coordinator.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the database has no extension `citus`; [`StoreError`] if the
    /// tables are distributed already.
    pub async fn distribute(&self) -> Result<()> {
        let mut connection = self.unhurried().await?;
        let is_citus: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')")
                .fetch_one(&mut connection)
                .await?;
        if !is_citus {
            return Err(StoreError::Unavailable("the database has no extension citus".to_owned()));
        }
        for table in EVERYWHERE {
            sqlx::query("SELECT create_reference_table($1)").bind(table).execute(&mut connection).await?;
        }
        distribute_group(&mut connection, &BY_DEVICE, "device").await?;
        distribute_group(&mut connection, &BY_BUCKET, "bucket").await?;
        Ok(connection.close().await?)
    }
}

async fn distribute_group(connection: &mut PgConnection, tables: &[&str], column: &str) -> Result<()> {
    let Some((first, others)) = tables.split_first() else { return Ok(()) };
    sqlx::query("SELECT create_distributed_table($1, $2)")
        .bind(first)
        .bind(column)
        .execute(&mut *connection)
        .await?;
    for table in others {
        sqlx::query("SELECT create_distributed_table($1, $2, colocate_with => $3)")
            .bind(table)
            .bind(column)
            .bind(first)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
