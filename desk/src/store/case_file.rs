//! Cases (办件): one citizen at the window, from card to paper; can be put aside and found again.

use super::{Connection, from_word, parse_column, to_word};
use crate::{clock::Reading, error::DeskError};
use rules::{At, Day, StaffNumber, case_number::CaseNumber, op::CitizenRef};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

/// State of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// 办理中
    Open,
    /// 挂起
    Suspended,
    /// 办结
    Closed,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFile {
    /// Case number (办件编号).
    pub case_number: String,
    /// Reference of the citizen, once a card was read.
    pub citizen_ref: Option<CitizenRef>,
    /// Who opened it.
    pub operator: StaffNumber,
    /// Whether it is open, suspended or closed.
    pub state: CaseState,
    /// When it was opened.
    pub opened_at: At,
    /// When it last changed.
    pub changed_at: At,
}

const SELECT: &str = "SELECT case_number, citizen_ref, operator, state, opened_at, changed_at FROM case_file";

#[derive(FromRow)]
struct CaseRow {
    case_number: String,
    citizen_ref: Option<String>,
    operator: String,
    state: String,
    opened_at: i64,
    changed_at: i64,
}

impl CaseRow {
    fn read(self) -> Result<CaseFile, DeskError> {
        Ok(CaseFile {
            case_number: self.case_number,
            citizen_ref: self.citizen_ref.as_deref().map(parse_column).transpose()?,
            operator: parse_column(&self.operator)?,
            state: from_word(&self.state)?,
            opened_at: At(self.opened_at),
            changed_at: At(self.changed_at),
        })
    }
}

pub(crate) async fn open(
    connection: &mut Connection,
    reading: &Reading,
    case_number: &str,
    citizen_ref: Option<&CitizenRef>,
    operator: &StaffNumber,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO case_file (case_number, citizen_ref, operator, state, opened_at, day, changed_at)
         VALUES (?, ?, ?, 'open', ?, ?, ?)",
    )
    .bind(case_number)
    .bind(citizen_ref.map(ToString::to_string))
    .bind(operator.as_str())
    .bind(reading.at.0)
    .bind(reading.at.day().to_string())
    .bind(reading.at.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the last number given to a case of the desk and day that `number` belongs to.
pub(crate) async fn last_of_its_day(
    connection: &mut Connection,
    number: &CaseNumber,
) -> Result<Option<CaseNumber>, DeskError> {
    let (last,): (Option<String>,) = sqlx::query_as(
        "SELECT max(case_number) FROM case_file WHERE case_number > ?1 AND case_number < ?1 || ':'",
    )
    .bind(number.of_desk_and_day())
    .fetch_one(connection)
    .await?;
    last.map(|last| CaseNumber::try_from(last).map_err(|_| DeskError::DatabaseDamaged)).transpose()
}

pub(crate) async fn get(
    connection: &mut Connection,
    case_number: &str,
) -> Result<Option<CaseFile>, DeskError> {
    let row: Option<CaseRow> = sqlx::query_as(&format!("{SELECT} WHERE case_number = ?"))
        .bind(case_number)
        .fetch_optional(connection)
        .await?;
    row.map(CaseRow::read).transpose()
}

/// Returns [`DeskError::CaseUnknown`] if there is no such case. A closed case may still be added
/// to: a loss may be noticed while saying goodbye.
pub(crate) async fn require(connection: &mut Connection, case_number: &str) -> Result<(), DeskError> {
    get(connection, case_number).await?.map(|_| ()).ok_or(DeskError::CaseUnknown)
}

/// Changes the state; [`DeskError::CaseUnknown`] if there is no such case.
pub(crate) async fn put_state(
    connection: &mut Connection,
    case_number: &str,
    state: CaseState,
    at: At,
) -> Result<(), DeskError> {
    let done = sqlx::query("UPDATE case_file SET state = ?, changed_at = ? WHERE case_number = ?")
        .bind(to_word(&state)?)
        .bind(at.0)
        .bind(case_number)
        .execute(connection)
        .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(DeskError::CaseUnknown) }
}

/// Puts aside what the program left open when it ended, before anybody is at work. A case is closed
/// if something was done in it and nothing half typed is left.
pub(crate) async fn leave_open(connection: &mut Connection, at: At) -> Result<(), DeskError> {
    sqlx::query(
        "UPDATE case_file SET changed_at = ?, state = CASE
             WHEN EXISTS (SELECT 1 FROM draft d WHERE d.case_number = case_file.case_number) THEN 'suspended'
             WHEN EXISTS (SELECT 1 FROM operation p WHERE p.case_number = case_file.case_number) THEN 'closed'
             ELSE 'suspended' END
         WHERE state = 'open'",
    )
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns open and suspended cases, all or of one citizen, last changed first.
pub(crate) async fn unfinished(
    connection: &mut Connection,
    citizen_ref: Option<&CitizenRef>,
) -> Result<Vec<CaseFile>, DeskError> {
    let rows: Vec<CaseRow> = sqlx::query_as(&format!("{SELECT} WHERE state IN ('open', 'suspended') AND (?1 IS NULL OR citizen_ref = ?1) ORDER BY changed_at DESC LIMIT 500"))
    .bind(citizen_ref.map(ToString::to_string))
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(CaseRow::read).collect()
}

/// Returns the newest cases whose number contains this text.
pub(crate) async fn with_number(
    connection: &mut Connection,
    part: &str,
    limit: u32,
) -> Result<Vec<CaseFile>, DeskError> {
    let rows: Vec<CaseRow> =
        sqlx::query_as(&format!("{SELECT} WHERE instr(case_number, ?) > 0 ORDER BY opened_at DESC LIMIT ?"))
            .bind(part)
            .bind(limit)
            .fetch_all(connection)
            .await?;
    rows.into_iter().map(CaseRow::read).collect()
}

/// Returns the newest cases of citizens who are still known here.
pub(crate) async fn of_citizens(connection: &mut Connection, limit: u32) -> Result<Vec<CaseFile>, DeskError> {
    let rows: Vec<CaseRow> =
        sqlx::query_as(&format!("{SELECT} WHERE citizen_ref IS NOT NULL ORDER BY opened_at DESC LIMIT ?"))
            .bind(limit)
            .fetch_all(connection)
            .await?;
    rows.into_iter().map(CaseRow::read).collect()
}

/// Returns the cases opened on a day, oldest first.
pub(crate) async fn of_day(connection: &mut Connection, day: Day) -> Result<Vec<CaseFile>, DeskError> {
    let rows: Vec<CaseRow> = sqlx::query_as(&format!("{SELECT} WHERE day = ? ORDER BY opened_at"))
        .bind(day.to_string())
        .fetch_all(connection)
        .await?;
    rows.into_iter().map(CaseRow::read).collect()
}
