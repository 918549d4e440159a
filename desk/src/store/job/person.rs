//! The people of a job, in the order of its list.

use super::{CodeSoFar, Reason, number};
use crate::{
    error::DeskError,
    store::{Connection, Page, Rows, from_json, from_word, parse_column, to_json, to_word, total},
};
use rules::{
    digest::Digest,
    institution::JobPersonState,
    life::{Action, Serial},
    person::{IdNumber, Name},
};
use sqlx::FromRow;
use uuid::Uuid;

/// A person of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobPerson {
    /// Place in the list, from 1.
    pub position: u32,
    /// Line of the file, if the list came from one.
    pub line: Option<u32>,
    /// ID number of the person.
    pub number: IdNumber,
    /// Name: that of the list, and the registry's once it was looked at.
    pub name: Name,
    /// How far this person is.
    pub state: JobPersonState,
    /// Whether the person was looked up for the preview.
    pub looked_at: bool,
    /// What fits their codes.
    pub action: Option<Action>,
    /// Their code so far.
    pub code_so_far: Option<CodeSoFar>,
    /// Why they are not served.
    pub reason: Option<Reason>,
    /// Case of this person, once one was opened.
    pub case_number: Option<String>,
    /// Serial of the code that was issued.
    pub serial: Option<Serial>,
    /// Photo on the sheet.
    pub photo: Option<Digest>,
}

#[derive(FromRow)]
struct PersonRow {
    position: i64,
    line: Option<i64>,
    number: String,
    name: String,
    state: String,
    looked_at: bool,
    action: Option<String>,
    code_so_far: Option<String>,
    reason: Option<String>,
    case_number: Option<String>,
    serial: Option<String>,
    photo: Option<String>,
}

impl PersonRow {
    fn read(self) -> Result<JobPerson, DeskError> {
        let place = |value| u32::try_from(value).map_err(|_| DeskError::DatabaseDamaged);
        Ok(JobPerson {
            position: place(self.position)?,
            line: self.line.map(place).transpose()?,
            number: number(&self.number)?,
            name: from_word(&self.name)?,
            state: from_word(&self.state)?,
            looked_at: self.looked_at,
            action: self.action.as_deref().map(from_word).transpose()?,
            code_so_far: self.code_so_far.as_deref().map(from_json).transpose()?,
            reason: self.reason.as_deref().map(from_json).transpose()?,
            case_number: self.case_number,
            serial: self.serial.as_deref().map(parse_column).transpose()?,
            photo: self.photo.as_deref().map(parse_column).transpose()?,
        })
    }
}

const PERSON: &str =
    "SELECT position, line, number, name, state, looked_at, action, code_so_far, reason, case_number,
     serial, photo FROM job_person";

/// Returns the people of a job, a page of them.
pub(crate) async fn people(
    connection: &mut Connection,
    id: Uuid,
    page: Page,
) -> Result<Rows<JobPerson>, DeskError> {
    let (count,): (i64,) = sqlx::query_as("SELECT count(*) FROM job_person WHERE job = ?")
        .bind(id.to_string())
        .fetch_one(&mut *connection)
        .await?;
    let rows: Vec<PersonRow> =
        sqlx::query_as(&format!("{PERSON} WHERE job = ? ORDER BY position LIMIT ? OFFSET ?"))
            .bind(id.to_string())
            .bind(page.limit())
            .bind(page.offset)
            .fetch_all(connection)
            .await?;
    Ok(Rows { rows: rows.into_iter().map(PersonRow::read).collect::<Result<_, _>>()?, total: total(count) })
}

/// Returns everybody of a job, in the order of the list.
pub(crate) async fn everybody(connection: &mut Connection, id: Uuid) -> Result<Vec<JobPerson>, DeskError> {
    let rows: Vec<PersonRow> = sqlx::query_as(&format!("{PERSON} WHERE job = ? ORDER BY position"))
        .bind(id.to_string())
        .fetch_all(connection)
        .await?;
    rows.into_iter().map(PersonRow::read).collect()
}

/// Returns one person of a job.
pub(crate) async fn person(
    connection: &mut Connection,
    id: Uuid,
    position: u32,
) -> Result<JobPerson, DeskError> {
    let row: Option<PersonRow> = sqlx::query_as(&format!("{PERSON} WHERE job = ? AND position = ?"))
        .bind(id.to_string())
        .bind(position)
        .fetch_optional(connection)
        .await?;
    row.ok_or(DeskError::JobUnknown)?.read()
}

/// Returns the next person who is not served yet; `not_looked_at`: who was not looked up either.
pub(crate) async fn next_waiting(
    connection: &mut Connection,
    id: Uuid,
    not_looked_at: bool,
) -> Result<Option<JobPerson>, DeskError> {
    let row: Option<PersonRow> = sqlx::query_as(&format!(
        "{PERSON} WHERE job = ? AND state = 'waiting' AND (NOT ? OR NOT looked_at) ORDER BY position LIMIT 1"
    ))
    .bind(id.to_string())
    .bind(not_looked_at)
    .fetch_optional(connection)
    .await?;
    row.map(PersonRow::read).transpose()
}

/// Writes what is known of a person now.
pub(crate) async fn put_person(
    connection: &mut Connection,
    id: Uuid,
    person: &JobPerson,
) -> Result<(), DeskError> {
    sqlx::query(
        "UPDATE job_person SET name = ?, state = ?, looked_at = ?, action = ?, code_so_far = ?, reason = ?,
             case_number = ?, serial = ?, photo = ? WHERE job = ? AND position = ?",
    )
    .bind(person.name.expose())
    .bind(to_word(&person.state)?)
    .bind(person.looked_at)
    .bind(person.action.as_ref().map(to_word).transpose()?)
    .bind(person.code_so_far.as_ref().map(to_json).transpose()?)
    .bind(person.reason.as_ref().map(to_json).transpose()?)
    .bind(person.case_number.as_deref())
    .bind(person.serial.map(|serial| serial.to_string()))
    .bind(person.photo.as_ref().map(ToString::to_string))
    .bind(id.to_string())
    .bind(person.position)
    .execute(connection)
    .await?;
    Ok(())
}
