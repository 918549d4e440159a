//! What proves the operations of the log: the batches' signatures and the sessions' statements.

use super::rows;
use crate::{
    audit::event::record_digest,
    store::{Arrival, Result},
};
use rules::digest::Digest;
use serde::Serialize;
use sqlx::PgConnection;

/// Both in one statement, because every batch pays for it. A session has one statement, which comes
/// with each of its batches.
const PUT: &str = "
    WITH new_session AS (
        INSERT INTO session (device, digest, session_id, staff, begun_at, statement)
        SELECT $1::integer, * FROM unnest($2::bytea[], $3::uuid[], $4::text[], $5::bigint[], $6::text[])
        ON CONFLICT DO NOTHING)
    INSERT INTO batch_proof (device, epoch, first_seq, last_seq, received_at, signature, sessions)
    VALUES ($1::integer, $7, $8, $9, $10, $11, $12)";

/// Signature of a session over the newest of its operations in a batch.
#[derive(Serialize)]
struct Signature<'a> {
    statement: Digest,
    signature: &'a str,
}

/// Stores what proves a batch: the proofs that count, as the desk's signature covers them.
pub(super) async fn put(connection: &mut PgConnection, arrival: &Arrival<'_>) -> Result<()> {
    let batch = &arrival.request.batch;
    let (mut digests, mut ids, mut staff) = (Vec::new(), Vec::new(), Vec::new());
    let (mut begun, mut statements, mut signatures) = (Vec::new(), Vec::new(), Vec::new());
    for proof in arrival.request.counted_sessions() {
        let statement = &proof.statement.value;
        // With its signature: a forged one that comes first keeps the good one out of nothing.
        let digest = record_digest(&proof.statement);
        digests.push(digest.0.to_vec());
        ids.push(statement.id);
        staff.push(statement.staff.as_str());
        begun.push(statement.begun_at.0);
        statements.push(rows::text(&proof.statement)?);
        signatures.push(Signature { statement: digest, signature: &proof.signature });
    }
    let last = batch.ops.last().map_or(batch.first_seq, |operation| operation.seq);
    sqlx::query(PUT)
        .bind(rows::small(batch.device)?)
        .bind(&digests)
        .bind(&ids)
        .bind(&staff)
        .bind(&begun)
        .bind(&statements)
        .bind(rows::small(batch.epoch)?)
        .bind(rows::large(batch.first_seq)?)
        .bind(rows::large(last)?)
        .bind(arrival.at.0)
        .bind(&arrival.request.signature)
        .bind(rows::text(&signatures)?)
        .execute(connection)
        .await?;
    Ok(())
}
