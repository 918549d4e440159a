//! The audit (审计): who, when by two clocks, what, with what outcome, in which case (S6). Each row
//! carries the hash of the one before; the last hash of each day is signed by the desk. Details
//! name codes and ids, never people.

mod seal;
mod search;

pub use seal::{AuditCheck, Seal};
pub(crate) use seal::{check, seal_days};
pub use search::{AuditQuery, AuditWords, Outline};
pub(crate) use search::{outline, search};

use super::{Connection, from_column, from_word, parse_column, to_column, to_word};
use crate::{clock::Reading, error::DeskError};
use rules::{
    At, StaffNumber,
    correction::Digest,
    op::{canonical, genesis},
    wire::DeskAudit,
};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

/// Everything that is audited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The desk was enrolled.
    Enrolled,
    /// The desk took a renewed key into use (B4).
    KeyRenewed,
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
    /// Somebody changed their own password, or tried to.
    PasswordChanged,
    /// A citizen was looked up.
    LookUp,
    /// A citizen without a card was looked up by a typed number (I4).
    LookUpTyped,
    /// A code on a phone was scanned to prove a citizen (I2).
    CodeScanned,
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
    /// A job of collective service was made.
    CollectiveBegun,
    /// A job of collective service was begun, paused, or ended.
    CollectiveState,
    /// The result of a job was written to a file.
    CollectiveExported,
    /// Somebody was put on the list of a home visit, or taken off it.
    VisitList,
    /// The kit of a home visit was asked for.
    VisitTaken,
    /// The kit of a home visit was wiped.
    VisitWiped,
    /// A home visit came back.
    VisitBack,
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
    /// A report from kiosk or portal was closed without a correction.
    EscalationDismissed,
    /// A piece of evidence was opened.
    EvidenceOpened,
    /// The centre decided on an operation.
    Receipt,
    /// A phone was left for a case, or taken away.
    PhoneLeft,
    /// The phone of somebody to be called was shown in full.
    PhoneShown,
    /// Somebody was called.
    CallMade,
    /// A conflict was dealt with.
    ConflictResolved,
    /// The queue was carried out in a file.
    QueueExported,
    /// A queue was imported.
    QueueImported,
    /// A setting was changed.
    SettingChanged,
    /// The audit was exported.
    AuditExported,
    /// Figures of the site were exported.
    BoardExported,
    /// Rows about citizens were removed by retention.
    Purged,
    /// A code was verified.
    Verify,
    /// A lock after failed logins was lifted.
    AccountUnlocked,
    /// A security administrator did something to accounts of the site, or tried to.
    AccountsChanged,
    /// Somebody set their own second factor, or tried to.
    SecondFactorChanged,
    /// The centre's audit log did not extend what this desk had seen of it, or does again.
    CentreLog,
    /// The centre's database was put back to an earlier state, as the centre says.
    CentreRestored,
    /// A report for support was saved.
    ReportSaved,
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

impl<'a> Entry<'a> {
    /// Returns the row of what the program did by itself, outside of any case.
    pub(crate) fn of_program(event: Event, outcome: &'a str, detail: &'a str) -> Self {
        static NOBODY: StaffNumber = StaffNumber::NOBODY;
        Self { operator: &NOBODY, event, outcome, case_number: None, detail }
    }
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
    /// Staff number as stored, also of a row that was altered.
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

const COLUMNS: &str =
    "n, at, wall, monotonic_ms, boot_id, operator, event, outcome, case_number, detail, prev_hash, hash";

#[derive(FromRow)]
struct StoredRow {
    n: i64,
    at: i64,
    wall: i64,
    monotonic_ms: i64,
    boot_id: String,
    operator: String,
    event: String,
    outcome: String,
    case_number: Option<String>,
    detail: String,
    prev_hash: String,
    hash: String,
}

impl StoredRow {
    fn read(self) -> Result<AuditRow, DeskError> {
        Ok(AuditRow {
            n: from_column(self.n)?,
            at: At(self.at),
            wall: At(self.wall),
            monotonic_ms: self.monotonic_ms,
            boot_id: self.boot_id,
            operator: self.operator,
            event: from_word(&self.event)?,
            outcome: self.outcome,
            case_number: self.case_number,
            detail: self.detail,
            prev_hash: read_hash(&self.prev_hash),
            hash: read_hash(&self.hash),
        })
    }
}

/// Reads a hash. An unreadable one breaks the chain at its row, which the check reports.
fn read_hash(text: &str) -> Digest {
    text.parse().unwrap_or_else(|_| genesis())
}

/// Returns what the centre is shown at every contact (D1): the newest row, and which file this is.
pub(crate) async fn shown(connection: &mut Connection) -> Result<DeskAudit, DeskError> {
    let (rows, hash) = last(&mut *connection).await?;
    let (generation,): (String,) = sqlx::query_as("SELECT id FROM generation").fetch_one(connection).await?;
    Ok(DeskAudit { rows, hash, generation: parse_column(&generation)? })
}

/// Returns the hash of a row; all zeros if there is none, and for row 0, before the first.
pub(crate) async fn hash_of(connection: &mut Connection, n: u64) -> Result<Digest, DeskError> {
    let row: Option<(String,)> = sqlx::query_as("SELECT hash FROM audit WHERE n = ?")
        .bind(to_column(n)?)
        .fetch_optional(connection)
        .await?;
    Ok(row.map_or_else(genesis, |(text,)| read_hash(&text)))
}

async fn last(connection: &mut Connection) -> Result<(u64, Digest), DeskError> {
    let row: Option<(i64, String)> = sqlx::query_as("SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1")
        .fetch_optional(connection)
        .await?;
    row.map_or(Ok((0, genesis())), |(n, text)| Ok((from_column(n)?, read_hash(&text))))
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

/// Returns rows after `n`, oldest first: for checking and exporting without holding the whole audit
/// in memory.
pub(crate) async fn after(
    connection: &mut Connection,
    n: u64,
    limit: u32,
) -> Result<Vec<AuditRow>, DeskError> {
    let found: Vec<StoredRow> =
        sqlx::query_as(&format!("SELECT {COLUMNS} FROM audit WHERE n > ? ORDER BY n LIMIT ?"))
            .bind(to_column(n)?)
            .bind(limit)
            .fetch_all(connection)
            .await?;
    found.into_iter().map(StoredRow::read).collect()
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
