//! The generation of the centre's database, and what this desk hands in after a restore.

use super::{Connection, from_json, to_json};
use crate::error::DeskError;
use rules::{At, wire::Testimony};

/// Returns the newest generation this desk has heard of, if any.
pub(crate) async fn get(connection: &mut Connection) -> Result<Option<At>, DeskError> {
    let row: Option<(i64,)> =
        sqlx::query_as("SELECT generation FROM centre_generation").fetch_optional(connection).await?;
    Ok(row.map(|(generation,)| At(generation)))
}

/// Keeps a generation with what is to be handed in for it.
pub(crate) async fn put(connection: &mut Connection, testimony: &Testimony) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO centre_generation (only_row, generation, testimony) VALUES (1, ?, ?)
         ON CONFLICT (only_row) DO UPDATE SET generation = excluded.generation, testimony = excluded.testimony",
    )
    .bind(testimony.generation.0)
    .bind(to_json(testimony)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns what is still to be handed in.
pub(crate) async fn waiting(connection: &mut Connection) -> Result<Option<Testimony>, DeskError> {
    let row: Option<(Option<String>,)> =
        sqlx::query_as("SELECT testimony FROM centre_generation").fetch_optional(connection).await?;
    row.and_then(|(testimony,)| testimony).map(|text| from_json(&text)).transpose()
}

/// Forgets what was handed in.
pub(crate) async fn done(connection: &mut Connection) -> Result<(), DeskError> {
    sqlx::query("UPDATE centre_generation SET testimony = NULL").execute(connection).await?;
    Ok(())
}
