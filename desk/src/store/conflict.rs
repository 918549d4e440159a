//! Conflicts (冲突): operations the centre did not take as they were. Kept until a supervisor has
//! dealt with them.

use super::{
    Connection, Page, Rows, from_column, from_json, instant, operation_number::number, parse_column,
    to_column, to_json, total,
};
use crate::error::DeskError;
use rules::{
    At, StaffNumber,
    op::{CitizenRef, Operation},
    wire::Verdict,
};
use sqlx::FromRow;

/// One conflict: this desk's side, the centre's, and what was done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Enrolment epoch.
    pub epoch: u32,
    /// Seq of the operation.
    pub seq: u64,
    /// Reference of the citizen.
    pub citizen_ref: Option<CitizenRef>,
    /// Number of the case.
    pub case_number: Option<String>,
    /// The centre's side: what it decided, with the winner or the version now.
    pub verdict: Verdict,
    /// What it had decided before, if it was restored and decided anew.
    pub before: Option<Verdict>,
    /// This desk's side, while its record is kept.
    pub operation: Option<Operation>,
    /// When the verdict came.
    pub at: At,
    /// Staff number of who closed it.
    pub resolved_by: Option<String>,
    /// When it was closed.
    pub resolved_at: Option<At>,
    /// What was done: call-back, notice printed …
    pub note: Option<String>,
}

/// Opens a conflict; one that is there stays.
pub(crate) async fn open(
    connection: &mut Connection,
    operation: &Operation,
    verdict: &Verdict,
    at: At,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO conflict (epoch, seq, citizen_ref, case_number, verdict, at)
         VALUES (?, ?, (SELECT citizen_ref FROM operation WHERE n = ?), ?, ?, ?)
         ON CONFLICT (epoch, seq) DO NOTHING",
    )
    .bind(operation.epoch)
    .bind(to_column(operation.seq)?)
    .bind(number(operation.epoch, operation.seq)?)
    .bind(&operation.case_number)
    .bind(to_json(verdict)?)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Opens the conflict of an operation that the centre decided anew, even if it was closed. What was
/// noted stays.
pub(crate) async fn open_anew(
    connection: &mut Connection,
    (epoch, seq): (u32, u64),
    before: &Verdict,
    verdict: &Verdict,
    at: At,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO conflict (epoch, seq, citizen_ref, case_number, verdict, before, at)
         SELECT epoch, seq, citizen_ref, case_number, ?2, ?3, ?4 FROM operation WHERE n = ?1
         ON CONFLICT (epoch, seq) DO UPDATE SET verdict = excluded.verdict, before = excluded.before, at = excluded.at,
             resolved_by = NULL, resolved_at = NULL",
    )
    .bind(number(epoch, seq)?)
    .bind(to_json(verdict)?)
    .bind(to_json(before)?)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

const COLUMNS: &str =
    "c.epoch, c.seq, c.citizen_ref, c.case_number, c.verdict, c.before, p.record, c.at, c.resolved_by,
     c.resolved_at, c.note";

#[derive(FromRow)]
struct ConflictRow {
    epoch: u32,
    seq: i64,
    citizen_ref: Option<String>,
    case_number: Option<String>,
    verdict: String,
    before: Option<String>,
    record: Option<String>,
    at: i64,
    resolved_by: Option<String>,
    resolved_at: Option<i64>,
    note: Option<String>,
}

impl ConflictRow {
    fn read(self) -> Result<Conflict, DeskError> {
        Ok(Conflict {
            epoch: self.epoch,
            seq: from_column(self.seq)?,
            citizen_ref: self.citizen_ref.as_deref().map(parse_column).transpose()?,
            case_number: self.case_number,
            verdict: from_json(&self.verdict)?,
            before: self.before.as_deref().map(from_json).transpose()?,
            operation: self.record.as_deref().map(from_json).transpose()?,
            at: At(self.at),
            resolved_by: self.resolved_by,
            resolved_at: instant(self.resolved_at),
            note: self.note,
        })
    }
}

