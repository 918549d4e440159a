//! Batches of other desks that came by hand and wait to be handed on.

use super::{Connection, from_json, to_column, to_json};
use crate::error::DeskError;
use rules::{At, wire::PushRequest};

/// Keeps a batch; one that is here stays.
pub(crate) async fn put(connection: &mut Connection, request: &PushRequest, at: At) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO carried (device, epoch, first_seq, request, taken_in_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (device, epoch, first_seq) DO UPDATE SET request = excluded.request",
    )
    .bind(request.batch.device)
    .bind(request.batch.epoch)
    .bind(to_column(request.batch.first_seq)?)
    .bind(to_json(request)?)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// The next batch to hand on: each desk's in the order of its chain.
pub(crate) async fn next(connection: &mut Connection) -> Result<Option<PushRequest>, DeskError> {
    let row: Option<(String,)> =
        sqlx::query_as("SELECT request FROM carried ORDER BY device, epoch, first_seq LIMIT 1")
            .fetch_optional(connection)
            .await?;
    row.map(|(request,)| from_json(&request)).transpose()
}

/// The centre has it.
pub(crate) async fn remove(connection: &mut Connection, request: &PushRequest) -> Result<(), DeskError> {
    sqlx::query("DELETE FROM carried WHERE device = ? AND epoch = ? AND first_seq = ?")
        .bind(request.batch.device)
        .bind(request.batch.epoch)
        .bind(to_column(request.batch.first_seq)?)
        .execute(connection)
        .await?;
    Ok(())
}
