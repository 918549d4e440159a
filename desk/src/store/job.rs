//! Jobs of collective service (集体代办), and the people of each in the order of its list.

use super::{Connection, Page, Rows, from_json, from_word, parse_column, to_json, to_word, total};
use crate::error::DeskError;
use rules::{
    At, Day, StaffNumber,
    digest::Digest,
    institution::{InstitutionKind, JobPersonState, JobState, RosterId},
    life::{Action, Serial, Standing},
    person::{IdNumber, Name},
};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

/// Why somebody was not served, or a row was not taken: an entry of the catalogue, as it was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Stable code of the failure, as in the catalogue.
    pub code: String,
    /// The sentence in Chinese.
    pub zh: String,
    /// The sentence in English.
    pub en: String,
}

/// A row of the file that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrongLine {
    /// Line of the file, from 1.
    pub line: u32,
    /// Why it was not taken.
    pub why: Reason,
}

/// The code somebody had when they were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeSoFar {
    /// What it was worth that day.
    pub standing: Standing,
    /// Its last valid day.
    pub valid_through: Day,
}

/// A job of collective service: an agent, an institution and the people of a list (I5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Identifier of the job.
    pub id: Uuid,
    /// Institution and roster, as the centre named them.
    pub roster: RosterId,
    /// Name of the institution.
    pub name: String,
    /// What the institution is.
    pub kind: InstitutionKind,
    /// ID number of its agent, read from the card.
    pub agent_number: IdNumber,
    /// Name of its agent.
    pub agent_name: Name,
    /// Case of the visit.
    pub case_number: String,
    /// Who began it.
    pub operator: StaffNumber,
    /// How far it is.
    pub state: JobState,
    /// Pages of the consent list.
    pub consent: Vec<Digest>,
    /// Rows of the file that were not taken.
    pub wrong: Vec<WrongLine>,
    /// When it was made.
    pub made_at: At,
}

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

/// How many people of a job are how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// People of the list, served or not.
    pub people: u32,
    /// Looked up for the preview, or refused before.
    pub looked_at: u32,
    /// Not served yet.
    pub waiting: u32,
    /// People who got a code in this job.
    pub issued: u32,
    /// People for whom no code can be made.
    pub refused: u32,
}

#[derive(FromRow)]
struct JobRow {
    id: String,
    institution: String,
    list: String,
    name: String,
    kind: String,
    agent_number: String,
    agent_name: String,
    case_number: String,
    operator: String,
    state: String,
    consent: String,
    wrong: String,
    made_at: i64,
}

impl JobRow {
    fn read(self) -> Result<Job, DeskError> {
        Ok(Job {
            id: parse_column(&self.id)?,
            roster: RosterId {
                institution: parse_column(&self.institution)?,
                list: parse_column(&self.list)?,
            },
            name: self.name,
            kind: from_word(&self.kind)?,
            agent_number: number(&self.agent_number)?,
            agent_name: from_word(&self.agent_name)?,
            case_number: self.case_number,
            operator: parse_column(&self.operator)?,
            state: from_word(&self.state)?,
            consent: from_json(&self.consent)?,
            wrong: from_json(&self.wrong)?,
            made_at: At(self.made_at),
        })
    }
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

const JOB: &str =
    "SELECT id, institution, list, name, kind, agent_number, agent_name, case_number, operator, state,
     consent, wrong, made_at FROM job";
const PERSON: &str =
    "SELECT position, line, number, name, state, looked_at, action, code_so_far, reason, case_number,
     serial, photo FROM job_person";

fn number(text: &str) -> Result<IdNumber, DeskError> {
    IdNumber::parse(text).map_err(|_| DeskError::DatabaseDamaged)
}

/// Writes a new job with its people.
pub(crate) async fn put(
    connection: &mut Connection,
    job: &Job,
    people: &[JobPerson],
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO job (id, institution, list, name, kind, agent_number, agent_name, case_number, operator, state,
             consent, wrong, made_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?13, ?13)",
    )
    .bind(job.id.to_string())
    .bind(job.roster.institution.to_string())
    .bind(job.roster.list.to_string())
    .bind(&job.name)
    .bind(to_word(&job.kind)?)
    .bind(job.agent_number.expose())
    .bind(job.agent_name.expose())
    .bind(&job.case_number)
    .bind(job.operator.as_str())
    .bind(to_word(&job.state)?)
    .bind(to_json(&job.consent)?)
    .bind(to_json(&job.wrong)?)
    .bind(job.made_at.0)
    .execute(&mut *connection)
    .await?;
    for person in people {
        sqlx::query(
            "INSERT INTO job_person (job, position, line, number, name, state, reason)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(job.id.to_string())
        .bind(person.position)
        .bind(person.line)
        .bind(person.number.expose())
        .bind(person.name.expose())
        .bind(to_word(&person.state)?)
        .bind(person.reason.as_ref().map(to_json).transpose()?)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Returns a job; [`DeskError::JobUnknown`] if there is none.
pub(crate) async fn get(connection: &mut Connection, id: Uuid) -> Result<Job, DeskError> {
    let row: Option<JobRow> = sqlx::query_as(&format!("{JOB} WHERE id = ?"))
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?;
    row.ok_or(DeskError::JobUnknown)?.read()
}

/// Returns the newest jobs, newest first.
pub(crate) async fn newest(connection: &mut Connection) -> Result<Vec<Job>, DeskError> {
    let rows: Vec<JobRow> =
        sqlx::query_as(&format!("{JOB} ORDER BY made_at DESC LIMIT 50")).fetch_all(connection).await?;
    rows.into_iter().map(JobRow::read).collect()
}

/// Puts aside what the program left running when it ended.
pub(crate) async fn pause_left_running(connection: &mut Connection) -> Result<(), DeskError> {
    sqlx::query("UPDATE job SET state = 'paused' WHERE state = 'running'").execute(connection).await?;
    Ok(())
}

/// Changes the state of a job.
pub(crate) async fn put_state(
    connection: &mut Connection,
    id: Uuid,
    state: JobState,
    at: At,
) -> Result<(), DeskError> {
    sqlx::query("UPDATE job SET state = ?, changed_at = ? WHERE id = ?")
        .bind(to_word(&state)?)
        .bind(at.0)
        .bind(id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Adds a page to the consent list.
pub(crate) async fn put_consent(
    connection: &mut Connection,
    id: Uuid,
    consent: &[Digest],
    at: At,
) -> Result<(), DeskError> {
    sqlx::query("UPDATE job SET consent = ?, changed_at = ? WHERE id = ?")
        .bind(to_json(&consent)?)
        .bind(at.0)
        .bind(id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Leaves out who was not served yet.
pub(crate) async fn leave_out_waiting(connection: &mut Connection, id: Uuid) -> Result<(), DeskError> {
    sqlx::query("UPDATE job_person SET state = 'cancelled' WHERE job = ? AND state = 'waiting'")
        .bind(id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

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

/// Counts the people of a job.
pub(crate) async fn counts(connection: &mut Connection, id: Uuid) -> Result<JobCounts, DeskError> {
    let (people, looked_at, waiting, issued, refused): (i64, i64, i64, i64, i64) = sqlx::query_as(
        "SELECT count(*), count(*) FILTER (WHERE looked_at OR state <> 'waiting'),
             count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'issued'),
             count(*) FILTER (WHERE state = 'refused') FROM job_person WHERE job = ?",
    )
    .bind(id.to_string())
    .fetch_one(connection)
    .await?;
    Ok(JobCounts {
        people: total(people),
        looked_at: total(looked_at),
        waiting: total(waiting),
        issued: total(issued),
        refused: total(refused),
    })
}
