//! Corrections (更正) of name and photo: as this desk last saw or made them, and what the centre says
//! of them.

use super::{Connection, Page, Rows, from_json, to_json, to_word, total};
use crate::error::DeskError;
use rules::{At, StaffNumber, correction::Digest, op::CitizenRef, wire::CorrectionRecord};
use uuid::Uuid;

pub(crate) async fn put(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
    record: &CorrectionRecord,
    at: At,
) -> Result<(), DeskError> {
    let correction = &record.correction;
    sqlx::query(
        "INSERT INTO correction (id, citizen_ref, field, state, is_open, record, changed_at, submitted_at, flagged)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, is_open = excluded.is_open,
             record = excluded.record, changed_at = excluded.changed_at, submitted_at = excluded.submitted_at,
             flagged = excluded.flagged",
    )
    .bind(correction.id.to_string())
    .bind(citizen_ref.to_string())
    .bind(to_word(&correction.field)?)
    .bind(to_word(&correction.state.kind())?)
    .bind(correction.state.is_open())
    .bind(to_json(record)?)
    .bind(at.0)
    .bind(correction.state.submitted_at().map(|at| at.0))
    .bind(correction.content.is_flagged())
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn get(
    connection: &mut Connection,
    id: Uuid,
) -> Result<Option<CorrectionRecord>, DeskError> {
    let row: Option<(String,)> = sqlx::query_as("SELECT record FROM correction WHERE id = ?")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?;
    row.map(|(record,)| from_json(&record)).transpose()
}

/// Returns the corrections of a citizen, oldest first.
pub(crate) async fn of_citizen(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
) -> Result<Vec<CorrectionRecord>, DeskError> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT record FROM correction WHERE citizen_ref = ? ORDER BY changed_at LIMIT 100")
            .bind(citizen_ref.to_string())
            .fetch_all(connection)
            .await?;
    rows.iter().map(|(record,)| from_json(record)).collect()
}

/// Which corrections to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorrectionFilter {
    /// Waiting for an approver: overdue ones first, then those with a risk, then by age.
    Submitted {
        /// Handed in before this: overdue.
        overdue_before: At,
    },
    /// All, last changed first.
    All,
}

/// Returns a page. It is cut from an index alone: only its own records are read, however long the
/// list is.
pub(crate) async fn page(
    connection: &mut Connection,
    filter: CorrectionFilter,
    page: Page,
) -> Result<Rows<CorrectionRecord>, DeskError> {
    let (matching, order) = match filter {
        CorrectionFilter::Submitted { .. } => (
            "WHERE submitted_at IS NOT NULL",
            "w.submitted_at < ?3 DESC, w.flagged DESC, w.submitted_at, w.id",
        ),
        CorrectionFilter::All => ("", "w.changed_at DESC, w.id DESC"),
    };
    let overdue_before = match filter {
        CorrectionFilter::Submitted { overdue_before } => overdue_before,
        CorrectionFilter::All => At(0),
    };
    let (count,): (i64,) = sqlx::query_as(&format!("SELECT count(*) FROM correction {matching}"))
        .fetch_one(&mut *connection)
        .await?;
    // CROSS: the planner must not walk all corrections to find what the page has chosen.
    let rows: Vec<(String,)> = sqlx::query_as(&format!(
        "SELECT c.record
         FROM (SELECT id, submitted_at, flagged, changed_at FROM correction w {matching}
               ORDER BY {order} LIMIT ?1 OFFSET ?2) w
         CROSS JOIN correction c ON c.id = w.id
         ORDER BY {order}"
    ))
    .bind(page.limit())
    .bind(page.offset)
    .bind(overdue_before.0)
    .fetch_all(connection)
    .await?;
    let rows = rows.iter().map(|(record,)| from_json(record)).collect::<Result<_, _>>()?;
    Ok(Rows { rows, total: total(count) })
}

