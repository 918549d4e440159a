//! How cases were served: ticket, times and rating. Nothing here is about a person.

use super::{Connection, from_column};
use crate::error::DeskError;
use rules::{At, Day};
use sqlx::FromRow;

/// A ticket that was called to this window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalledTicket {
    /// Number of the ticket.
    pub ticket: String,
    /// When it was called.
    pub called_at: At,
    /// How long it waited, where the queue knows.
    pub waited_seconds: Option<u32>,
}

/// A case that came to the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sitting {
    /// Number of the case.
    pub case_number: String,
    /// When its citizen sat down.
    pub begun_at: At,
    /// Ticket of the visitor.
    pub ticket: Option<CalledTicket>,
}

/// How a case was served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceRecord {
    /// Number of the case.
    pub case_number: String,
    /// Ticket of the visitor.
    pub ticket: Option<String>,
    /// How long the ticket waited, in seconds.
    pub waited_seconds: Option<u32>,
    /// Time at the window in all sittings, in milliseconds.
    pub served_ms: u64,
    /// Rating from 1 (非常不满意) to 5 (非常满意).
    pub rating: Option<u8>,
}

/// Notes a case at the window, with its ticket. Taken up again, it keeps what was noted first.
pub(crate) async fn begin(connection: &mut Connection, sitting: &Sitting) -> Result<(), DeskError> {
    let ticket = sitting.ticket.as_ref();
    sqlx::query(
        "INSERT INTO service (case_number, begun_at, ticket, called_at, waited_seconds) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (case_number) DO NOTHING",
    )
    .bind(&sitting.case_number)
    .bind(sitting.begun_at.0)
    .bind(ticket.map(|called| called.ticket.as_str()))
    .bind(ticket.map(|called| called.called_at.0))
    .bind(ticket.and_then(|called| called.waited_seconds))
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds the time of one sitting.
pub(crate) async fn add_time(
    connection: &mut Connection,
    case_number: &str,
    served_ms: i64,
) -> Result<(), DeskError> {
    sqlx::query("UPDATE service SET served_ms = served_ms + ? WHERE case_number = ?")
        .bind(served_ms)
        .bind(case_number)
        .execute(connection)
        .await?;
    Ok(())
}

/// Returns how a case was rated; `None` if it was not.
pub(crate) async fn rating(connection: &mut Connection, case_number: &str) -> Result<Option<u8>, DeskError> {
    let row: Option<(Option<u8>,)> = sqlx::query_as("SELECT rating FROM service WHERE case_number = ?")
        .bind(case_number)
        .fetch_optional(connection)
        .await?;
    Ok(row.and_then(|(rating,)| rating))
}

/// Binds a rating to a case.
pub(crate) async fn rate(
    connection: &mut Connection,
    case_number: &str,
    score: u8,
    at: At,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO service (case_number, begun_at, rating, rated_at) VALUES (?1, ?3, ?2, ?3)
         ON CONFLICT (case_number) DO UPDATE SET rating = ?2, rated_at = ?3",
    )
    .bind(case_number)
    .bind(score)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct ServiceRow {
    case_number: String,
    ticket: Option<String>,
    waited_seconds: Option<u32>,
    served_ms: i64,
    rating: Option<u8>,
}

/// Returns how the cases opened on a day were served.
pub(crate) async fn of_day(connection: &mut Connection, day: Day) -> Result<Vec<ServiceRecord>, DeskError> {
    let rows: Vec<ServiceRow> = sqlx::query_as(
        "SELECT s.case_number, s.ticket, s.waited_seconds, s.served_ms, s.rating
         FROM case_file f JOIN service s ON s.case_number = f.case_number WHERE f.day = ? ORDER BY f.opened_at",
    )
    .bind(day.to_string())
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ServiceRecord {
                case_number: row.case_number,
                ticket: row.ticket,
                waited_seconds: row.waited_seconds,
                served_ms: from_column(row.served_ms)?,
                rating: row.rating,
            })
        })
        .collect()
}
