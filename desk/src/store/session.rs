//! Statements of sessions: who handed over to which key, signed by the person (A3). They stay as
//! long as the log does, because they prove its operations.

use super::{Connection, from_json, to_json};
use crate::{error::DeskError, signing::SessionKey};
use rules::{
    authority::{SessionRef, SessionStatement},
    correction::Digest,
    keys::Signed,
    op::Operation,
};
use uuid::Uuid;

/// Returns the place of a session's next operation, and keeps its statement with the first.
/// `newest`: session and content digest of the log's newest operation, where they are known.
pub(super) async fn next_link(
    connection: &mut Connection,
    session: &SessionKey,
    newest: Option<(Uuid, Digest)>,
) -> Result<SessionRef, DeskError> {
    let id = session.id();
    if let Some((_, before)) = newest.filter(|(newest, _)| *newest == id) {
        return Ok(SessionRef { id, before });
    }
    let is_first = sqlx::query("INSERT INTO session (id, statement) VALUES (?, ?) ON CONFLICT DO NOTHING")
        .bind(id.to_string())
        .bind(to_json(session.statement())?)
        .execute(&mut *connection)
        .await?
        .rows_affected()
        == 1;
    if is_first {
        return Ok(session.first_link());
    }
    // Somebody else worked in between: a walk back to the session's last operation.
    let (record,): (Option<String>,) =
        sqlx::query_as("SELECT record FROM operation WHERE session = ? ORDER BY n DESC LIMIT 1")
            .bind(id.to_string())
            .fetch_one(connection)
            .await?;
    let last: Operation = from_json(&record.ok_or(DeskError::DatabaseDamaged)?)?;
    Ok(SessionRef { id, before: last.content_digest() })
}

/// Returns the statement of a session that has an operation.
pub(super) async fn statement(
    connection: &mut Connection,
    id: Uuid,
) -> Result<Signed<SessionStatement>, DeskError> {
    let row: Option<(String,)> = sqlx::query_as("SELECT statement FROM session WHERE id = ?")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?;
    from_json(&row.ok_or(DeskError::DatabaseDamaged)?.0)
}