/// Keeps the centre's record. It is laid aside while operations of this desk on the citizen's
/// corrections still wait: the clerk must not see their own step undone and done again.
pub(crate) async fn put_central(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
    record: &CorrectionRecord,
    waits: bool,
    at: At,
) -> Result<(), DeskError> {
    if !waits || get(&mut *connection, record.correction.id).await?.is_none() {
        put(&mut *connection, citizen_ref, record, at).await?;
    }
    sqlx::query("UPDATE correction SET central_record = ?, central_counts = ? WHERE id = ?")
        .bind(to_json(record)?)
        .bind(waits)
        .bind(record.correction.id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Lets the centre's record count after a step of this desk was refused, even if it came before
/// that step.
pub(crate) async fn central_counts(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
) -> Result<(), DeskError> {
    sqlx::query("UPDATE correction SET central_counts = central_record IS NOT NULL WHERE citizen_ref = ?")
        .bind(citizen_ref.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Adopts the centre's records once nothing of this citizen waits any more. What it said before an
/// own step that was applied is older than what is here.
pub(crate) async fn adopt_central(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
    at: At,
) -> Result<(), DeskError> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT central_record FROM correction WHERE citizen_ref = ? AND central_counts")
            .bind(citizen_ref.to_string())
            .fetch_all(&mut *connection)
            .await?;
    for (text,) in rows {
        put(&mut *connection, citizen_ref, &from_json(&text)?, at).await?;
    }
    sqlx::query("UPDATE correction SET central_counts = FALSE WHERE citizen_ref = ?")
        .bind(citizen_ref.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Records that an approver opened a piece of evidence of this revision.
pub(crate) async fn put_opened(
    connection: &mut Connection,
    (id, revision): (Uuid, u32),
    operator: &StaffNumber,
    digest: &Digest,
) -> Result<(), DeskError> {
    sqlx::query("INSERT OR IGNORE INTO evidence_opened (correction_id, revision, operator, digest) VALUES (?, ?, ?, ?)")
        .bind(id.to_string())
        .bind(revision)
        .bind(operator.as_str())
        .bind(digest.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Returns the evidence of this revision that an approver has opened.
pub(crate) async fn all_opened(
    connection: &mut Connection,
    (id, revision): (Uuid, u32),
    operator: &StaffNumber,
) -> Result<Vec<Digest>, DeskError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT digest FROM evidence_opened WHERE correction_id = ? AND revision = ? AND operator = ? ORDER BY digest",
    )
    .bind(id.to_string())
    .bind(revision)
    .bind(operator.as_str())
    .fetch_all(connection)
    .await?;
    rows.iter().map(|(digest,)| super::parse_column(digest)).collect()
}

/// Counts the unfinished ones, and those of them that wait for an approver longer than the rules
/// allow.
pub(crate) async fn unfinished(
    connection: &mut Connection,
    overdue_before: At,
) -> Result<(u32, u32), DeskError> {
    let (open, overdue): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM correction WHERE is_open),
                (SELECT count(*) FROM correction WHERE submitted_at < ?)",
    )
    .bind(overdue_before.0)
    .fetch_one(connection)
    .await?;
    Ok((total(open), total(overdue)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{store::Store, vault::Vault};
    use rules::{
        DeviceNumber,
        correction::{Content, Correction, Field, Reason, State, Value, overdue_before},
        person::{IdNumber, Name},
    };

    const HOUR_MS: i64 = 60 * 60 * 1000;
    /// A Monday noon.
    const NOW: At = At(1_795_406_400_000 + 4 * HOUR_MS);

    const WHO: CitizenRef = CitizenRef([3; 32]);

    fn name(text: &str) -> Name {
        Name::read(text).unwrap().name
    }

    fn record(reason: Reason, state: State) -> CorrectionRecord {
        let value = |text| match reason.field() {
            Field::Name => Value::Name(name(text)),
            Field::Photo => Value::Photo(Some(Digest::of(text.as_bytes()))),
        };
        let content = Content {
            before: value("张三"),
            after: value("张叁"),
            reason,
            evidence: Vec::new(),
            chip_name: None,
            registry_version: 1,
            photo_shortfall: None,
            agent: None,
        };
        let correction = Correction {
            id: Uuid::now_v7(),
            field: reason.field(),
            content,
            revision: 1,
            state,
            maker: "310001".parse().unwrap(),
            escalation: None,
        };
        CorrectionRecord {
            number: IdNumber::parse("11010519491231002X").unwrap(),
            masked_name: "张*".to_owned(),
            under_fourteen: false,
            correction,
            case_number: None,
            device: DeviceNumber(1),
        }
    }

    fn submitted(reason: Reason, hours_ago: i64) -> CorrectionRecord {
        record(reason, State::Submitted { at: NOW.plus_ms(-hours_ago * HOUR_MS) })
    }

    async fn listed(store: &Store, filter: CorrectionFilter, wanted: Page) -> Vec<Uuid> {
        let rows = page(&mut store.read().await.unwrap(), filter, wanted).await.unwrap();
        rows.rows.iter().map(|record| record.correction.id).collect()
    }

    #[tokio::test]
    async fn an_approver_sees_overdue_ones_first_then_risk_then_age() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
        let store = Store::open(&vault).await.unwrap();
        let [young, risky, older, overdue] = [
            submitted(Reason::RareCharacter, 1),
            submitted(Reason::AnotherPerson, 2),
            submitted(Reason::Separator, 3),
            submitted(Reason::TypingError, 24 * 14),
        ];
        let decided = record(Reason::RareCharacter, State::Withdrawn);
        let mut write = store.write().await.unwrap();
        for one in [&young, &decided, &overdue, &risky, &older] {
            put(&mut write, &WHO, one, NOW).await.unwrap();
        }
        write.commit().await.unwrap();
        let expected = [&overdue, &risky, &older, &young].map(|record| record.correction.id);
        let filter = CorrectionFilter::Submitted { overdue_before: overdue_before(NOW) };
        assert_eq!(listed(&store, filter, Page { offset: 0, limit: 100 }).await, expected);
        assert_eq!(listed(&store, filter, Page { offset: 1, limit: 2 }).await, expected[1..3]);
        let all = Page { offset: 0, limit: 100 };
        assert_eq!(listed(&store, CorrectionFilter::All, all).await.len(), 5);
        let counts = unfinished(&mut store.read().await.unwrap(), overdue_before(NOW)).await.unwrap();
        assert_eq!(counts, (4, 1));
    }

    /// The receipt of an own step often comes before the news of it.
    #[tokio::test]
    async fn an_own_step_stands_until_the_centre_refuses_it_or_says_more() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
        let store = Store::open(&vault).await.unwrap();
        let mut write = store.write().await.unwrap();
        let told = submitted(Reason::RareCharacter, 1);
        let id = told.correction.id;
        let at_state = |state| {
            let correction = Correction { state, ..told.correction.clone() };
            CorrectionRecord { correction, ..told.clone() }
        };
        let (own, later) = (at_state(State::Withdrawn), at_state(State::Conflicted));
        let (own_state, later_state) = (own.correction.state.clone(), later.correction.state.clone());

        put_central(&mut write, &WHO, &told, false, NOW).await.unwrap();
        put(&mut write, &WHO, &own, NOW).await.unwrap();
        adopt_central(&mut write, &WHO, NOW).await.unwrap();
        let state = get(&mut write, id).await.unwrap().unwrap().correction.state;
        assert_eq!(state, own_state, "applied: what was told before it is older");

        put_central(&mut write, &WHO, &later, true, NOW).await.unwrap();
        assert_eq!(get(&mut write, id).await.unwrap().unwrap().correction.state, own_state, "laid aside");
        adopt_central(&mut write, &WHO, NOW).await.unwrap();
        assert_eq!(get(&mut write, id).await.unwrap().unwrap().correction.state, later_state);

        put(&mut write, &WHO, &own, NOW).await.unwrap();
        central_counts(&mut write, &WHO).await.unwrap();
        adopt_central(&mut write, &WHO, NOW).await.unwrap();
        let state = get(&mut write, id).await.unwrap().unwrap().correction.state;
        assert_eq!(state, later_state, "refused: the centre's copy, whenever it came");
    }
}
