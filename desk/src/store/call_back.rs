//! Calls to citizens: phones that were left for a case, and what came of each call.

use super::{Connection, Page, Rows, Store, from_word, parse_column, to_word, total};
use crate::error::DeskError;
use rules::{At, Sensitive, StaffNumber, call_back::CallOutcome};
use sqlx::FromRow;
use uuid::Uuid;

/// What a citizen is to be called about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallSubject {
    /// The centre decided otherwise than this desk.
    Conflict {
        /// Enrolment epoch of the operation.
        epoch: u32,
        /// Seq of the operation.
        seq: u64,
    },
    /// A correction was decided.
    Correction {
        /// Identifier of the correction.
        id: Uuid,
        /// Revision that was decided.
        revision: u32,
    },
}

impl std::fmt::Display for CallSubject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Conflict { epoch, seq } => write!(f, "conflict/{epoch}/{seq}"),
            Self::Correction { id, revision } => write!(f, "correction/{id}/{revision}"),
        }
    }
}

impl std::str::FromStr for CallSubject {
    type Err = DeskError;

    fn from_str(text: &str) -> Result<Self, DeskError> {
        let parts: Vec<&str> = text.split('/').collect();
        let read = || match parts.as_slice() {
            ["conflict", epoch, seq] => {
                Some(Self::Conflict { epoch: epoch.parse().ok()?, seq: seq.parse().ok()? })
            }
            ["correction", id, revision] => {
                Some(Self::Correction { id: id.parse().ok()?, revision: revision.parse().ok()? })
            }
            _ => None,
        };
        read().ok_or(DeskError::CallUnknown)
    }
}

/// Somebody to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueCall {
    /// What about.
    pub subject: CallSubject,
    /// Number of the case, for which the phone was left.
    pub case_number: String,
    /// When it was decided.
    pub at: At,
}

/// One call that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallMade {
    /// What came of it.
    pub outcome: CallOutcome,
    /// Who called.
    pub operator: StaffNumber,
    /// Instant of the call.
    pub at: At,
}

