//! Signed lists for offline verification: keys and revocations.

use super::{Connection, from_json, to_column, to_json};
use crate::error::DeskError;
use rules::At;
use serde::{Serialize, de::DeserializeOwned};

/// The list of desk keys.
pub(crate) const KEYS: &str = "keys";
/// The revocation filter.
pub(crate) const REVOCATIONS: &str = "revocations";

/// What changed since the list of desk keys held.
pub(crate) const KEYS_DELTA: &str = "keys_delta";
/// What was revoked since the filter held.
pub(crate) const REVOCATIONS_DELTA: &str = "revocations_delta";

/// Keeps a list; an older version never replaces a newer one.
pub(crate) async fn put<T: Serialize>(
    connection: &mut Connection,
    kind: &str,
    version: u64,
    signed: &T,
    at: At,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO trust_list (kind, version, signed, fetched_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (kind) DO UPDATE SET version = excluded.version, signed = excluded.signed,
             fetched_at = excluded.fetched_at WHERE excluded.version >= trust_list.version",
    )
    .bind(kind)
    .bind(to_column(version)?)
    .bind(to_json(signed)?)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the version held; 0 before the first.
pub(crate) async fn version(connection: &mut Connection, kind: &str) -> Result<u64, DeskError> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT version FROM trust_list WHERE kind = ?")
        .bind(kind)
        .fetch_optional(connection)
        .await?;
    row.map_or(Ok(0), |(version,)| super::from_column(version))
}

/// Returns the list held.
pub(crate) async fn get<T: DeserializeOwned>(
    connection: &mut Connection,
    kind: &str,
) -> Result<Option<T>, DeskError> {
    let row: Option<(String,)> = sqlx::query_as("SELECT signed FROM trust_list WHERE kind = ?")
        .bind(kind)
        .fetch_optional(connection)
        .await?;
    row.map(|(signed,)| from_json(&signed)).transpose()
}
