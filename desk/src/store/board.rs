//! What the centre said of the site's board last, for when it cannot be asked.

use super::{Connection, from_json, to_json};
use crate::error::DeskError;
use rules::At;
use serde::{Serialize, de::DeserializeOwned};

/// How long an answer stays, in milliseconds: figures of days that nobody asks for any more go.
const KEPT_MS: i64 = 31 * 24 * 60 * 60 * 1000;

/// Returns the last answer to a question, with when it came.
pub(crate) async fn get<T: DeserializeOwned>(
    connection: &mut Connection,
    question: &str,
) -> Result<Option<(T, At)>, DeskError> {
    let row: Option<(String, i64)> =
        sqlx::query_as("SELECT answer, fetched_at FROM board WHERE question = ?")
            .bind(question)
            .fetch_optional(connection)
            .await?;
    row.map(|(answer, at)| Ok((from_json(&answer)?, At(at)))).transpose()
}

/// Keeps an answer in the place of the one before, and removes those that are old.
pub(crate) async fn put<T: Serialize>(
    connection: &mut Connection,
    question: &str,
    answer: &T,
    at: At,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO board (question, answer, fetched_at) VALUES (?, ?, ?)
         ON CONFLICT (question) DO UPDATE SET answer = excluded.answer, fetched_at = excluded.fetched_at",
    )
    .bind(question)
    .bind(to_json(answer)?)
    .bind(at.0)
    .execute(&mut *connection)
    .await?;
    sqlx::query("DELETE FROM board WHERE fetched_at < ?").bind(at.0 - KEPT_MS).execute(connection).await?;
    Ok(())
}
