//! Prints: what was asked for, what spooler and printer said, what the clerk confirmed in hand.
//! Three facts, kept apart.

use super::{Connection, from_word, instant, parse_column, to_word};
use crate::{clock::Reading, error::DeskError};
use rules::{At, Day, StaffNumber, life::Serial, window::Paper};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

/// What the clerk has in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InHand {
    /// 完好
    Good,
    /// 废页
    Spoilt,
}

/// One print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrintJob {
    /// Identifies the print in audit and page.
    pub id: Uuid,
    /// Number of the case.
    pub case_number: Option<String>,
    /// Code on it, for sheets.
    pub serial: Option<Serial>,
    /// Kind of paper.
    pub paper: Paper,
    /// Who asked for it.
    pub operator: StaffNumber,
    /// When it was asked for.
    pub asked_at: At,
    /// IPP job state, as last heard.
    pub spooler_state: Option<String>,
    /// IPP reasons of job and printer, as last heard.
    pub reasons: Option<String>,
    /// What the clerk confirmed in hand.
    pub confirmed: Option<InHand>,
    /// Instant of the request.
    pub confirmed_at: Option<At>,
}

/// A print to be asked for.
#[derive(Clone, Copy, Debug)]
pub struct NewPrint<'a> {
    /// Number of the case.
    pub case_number: Option<&'a str>,
    /// Code on it, for sheets.
    pub serial: Option<Serial>,
    /// Kind of paper.
    pub paper: Paper,
}

pub(crate) async fn ask(
    connection: &mut Connection,
    reading: &Reading,
    operator: &StaffNumber,
    new: &NewPrint<'_>,
) -> Result<Uuid, DeskError> {
    let id = Uuid::now_v7();
    sqlx::query(
        "INSERT INTO print_job (id, case_number, serial, paper, operator, asked_at, day) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id.to_string())
    .bind(new.case_number)
    .bind(new.serial.map(|serial| serial.to_string()))
    .bind(to_word(&new.paper)?)
    .bind(operator.as_str())
    .bind(reading.at.0)
    .bind(reading.at.day().to_string())
    .execute(connection)
    .await?;
    Ok(id)
}

/// Records what spooler and printer said.
pub(crate) async fn put_state(
    connection: &mut Connection,
    id: Uuid,
    state: &str,
    reasons: &str,
) -> Result<(), DeskError> {
    let done = sqlx::query("UPDATE print_job SET spooler_state = ?, reasons = ? WHERE id = ?")
        .bind(state)
        .bind(reasons)
        .bind(id.to_string())
        .execute(connection)
        .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(DeskError::PrintUnknown) }
}

/// Records what the clerk confirmed. `false`: confirmed the same way before.
pub(crate) async fn confirm(
    connection: &mut Connection,
    id: Uuid,
    in_hand: InHand,
    at: At,
) -> Result<bool, DeskError> {
    let job = get(&mut *connection, id).await?.ok_or(DeskError::PrintUnknown)?;
    if job.confirmed == Some(in_hand) {
        return Ok(false);
    }
    sqlx::query("UPDATE print_job SET confirmed = ?, confirmed_at = ? WHERE id = ?")
        .bind(to_word(&in_hand)?)
        .bind(at.0)
        .bind(id.to_string())
        .execute(connection)
        .await?;
    Ok(true)
}

const SELECT: &str =
    "SELECT id, case_number, serial, paper, operator, asked_at, spooler_state, reasons, confirmed,
     confirmed_at FROM print_job";

#[derive(FromRow)]
struct PrintRow {
    id: String,
    case_number: Option<String>,
    serial: Option<String>,
    paper: String,
    operator: String,
    asked_at: i64,
    spooler_state: Option<String>,
    reasons: Option<String>,
    confirmed: Option<String>,
    confirmed_at: Option<i64>,
}

impl PrintRow {
    fn read(self) -> Result<PrintJob, DeskError> {
        Ok(PrintJob {
            id: parse_column(&self.id)?,
            case_number: self.case_number,
            serial: self.serial.as_deref().map(parse_column).transpose()?,
            paper: from_word(&self.paper)?,
            operator: parse_column(&self.operator)?,
            asked_at: At(self.asked_at),
            spooler_state: self.spooler_state,
            reasons: self.reasons,
            confirmed: self.confirmed.as_deref().map(from_word).transpose()?,
            confirmed_at: instant(self.confirmed_at),
        })
    }
}

pub(crate) async fn get(connection: &mut Connection, id: Uuid) -> Result<Option<PrintJob>, DeskError> {
    let row: Option<PrintRow> = sqlx::query_as(&format!("{SELECT} WHERE id = ?"))
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?;
    row.map(PrintRow::read).transpose()
}

/// Returns the prints of a code's sheets, oldest first.
pub(crate) async fn of_serial(
    connection: &mut Connection,
    serial: Serial,
) -> Result<Vec<PrintJob>, DeskError> {
    let rows: Vec<PrintRow> =
        sqlx::query_as(&format!("{SELECT} WHERE serial = ? AND paper = 'sheet' ORDER BY asked_at"))
            .bind(serial.to_string())
            .fetch_all(connection)
            .await?;
    rows.into_iter().map(PrintRow::read).collect()
}

/// Returns the prints asked for on a day, oldest first.
pub(crate) async fn of_day(connection: &mut Connection, day: Day) -> Result<Vec<PrintJob>, DeskError> {
    let rows: Vec<PrintRow> = sqlx::query_as(&format!("{SELECT} WHERE day = ? ORDER BY asked_at"))
        .bind(day.to_string())
        .fetch_all(connection)
        .await?;
    rows.into_iter().map(PrintRow::read).collect()
}