impl Store {
    /// Keeps the phone of a case, sealed; the one before goes.
    pub(crate) async fn put_phone(
        &self,
        connection: &mut Connection,
        case_number: &str,
        phone: &Sensitive<String>,
        at: At,
    ) -> Result<(), DeskError> {
        let sealed = self.cipher().seal(&name(case_number), phone.expose().as_bytes())?;
        sqlx::query(
            "INSERT INTO phone (case_number, sealed, left_at) VALUES (?, ?, ?)
             ON CONFLICT (case_number) DO UPDATE SET sealed = excluded.sealed, left_at = excluded.left_at",
        )
        .bind(case_number)
        .bind(sealed)
        .bind(at.0)
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Returns the phone that was left for a case.
    pub(crate) async fn phone(
        &self,
        connection: &mut Connection,
        case_number: &str,
    ) -> Result<Option<Sensitive<String>>, DeskError> {
        let row: Option<(Vec<u8>,)> = sqlx::query_as("SELECT sealed FROM phone WHERE case_number = ?")
            .bind(case_number)
            .fetch_optional(connection)
            .await?;
        let Some((sealed,)) = row else { return Ok(None) };
        let opened = self.cipher().open(&name(case_number), &sealed)?;
        let phone = String::from_utf8(opened.to_vec()).map_err(|_| DeskError::DatabaseDamaged)?;
        Ok(Some(Sensitive::new(phone)))
    }
}

/// Returns what a phone is sealed under: it opens for its own case only.
fn name(case_number: &str) -> Vec<u8> {
    format!("phone {case_number}").into_bytes()
}

/// Forgets the phone of a case.
pub(crate) async fn remove_phone(connection: &mut Connection, case_number: &str) -> Result<(), DeskError> {
    sqlx::query("DELETE FROM phone WHERE case_number = ?").bind(case_number).execute(connection).await?;
    Ok(())
}

/// Forgets the phones of cases that are closed, or whose citizen was told, if nothing in them is to
/// be decided or told any more.
pub(crate) async fn forget_phones(connection: &mut Connection) -> Result<(), DeskError> {
    sqlx::query(
        "DELETE FROM phone WHERE case_number NOT IN (SELECT case_number FROM case_waiting)
             AND CASE (SELECT f.state FROM case_file f WHERE f.case_number = phone.case_number)
                 WHEN 'closed' THEN 1 WHEN 'open' THEN 0
                 ELSE EXISTS (SELECT 1 FROM call c
                     WHERE c.case_number = phone.case_number AND c.is_final AND c.at >= phone.left_at) END",
    )
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct DueRow {
    subject: String,
    case_number: String,
    at: i64,
}

impl DueRow {
    fn read(self) -> Result<DueCall, DeskError> {
        let subject = self.subject.parse()?;
        Ok(DueCall { subject, case_number: self.case_number, at: At(self.at) })
    }
}

/// Cases that are in front of a clerk are told there.
const AWAY: &str = "FROM call_due d WHERE NOT EXISTS
    (SELECT 1 FROM case_file f WHERE f.case_number = d.case_number AND f.state = 'open')";

/// Returns a page of those to be called, the longest decided first.
pub(crate) async fn due(connection: &mut Connection, page: Page) -> Result<Rows<DueCall>, DeskError> {
    let (count,): (i64,) =
        sqlx::query_as(&format!("SELECT count(*) {AWAY}")).fetch_one(&mut *connection).await?;
    let rows: Vec<DueRow> = sqlx::query_as(&format!(
        "SELECT d.subject, d.case_number, d.at {AWAY} ORDER BY d.at, d.subject LIMIT ? OFFSET ?"
    ))
    .bind(page.limit())
    .bind(page.offset)
    .fetch_all(connection)
    .await?;
    Ok(Rows { rows: rows.into_iter().map(DueRow::read).collect::<Result<_, _>>()?, total: total(count) })
}

/// Returns one of those to be called.
pub(crate) async fn due_one(
    connection: &mut Connection,
    subject: CallSubject,
) -> Result<Option<DueCall>, DeskError> {
    let row: Option<DueRow> =
        sqlx::query_as(&format!("SELECT d.subject, d.case_number, d.at {AWAY} AND d.subject = ?"))
            .bind(subject.to_string())
            .fetch_optional(connection)
            .await?;
    row.map(DueRow::read).transpose()
}

/// Writes a call down.
pub(crate) async fn put(
    connection: &mut Connection,
    due: &DueCall,
    call: &CallMade,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO call (subject, case_number, outcome, is_final, operator, at) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(due.subject.to_string())
    .bind(&due.case_number)
    .bind(to_word(&call.outcome)?)
    .bind(call.outcome.is_final())
    .bind(call.operator.as_str())
    .bind(call.at.0)
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct CallRow {
    outcome: String,
    operator: String,
    at: i64,
}

/// Returns the calls about one subject, oldest first.
pub(crate) async fn of_subject(
    connection: &mut Connection,
    subject: CallSubject,
) -> Result<Vec<CallMade>, DeskError> {
    let rows: Vec<CallRow> =
        sqlx::query_as("SELECT outcome, operator, at FROM call WHERE subject = ? ORDER BY n")
            .bind(subject.to_string())
            .fetch_all(connection)
            .await?;
    let read = |row: CallRow| {
        Ok(CallMade {
            outcome: from_word(&row.outcome)?,
            operator: parse_column(&row.operator)?,
            at: At(row.at),
        })
    };
    rows.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        store::{case_file, conflict, operation::blank},
        vault::Vault,
    };
    use rules::{DeviceNumber, op::Operation, wire::Verdict};

    async fn phones(connection: &mut Connection) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM phone").fetch_one(connection).await.unwrap()
    }

    #[tokio::test]
    async fn a_phone_stays_while_a_conflict_of_its_case_is_untold_and_opens_for_no_other_case() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
        let store = Store::open(&vault).await.unwrap();
        let mut write = store.write().await.unwrap();
        let phone = Sensitive::new("13812345678".to_owned());
        let clerk: StaffNumber = "1001".parse().unwrap();
        for case in ["A", "B"] {
            sqlx::query("INSERT INTO case_file (case_number, operator, state, opened_at, day, changed_at) VALUES (?, '1001', 'open', 0, '2026-01-01', 0)")
                .bind(case)
                .execute(&mut *write)
                .await
                .unwrap();
            store.put_phone(&mut write, case, &phone, At(0)).await.unwrap();
        }
        let done = Operation { case_number: Some("A".to_owned()), ..blank(DeviceNumber(7), 1) };
        conflict::open(&mut write, &done, &Verdict::NotEligible, At(5)).await.unwrap();
        let first = Page { offset: 0, limit: 10 };
        assert_eq!(due(&mut write, first).await.unwrap().total, 0, "the citizen is in front");
        for case in ["A", "B"] {
            case_file::put_state(&mut write, case, case_file::CaseState::Closed, At(6)).await.unwrap();
        }
        forget_phones(&mut write).await.unwrap();
        assert_eq!(phones(&mut write).await, 1, "nobody waits for B");
        let found = due(&mut write, first).await.unwrap().rows.remove(0);
        let subject = CallSubject::Conflict { epoch: 1, seq: 1 };
        assert_eq!(found, DueCall { subject, case_number: "A".to_owned(), at: At(5) });
        assert_eq!(subject.to_string().parse::<CallSubject>().unwrap(), subject);
        assert_eq!(store.phone(&mut write, "A").await.unwrap().unwrap().expose(), "13812345678");
        sqlx::query("UPDATE phone SET case_number = 'B'").execute(&mut *write).await.unwrap();
        assert_eq!(store.phone(&mut write, "B").await.unwrap_err().code(), "blob_damaged");
        sqlx::query("UPDATE phone SET case_number = 'A'").execute(&mut *write).await.unwrap();

        let call = |outcome| CallMade { outcome, operator: clerk.clone(), at: At(7) };
        for (outcome, left) in [(CallOutcome::NotReached, 1), (CallOutcome::ComesAgain, 0)] {
            put(&mut write, &found, &call(outcome)).await.unwrap();
            forget_phones(&mut write).await.unwrap();
            assert_eq!(phones(&mut write).await, left);
        }
        assert_eq!(due_one(&mut write, subject).await.unwrap(), None);
        assert_eq!(of_subject(&mut write, subject).await.unwrap().len(), 2);
    }
}
