//! Where synchronisation stands, through restarts.

use super::{
    Connection, from_column, from_word, instant,
    operation_number::{number, numbers},
    parse_column, to_column, to_word,
};
use crate::{
    clock::{Contact, Reading},
    error::DeskError,
    line::Stop,
};
use rules::{At, business_time::ClockReading};
use sqlx::FromRow;

/// The remembered state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncState {
    /// Durable at the centre through this seq of the current epoch.
    pub received_through: u64,
    /// Place in the centre's list of changes.
    pub cursor: u64,
    /// Why pushing is stopped for good.
    pub stopped: Option<Stop>,
    /// The clocks at last contact.
    pub contact: Option<Contact>,
    /// [`Reading::high_water`], the highest since the last contact.
    pub wall_high_water: At,
    /// Latest instant this desk has known ([`Reading::at_least`]).
    pub latest_at: At,
}

pub(crate) async fn get(connection: &mut Connection) -> Result<SyncState, DeskError> {
    // An operation since the last contact shows how far the wall clock has come; its time is the
    // centre's, the desk's clock differs by what it differed by at the contact.
    let row: StateRow = sqlx::query_as(
        "SELECT received_through, cursor, stopped, contact_server, contact_wall, contact_monotonic_ms, contact_boot_id,
             max(wall_high_water, ifnull(last_at - ifnull(contact_server - contact_wall, 0), wall_high_water))
                 AS wall_high_water,
             max(latest_at, ifnull(last_at, latest_at)) AS latest_at
         FROM sync_state, (SELECT
             (SELECT at FROM operation, sync_state WHERE n > contact_after ORDER BY n DESC LIMIT 1) AS last_at)",
    )
    .fetch_one(connection)
    .await?;
    row.read()
}

#[derive(FromRow)]
struct StateRow {
    received_through: i64,
    cursor: i64,
    stopped: Option<String>,
    contact_server: Option<i64>,
    contact_wall: Option<i64>,
    contact_monotonic_ms: Option<i64>,
    contact_boot_id: Option<String>,
    wall_high_water: i64,
    latest_at: i64,
}

impl StateRow {
    fn read(self) -> Result<SyncState, DeskError> {
        let instants = instant(self.contact_server).zip(instant(self.contact_wall));
        let contact = match (instants, self.contact_monotonic_ms, self.contact_boot_id) {
            (Some((centre, wall)), Some(monotonic_ms), Some(boot_id)) => {
                let boot_id = parse_column(&boot_id)?;
                Some(Contact { centre, desk: ClockReading { wall, monotonic_ms, boot_id } })
            }
            _ => None,
        };
        Ok(SyncState {
            received_through: from_column(self.received_through)?,
            cursor: from_column(self.cursor)?,
            stopped: self.stopped.as_deref().map(from_word).transpose()?,
            contact,
            wall_high_water: At(self.wall_high_water),
            latest_at: At(self.latest_at),
        })
    }
}

pub(crate) async fn put_received(connection: &mut Connection, through: u64) -> Result<(), DeskError> {
    sqlx::query("UPDATE sync_state SET received_through = ?")
        .bind(to_column(through)?)
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn put_cursor(connection: &mut Connection, cursor: u64) -> Result<(), DeskError> {
    sqlx::query("UPDATE sync_state SET cursor = ?").bind(to_column(cursor)?).execute(connection).await?;
    Ok(())
}

pub(crate) async fn put_stopped(connection: &mut Connection, stopped: Option<Stop>) -> Result<(), DeskError> {
    let word = stopped.map(|stop| to_word(&stop)).transpose()?;
    sqlx::query("UPDATE sync_state SET stopped = ?").bind(word).execute(connection).await?;
    Ok(())
}

pub(crate) async fn put_contact(connection: &mut Connection, contact: &Contact) -> Result<(), DeskError> {
    // The contact is the new truth about time, so it may also lower the high-water mark.
    sqlx::query(
        "UPDATE sync_state SET contact_server = ?, contact_wall = ?, contact_monotonic_ms = ?, contact_boot_id = ?,
             wall_high_water = ?, latest_at = ?, contact_after = ifnull((SELECT max(n) FROM operation), 0)",
    )
    .bind(contact.centre.0)
    .bind(contact.desk.wall.0)
    .bind(contact.desk.monotonic_ms)
    .bind(contact.desk.boot_id.to_string())
    .bind(contact.desk.wall.0)
    .bind(contact.centre.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Records that everything in the log through this number is settled.
pub(crate) async fn put_settled(connection: &mut Connection, through: i64) -> Result<(), DeskError> {
    sqlx::query("UPDATE sync_state SET settled_through = ?").bind(through).execute(connection).await?;
    Ok(())
}

/// Returns the seq through which every operation of the epoch has its receipt.
pub(crate) async fn decided_through(connection: &mut Connection, epoch: u32) -> Result<u64, DeskError> {
    let (first, last) = numbers(epoch)?;
    let (settled,): (i64,) =
        sqlx::query_as("SELECT settled_through FROM sync_state").fetch_one(connection).await?;
    if (first..=last).contains(&settled) { from_column(settled - first) } else { Ok(0) }
}

/// Returns the seq after which verdicts are to be heard again, once the centre was restored.
pub(crate) async fn recheck_after(connection: &mut Connection, epoch: u32) -> Result<Option<u64>, DeskError> {
    let (first, last) = numbers(epoch)?;
    let (after,): (Option<i64>,) =
        sqlx::query_as("SELECT recheck_after FROM sync_state").fetch_one(connection).await?;
    after.filter(|after| (first..=last).contains(after)).map(|after| from_column(after - first)).transpose()
}

pub(crate) async fn put_recheck(
    connection: &mut Connection,
    epoch: u32,
    after: Option<u64>,
) -> Result<(), DeskError> {
    let after = after.map(|after| number(epoch, after)).transpose()?;
    sqlx::query("UPDATE sync_state SET recheck_after = ?").bind(after).execute(connection).await?;
    Ok(())
}

/// Receipts came: what is settled goes to the first operation that waits, or to the end of the log.
pub(crate) async fn advance_settled(connection: &mut Connection) -> Result<(), DeskError> {
    sqlx::query(
        "UPDATE sync_state SET settled_through = ifnull((SELECT n FROM outbox ORDER BY n LIMIT 1) - 1,
             max(settled_through, ifnull((SELECT max(n) FROM operation), 0)))",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Begins a new enrolment: the chain begins again, and so does what the centre has of it.
pub(crate) async fn begin_epoch(connection: &mut Connection) -> Result<(), DeskError> {
    sqlx::query("UPDATE sync_state SET received_through = 0, cursor = 0, stopped = NULL")
        .execute(connection)
        .await?;
    Ok(())
}

/// Remembers how far time has come with nothing written, so that a clock set back over a restart is
/// noticed.
pub(crate) async fn put_high_water(connection: &mut Connection, reading: &Reading) -> Result<(), DeskError> {
    sqlx::query(
        "UPDATE sync_state SET wall_high_water = max(wall_high_water, ?), latest_at = max(latest_at, ?)",
    )
    .bind(reading.high_water().0)
    .bind(reading.at_least().0)
    .execute(connection)
    .await?;
    Ok(())
}