/// Returns a page of open conflicts, or of all with the open ones first; oldest first.
pub(crate) async fn page(
    connection: &mut Connection,
    open_only: bool,
    page: Page,
) -> Result<Rows<Conflict>, DeskError> {
    let matching = if open_only { "WHERE resolved_at IS NULL" } else { "" };
    let (count,): (i64,) = sqlx::query_as(&format!("SELECT count(*) FROM conflict {matching}"))
        .fetch_one(&mut *connection)
        .await?;
    let rows: Vec<ConflictRow> = sqlx::query_as(&format!(
        "SELECT {COLUMNS} FROM (SELECT * FROM conflict {matching} ORDER BY resolved_at IS NOT NULL, at, seq LIMIT ? OFFSET ?) c
         LEFT JOIN operation p ON p.n = (c.epoch << 32 | c.seq) ORDER BY c.resolved_at IS NOT NULL, c.at, c.seq"
    ))
    .bind(page.limit())
    .bind(page.offset)
    .fetch_all(connection)
    .await?;
    Ok(Rows { rows: rows.into_iter().map(ConflictRow::read).collect::<Result<_, _>>()?, total: total(count) })
}

/// Returns a conflict if it is open.
pub(crate) async fn open_one(
    connection: &mut Connection,
    (epoch, seq): (u32, u64),
) -> Result<Option<Conflict>, DeskError> {
    let row: Option<ConflictRow> = sqlx::query_as(&format!(
        "SELECT {COLUMNS} FROM conflict c LEFT JOIN operation p ON p.n = (c.epoch << 32 | c.seq)
         WHERE c.epoch = ? AND c.seq = ? AND c.resolved_at IS NULL"
    ))
    .bind(epoch)
    .bind(to_column(seq)?)
    .fetch_optional(connection)
    .await?;
    row.map(ConflictRow::read).transpose()
}

/// Counts the open conflicts.
pub(crate) async fn open_count(connection: &mut Connection) -> Result<u32, DeskError> {
    let (count,): (i64,) = sqlx::query_as("SELECT count(*) FROM conflict WHERE resolved_at IS NULL")
        .fetch_one(connection)
        .await?;
    Ok(total(count))
}

/// Closes a conflict with what was done.
pub(crate) async fn resolve(
    connection: &mut Connection,
    (epoch, seq): (u32, u64),
    operator: &StaffNumber,
    note: &str,
    at: At,
) -> Result<(), DeskError> {
    let done = sqlx::query(
        "UPDATE conflict SET resolved_by = ?, resolved_at = ?, note = ifnull(note || ' / ', '') || ?
         WHERE epoch = ? AND seq = ? AND resolved_at IS NULL",
    )
    .bind(operator.as_str())
    .bind(at.0)
    .bind(note)
    .bind(epoch)
    .bind(to_column(seq)?)
    .execute(connection)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(DeskError::ConflictUnknown) }
}

/// Returns the seqs of open conflicts of an epoch, in order.
pub(crate) async fn open_seqs(connection: &mut Connection, epoch: u32) -> Result<Vec<u64>, DeskError> {
    let rows: Vec<(i64,)> =
        sqlx::query_as("SELECT seq FROM conflict WHERE epoch = ? AND resolved_at IS NULL ORDER BY seq")
            .bind(epoch)
            .fetch_all(connection)
            .await?;
    rows.into_iter().map(|(seq,)| from_column(seq)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        store::{Store, operation::blank},
        vault::Vault,
    };
    use rules::DeviceNumber;

    #[tokio::test]
    async fn two_enrolments_share_a_seq_and_each_conflict_is_found_and_closed_by_both() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
        let store = Store::open(&vault).await.unwrap();
        let mut write = store.write().await.unwrap();
        for epoch in [1, 2] {
            let operation =
                Operation { case_number: Some(format!("case of {epoch}")), ..blank(DeviceNumber(7), epoch) };
            open(&mut write, &operation, &Verdict::NotEligible, At(0)).await.unwrap();
        }
        for epoch in [1, 2] {
            let found = open_one(&mut write, (epoch, 1)).await.unwrap().unwrap();
            assert_eq!((found.epoch, found.case_number), (epoch, Some(format!("case of {epoch}"))));
        }
        resolve(&mut write, (2, 1), &"2001".parse().unwrap(), "called back", At(1)).await.unwrap();
        assert_eq!(open_one(&mut write, (2, 1)).await.unwrap(), None, "it is closed");
        assert!(open_one(&mut write, (1, 1)).await.unwrap().is_some());
        assert_eq!(open_one(&mut write, (3, 1)).await.unwrap(), None);
        let again = resolve(&mut write, (2, 1), &"2001".parse().unwrap(), "again", At(2)).await.unwrap_err();
        assert_eq!(again.code(), "conflict_unknown");
    }
}
