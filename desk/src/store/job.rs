//! Jobs of collective service (集体代办).

mod person;

pub use person::JobPerson;
pub(crate) use person::{everybody, next_waiting, people, person, put_person};

use super::{Connection, from_json, from_word, parse_column, to_json, to_word, total};
use crate::error::DeskError;
use rules::{
    At, Day, StaffNumber,
    digest::Digest,
    institution::{InstitutionKind, JobState, RosterId},
    life::Standing,
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

const JOB: &str =
    "SELECT id, institution, list, name, kind, agent_number, agent_name, case_number, operator, state,
     consent, wrong, made_at FROM job";
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
