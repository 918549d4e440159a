//! What is read of the operation log: single operations, and batches for the centre.

use super::{Author, ProvenBatch};
use crate::{
    error::DeskError,
    store::{
        Connection, from_column, from_json,
        operation_number::{number, numbers},
        parse_column,
        session::statement,
    },
};
use rules::{
    authority::SessionProof,
    correction::Digest,
    op::{BATCH_LIMIT, Batch, CitizenRef, Operation},
};
use std::collections::BTreeMap;

/// Returns the operation of the case that has this idempotency key.
pub(crate) async fn by_idempotency_key(
    connection: &mut Connection,
    case_number: Option<&str>,
    idempotency_key: &str,
) -> Result<Option<Operation>, DeskError> {
    let row: Option<(Option<String>,)> =
        sqlx::query_as("SELECT record FROM operation WHERE case_number IS ? AND idempotency_key = ?")
            .bind(case_number)
            .bind(idempotency_key)
            .fetch_optional(connection)
            .await?;
    match row {
        None => Ok(None),
        Some((Some(record),)) => from_json(&record).map(Some),
        // Emptied by retention, days after the request: nobody repeats it that late.
        Some((None,)) => Err(DeskError::CaseUnknown),
    }
}

/// Returns an operation; `None` if there is none or retention has emptied it.
pub(crate) async fn get(
    connection: &mut Connection,
    epoch: u32,
    seq: u64,
) -> Result<Option<Operation>, DeskError> {
    let row: Option<(Option<String>,)> = sqlx::query_as("SELECT record FROM operation WHERE n = ?")
        .bind(number(epoch, seq)?)
        .fetch_optional(connection)
        .await?;
    row.and_then(|(record,)| record).map(|record| from_json(&record)).transpose()
}

/// Returns the reference of the citizen of an operation. Retention keeps it.
pub(crate) async fn citizen_ref(
    connection: &mut Connection,
    (epoch, seq): (u32, u64),
) -> Result<Option<CitizenRef>, DeskError> {
    let row: Option<(Option<String>,)> = sqlx::query_as("SELECT citizen_ref FROM operation WHERE n = ?")
        .bind(number(epoch, seq)?)
        .fetch_optional(connection)
        .await?;
    row.and_then(|(citizen_ref,)| citizen_ref).as_deref().map(parse_column).transpose()
}

/// Returns the hash of an operation, which retention never removes.
pub(crate) async fn hash(
    connection: &mut Connection,
    epoch: u32,
    seq: u64,
) -> Result<Option<Digest>, DeskError> {
    let row: Option<(String,)> = sqlx::query_as("SELECT hash FROM operation WHERE n = ?")
        .bind(number(epoch, seq)?)
        .fetch_optional(connection)
        .await?;
    row.map(|(hash,)| parse_column(&hash)).transpose()
}

/// Returns the operations from `first_seq` on as one batch, up to one whose content retention has
/// removed; `None` when there is nothing to send.
///
/// Reads the log and not the outbox: a centre that was restored wants operations again whose
/// receipts are here already.
pub(crate) async fn batch(
    connection: &mut Connection,
    author: Author,
    first_seq: u64,
    limit: usize,
) -> Result<Option<ProvenBatch>, DeskError> {
    let limit = i64::try_from(limit.min(BATCH_LIMIT)).unwrap_or(i64::MAX);
    let (_, last) = numbers(author.epoch)?;
    let rows: Vec<(Option<String>, String)> = sqlx::query_as(
        "SELECT record, session_signature FROM operation WHERE n BETWEEN ? AND ? ORDER BY n LIMIT ?",
    )
    .bind(number(author.epoch, first_seq)?)
    .bind(last)
    .bind(limit)
    .fetch_all(&mut *connection)
    .await?;
    let mut ops: Vec<Operation> = Vec::with_capacity(rows.len());
    let mut newest = BTreeMap::new();
    for (record, signature) in rows {
        let Some(record) = record else { break };
        let operation: Operation = from_json(&record)?;
        newest.insert(operation.session.id, signature);
        ops.push(operation);
    }
    let Some(first) = ops.first() else { return Ok(None) };
    let prev_hash = first.prev_hash.clone();
    let batch = Batch { device: author.device, epoch: author.epoch, first_seq, prev_hash, ops };
    let mut sessions = Vec::with_capacity(newest.len());
    for (id, signature) in newest {
        sessions.push(SessionProof { statement: statement(connection, id).await?, signature });
    }
    Ok(Some(ProvenBatch { batch, sessions }))
}

/// Returns the seq through which retention has removed the content of the operations from
/// `first_seq` on; `None` if the first has its content or is not there.
pub(crate) async fn emptied_through(
    connection: &mut Connection,
    epoch: u32,
    first_seq: u64,
) -> Result<Option<u64>, DeskError> {
    let (first, last) = (number(epoch, first_seq)?, numbers(epoch)?.1);
    let (kept, newest): (Option<i64>, Option<i64>) = sqlx::query_as(
        "SELECT (SELECT n FROM operation WHERE n BETWEEN ?1 AND ?2 AND record IS NOT NULL ORDER BY n LIMIT 1),
             (SELECT max(n) FROM operation WHERE n BETWEEN ?1 AND ?2)",
    )
    .bind(first)
    .bind(last)
    .fetch_one(connection)
    .await?;
    let through = kept.map(|kept| kept - 1).or(newest).filter(|through| *through >= first);
    through.map(|through| from_column(through - numbers(epoch)?.0)).transpose()
}

/// Returns the newest operation that names a citizen, of those in their cases whose record is kept.
pub(crate) async fn last_of_citizen(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
) -> Result<Option<Operation>, DeskError> {
    // CROSS: the planner must not walk the whole log to find what the cases lead to.
    let row: Option<(String,)> = sqlx::query_as(
        "SELECT p.record FROM case_file c CROSS JOIN operation p ON p.case_number = c.case_number
         WHERE c.citizen_ref = ?1 AND p.citizen_ref = ?1 AND p.record IS NOT NULL
             AND p.kind IN ('issue', 'correction_opened') ORDER BY p.n DESC LIMIT 1",
    )
    .bind(citizen_ref.to_string())
    .fetch_optional(connection)
    .await?;
    row.map(|(record,)| from_json(&record)).transpose()
}
