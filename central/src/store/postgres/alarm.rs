//! Alarms (N-4), and the counts of the day that become alarms above a threshold.

use super::{PgStore, Write, audit, rows};
use crate::{
    alarm::{Alarm, AlarmKind},
    audit::{AuditKey, Event},
    store::Result,
};
use rules::{At, Day, DeviceNumber, StaffNumber};
use sqlx::{FromRow, PgConnection};

/// Days that counts are kept.
const KEPT_DAYS: i64 = 40;

/// Writes an alarm and its event in the caller's transaction. The caller tells it after the commit.
pub(super) async fn raise(
    connection: &mut PgConnection,
    key: Option<&AuditKey>,
    alarm: &Alarm,
) -> Result<()> {
    sqlx::query("INSERT INTO alarm (at, kind, device, staff, detail) VALUES ($1, $2, $3, $4, $5)")
        .bind(alarm.at.0)
        .bind(alarm.kind.name())
        .bind(alarm.device.map(rows::small).transpose()?)
        .bind(alarm.staff.as_ref().map(StaffNumber::as_str))
        .bind(&alarm.detail)
        .execute(&mut *connection)
        .await?;
    let event = Event::Alarm {
        kind: alarm.kind.name().to_owned(),
        device: alarm.device,
        staff: alarm.staff.as_ref().map(ToString::to_string),
    };
    audit::record(connection, key, alarm.at, &event).await
}

/// What is counted by day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tally {
    /// Log-ins that the centre refused, by account or desk.
    FailedLogins,
    /// Reprints that were applied.
    Reprints,
    /// Registry records seen outside office hours.
    LookUpsOutOfHours,
    /// Operations decided as unproven.
    Unproven,
    /// Batches refused because signature, chain or form is wrong.
    Malformed,
    /// Kits of home visits that were refused as a whole.
    KitsRefused,
}

impl Tally {
    const fn kind(self) -> AlarmKind {
        match self {
            Self::FailedLogins => AlarmKind::FailedLogins,
            Self::Reprints => AlarmKind::Reprints,
            Self::LookUpsOutOfHours => AlarmKind::LookUpsOutOfHours,
            Self::Unproven => AlarmKind::Unproven,
            Self::Malformed => AlarmKind::Malformed,
            Self::KitsRefused => AlarmKind::KitsRefused,
        }
    }
}

/// Whom a count is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// An account, by its staff number.
    Staff(StaffNumber),
    /// A desk, where no account is known: what was typed may be anything.
    Device(DeviceNumber),
}

/// Adds to a count of the day.
pub(super) async fn count(
    connection: &mut PgConnection,
    tally: Tally,
    counted: &Counted,
    day: Day,
    more: u32,
) -> Result<()> {
    let (staff, device) = match counted {
        Counted::Staff(staff) => (staff.as_str(), 0),
        Counted::Device(device) => ("", device.0),
    };
    sqlx::query(
        "INSERT INTO tally (kind, staff, device, day, count) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (kind, staff, device, day) DO UPDATE SET count = tally.count + excluded.count",
    )
    .bind(tally.kind().name())
    .bind(staff)
    .bind(rows::small(device)?)
    .bind(rows::day_number(day))
    .bind(i64::from(more))
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct TallyRow {
    staff: String,
    device: i32,
    day: i32,
    count: i64,
}

/// An alarm as it is listed.
#[derive(Clone, Debug, FromRow)]
pub struct ListedAlarm {
    /// When it was raised, in milliseconds since 1970.
    pub at: i64,
    /// Name of its kind.
    pub kind: String,
    /// Device number of the desk it concerns, if any.
    pub device: Option<i32>,
    /// Account it concerns, if any.
    pub staff: Option<String>,
    /// Numbers and codes.
    pub detail: String,
}

impl PgStore {
    /// Writes an alarm, and tells it.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn raise(&self, alarm: &Alarm) -> Result<()> {
        let mut write = Write::begin(self.pool()).await?;
        raise(&mut write, self.audit_key(), alarm).await?;
        write.commit().await?;
        alarm.tell();
        Ok(())
    }

    /// Adds one to a count of the day.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn count(&self, tally: Tally, counted: &Counted, at: At) -> Result<()> {
        let mut connection = self.pool().acquire().await?;
        count(&mut connection, tally, counted, at.day(), 1).await
    }

    /// Raises an alarm for each count above its limit, once a day, and forgets old counts.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn raise_above(&self, limits: &[(Tally, u32)], now: At) -> Result<()> {
        for (tally, limit) in limits {
            let mut write = Write::begin(self.pool()).await?;
            let above: Vec<TallyRow> = sqlx::query_as(
                "UPDATE tally SET alarmed = true WHERE kind = $1 AND count > $2 AND NOT alarmed
                 RETURNING staff, device, day, count",
            )
            .bind(tally.kind().name())
            .bind(i64::from(*limit))
            .fetch_all(&mut *write)
            .await?;
            let alarms: Vec<Alarm> =
                above.into_iter().map(|row| row.alarm(tally.kind(), *limit, now)).collect::<Result<_>>()?;
            for alarm in &alarms {
                raise(&mut write, self.audit_key(), alarm).await?;
            }
            write.commit().await?;
            alarms.iter().for_each(Alarm::tell);
        }
        let oldest = now.plus_ms(-KEPT_DAYS * 24 * 60 * 60 * 1000).day();
        sqlx::query("DELETE FROM tally WHERE day < $1")
            .bind(rows::day_number(oldest))
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Returns the alarms raised since an instant, oldest first.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn alarms(&self, since: At) -> Result<Vec<ListedAlarm>> {
        Ok(sqlx::query_as("SELECT at, kind, device, staff, detail FROM alarm WHERE at >= $1 ORDER BY place")
            .bind(since.0)
            .fetch_all(self.pool())
            .await?)
    }
}

impl TallyRow {
    fn alarm(self, kind: AlarmKind, limit: u32, at: At) -> Result<Alarm> {
        let detail = format!("{} on {}, limit {limit}", self.count, rows::day(self.day)?);
        Ok(Alarm {
            at,
            kind,
            device: if self.device == 0 { None } else { Some(rows::device(self.device)?) },
            staff: self.staff.parse().ok(),
            detail,
        })
    }
}
