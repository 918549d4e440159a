//! Log-in tries since the last success, by staff number (A6).

use super::{Connection, parse_column};
use crate::{clock::Reading, error::DeskError};
use rules::{
    At, StaffNumber,
    staff::{Failures, lockout},
};
use sqlx::FromRow;
use uuid::Uuid;

/// Tries since the last success, with the clocks at the last of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tries {
    failures: Failures,
    boot_id: Uuid,
    monotonic_ms: i64,
    is_centre_time: bool,
}

impl Tries {
    /// Returns until when nothing is tried, if so.
    ///
    /// A lock is lifted only by time that has surely passed: by the monotonic clock of this boot,
    /// or by the centre's. After a restart of the machine that is the time since the boot.
    pub(crate) fn locked_until(&self, reading: &Reading) -> Option<At> {
        let now = self.now(reading)?;
        let until = lockout(self.failures, now)?;
        Some(reading.at.plus_ms(until.since_ms(now)))
    }

    /// Counts one more try.
    #[must_use]
    pub(crate) fn and_another(self, reading: &Reading) -> Self {
        let now = self.now(reading).unwrap_or(reading.at);
        let failures = Failures { last: Some(reading.at), ..self.failures.and_another(now) };
        Self {
            failures,
            boot_id: reading.boot_id,
            monotonic_ms: reading.monotonic_ms,
            is_centre_time: reading.is_centre_time,
        }
    }

    /// Returns the last try plus the time that has surely passed since.
    fn now(&self, reading: &Reading) -> Option<At> {
        let last = self.failures.last?;
        let before = if self.boot_id == reading.boot_id { self.monotonic_ms } else { 0 };
        let passed = reading.monotonic_ms - before;
        let by_centre = self.is_centre_time && reading.is_centre_time;
        let told = if by_centre { reading.at.since_ms(last) } else { 0 };
        Some(last.plus_ms(passed.max(told).max(0)))
    }
}

pub(crate) async fn get(connection: &mut Connection, number: &StaffNumber) -> Result<Tries, DeskError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT count, last_at, boot_id, monotonic_ms, is_centre_time FROM login_try WHERE number = ?",
    )
    .bind(number.as_str())
    .fetch_optional(connection)
    .await?;
    row.map_or_else(|| Ok(Tries::default()), Row::read)
}

pub(crate) async fn put(
    connection: &mut Connection,
    number: &StaffNumber,
    tries: &Tries,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT OR REPLACE INTO login_try (number, count, last_at, boot_id, monotonic_ms, is_centre_time)
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(number.as_str())
    .bind(tries.failures.count)
    .bind(tries.failures.last.map_or(0, |at| at.0))
    .bind(tries.boot_id.to_string())
    .bind(tries.monotonic_ms)
    .bind(tries.is_centre_time)
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets the tries: a success, or a security administrator lifts the lock.
pub(crate) async fn clear(connection: &mut Connection, number: &StaffNumber) -> Result<(), DeskError> {
    sqlx::query("DELETE FROM login_try WHERE number = ?").bind(number.as_str()).execute(connection).await?;
    Ok(())
}

#[derive(FromRow)]
struct Row {
    count: u8,
    last_at: i64,
    boot_id: String,
    monotonic_ms: i64,
    is_centre_time: bool,
}

impl Row {
    fn read(self) -> Result<Tries, DeskError> {
        Ok(Tries {
            failures: Failures { count: self.count, last: Some(At(self.last_at)) },
            boot_id: parse_column(&self.boot_id)?,
            monotonic_ms: self.monotonic_ms,
            is_centre_time: self.is_centre_time,
        })
    }
}
