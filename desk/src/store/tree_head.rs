//! The newest head of the centre's audit log that this desk has seen (D2).

use super::{Connection, from_json, instant, to_json};
use crate::error::DeskError;
use rules::{At, audit::TreeHead, issuing::Issued};
use sqlx::FromRow;

/// Head that this desk holds, as a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldHead {
    /// Newest head that extended all before it.
    pub signed: Issued<TreeHead>,
    /// Since when the centre shows a log that does not extend it.
    pub contradicted_at: Option<At>,
}

#[derive(FromRow)]
struct HeadRow {
    signed: String,
    contradicted_at: Option<i64>,
}

pub(crate) async fn get(connection: &mut Connection) -> Result<Option<HeldHead>, DeskError> {
    let row: Option<HeadRow> =
        sqlx::query_as("SELECT signed, contradicted_at FROM tree_head").fetch_optional(connection).await?;
    row.map(|row| {
        Ok(HeldHead { signed: from_json(&row.signed)?, contradicted_at: instant(row.contradicted_at) })
    })
    .transpose()
}

/// Keeps a head that extends the one before. What contradicted that one is over.
pub(crate) async fn put(
    connection: &mut Connection,
    signed: &Issued<TreeHead>,
    at: At,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO tree_head (only_row, signed, seen_at) VALUES (1, ?, ?)
         ON CONFLICT (only_row) DO UPDATE SET signed = excluded.signed, seen_at = excluded.seen_at,
             contradiction = NULL, contradicted_at = NULL",
    )
    .bind(to_json(signed)?)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps the head that does not extend the one held: both are signed, and together they prove that
/// the centre rewrote its log. `None`: it showed no head any more.
pub(crate) async fn contradict(
    connection: &mut Connection,
    other: Option<&Issued<TreeHead>>,
    at: At,
) -> Result<(), DeskError> {
    sqlx::query("UPDATE tree_head SET contradiction = ?, contradicted_at = ?")
        .bind(other.map(to_json).transpose()?)
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets the head: a new enrolment begins at the log as it is then.
pub(crate) async fn forget(connection: &mut Connection) -> Result<(), DeskError> {
    sqlx::query("DELETE FROM tree_head").execute(connection).await?;
    Ok(())
}
