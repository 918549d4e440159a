//! Codes this desk issued, and what it knows of those the centre changed.

use super::{Connection, from_json, from_word, to_column, to_json, to_word};
use crate::error::DeskError;
use rules::{
    At, Day,
    life::{Code, CodeState, Serial},
    op::CitizenRef,
};
use uuid::Uuid;

/// A code with what only this desk knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalCode {
    /// Whose.
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
    /// When the row last changed.
    pub changed_at: At,
    /// Operations that changed it still wait for the centre.
    pub waits: bool,
}

type Columns = (
    (String, String, String, i64, String, bool),
    (i64, Option<String>, Option<String>, Option<String>, Option<String>, Option<i64>, i64, bool),
);

const COLUMNS: &str =
    "c.serial, c.citizen_ref, c.state, c.issued_at, c.valid_through, c.provisional, c.copies,
     c.counts_for, c.case_number, c.payload, c.correction, c.seq, c.changed_at,
     EXISTS (SELECT 1 FROM outbox o WHERE o.n = (c.epoch << 32 | c.seq))
     OR EXISTS (SELECT 1 FROM code_change h CROSS JOIN outbox o ON o.n = (h.epoch << 32 | h.seq) WHERE h.serial = c.serial)";

fn day(text: &str) -> Result<Day, DeskError> {
    text.parse().map_err(|_| DeskError::DatabaseDamaged)
}

fn local(
    ((serial, citizen, state, issued_at, through, provisional), rest): Columns,
) -> Result<LocalCode, DeskError> {
    let (copies, counts_for, case_number, payload, correction, seq, changed_at, waits) = rest;
    Ok(LocalCode {
        citizen_ref: CitizenRef(citizen),
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
        changed_at: At(changed_at),
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
            row.try_get(13)?,
        ),
    ))
}

