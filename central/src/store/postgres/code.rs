//! Codes: new ones, changed ones, and the one in force.

use super::rows;
use crate::{
    machine::citizen::IssuedCode,
    machine::citizen::nobody,
    store::{Changed, Result},
};
use rules::{At, op::CitizenRef};
use sqlx::PgConnection;
use std::collections::HashSet;

/// Writes new codes, and the `voided` ones of refused sheets, which are no citizen's: a serial that
/// is there already stays as it is. Returns what is new of these.
pub(super) async fn add(
    connection: &mut PgConnection,
    changed: &[Changed],
    voided: &[IssuedCode],
    at: At,
) -> Result<Vec<IssuedCode>> {
    let mut columns = CodeColumns::default();
    for one in changed {
        for issued in one.added.iter().filter_map(|serial| one.citizen.code(*serial)) {
            columns.push(&one.citizen.citizen_ref, issued, at);
        }
    }
    columns.insert(&mut *connection, INSERT).await?;
    let mut columns = CodeColumns::default();
    for issued in voided {
        columns.push(&nobody(), issued, at);
    }
    let mut new: HashSet<Vec<u8>> = columns.insert(connection, INSERT_IF_FREE).await?.into_iter().collect();
    Ok(voided.iter().filter(|issued| new.remove(&issued.code.serial.0[..])).cloned().collect())
}

macro_rules! insert {
    ($rest:literal) => {
        concat!(
            "INSERT INTO code (bucket, serial, citizen_ref, state, issued_at, valid_through, copies, duplicate_of, revoked_at,
                               claims, key_id, signature)
             SELECT * FROM unnest($1::smallint[], $2::bytea[], $3::bytea[], $4::smallint[], $5::bigint[], $6::integer[],
                                  $7::integer[], $8::bytea[], $9::bigint[], $10::bytea[], $11::bytea[], $12::bytea[])",
            $rest
        )
    };
}
const INSERT: &str = insert!(" RETURNING serial");
const INSERT_IF_FREE: &str = insert!(" ON CONFLICT (bucket, serial) DO NOTHING RETURNING serial");

/// Columns of codes.
#[derive(Default)]
struct CodeColumns {
    buckets: Vec<i16>,
    serials: Vec<Vec<u8>>,
    references: Vec<Vec<u8>>,
    states: Vec<i16>,
    issued: Vec<i64>,
    through: Vec<i32>,
    copies: Vec<i32>,
    duplicates: Vec<Option<Vec<u8>>>,
    revoked: Vec<Option<i64>>,
    claims: Vec<Option<Vec<u8>>>,
    keys: Vec<Option<Vec<u8>>>,
    signatures: Vec<Option<Vec<u8>>>,
}

impl CodeColumns {
    /// The bucket is the serial's: it is the citizen's too, but for a refused sheet with a wrong
    /// one.
    fn push(&mut self, citizen: &CitizenRef, issued: &IssuedCode, at: At) {
        let code = &issued.code;
        self.buckets.push(i16::from(code.serial.bucket()));
        self.serials.push(code.serial.0.to_vec());
        self.references.push(citizen.0.to_vec());
        self.states.push(rows::state_number(code.state));
        self.issued.push(code.issued_at.0);
        self.through.push(rows::day_number(code.valid_through));
        self.copies.push(i32::try_from(code.copies).unwrap_or(i32::MAX));
        self.duplicates.push(issued.duplicate_of.map(|serial| serial.0.to_vec()));
        self.revoked.push(code.state.is_revoked().then_some(at.0));
        let symbol = issued.symbol.as_ref();
        self.claims.push(symbol.map(|symbol| symbol.claims.0.to_vec()));
        self.keys.push(symbol.map(|symbol| symbol.key_id.0.to_vec()));
        self.signatures.push(symbol.map(|symbol| symbol.signature.0.to_vec()));
    }

    /// Returns the serials that were inserted.
    async fn insert(&self, connection: &mut PgConnection, statement: &'static str) -> Result<Vec<Vec<u8>>> {
        if self.serials.is_empty() {
            return Ok(Vec::new());
        }
        let inserted = sqlx::query_scalar(statement)
            .bind(&self.buckets)
            .bind(&self.serials)
            .bind(&self.references)
            .bind(&self.states)
            .bind(&self.issued)
            .bind(&self.through)
            .bind(&self.copies)
            .bind(&self.duplicates)
            .bind(&self.revoked)
            .bind(&self.claims)
            .bind(&self.keys)
            .bind(&self.signatures)
            .fetch_all(connection)
            .await?;
        Ok(inserted)
    }
}

/// Ends or reprints codes that are there.
pub(super) async fn alter(connection: &mut PgConnection, changed: &[Changed], at: At) -> Result<()> {
    let mut columns = CodeColumns::default();
    for one in changed {
        for issued in one.altered.iter().filter_map(|serial| one.citizen.code(*serial)) {
            columns.push(&one.citizen.citizen_ref, issued, at);
        }
    }
    if columns.serials.is_empty() {
        return Ok(());
    }
    // A code that ended once stays ended since then.
    sqlx::query(
        "UPDATE code c SET state = u.state, copies = u.copies, revoked_at = COALESCE(c.revoked_at, u.revoked_at)
         FROM unnest($1::smallint[], $2::bytea[], $3::smallint[], $4::integer[], $5::bigint[])
              AS u(bucket, serial, state, copies, revoked_at)
         WHERE c.bucket = u.bucket AND c.serial = u.serial",
    )
    .bind(&columns.buckets)
    .bind(&columns.serials)
    .bind(&columns.states)
    .bind(&columns.copies)
    .bind(&columns.revoked)
    .execute(connection)
    .await?;
    Ok(())
}

/// Names the one code in force (L7).
pub(super) async fn name_current(connection: &mut PgConnection, changed: &[Changed]) -> Result<()> {
    let touched = changed.iter().filter(|one| !one.added.is_empty() || !one.altered.is_empty());
    let (mut buckets, mut references, mut serials) = (Vec::new(), Vec::new(), Vec::new());
    let (mut ended_buckets, mut ended) = (Vec::new(), Vec::new());
    for one in touched {
        let reference = one.citizen.citizen_ref.0.to_vec();
        if let Some(current) = one.citizen.current_code() {
            buckets.push(i16::from(one.citizen.bucket));
            references.push(reference);
            serials.push(current.code.serial.0.to_vec());
        } else {
            ended_buckets.push(i16::from(one.citizen.bucket));
            ended.push(reference);
        }
    }
    if !serials.is_empty() {
        sqlx::query(
            "INSERT INTO current_code (bucket, citizen_ref, serial)
             SELECT * FROM unnest($1::smallint[], $2::bytea[], $3::bytea[])
             ON CONFLICT (bucket, citizen_ref) DO UPDATE SET serial = excluded.serial",
        )
        .bind(&buckets)
        .bind(&references)
        .bind(&serials)
        .execute(&mut *connection)
        .await?;
    }
    if !ended.is_empty() {
        sqlx::query(
            "DELETE FROM current_code c USING unnest($1::smallint[], $2::bytea[]) AS u(bucket, citizen_ref)
             WHERE c.bucket = u.bucket AND c.citizen_ref = u.citizen_ref",
        )
        .bind(&ended_buckets)
        .bind(&ended)
        .execute(connection)
        .await?;
    }
    Ok(())
}
