//! Who this desk is.

use super::{Connection, from_json, to_json};
use crate::{error::DeskError, identity::Identity};

pub(crate) async fn get(connection: &mut Connection) -> Result<Option<Identity>, DeskError> {
    let row: Option<(String,)> =
        sqlx::query_as("SELECT record FROM identity WHERE only_row = 1").fetch_optional(connection).await?;
    row.map(|(record,)| from_json(&record)).transpose()
}

pub(crate) async fn put(connection: &mut Connection, identity: &Identity) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO identity (only_row, record) VALUES (1, ?)
         ON CONFLICT (only_row) DO UPDATE SET record = excluded.record",
    )
    .bind(to_json(identity)?)
    .execute(connection)
    .await?;
    Ok(())
}