/// All codes of a citizen known here, oldest first.
pub(crate) async fn of_citizen(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
) -> Result<Vec<LocalCode>, DeskError> {
    let rows =
        sqlx::query(&format!("SELECT {COLUMNS} FROM code c WHERE c.citizen_ref = ? ORDER BY c.issued_at"))
            .bind(&citizen_ref.0)
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

/// Writes the code as the centre knows it, or as it is just before an operation changes it. What this desk knows
/// beyond that (payload, case, operation) stays.
pub(crate) async fn put_known(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
    code: &Code,
    at: At,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO code (serial, citizen_ref, state, issued_at, valid_through, provisional, copies, changed_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (serial) DO UPDATE SET state = excluded.state, provisional = excluded.provisional,
             valid_through = excluded.valid_through, copies = max(copies, excluded.copies),
             changed_at = excluded.changed_at",
    )
    .bind(code.serial.to_string())
    .bind(&citizen_ref.0)
    .bind(to_word(&code.state)?)
    .bind(code.issued_at.0)
    .bind(code.valid_through.to_string())
    .bind(code.provisional)
    .bind(code.copies)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps the centre's word on a code for [`take_words`]. The centre says only that a code has ended, and none begins again, so the newest word
/// is the last.
pub(crate) async fn put_word(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
    code: &Code,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO code_word (serial, citizen_ref, code) VALUES (?, ?, ?)
         ON CONFLICT (serial) DO UPDATE SET code = excluded.code",
    )
    .bind(code.serial.to_string())
    .bind(&citizen_ref.0)
    .bind(to_json(code)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes over the centre's words on codes on which no operation of this desk waits any more.
pub(crate) async fn take_words(connection: &mut Connection, at: At) -> Result<(), DeskError> {
    let words: Vec<(String, String)> =
        sqlx::query_as("SELECT citizen_ref, code FROM code_word").fetch_all(&mut *connection).await?;
    for (citizen_ref, code) in words {
        let code: Code = from_json(&code)?;
        if get(&mut *connection, code.serial).await?.is_some_and(|local| local.waits) {
            continue;
        }
        put_known(&mut *connection, &CitizenRef(citizen_ref), &code, at).await?;
        sqlx::query("DELETE FROM code_word WHERE serial = ?")
            .bind(code.serial.to_string())
            .execute(&mut *connection)
            .await?;
    }
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

/// Marks a code as issued here.
pub(crate) async fn put_origin(
    connection: &mut Connection,
    serial: Serial,
    origin: &Origin<'_>,
) -> Result<(), DeskError> {
    sqlx::query(
        "UPDATE code SET epoch = ?, seq = ?, case_number = ?, payload = ?, counts_for = ?, correction = ?
         WHERE serial = ?",
    )
    .bind(origin.epoch)
    .bind(to_column(origin.seq)?)
    .bind(origin.case_number)
    .bind(origin.payload)
    .bind(origin.counts_for.map(|day| day.to_string()))
    .bind(origin.correction.map(|id| id.to_string()))
    .bind(serial.to_string())
    .execute(connection)
    .await?;
    Ok(())
}

/// Changes a state because of an operation and remembers what it was.
pub(crate) async fn change_state(
    connection: &mut Connection,
    (epoch, seq): (u32, u64),
    serial: Serial,
    state: CodeState,
    at: At,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO code_change (epoch, seq, serial, was) SELECT ?, ?, serial, state FROM code WHERE serial = ?",
    )
    .bind(epoch)
    .bind(to_column(seq)?)
    .bind(serial.to_string())
    .execute(&mut *connection)
    .await?;
    set_state(connection, serial, state, at).await
}

async fn set_state(
    connection: &mut Connection,
    serial: Serial,
    state: CodeState,
    at: At,
) -> Result<(), DeskError> {
    let done = sqlx::query("UPDATE code SET state = ?, changed_at = ? WHERE serial = ?")
        .bind(to_word(&state)?)
        .bind(at.0)
        .bind(serial.to_string())
        .execute(connection)
        .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(DeskError::CodeUnknown) }
}

/// One more copy.
pub(crate) async fn count_copy(connection: &mut Connection, serial: Serial, at: At) -> Result<(), DeskError> {
    sqlx::query("UPDATE code SET copies = copies + 1, changed_at = ? WHERE serial = ?")
        .bind(at.0)
        .bind(serial.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// The centre confirmed the operation.
pub(crate) async fn confirm(
    connection: &mut Connection,
    epoch: u32,
    seq: u64,
    at: At,
) -> Result<(), DeskError> {
    sqlx::query("UPDATE code SET provisional = 0, changed_at = ? WHERE epoch = ? AND seq = ?")
        .bind(at.0)
        .bind(epoch)
        .bind(to_column(seq)?)
        .execute(connection)
        .await?;
    Ok(())
}

/// The centre did not take the operation: its new code is void, what it changed is as before, and the day is free
/// again (L4) unless another issue used it up.
pub(crate) async fn undo(
    connection: &mut Connection,
    epoch: u32,
    seq: u64,
    frees_day: bool,
    at: At,
) -> Result<(), DeskError> {
    sqlx::query(
        "UPDATE code SET state = 'voided', provisional = 0, changed_at = ?3,
             counts_for = CASE WHEN ?4 THEN NULL ELSE counts_for END
         WHERE epoch = ?1 AND seq = ?2",
    )
    .bind(epoch)
    .bind(to_column(seq)?)
    .bind(at.0)
    .bind(frees_day)
    .execute(&mut *connection)
    .await?;
    // Only where nothing later changed it again.
    sqlx::query(
        "UPDATE code SET state = h.was, changed_at = ?3 FROM code_change h
         WHERE h.serial = code.serial AND h.epoch = ?1 AND h.seq = ?2
           AND NOT EXISTS (SELECT 1 FROM code_change later WHERE later.serial = code.serial
                             AND (later.epoch, later.seq) > (?1, ?2))",
    )
    .bind(epoch)
    .bind(to_column(seq)?)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// The centre takes an operation that this desk has undone: what it ended is ended. The code it made stays void.
pub(crate) async fn end_again(
    connection: &mut Connection,
    (epoch, seq): (u32, u64),
    state: CodeState,
    at: At,
) -> Result<(), DeskError> {
    sqlx::query(
        "UPDATE code SET state = ?3, changed_at = ?4 WHERE state = ?5
             AND serial IN (SELECT serial FROM code_change WHERE epoch = ?1 AND seq = ?2)",
    )
    .bind(epoch)
    .bind(to_column(seq)?)
    .bind(to_word(&state)?)
    .bind(at.0)
    .bind(to_word(&CodeState::Live)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// The centre refuses an operation that it had taken: its new code is void. What it ended stays ended, for nothing comes to life again.
pub(crate) async fn void_made_by(
    connection: &mut Connection,
    (epoch, seq): (u32, u64),
    frees_day: bool,
    at: At,
) -> Result<(), DeskError> {
    sqlx::query(
        "UPDATE code SET state = CASE state WHEN 'live' THEN 'voided' ELSE state END, provisional = 0, changed_at = ?3,
             counts_for = CASE WHEN ?4 THEN NULL ELSE counts_for END
         WHERE epoch = ?1 AND seq = ?2",
    )
    .bind(epoch)
    .bind(to_column(seq)?)
    .bind(at.0)
    .bind(frees_day)
    .execute(connection)
    .await?;
    Ok(())
}
