//! The state of a code at this desk. It is computed from [`Moves`], never set.

use super::{LocalCode, get, moves::Moves, of_citizen};
use crate::{
    error::DeskError,
    store::{Connection, from_word, operation, operation_number::number, parse_column, to_column, to_word},
};
use rules::{
    At,
    life::{Code, CodeState, Serial},
    op::{CitizenRef, OpBody, Operation},
    wire::CitizenView,
};

/// Records that an operation of this desk moves a code.
pub(crate) async fn change(
    connection: &mut Connection,
    operation: &Operation,
    serial: Serial,
    becomes: CodeState,
    at: At,
) -> Result<(), DeskError> {
    sqlx::query("INSERT INTO code_change (serial, n, becomes) VALUES (?, ?, ?)")
        .bind(serial.to_string())
        .bind(number(operation.epoch, operation.seq)?)
        .bind(to_word(&becomes)?)
        .execute(&mut *connection)
        .await?;
    compute(connection, serial, |_| {}, at).await
}

/// Confirms an operation that the centre applied, with its new code. A loss and a void did at the
/// centre what they did here. An issue and an approval (P1) may have met other codes there: what
/// they moved stays moved until a view tells.
pub(crate) async fn confirm(
    connection: &mut Connection,
    operation: &Operation,
    at: At,
) -> Result<(), DeskError> {
    sqlx::query("UPDATE code SET provisional = 0, changed_at = ? WHERE epoch = ? AND seq = ?")
        .bind(at.0)
        .bind(operation.epoch)
        .bind(to_column(operation.seq)?)
        .execute(&mut *connection)
        .await?;
    if ends_for_certain(&operation.body) {
        for (serial, becomes) in take_out(&mut *connection, operation).await? {
            compute(&mut *connection, serial, |moves| moves.tell(becomes), at).await?;
        }
    }
    Ok(())
}

/// Returns whether the centre, having applied the operation, has done to the code what this desk
/// did.
pub const fn ends_for_certain(body: &OpBody) -> bool {
    matches!(body, OpBody::ReportLoss { .. } | OpBody::Void { .. })
}

/// Undoes a refused operation: its new code is void for good, what it moved is moved by the others
/// alone, and the day is free again (L4) unless another issue used it up.
pub(crate) async fn undo(
    connection: &mut Connection,
    operation: &Operation,
    frees_day: bool,
    at: At,
) -> Result<(), DeskError> {
    void_made_by(&mut *connection, (operation.epoch, operation.seq), frees_day, at).await?;
    for (serial, _) in take_out(&mut *connection, operation).await? {
        compute(&mut *connection, serial, |_| {}, at).await?;
    }
    Ok(())
}

/// Voids the code that an operation made. What the operation ended stays ended.
pub(crate) async fn void_made_by(
    connection: &mut Connection,
    (epoch, seq): (u32, u64),
    frees_day: bool,
    at: At,
) -> Result<(), DeskError> {
    let made: Option<(String,)> = sqlx::query_as(
        "UPDATE code SET provisional = 0, counts_for = CASE WHEN ?3 THEN NULL ELSE counts_for END
         WHERE epoch = ?1 AND seq = ?2 RETURNING serial",
    )
    .bind(epoch)
    .bind(to_column(seq)?)
    .bind(frees_day)
    .fetch_optional(&mut *connection)
    .await?;
    match made {
        Some((serial,)) => {
            compute(connection, parse_column(&serial)?, |moves| moves.tell(CodeState::Voided), at).await
        }
        None => Ok(()),
    }
}

/// Ends what an operation ends that the centre refused once and has applied now. The centre sends
/// no news of it: this desk has done it. The code an issue made stays void.
pub(crate) async fn end_again(
    connection: &mut Connection,
    operation: &Operation,
    at: At,
) -> Result<(), DeskError> {
    let (serial, state) = match &operation.body {
        OpBody::ReportLoss { serial, .. } => (*serial, CodeState::Lost),
        OpBody::Void { serial, .. } => (*serial, CodeState::Voided),
        OpBody::Issue { .. } => return supersede(connection, operation, at).await,
        _ => return Ok(()),
    };
    match get(&mut *connection, serial).await? {
        Some(_) => compute(connection, serial, |moves| moves.tell(state), at).await,
        None => Ok(()),
    }
}

