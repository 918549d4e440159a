//! Wrapped keys of people who logged in here with the centre, for log-in without it (A2).

use super::{Connection, from_json, to_json};
use crate::error::DeskError;
use rules::{
    At, StaffNumber,
    authority::{Credential, StaffRecord},
};

/// A credential and the instant of the log-in that brought it.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) credential: Credential,
    pub(crate) at: At,
}

pub(crate) async fn get(
    connection: &mut Connection,
    number: &StaffNumber,
) -> Result<Option<Kept>, DeskError> {
    let row: Option<(String, i64)> =
        sqlx::query_as("SELECT record, kept_at FROM credential WHERE number = ?")
            .bind(number.as_str())
            .fetch_optional(connection)
            .await?;
    row.map(|(record, at)| Ok(Kept { credential: from_json(&record)?, at: At(at) })).transpose()
}

/// Returns everything that is kept.
pub(crate) async fn all(connection: &mut Connection) -> Result<Vec<Credential>, DeskError> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT record FROM credential ORDER BY number").fetch_all(connection).await?;
    rows.iter().map(|(record,)| from_json(record)).collect()
}

pub(crate) async fn put(
    connection: &mut Connection,
    credential: &Credential,
    at: At,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO credential (number, record, kept_at) VALUES (?, ?, ?)
         ON CONFLICT (number) DO UPDATE SET record = excluded.record, kept_at = excluded.kept_at",
    )
    .bind(credential.record.value.number.as_str())
    .bind(to_json(credential)?)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes a credential that its person's newest record makes void: they were dismissed, or have
/// another key or site since.
pub(super) async fn remove_outdated(
    connection: &mut Connection,
    newest: &StaffRecord,
) -> Result<(), DeskError> {
    let Some(kept) = get(connection, &newest.number).await? else { return Ok(()) };
    let record = &kept.credential.record.value;
    if newest.active && (&record.public_key, &record.site) == (&newest.public_key, &newest.site) {
        return Ok(());
    }
    sqlx::query("DELETE FROM credential WHERE number = ?")
        .bind(newest.number.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Removes what was kept before an instant. Returns how many rows went.
pub(crate) async fn remove_before(connection: &mut Connection, before: At) -> Result<u64, DeskError> {
    let gone = sqlx::query("DELETE FROM credential WHERE kept_at < ?").bind(before.0).execute(connection);
    Ok(gone.await?.rows_affected())
}
