//! The audit (审计): who, when by two clocks, what, with what outcome, in which case (S6). Each row
//! carries the hash of the one before; the last hash of each day is signed by the desk. Details
//! name codes and ids, never people.

use super::{Connection, Page, Rows, from_json, from_word, to_column, to_json, to_word, total};
use crate::{clock::Reading, error::DeskError};
use rules::{
    At, Day, StaffNumber,
    correction::Digest,
    keys::{PublicKey, Signed, Signer},
    op::{canonical, genesis},
};
use serde::{Deserialize, Serialize};

/// Everything that is audited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The desk was enrolled.
    Enrolled,
    /// Login, or a failed one.
    Login,
    /// Screen locked.
    Lock,
    /// Screen unlocked.
    Unlock,
    /// Somebody logged out.
    Logout,
    /// Password given again for one step.
    Reauthenticate,
    /// A citizen was looked up.
    LookUp,
    /// One field was shown unmasked (M4).
    Unmask,
    /// A case was opened.
    CaseOpened,
    /// A case was put aside.
    CaseSuspended,
    /// A case was taken up again.
    CaseResumed,
    /// A case was closed.
    CaseClosed,
    /// A code was issued.
    Issue,
    /// A code was replaced after a correction.
    Replace,
    /// A loss was reported.
    ReportLoss,
    /// One more copy.
    Reprint,
    /// A code was voided.
    Void,
    /// A paper was asked for.
    PrintAsked,
    /// What spooler and printer said.
    PrintState,
    /// What the clerk confirmed in hand.
    Printed,
    /// A correction was started.
    CorrectionOpened,
    /// Something was done to a correction.
    CorrectionCommanded,
    /// A piece of evidence was opened.
    EvidenceOpened,
    /// The centre decided on an operation.
    Receipt,
    /// A conflict was dealt with.
    ConflictResolved,
    /// The queue was carried out in a file.
    QueueExported,
    /// A carried queue came in.
    QueueImported,
    /// A setting was changed.
    SettingChanged,
    /// The audit was exported.
    AuditExported,
    /// Rows about citizens were removed by retention.
    Purged,
    /// A code was verified.
    Verify,
    /// A lock after failed logins was lifted.
    AccountUnlocked,
}

/// An audit row to be appended.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// Staff number; empty for the program itself.
    pub operator: &'a StaffNumber,
    /// Kind of the event.
    pub event: Event,
    /// `ok` or the code of an error.
    pub outcome: &'a str,
    /// Number of the case.
    pub case_number: Option<&'a str>,
    /// Ids and codes, never people.
    pub detail: &'a str,
}

/// One row with its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    /// From 1, gapless.
    pub n: u64,
    /// The trusted instant.
    pub at: At,
    /// The wall clock.
    pub wall: At,
    /// The monotonic clock, ms.
    pub monotonic_ms: i64,
    /// Boot that the monotonic clock counts from.
    pub boot_id: String,
    /// The operator.
    pub operator: String,
    /// Kind of the event.
    pub event: Event,
    /// `ok`, or the code of what went wrong.
    pub outcome: String,
    /// Number of the case.
    pub case_number: Option<String>,
    /// Ids and codes.
    pub detail: String,
    /// Hash of the row before.
    pub prev_hash: Digest,
    /// SM3 over canonical CBOR of everything above.
    pub hash: Digest,
}

impl AuditRow {
    fn digest(&self) -> Digest {
        Digest::of(&canonical(&(
            (self.n, self.at, self.wall, self.monotonic_ms, &self.boot_id),
            (&self.operator, self.event, &self.outcome, &self.case_number, &self.detail),
            &self.prev_hash,
        )))
    }
}

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
    /// Rows checked.
    pub rows: u64,
    /// Seals checked.
    pub seals: u64,
    /// First row that is missing or altered, or whose seal does not fit.
    pub broken_at: Option<u64>,
}

type Columns = (i64, i64, i64, i64, String, String, String, String, Option<String>, String, String, String);
const COLUMNS: &str =
    "n, at, wall, monotonic_ms, boot_id, operator, event, outcome, case_number, detail, prev_hash, hash";

fn row(c: Columns) -> Result<AuditRow, DeskError> {
    Ok(AuditRow {
        n: super::from_column(c.0)?,
        at: At(c.1),
        wall: At(c.2),
        monotonic_ms: c.3,
        boot_id: c.4,
        operator: c.5,
        event: from_word(&c.6)?,
        outcome: c.7,
        case_number: c.8,
        detail: c.9,
        // An unreadable hash breaks the chain at its row, which the check reports.
        prev_hash: c.10.parse().unwrap_or_else(|_| genesis()),
        hash: c.11.parse().unwrap_or_else(|_| genesis()),
    })
}

async fn last(connection: &mut Connection) -> Result<(u64, Digest), DeskError> {
    let row: Option<(i64, String)> = sqlx::query_as("SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1")
        .fetch_optional(connection)
        .await?;
    row.map_or(Ok((0, genesis())), |(n, hash)| {
        Ok((super::from_column(n)?, hash.parse().unwrap_or_else(|_| genesis())))
    })
}

