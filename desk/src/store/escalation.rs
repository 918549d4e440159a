//! Escalations (上报): "name or photo is wrong", filed at a kiosk or the portal, waiting for a
//! window.

use super::{Connection, Page, Rows, from_json, to_json, total};
use crate::error::DeskError;
use rules::{op::CitizenRef, wire::Escalation};
use uuid::Uuid;

pub(crate) async fn put(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
    escalation: &Escalation,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO escalation (id, citizen_ref, record, at, closed) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET record = excluded.record, closed = excluded.closed",
    )
    .bind(escalation.id.to_string())
    .bind(citizen_ref.to_string())
    .bind(to_json(escalation)?)
    .bind(escalation.at.0)
    .bind(escalation.closed)
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the escalations of a citizen, open and closed, oldest first.
pub(crate) async fn of_citizen(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
) -> Result<Vec<Escalation>, DeskError> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT record FROM escalation WHERE citizen_ref = ? ORDER BY at LIMIT 100")
            .bind(citizen_ref.to_string())
            .fetch_all(connection)
            .await?;
    rows.iter().map(|(record,)| from_json(record)).collect()
}

/// Returns one, open or closed.
pub(crate) async fn get(connection: &mut Connection, id: Uuid) -> Result<Option<Escalation>, DeskError> {
    let row: Option<(String,)> = sqlx::query_as("SELECT record FROM escalation WHERE id = ?")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?;
    row.map(|(record,)| from_json(&record)).transpose()
}

/// Returns those whose id ends so, open and closed, oldest first. There are few at a site.
pub(crate) async fn with_id_end(
    connection: &mut Connection,
    end: &str,
) -> Result<Vec<Escalation>, DeskError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT record FROM escalation WHERE substr(id, -length(?1)) = ?1 ORDER BY at LIMIT 10",
    )
    .bind(end)
    .fetch_all(connection)
    .await?;
    rows.iter().map(|(record,)| from_json(record)).collect()
}

/// Opens one again: the centre did not take its dismissal.
pub(crate) async fn reopen(connection: &mut Connection, id: Uuid) -> Result<(), DeskError> {
    let Some(record) = get(&mut *connection, id).await? else { return Ok(()) };
    let open = Escalation { closed: false, dismissed: None, ..record };
    sqlx::query("UPDATE escalation SET record = ?, closed = 0 WHERE id = ?")
        .bind(to_json(&open)?)
        .bind(id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Returns a page of the open escalations, oldest first.
pub(crate) async fn page(connection: &mut Connection, page: Page) -> Result<Rows<Escalation>, DeskError> {
    let (count,): (i64,) = sqlx::query_as("SELECT count(*) FROM escalation WHERE NOT closed")
        .fetch_one(&mut *connection)
        .await?;
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT record FROM escalation WHERE NOT closed ORDER BY at, id LIMIT ? OFFSET ?")
            .bind(page.limit())
            .bind(page.offset)
            .fetch_all(connection)
            .await?;
    let rows = rows.iter().map(|(record,)| from_json(record)).collect::<Result<_, _>>()?;
    Ok(Rows { rows, total: total(count) })
}
