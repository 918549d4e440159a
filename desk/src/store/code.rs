//! Codes this desk issued or changed, and those the centre told it of. [`state`] says what state
//! each is in.

pub mod moves;
pub mod state;

use super::{Connection, from_word, number::number, to_column, to_word};
use crate::error::DeskError;
use rules::{
    At, Day,
    life::{Code, Serial},
    op::{CitizenRef, Operation},
};
use uuid::Uuid;

/// A code with what only this desk knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalCode {
    /// Reference of the citizen.
    pub citizen_ref: CitizenRef,
    /// The code.
    pub code: Code,
    /// The day it used up (L3).
    pub counts_for: Option<Day>,
    /// Case it was issued in.
    pub case_number: Option<String>,
    /// Text of the symbol, if it was signed here.
    pub payload: Option<String>,
    /// The correction it was issued for (`replace`).
    pub correction: Option<Uuid>,
    /// Operation that issued it, if this desk did.
    pub seq: Option<u64>,
    /// Operations that changed it still wait for the centre.
    pub waits: bool,
}

type Columns = (
    (String, String, String, i64, String, bool),
    (i64, Option<String>, Option<String>, Option<String>, Option<String>, Option<i64>, bool),
);

const COLUMNS: &str =
    "c.serial, c.citizen_ref, c.state, c.issued_at, c.valid_through, c.provisional, c.copies,
     c.counts_for, c.case_number, c.payload, c.correction, c.seq,
     EXISTS (SELECT 1 FROM outbox o WHERE o.n = (c.epoch << 32 | c.seq))
     OR EXISTS (SELECT 1 FROM code_change h CROSS JOIN outbox o ON o.n = h.n WHERE h.serial = c.serial)";

fn day(text: &str) -> Result<Day, DeskError> {
    text.parse().map_err(|_| DeskError::DatabaseDamaged)
}

fn local(
    ((serial, citizen, state, issued_at, through, provisional), rest): Columns,
) -> Result<LocalCode, DeskError> {
    let (copies, counts_for, case_number, payload, correction, seq, waits) = rest;
    Ok(LocalCode {
        citizen_ref: super::parse_column(&citizen)?,
        code: Code {
            serial: Serial::try_from(serial).map_err(|_| DeskError::DatabaseDamaged)?,
            state: from_word(&state)?,
            issued_at: At(issued_at),
            valid_through: day(&through)?,
            provisional,
            copies: u32::try_from(copies).map_err(|_| DeskError::DatabaseDamaged)?,
        },
        counts_for: counts_for.as_deref().map(day).transpose()?,
        case_number,
        payload,
        correction: correction
            .map(|id| Uuid::try_parse(&id))
            .transpose()
            .map_err(|_| DeskError::DatabaseDamaged)?,
        seq: seq.map(super::from_column).transpose()?,
        waits,
    })
}

fn columns(row: &sqlx::sqlite::SqliteRow) -> Result<Columns, sqlx::Error> {
    use sqlx::Row;
    Ok((
        (
            row.try_get(0)?,
            row.try_get(1)?,
            row.try_get(2)?,
            row.try_get(3)?,
            row.try_get(4)?,
            row.try_get(5)?,
        ),
        (
            row.try_get(6)?,
            row.try_get(7)?,
            row.try_get(8)?,
            row.try_get(9)?,
            row.try_get(10)?,
            row.try_get(11)?,
            row.try_get(12)?,
        ),
    ))
}

/// Returns all codes of a citizen known here, oldest first.
pub(crate) async fn of_citizen(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
) -> Result<Vec<LocalCode>, DeskError> {
    let rows =
        sqlx::query(&format!("SELECT {COLUMNS} FROM code c WHERE c.citizen_ref = ? ORDER BY c.issued_at"))
            .bind(citizen_ref.to_string())
            .fetch_all(connection)
            .await?;
    rows.iter().map(|row| local(columns(row)?)).collect()
}

pub(crate) async fn get(connection: &mut Connection, serial: Serial) -> Result<Option<LocalCode>, DeskError> {
    let row = sqlx::query(&format!("SELECT {COLUMNS} FROM code c WHERE c.serial = ?"))
        .bind(serial.to_string())
        .fetch_optional(connection)
        .await?;
    row.map(|row| local(columns(&row)?)).transpose()
}

/// Writes a code down that is known from the registry's view. One that has a row here keeps it.
pub(crate) async fn put_seen(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
    code: &Code,
    at: At,
) -> Result<(), DeskError> {
    let state = to_word(&code.state)?;
    sqlx::query(
        "INSERT INTO code (serial, citizen_ref, base, state, issued_at, valid_through, provisional, copies, changed_at)
         VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (serial) DO UPDATE SET copies = max(copies, excluded.copies)",
    )
    .bind(code.serial.to_string())
    .bind(citizen_ref.to_string())
    .bind(state)
    .bind(code.issued_at.0)
    .bind(code.valid_through.to_string())
    .bind(code.provisional)
    .bind(code.copies)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Where a new code comes from.
pub(crate) struct Origin<'a> {
    pub(crate) epoch: u32,
    pub(crate) seq: u64,
    pub(crate) case_number: Option<&'a str>,
    pub(crate) payload: &'a str,
    pub(crate) counts_for: Option<Day>,
    pub(crate) correction: Option<Uuid>,
}

/// Writes a code down that was issued here.
pub(crate) async fn put_issued(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
    code: &Code,
    origin: &Origin<'_>,
    at: At,
) -> Result<(), DeskError> {
    let state = to_word(&code.state)?;
    sqlx::query(
        "INSERT INTO code (serial, citizen_ref, base, state, issued_at, valid_through, provisional, copies, changed_at,
             epoch, seq, case_number, payload, counts_for, correction)
         VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )
    .bind(code.serial.to_string())
    .bind(citizen_ref.to_string())
    .bind(state)
    .bind(code.issued_at.0)
    .bind(code.valid_through.to_string())
    .bind(code.provisional)
    .bind(code.copies)
    .bind(at.0)
    .bind(origin.epoch)
    .bind(to_column(origin.seq)?)
    .bind(origin.case_number)
    .bind(origin.payload)
    .bind(origin.counts_for.map(|day| day.to_string()))
    .bind(origin.correction.map(|id| id.to_string()))
    .execute(connection)
    .await?;
    Ok(())
}

/// Counts one more copy.
pub(crate) async fn count_copy(connection: &mut Connection, serial: Serial, at: At) -> Result<(), DeskError> {
    sqlx::query("UPDATE code SET copies = copies + 1, changed_at = ? WHERE serial = ?")
        .bind(at.0)
        .bind(serial.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Hands an operation that was never received over to a new enrolment: what it made and changed
/// goes with it.
pub(crate) async fn hand_over(
    connection: &mut Connection,
    (epoch, seq): (u32, u64),
    new: &Operation,
) -> Result<(), DeskError> {
    sqlx::query("UPDATE code SET epoch = ?, seq = ? WHERE epoch = ? AND seq = ?")
        .bind(new.epoch)
        .bind(to_column(new.seq)?)
        .bind(epoch)
        .bind(to_column(seq)?)
        .execute(&mut *connection)
        .await?;
    state::hand_over(connection, number(epoch, seq)?, new).await
}

#[cfg(test)]
mod tests;
