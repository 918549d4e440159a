//! Settings of this desk, by name.

use super::{Connection, from_json, to_json};
use crate::error::DeskError;
use serde::{Serialize, de::DeserializeOwned};

/// Days a citizen's rows stay after everything about them is acknowledged.
pub const RETENTION_DAYS: &str = "retention_days";
/// The policy numbers in force, from the centre.
pub const POLICY: &str = "policy";

pub(crate) async fn get<T: DeserializeOwned>(
    connection: &mut Connection,
    name: &str,
) -> Result<Option<T>, DeskError> {
    let row: Option<(String,)> = sqlx::query_as("SELECT value FROM setting WHERE name = ?")
        .bind(name)
        .fetch_optional(connection)
        .await?;
    row.map(|(value,)| from_json(&value)).transpose()
}

pub(crate) async fn put<T: Serialize>(
    connection: &mut Connection,
    name: &str,
    value: &T,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO setting (name, value) VALUES (?, ?)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name)
    .bind(to_json(value)?)
    .execute(connection)
    .await?;
    Ok(())
}
