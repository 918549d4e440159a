//! Numbers that only grow.

use super::Connection;
use crate::error::DeskError;

/// Returns the next value, from 1.
pub(crate) async fn next(connection: &mut Connection, name: &str) -> Result<u32, DeskError> {
    let (value,): (i64,) = sqlx::query_as(
        "INSERT INTO sequence (name, value) VALUES (?, 1)
         ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
    )
    .bind(name)
    .fetch_one(connection)
    .await?;
    u32::try_from(value).map_err(|_| DeskError::DatabaseDamaged)
}