/// Supersedes the live codes that were issued before an issue. They stay so until a view tells.
async fn supersede(connection: &mut Connection, issue: &Operation, at: At) -> Result<(), DeskError> {
    let of = (issue.epoch, issue.seq);
    let Some(citizen_ref) = operation::citizen_ref(&mut *connection, of).await? else { return Ok(()) };
    for LocalCode { code, .. } in of_citizen(&mut *connection, &citizen_ref, &[]).await? {
        if code.state == CodeState::Live && code.issued_at < issue.business_at() {
            change(&mut *connection, issue, code.serial, CodeState::Superseded, at).await?;
        }
    }
    Ok(())
}

/// Takes in the centre's state of a code. Whose a code without a row here is, the next view that
/// names it tells.
pub(crate) async fn tell(connection: &mut Connection, word: &Code, at: At) -> Result<(), DeskError> {
    match get(&mut *connection, word.serial).await? {
        Some(_) => tell_known(connection, word, at).await,
        None => super::put_seen(connection, None, word, at).await,
    }
}

/// Returns the operations on a citizen's codes that are decided. A view that is asked for after
/// they are read here shows what came of them.
pub(crate) async fn decided_operations(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
) -> Result<Vec<i64>, DeskError> {
    let rows: Vec<(i64,)> = sqlx::query_as(
        "SELECT DISTINCT h.n FROM code c JOIN code_change h USING (serial)
         WHERE c.citizen_ref = ? AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.n = h.n)",
    )
    .bind(citizen_ref.to_string())
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|(n,)| n).collect())
}

/// Takes in the registry's view, which tells the state of all codes of a citizen and what came of
/// the operations in `decided`. A code without a row here needs none.
pub(crate) async fn tell_all(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
    view: &CitizenView,
    decided: &[i64],
    at: At,
) -> Result<(), DeskError> {
    super::put_holder(&mut *connection, citizen_ref, &view.codes).await?;
    for known in of_citizen(&mut *connection, citizen_ref, &[]).await? {
        let Some(word) = view.codes.iter().find(|word| word.serial == known.code.serial) else { continue };
        for n in decided {
            sqlx::query("DELETE FROM code_change WHERE serial = ? AND n = ?")
                .bind(word.serial.to_string())
                .bind(n)
                .execute(&mut *connection)
                .await?;
        }
        tell_known(&mut *connection, word, at).await?;
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
    compute(connection, word.serial, |moves| moves.tell(word.state), at).await
}

/// Hands the moves of an operation over to its successor in a new enrolment.
pub(super) async fn hand_over(
    connection: &mut Connection,
    old: i64,
    new: &Operation,
) -> Result<(), DeskError> {
    sqlx::query(
        "UPDATE code_change SET n = ?2 WHERE n = ?1 AND serial IN
             (SELECT serial FROM code WHERE citizen_ref = (SELECT citizen_ref FROM operation WHERE n = ?2))",
    )
    .bind(old)
    .bind(number(new.epoch, new.seq)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes an operation out of those that move codes. Returns which it moved, and to what.
async fn take_out(
    connection: &mut Connection,
    operation: &Operation,
) -> Result<Vec<(Serial, CodeState)>, DeskError> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "DELETE FROM code_change WHERE n = ?1 AND serial IN
             (SELECT serial FROM code WHERE citizen_ref = (SELECT citizen_ref FROM operation WHERE n = ?1))
         RETURNING serial, becomes",
    )
    .bind(number(operation.epoch, operation.seq)?)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|(serial, becomes)| Ok((parse_column(&serial)?, from_word(&becomes)?))).collect()
}

/// Computes a state after its base or the operations on it have changed. Nothing else writes
/// either.
async fn compute(
    connection: &mut Connection,
    serial: Serial,
    told: impl FnOnce(&mut Moves),
    at: At,
) -> Result<(), DeskError> {
    let base: Option<(String,)> = sqlx::query_as("SELECT base FROM code WHERE serial = ?")
        .bind(serial.to_string())
        .fetch_optional(&mut *connection)
        .await?;
    let (base,) = base.ok_or(DeskError::CodeUnknown)?;
    let rows: Vec<(i64, String)> =
        sqlx::query_as("SELECT n, becomes FROM code_change WHERE serial = ? ORDER BY n")
            .bind(serial.to_string())
            .fetch_all(&mut *connection)
            .await?;
    let operations = rows.into_iter().map(|(n, becomes)| Ok((n, from_word(&becomes)?)));
    let mut moves =
        Moves { base: from_word(&base)?, operations: operations.collect::<Result<_, DeskError>>()? };
    told(&mut moves);
    sqlx::query(
        "UPDATE code SET base = ?2, state = ?3, changed_at = ?4
         WHERE serial = ?1 AND (base != ?2 OR state != ?3)",
    )
    .bind(serial.to_string())
    .bind(to_word(&moves.base)?)
    .bind(to_word(&moves.state())?)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}
