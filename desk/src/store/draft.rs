//! Drafts (草稿): what somebody typed and has not handed in. Written at once, so that a power cut
//! loses nothing.

use super::{Connection, parse_column};
use crate::error::DeskError;
use rules::{At, Sensitive, StaffNumber};
use sqlx::FromRow;

/// A draft of one form in one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Number of the case.
    pub case_number: String,
    /// Name of the form.
    pub form: String,
    /// What was typed, in the form's own format.
    pub content: Sensitive<String>,
    /// Who typed it.
    pub operator: StaffNumber,
    /// When it was saved.
    pub saved_at: At,
}

pub(crate) async fn put(connection: &mut Connection, draft: &Draft) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO draft (case_number, form, content, operator, saved_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (case_number, form) DO UPDATE SET content = excluded.content,
             operator = excluded.operator, saved_at = excluded.saved_at",
    )
    .bind(&draft.case_number)
    .bind(&draft.form)
    .bind(draft.content.expose())
    .bind(draft.operator.as_str())
    .bind(draft.saved_at.0)
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct DraftRow {
    case_number: String,
    form: String,
    content: String,
    operator: String,
    saved_at: i64,
}

impl DraftRow {
    fn read(self) -> Result<Draft, DeskError> {
        let Self { case_number, form, content, operator, saved_at } = self;
        let operator = parse_column(&operator)?;
        Ok(Draft { case_number, form, content: Sensitive::new(content), operator, saved_at: At(saved_at) })
    }
}

/// Returns the drafts of a case.
pub(crate) async fn of_case(connection: &mut Connection, case_number: &str) -> Result<Vec<Draft>, DeskError> {
    let rows: Vec<DraftRow> = sqlx::query_as(
        "SELECT case_number, form, content, operator, saved_at FROM draft WHERE case_number = ? ORDER BY form",
    )
    .bind(case_number)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(DraftRow::read).collect()
}

/// Returns the draft of a form that belongs to one case only, whichever it is.
pub(crate) async fn of_form(connection: &mut Connection, form: &str) -> Result<Option<Draft>, DeskError> {
    let row: Option<DraftRow> =
        sqlx::query_as("SELECT case_number, form, content, operator, saved_at FROM draft WHERE form = ?")
            .bind(form)
            .fetch_optional(connection)
            .await?;
    row.map(DraftRow::read).transpose()
}

/// Forgets one: it was handed in or thrown away.
pub(crate) async fn remove(
    connection: &mut Connection,
    case_number: &str,
    form: &str,
) -> Result<(), DeskError> {
    sqlx::query("DELETE FROM draft WHERE case_number = ? AND form = ?")
        .bind(case_number)
        .bind(form)
        .execute(connection)
        .await?;
    Ok(())
}
