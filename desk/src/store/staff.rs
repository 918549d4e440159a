//! Staff of the site and their failed logins (S4).

use super::{Connection, from_json, instant, to_column, to_json};
use crate::error::DeskError;
use rules::{StaffNumber, staff::Failures, wire::Staff};

pub(crate) async fn get(
    connection: &mut Connection,
    number: &StaffNumber,
) -> Result<Option<Staff>, DeskError> {
    let row: Option<(String,)> = sqlx::query_as("SELECT record FROM staff WHERE number = ?")
        .bind(number.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|(record,)| from_json(&record)).transpose()
}

/// Returns all staff, by number.
pub(crate) async fn all(connection: &mut Connection) -> Result<Vec<Staff>, DeskError> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT record FROM staff ORDER BY number").fetch_all(connection).await?;
    rows.iter().map(|(record,)| from_json(record)).collect()
}

/// Keeps the newer of what is here and what came.
pub(crate) async fn put(connection: &mut Connection, staff: &Staff) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO staff (number, record, version) VALUES (?, ?, ?)
         ON CONFLICT (number) DO UPDATE SET record = excluded.record, version = excluded.version
         WHERE excluded.version >= staff.version",
    )
    .bind(staff.number.as_str())
    .bind(to_json(staff)?)
    .bind(to_column(staff.version)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the wrong passwords since the last right one.
pub(crate) async fn failures(
    connection: &mut Connection,
    number: &StaffNumber,
) -> Result<Failures, DeskError> {
    let row: Option<(u8, Option<i64>)> =
        sqlx::query_as("SELECT count, last_at FROM login_failure WHERE number = ?")
            .bind(number.as_str())
            .fetch_optional(connection)
            .await?;
    Ok(row.map_or_else(Failures::default, |(count, last)| Failures { count, last: instant(last) }))
}

pub(crate) async fn put_failures(
    connection: &mut Connection,
    number: &StaffNumber,
    failures: Failures,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO login_failure (number, count, last_at) VALUES (?, ?, ?)
         ON CONFLICT (number) DO UPDATE SET count = excluded.count, last_at = excluded.last_at",
    )
    .bind(number.as_str())
    .bind(failures.count)
    .bind(failures.last.map(|at| at.0))
    .execute(connection)
    .await?;
    Ok(())
}
