//! Corrections (更正) of name and photo: as this desk last saw or made them, and what the centre says of them.

use super::{Connection, Page, Rows, from_json, to_json, to_word, total};
use crate::error::DeskError;
use rules::{
    At,
    correction::{Digest, Due, Field, State, due},
    op::CitizenRef,
    wire::CorrectionRecord,
};
use uuid::Uuid;

/// The state's plain name: in the column, and as the page knows it.
pub(crate) const fn state_word(state: &State) -> &'static str {
    match state {
        State::Draft => "draft",
        State::Submitted { .. } => "submitted",
        State::Approved { .. } => "approved",
        State::Applied { .. } => "applied",
        State::Rejected { .. } => "rejected",
        State::Withdrawn => "withdrawn",
        State::Conflicted => "conflicted",
    }
}

pub(crate) async fn put(
    connection: &mut Connection,
    record: &CorrectionRecord,
    at: At,
) -> Result<(), DeskError> {
    let correction = &record.correction;
    sqlx::query(
        "INSERT INTO correction (id, citizen_ref, field, state, is_open, record, changed_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, is_open = excluded.is_open,
             record = excluded.record, changed_at = excluded.changed_at",
    )
    .bind(correction.id.to_string())
    .bind(&record.citizen_ref.0)
    .bind(to_word(&correction.field)?)
    .bind(state_word(&correction.state))
    .bind(correction.state.is_open())
    .bind(to_json(record)?)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn get(
    connection: &mut Connection,
    id: Uuid,
) -> Result<Option<CorrectionRecord>, DeskError> {
    let row: Option<(String,)> = sqlx::query_as("SELECT record FROM correction WHERE id = ?")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?;
    row.map(|(record,)| from_json(&record)).transpose()
}

/// The open one of this holder and field.
pub(crate) async fn open_one(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
    field: Field,
) -> Result<Option<CorrectionRecord>, DeskError> {
    let row: Option<(String,)> = sqlx::query_as(
        "SELECT record FROM correction WHERE citizen_ref = ? AND field = ? AND is_open ORDER BY changed_at LIMIT 1",
    )
    .bind(&citizen_ref.0)
    .bind(to_word(&field)?)
    .fetch_optional(connection)
    .await?;
    row.map(|(record,)| from_json(&record)).transpose()
}

/// All of a citizen, oldest first.
pub(crate) async fn of_citizen(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
) -> Result<Vec<CorrectionRecord>, DeskError> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT record FROM correction WHERE citizen_ref = ? ORDER BY changed_at LIMIT 100")
            .bind(&citizen_ref.0)
            .fetch_all(connection)
            .await?;
    rows.iter().map(|(record,)| from_json(record)).collect()
}

/// Which corrections to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorrectionFilter {
    /// Waiting for an approver, oldest first.
    Submitted,
    /// Every one that is not finished.
    Open,
    /// All.
    All,
}

pub(crate) async fn page(
    connection: &mut Connection,
    filter: CorrectionFilter,
    page: Page,
) -> Result<Rows<CorrectionRecord>, DeskError> {
    let matching = match filter {
        CorrectionFilter::Submitted => "WHERE state = 'submitted'",
        CorrectionFilter::Open => "WHERE is_open",
        CorrectionFilter::All => "",
    };
    let (count,): (i64,) = sqlx::query_as(&format!("SELECT count(*) FROM correction {matching}"))
        .fetch_one(&mut *connection)
        .await?;
    let rows: Vec<(String,)> = sqlx::query_as(&format!(
        "SELECT record FROM correction {matching} ORDER BY changed_at, id LIMIT ? OFFSET ?"
    ))
    .bind(page.limit())
    .bind(page.offset)
    .fetch_all(connection)
    .await?;
    let rows = rows.iter().map(|(record,)| from_json(record)).collect::<Result<_, _>>()?;
    Ok(Rows { rows, total: total(count) })
}

/// What the centre says. It is laid aside while operations of this desk on the citizen's corrections still wait:
/// the clerk must not see their own step undone and done again.
pub(crate) async fn put_central(
    connection: &mut Connection,
    record: &CorrectionRecord,
    waits: bool,
    at: At,
) -> Result<(), DeskError> {
    if !waits || get(&mut *connection, record.correction.id).await?.is_none() {
        put(&mut *connection, record, at).await?;
    }
    sqlx::query("UPDATE correction SET central_record = ? WHERE id = ?")
        .bind(to_json(record)?)
        .bind(record.correction.id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Nothing of this citizen waits any more: what the centre said meanwhile counts.
pub(crate) async fn adopt_central(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
    at: At,
) -> Result<(), DeskError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT central_record FROM correction WHERE citizen_ref = ? AND central_record IS NOT NULL",
    )
    .bind(&citizen_ref.0)
    .fetch_all(&mut *connection)
    .await?;
    for (text,) in rows {
        put(&mut *connection, &from_json(&text)?, at).await?;
    }
    sqlx::query("UPDATE correction SET central_record = NULL WHERE citizen_ref = ?")
        .bind(&citizen_ref.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// An approver opened a piece of evidence of this revision.
pub(crate) async fn opened(
    connection: &mut Connection,
    (id, revision): (Uuid, u32),
    operator: &str,
    digest: &Digest,
) -> Result<(), DeskError> {
    sqlx::query("INSERT OR IGNORE INTO evidence_opened (correction_id, revision, operator, digest) VALUES (?, ?, ?, ?)")
        .bind(id.to_string())
        .bind(revision)
        .bind(operator)
        .bind(&digest.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// What an approver has opened of this revision.
pub(crate) async fn all_opened(
    connection: &mut Connection,
    (id, revision): (Uuid, u32),
    operator: &str,
) -> Result<Vec<Digest>, DeskError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT digest FROM evidence_opened WHERE correction_id = ? AND revision = ? AND operator = ? ORDER BY digest",
    )
    .bind(id.to_string())
    .bind(revision)
    .bind(operator)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|(digest,)| Digest(digest)).collect())
}

/// How many are not finished, and how many of those wait for an approver longer than the rules allow.
pub(crate) async fn unfinished(connection: &mut Connection, now: At) -> Result<(u32, u32), DeskError> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT record FROM correction WHERE is_open").fetch_all(connection).await?;
    let mut overdue = 0;
    for (text,) in &rows {
        let record: CorrectionRecord = from_json(text)?;
        if let State::Submitted { at } = record.correction.state
            && due(at, false, now) == Due::Overdue
        {
            overdue += 1;
        }
    }
    Ok((u32::try_from(rows.len()).unwrap_or(u32::MAX), overdue))
}
