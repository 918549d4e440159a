//! Staff of the site, as the centre signed them.

use super::{Connection, credential, from_json, to_column, to_json};
use crate::error::DeskError;
use rules::{StaffNumber, authority::StaffRecord, issuing::Issued};

pub(crate) async fn get(
    connection: &mut Connection,
    number: &StaffNumber,
) -> Result<Option<StaffRecord>, DeskError> {
    let row: Option<(String,)> = sqlx::query_as("SELECT record FROM staff WHERE number = ?")
        .bind(number.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|(record,)| read(&record)).transpose()
}

/// Returns all staff, by number.
pub(crate) async fn all(connection: &mut Connection) -> Result<Vec<StaffRecord>, DeskError> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT record FROM staff ORDER BY number").fetch_all(connection).await?;
    rows.iter().map(|(record,)| read(record)).collect()
}

/// Returns the records of all staff as the centre signed them.
pub(crate) async fn signed(connection: &mut Connection) -> Result<Vec<Issued<StaffRecord>>, DeskError> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT record FROM staff ORDER BY number").fetch_all(connection).await?;
    rows.iter().map(|(record,)| from_json(record)).collect()
}

fn read(record: &str) -> Result<StaffRecord, DeskError> {
    from_json(record).map(|signed: Issued<StaffRecord>| signed.value)
}

/// Keeps the newer of what is here and what came, whose signature the caller has checked. A
/// credential that it makes void goes.
pub(crate) async fn put(connection: &mut Connection, signed: &Issued<StaffRecord>) -> Result<(), DeskError> {
    let record = &signed.value;
    sqlx::query(
        "INSERT INTO staff (number, record, version) VALUES (?, ?, ?)
         ON CONFLICT (number) DO UPDATE SET record = excluded.record, version = excluded.version
         WHERE excluded.version >= staff.version",
    )
    .bind(record.number.as_str())
    .bind(to_json(signed)?)
    .bind(to_column(record.version)?)
    .execute(&mut *connection)
    .await?;
    if let Some(newest) = get(connection, &record.number).await? {
        credential::remove_outdated(connection, &newest).await?;
    }
    Ok(())
}
