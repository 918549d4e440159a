//! Rows of the audit that match what somebody looks for, and its outline for a report.

use super::{AuditRow, COLUMNS, Event, StoredRow};
use crate::{
    error::DeskError,
    store::{Connection, Page, Rows, from_word, to_json, to_word, total},
};
use rules::At;

/// The journal without who, for whom and in which case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// What was done, its outcome and how often, the most frequent first.
    pub counts: Vec<(Event, String, u32)>,
    /// When, what and its outcome, the newest last.
    pub newest: Vec<(At, Event, String)>,
}

/// Returns the outline: counts of the rows since an instant, and the newest rows.
pub(crate) async fn outline(
    connection: &mut Connection,
    since: At,
    newest: u32,
) -> Result<Outline, DeskError> {
    let counted: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT event, outcome, count(*) FROM audit WHERE at >= ? GROUP BY event, outcome
         ORDER BY count(*) DESC, event, outcome",
    )
    .bind(since.0)
    .fetch_all(&mut *connection)
    .await?;
    let rows: Vec<(i64, String, String)> =
        sqlx::query_as("SELECT at, event, outcome FROM audit ORDER BY n DESC LIMIT ?")
            .bind(newest)
            .fetch_all(connection)
            .await?;
    let counts =
        counted.into_iter().map(|(event, outcome, count)| Ok((from_word(&event)?, outcome, total(count))));
    let newest = rows.into_iter().rev().map(|(at, event, outcome)| Ok((At(at), from_word(&event)?, outcome)));
    Ok(Outline {
        counts: counts.collect::<Result<_, DeskError>>()?,
        newest: newest.collect::<Result<_, DeskError>>()?,
    })
}

/// What to look for; empty finds everything.
#[derive(Clone, Debug, Default)]
pub struct AuditQuery {
    /// Only rows from this instant on.
    pub from: Option<At>,
    /// Only rows before this instant.
    pub before: Option<At>,
    /// Only rows of this staff number.
    pub operator: Option<String>,
    /// Only rows of this kind.
    pub event: Option<Event>,
    /// Only rows with these words.
    pub words: Option<AuditWords>,
}

/// What a person typed to find rows.
#[derive(Clone, Debug, Default)]
pub struct AuditWords {
    /// A whole staff number.
    pub staff: String,
    /// A case number or a part of one, as it is stored.
    pub case_part: String,
    /// The kinds of events whose words contain it.
    pub events: Vec<Event>,
}

const MATCH: &str =
    "WHERE (?1 IS NULL OR at >= ?1) AND (?2 IS NULL OR at < ?2) AND (?3 IS NULL OR operator = ?3)
     AND (?4 IS NULL OR event = ?4)
     AND (?5 IS NULL OR operator = ?5 OR ?6 <> '' AND instr(case_number, ?6) > 0
         OR event IN (SELECT value FROM json_each(?7)))";

/// Returns a page of the matching rows, newest first.
pub(crate) async fn search(
    connection: &mut Connection,
    query: &AuditQuery,
    page: Page,
) -> Result<Rows<AuditRow>, DeskError> {
    let event = query.event.map(|event| to_word(&event)).transpose()?;
    let words = query.words.as_ref();
    let events = words.map(|words| to_json(&words.events)).transpose()?;
    let (count,): (i64,) = sqlx::query_as(&format!("SELECT count(*) FROM audit {MATCH}"))
        .bind(query.from.map(|at| at.0))
        .bind(query.before.map(|at| at.0))
        .bind(&query.operator)
        .bind(&event)
        .bind(words.map(|words| &words.staff))
        .bind(words.map(|words| &words.case_part))
        .bind(&events)
        .fetch_one(&mut *connection)
        .await?;
    let found: Vec<StoredRow> =
        sqlx::query_as(&format!("SELECT {COLUMNS} FROM audit {MATCH} ORDER BY n DESC LIMIT ?8 OFFSET ?9"))
            .bind(query.from.map(|at| at.0))
            .bind(query.before.map(|at| at.0))
            .bind(&query.operator)
            .bind(&event)
            .bind(words.map(|words| &words.staff))
            .bind(words.map(|words| &words.case_part))
            .bind(&events)
            .bind(page.limit())
            .bind(page.offset)
            .fetch_all(connection)
            .await?;
    Ok(Rows { rows: found.into_iter().map(StoredRow::read).collect::<Result<_, _>>()?, total: total(count) })
}
