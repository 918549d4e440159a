//! Seals of the audit's days, and the check of its chain.

use super::after;
use crate::{
    error::DeskError,
    store::{Connection, from_column, from_json, parse_column, to_json},
};
use rules::{
    At, Day,
    correction::Digest,
    keys::{PublicKey, Signed, Signer},
    op::genesis,
};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

/// Content of a day's seal, which the desk signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The Shanghai day it closes.
    pub day: Day,
    /// The last row of that day.
    pub last_n: u64,
    /// Hash of that row.
    pub hash: Digest,
}

/// Result of checking the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditCheck {
    /// Number of rows whose hash and link were checked.
    pub rows: u64,
    /// Number of daily signatures that were checked.
    pub seals: u64,
    /// First row that is missing or altered, or whose seal does not fit.
    pub broken_at: Option<u64>,
}

/// Signs the last hash of every finished day that has none yet. Returns how many were signed.
pub(crate) async fn seal_days(
    connection: &mut Connection,
    today: Day,
    signer: &dyn Signer,
) -> Result<u32, DeskError> {
    let (sealed,): (Option<i64>,) =
        sqlx::query_as("SELECT max(last_n) FROM audit_seal").fetch_one(&mut *connection).await?;
    let open: Vec<UnsealedRow> =
        sqlx::query_as("SELECT n, at, hash FROM audit WHERE n > ? AND at < ? ORDER BY n")
            .bind(sealed.unwrap_or(0))
            .bind(At::start_of(today).0)
            .fetch_all(&mut *connection)
            .await?;
    let mut last_of_day = std::collections::BTreeMap::new();
    for row in open {
        last_of_day.insert(At(row.at).day(), row);
    }
    let mut signed_days = 0;
    for (day, UnsealedRow { n, hash, .. }) in last_of_day {
        let seal = Seal { day, last_n: from_column(n)?, hash: parse_column(&hash)? };
        let signed = Signed::sign(seal, signer).map_err(|_| DeskError::KeyWrong)?;
        // A clock that went back may finish a day twice; the later seal covers the earlier one's
        // rows.
        sqlx::query("INSERT OR REPLACE INTO audit_seal (day, last_n, signed) VALUES (?, ?, ?)")
            .bind(day.to_string())
            .bind(n)
            .bind(to_json(&signed)?)
            .execute(&mut *connection)
            .await?;
        signed_days += 1;
    }
    Ok(signed_days)
}

#[derive(FromRow)]
struct UnsealedRow {
    n: i64,
    at: i64,
    hash: String,
}

const CHECK_STEP: u32 = 1_000;

/// Walks the whole chain and all seals; `keys`: this window's, of all its enrolments.
pub(crate) async fn check(connection: &mut Connection, keys: &[PublicKey]) -> Result<AuditCheck, DeskError> {
    let signed: Vec<(String,)> =
        sqlx::query_as("SELECT signed FROM audit_seal ORDER BY last_n").fetch_all(&mut *connection).await?;
    let mut seals = Vec::new();
    for (text,) in &signed {
        let seal: Signed<Seal> = from_json(text)?;
        if !keys.iter().any(|key| seal.verify(key).is_ok()) {
            return Ok(AuditCheck { rows: 0, seals: 0, broken_at: Some(seal.value.last_n) });
        }
        seals.push(seal.value);
    }
    let mut checked = AuditCheck { rows: 0, seals: 0, broken_at: None };
    let mut prev_hash = genesis();
    let mut open_seals = seals.into_iter().peekable();
    loop {
        let rows = after(connection, checked.rows, CHECK_STEP).await?;
        if rows.is_empty() {
            // A seal over rows that are no longer there: the end was cut off.
            checked.broken_at = open_seals.peek().map(|_| checked.rows + 1);
            return Ok(checked);
        }
        for row in rows {
            let whole = row.n == checked.rows + 1 && row.prev_hash == prev_hash && row.digest() == row.hash;
            let sealed = open_seals.next_if(|seal| seal.last_n == row.n);
            if !whole || sealed.as_ref().is_some_and(|seal| seal.hash != row.hash) {
                checked.broken_at = Some(checked.rows + 1);
                return Ok(checked);
            }
            checked.seals += u64::from(sealed.is_some());
            checked.rows = row.n;
            prev_hash = row.hash;
        }
    }
}
