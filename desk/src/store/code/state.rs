//! The state of a code at this desk. It is computed, never set: `base` is what the code was when it was first written down
//! here, moved by everything the centre has told of it since; on top come the operations of this desk, each with what the
//! code becomes by it. A refusal takes its operation out again. The base only moves towards the end, so a code the centre
//! has ended stays ended in whichever order its words arrive.

use super::{get, of_citizen};
use crate::{
    error::DeskError,
    store::{Connection, from_word, operation::number, to_column, to_word},
};
use rules::{
    At,
    life::{Code, CodeState, Serial},
    op::{CitizenRef, OpBody, Operation},
    wire::CitizenView,
};

/// An operation of this desk moves a code.
pub(crate) async fn change(
    connection: &mut Connection,
    operation: &Operation,
    serial: Serial,
    becomes: CodeState,
    at: At,
) -> Result<(), DeskError> {
    // The approval of another person's photo (P1) voids what is live and leaves what is lost.
    let moves_lost = !matches!(operation.body, OpBody::CorrectionCommanded { .. });
    sqlx::query("INSERT INTO code_change (serial, n, becomes, moves_lost) VALUES (?, ?, ?, ?)")
        .bind(serial.to_string())
        .bind(number(operation.epoch, operation.seq)?)
        .bind(to_word(&becomes)?)
        .bind(moves_lost)
        .execute(&mut *connection)
        .await?;
    compute(connection, serial, |base| base, at).await
}

/// The centre applied the operation: its new code is confirmed. What it moved stays moved.
pub(crate) async fn applied(
    connection: &mut Connection,
    operation: &Operation,
    at: At,
) -> Result<(), DeskError> {
    sqlx::query("UPDATE code SET provisional = 0, changed_at = ? WHERE epoch = ? AND seq = ?")
        .bind(at.0)
        .bind(operation.epoch)
        .bind(to_column(operation.seq)?)
        .execute(connection)
        .await?;
    Ok(())
}

/// The centre did not take the operation: its new code is void for good, what it moved is moved by the others alone, and
/// the day is free again (L4) unless another issue used it up.
pub(crate) async fn refused(
    connection: &mut Connection,
    operation: &Operation,
    frees_day: bool,
    at: At,
) -> Result<(), DeskError> {
    let made: Option<(String,)> = sqlx::query_as(
        "UPDATE code SET provisional = 0, counts_for = CASE WHEN ?3 THEN NULL ELSE counts_for END
         WHERE epoch = ?1 AND seq = ?2 RETURNING serial",
    )
    .bind(operation.epoch)
    .bind(to_column(operation.seq)?)
    .bind(frees_day)
    .fetch_optional(&mut *connection)
    .await?;
    if let Some((serial,)) = made {
        compute(&mut *connection, parse(serial)?, |base| CodeState::Voided.moved_to(base), at).await?;
    }
    for serial in take_out(&mut *connection, operation).await? {
        compute(&mut *connection, serial, |base| base, at).await?;
    }
    Ok(())
}

/// The centre told of a code.
pub(crate) async fn tell(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
    word: &Code,
    at: At,
) -> Result<(), DeskError> {
    match get(&mut *connection, word.serial).await? {
        Some(_) => tell_known(connection, word, at).await,
        None => super::put_seen(connection, citizen_ref, word, at).await,
    }
}

/// The registry's view tells of all codes of a citizen. Those without a row here need none.
pub(crate) async fn tell_all(
    connection: &mut Connection,
    view: &CitizenView,
    at: At,
) -> Result<(), DeskError> {
    for known in of_citizen(&mut *connection, &view.citizen_ref).await? {
        if let Some(word) = view.codes.iter().find(|word| word.serial == known.code.serial) {
            tell_known(&mut *connection, word, at).await?;
        }
    }
    Ok(())
}

async fn tell_known(connection: &mut Connection, word: &Code, at: At) -> Result<(), DeskError> {
    sqlx::query(
        "UPDATE code SET provisional = min(provisional, ?2), copies = max(copies, ?3)
         WHERE serial = ?1 AND (provisional > ?2 OR copies < ?3)",
    )
    .bind(word.serial.to_string())
    .bind(word.provisional)
    .bind(word.copies)
    .execute(&mut *connection)
    .await?;
    // Of two ends that differ the centre's own word is the right one.
    compute(connection, word.serial, |base| word.state.moved_to(base), at).await
}

/// A new enrolment takes an operation over.
pub(super) async fn carry_over(
    connection: &mut Connection,
    old: i64,
    new: &Operation,
) -> Result<(), DeskError> {
    sqlx::query(
        "UPDATE code_change SET n = ?3
         WHERE n = ?1 AND serial IN (SELECT serial FROM code WHERE citizen_ref = ?2)",
    )
    .bind(old)
    .bind(new.citizen_ref.as_ref().map(|citizen| &citizen.0))
    .bind(number(new.epoch, new.seq)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes an operation out of those that move codes. Returns which it moved.
async fn take_out(connection: &mut Connection, operation: &Operation) -> Result<Vec<Serial>, DeskError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "DELETE FROM code_change
         WHERE n = ?1 AND serial IN (SELECT serial FROM code WHERE citizen_ref = ?2) RETURNING serial",
    )
    .bind(number(operation.epoch, operation.seq)?)
    .bind(operation.citizen_ref.as_ref().map(|citizen| &citizen.0))
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|(serial,)| parse(serial)).collect()
}

/// Computes a state after its base or the operations on it have changed. Nothing else writes it.
async fn compute(
    connection: &mut Connection,
    serial: Serial,
    base: impl FnOnce(CodeState) -> CodeState,
    at: At,
) -> Result<(), DeskError> {
    let before: Option<(String,)> = sqlx::query_as("SELECT base FROM code WHERE serial = ?")
        .bind(serial.to_string())
        .fetch_optional(&mut *connection)
        .await?;
    let (before,) = before.ok_or(DeskError::CodeUnknown)?;
    let base = base(from_word(&before)?);
    let moves: Vec<(String, bool)> =
        sqlx::query_as("SELECT becomes, moves_lost FROM code_change WHERE serial = ? ORDER BY n")
            .bind(serial.to_string())
            .fetch_all(&mut *connection)
            .await?;
    let mut state = base;
    for (becomes, moves_lost) in &moves {
        if *moves_lost || state == CodeState::Live {
            state = state.moved_to(from_word(becomes)?);
        }
    }
    sqlx::query(
        "UPDATE code SET base = ?2, state = ?3, changed_at = ?4
         WHERE serial = ?1 AND (base != ?2 OR state != ?3)",
    )
    .bind(serial.to_string())
    .bind(to_word(&base)?)
    .bind(to_word(&state)?)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

fn parse(serial: String) -> Result<Serial, DeskError> {
    Serial::try_from(serial).map_err(|_| DeskError::DatabaseDamaged)
}