/// Appends one row.
pub(crate) async fn append(
    connection: &mut Connection,
    reading: &Reading,
    entry: &Entry<'_>,
) -> Result<(), DeskError> {
    let (n, prev_hash) = last(connection).await?;
    let mut row = AuditRow {
        n: n + 1,
        at: reading.at,
        wall: reading.wall,
        monotonic_ms: reading.monotonic_ms,
        boot_id: reading.boot_id.to_string(),
        operator: entry.operator.to_string(),
        event: entry.event,
        outcome: entry.outcome.to_owned(),
        case_number: entry.case_number.map(str::to_owned),
        detail: entry.detail.to_owned(),
        prev_hash,
        hash: genesis(),
    };
    row.hash = row.digest();
    sqlx::query(
        "INSERT INTO audit (n, at, wall, monotonic_ms, boot_id, operator, event, outcome, case_number, detail,
             prev_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(to_column(row.n)?)
    .bind(row.at.0)
    .bind(row.wall.0)
    .bind(row.monotonic_ms)
    .bind(&row.boot_id)
    .bind(&row.operator)
    .bind(to_word(&row.event)?)
    .bind(&row.outcome)
    .bind(&row.case_number)
    .bind(&row.detail)
    .bind(row.prev_hash.to_string())
    .bind(row.hash.to_string())
    .execute(connection)
    .await?;
    Ok(())
}

/// What to look for; empty finds everything.
#[derive(Clone, Debug, Default)]
pub struct AuditQuery {
    /// Only rows from this instant on.
    pub from: Option<At>,
    /// Only rows before this instant.
    pub before: Option<At>,
    /// Only rows of this staff number.
    pub operator: Option<String>,
    /// Only rows of this case.
    pub case_number: Option<String>,
    /// Only rows of this kind.
    pub event: Option<Event>,
}

const MATCH: &str =
    "WHERE (?1 IS NULL OR at >= ?1) AND (?2 IS NULL OR at < ?2) AND (?3 IS NULL OR operator = ?3)
     AND (?4 IS NULL OR case_number = ?4) AND (?5 IS NULL OR event = ?5)";

/// Returns a page of the matching rows, newest first.
pub(crate) async fn search(
    connection: &mut Connection,
    query: &AuditQuery,
    page: Page,
) -> Result<Rows<AuditRow>, DeskError> {
    let event = query.event.map(|event| to_word(&event)).transpose()?;
    let (count,): (i64,) = sqlx::query_as(&format!("SELECT count(*) FROM audit {MATCH}"))
        .bind(query.from.map(|at| at.0))
        .bind(query.before.map(|at| at.0))
        .bind(&query.operator)
        .bind(&query.case_number)
        .bind(&event)
        .fetch_one(&mut *connection)
        .await?;
    let found: Vec<Columns> =
        sqlx::query_as(&format!("SELECT {COLUMNS} FROM audit {MATCH} ORDER BY n DESC LIMIT ?6 OFFSET ?7"))
            .bind(query.from.map(|at| at.0))
            .bind(query.before.map(|at| at.0))
            .bind(&query.operator)
            .bind(&query.case_number)
            .bind(&event)
            .bind(page.limit())
            .bind(page.offset)
            .fetch_all(connection)
            .await?;
    Ok(Rows { rows: found.into_iter().map(row).collect::<Result<_, _>>()?, total: total(count) })
}

/// Returns rows after `n`, oldest first: for checking and exporting without holding the whole audit
/// in memory.
pub(crate) async fn after(
    connection: &mut Connection,
    n: u64,
    limit: u32,
) -> Result<Vec<AuditRow>, DeskError> {
    let found: Vec<Columns> =
        sqlx::query_as(&format!("SELECT {COLUMNS} FROM audit WHERE n > ? ORDER BY n LIMIT ?"))
            .bind(to_column(n)?)
            .bind(limit)
            .fetch_all(connection)
            .await?;
    found.into_iter().map(row).collect()
}

/// Signs the last hash of every finished day that has none yet. Returns how many were signed.
pub(crate) async fn seal_days(
    connection: &mut Connection,
    today: Day,
    signer: &dyn Signer,
) -> Result<u32, DeskError> {
    let (sealed,): (Option<i64>,) =
        sqlx::query_as("SELECT max(last_n) FROM audit_seal").fetch_one(&mut *connection).await?;
    let open: Vec<(i64, i64, String)> =
        sqlx::query_as("SELECT n, at, hash FROM audit WHERE n > ? AND at < ? ORDER BY n")
            .bind(sealed.unwrap_or(0))
            .bind(At::start_of(today).0)
            .fetch_all(&mut *connection)
            .await?;
    let mut last_of_day = std::collections::BTreeMap::new();
    for (n, at, hash) in open {
        last_of_day.insert(At(at).day(), (n, hash));
    }
    let mut signed_days = 0;
    for (day, (n, hash)) in last_of_day {
        let seal = Seal { day, last_n: super::from_column(n)?, hash: super::parse_column(&hash)? };
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

/// Returns when somebody last logged in at this desk.
pub(crate) async fn last_login(
    connection: &mut Connection,
    staff: &StaffNumber,
) -> Result<Option<At>, DeskError> {
    let row: Option<(i64,)> = sqlx::query_as(
        "SELECT at FROM audit WHERE operator = ? AND event = 'login' AND outcome = 'ok' ORDER BY n DESC LIMIT 1",
    )
    .bind(staff.as_str())
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|(at,)| At(at)))
}
