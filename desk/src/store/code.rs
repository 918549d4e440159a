//! Codes this desk issued or changed, and those the centre told it of. [`state`] says what state
//! each is in.

pub mod moves;
pub mod state;

use super::{
    Connection, from_column, from_word, operation_number::number, parse_column, to_column, to_json, to_word,
};
use crate::error::DeskError;
use rules::{
    At, Day,
    life::{Code, Serial},
    op::{CitizenRef, Operation},
    person::IdNumber,
};
use sqlx::FromRow;
use uuid::Uuid;

/// A code with what only this desk knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalCode {
    /// Reference of the citizen; `None` = only the centre has told of the code.
    pub citizen_ref: Option<CitizenRef>,
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

const COLUMNS: &str =
    "c.serial, c.citizen_ref, c.state, c.issued_at, c.valid_through, c.provisional, c.copies,
     c.counts_for, c.case_number, c.payload, c.correction, c.seq,
     EXISTS (SELECT 1 FROM outbox o WHERE o.n = (c.epoch << 32 | c.seq))
     OR EXISTS (SELECT 1 FROM code_change h CROSS JOIN outbox o ON o.n = h.n WHERE h.serial = c.serial) AS waits";

#[derive(FromRow)]
struct CodeRow {
    serial: String,
    citizen_ref: Option<String>,
    state: String,
    issued_at: i64,
    valid_through: String,
    provisional: bool,
    copies: i64,
    counts_for: Option<String>,
    case_number: Option<String>,
    payload: Option<String>,
    correction: Option<String>,
    seq: Option<i64>,
    waits: bool,
}

impl CodeRow {
    fn read(self) -> Result<LocalCode, DeskError> {
        Ok(LocalCode {
            citizen_ref: self.citizen_ref.as_deref().map(parse_column).transpose()?,
            code: Code {
                serial: parse_column(&self.serial)?,
                state: from_word(&self.state)?,
                issued_at: At(self.issued_at),
                valid_through: parse_column(&self.valid_through)?,
                provisional: self.provisional,
                copies: u32::try_from(self.copies).map_err(|_| DeskError::DatabaseDamaged)?,
            },
            counts_for: self.counts_for.as_deref().map(parse_column).transpose()?,
            case_number: self.case_number,
            payload: self.payload,
            correction: self.correction.as_deref().map(parse_column).transpose()?,
            seq: self.seq.map(from_column).transpose()?,
            waits: self.waits,
        })
    }
}

/// Returns all codes of a citizen known here, oldest first: those filed under the citizen, and of
/// those the centre has told of without saying whose they are, the ones in `seen`.
pub(crate) async fn of_citizen(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
    seen: &[Code],
) -> Result<Vec<LocalCode>, DeskError> {
    let rows: Vec<CodeRow> = sqlx::query_as(&format!(
        "SELECT {COLUMNS} FROM code c WHERE c.citizen_ref = ?1
             OR c.serial IN (SELECT value FROM json_each(?2)) AND c.citizen_ref IS NULL ORDER BY c.issued_at"
    ))
    .bind(citizen_ref.to_string())
    .bind(serials(seen)?)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(CodeRow::read).collect()
}

/// Notes whose codes these are, where that was not known.
async fn put_holder(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
    codes: &[Code],
) -> Result<(), DeskError> {
    sqlx::query(
        "UPDATE code SET citizen_ref = ?1
         WHERE serial IN (SELECT value FROM json_each(?2)) AND citizen_ref IS NULL",
    )
    .bind(citizen_ref.to_string())
    .bind(serials(codes)?)
    .execute(connection)
    .await?;
    Ok(())
}

fn serials(codes: &[Code]) -> Result<String, DeskError> {
    to_json(&codes.iter().map(|code| code.serial).collect::<Vec<_>>())
}

pub(crate) async fn get(connection: &mut Connection, serial: Serial) -> Result<Option<LocalCode>, DeskError> {
    let row: Option<CodeRow> = sqlx::query_as(&format!("SELECT {COLUMNS} FROM code c WHERE c.serial = ?"))
        .bind(serial.to_string())
        .fetch_optional(connection)
        .await?;
    row.map(CodeRow::read).transpose()
}

/// Returns the code that was issued in a case, whatever became of it.
pub(crate) async fn issued_in(
    connection: &mut Connection,
    case_number: &str,
) -> Result<Option<LocalCode>, DeskError> {
    let row: Option<CodeRow> =
        sqlx::query_as(&format!("SELECT {COLUMNS} FROM code c WHERE c.case_number = ? LIMIT 1"))
            .bind(case_number)
            .fetch_optional(connection)
            .await?;
    row.map(CodeRow::read).transpose()
}

/// Writes a code down that the centre has told of, in a view or as news. One that has a row here
/// keeps it.
pub(crate) async fn put_seen(
    connection: &mut Connection,
    citizen_ref: Option<&CitizenRef>,
    code: &Code,
    at: At,
) -> Result<(), DeskError> {
    let state = to_word(&code.state)?;
    sqlx::query(
        "INSERT INTO code (serial, citizen_ref, base, state, issued_at, valid_through, provisional, copies, changed_at)
         VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (serial) DO UPDATE SET copies = max(copies, excluded.copies),
             citizen_ref = ifnull(citizen_ref, excluded.citizen_ref)",
    )
    .bind(code.serial.to_string())
    .bind(citizen_ref.map(ToString::to_string))
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

/// Returns the number of a code's holder, from what was done with the code here or the last view of
/// the holder; `None` once neither is kept.
pub(crate) async fn holder_number(
    connection: &mut Connection,
    serial: Serial,
    case_number: Option<&str>,
) -> Result<Option<IdNumber>, DeskError> {
    let (of_operation, of_view): (Option<String>, Option<String>) = sqlx::query_as(
        "SELECT (SELECT p.record ->> '$.citizen' FROM operation p
                 WHERE p.n = (c.epoch << 32 | c.seq) OR p.case_number = ?2 AND p.citizen_ref = c.citizen_ref
                 ORDER BY p.record IS NULL LIMIT 1),
                (SELECT v.view ->> '$.number' FROM citizen v WHERE v.citizen_ref = c.citizen_ref)
         FROM (SELECT 1) LEFT JOIN code c ON c.serial = ?1",
    )
    .bind(serial.to_string())
    .bind(case_number)
    .fetch_one(connection)
    .await?;
    of_operation.or(of_view).as_deref().map(parse_number).transpose()
}

fn parse_number(text: &str) -> Result<IdNumber, DeskError> {
    IdNumber::parse(text).map_err(|_| DeskError::DatabaseDamaged)
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
