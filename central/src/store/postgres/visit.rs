//! Kits of home visits (上门服务): who took whose views along, and when they came back (V1–V5).

use super::{PgStore, Write, alarm, audit, rows};
use crate::{
    alarm::{Alarm, AlarmKind},
    audit::{
        Event,
        event::{VisitBack, VisitTaken},
    },
    store::Result,
};
use rules::{
    At, DeviceNumber, SiteCode, StaffNumber, case_number::CaseNumber, correction::Digest, op::CitizenRef,
    wire::VisitReturnRequest,
};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// A kit that is asked for.
#[derive(Clone, Debug)]
pub struct NewVisit<'a> {
    /// Identifier of the visit.
    pub visit: Uuid,
    /// Desk that takes the kit.
    pub device: DeviceNumber,
    /// Epoch of its enrolment.
    pub epoch: u32,
    /// Site of the desk.
    pub site: &'a SiteCode,
    /// Who takes it.
    pub operator: &'a StaffNumber,
    /// Case of the visit.
    pub case_number: &'a CaseNumber,
    /// People on the list.
    pub people: u32,
    /// Digest of their references, in order.
    pub list: &'a Digest,
    /// When it is taken.
    pub taken_at: At,
    /// End of the kit.
    pub ends_at: At,
}

/// Whether a kit may be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisitOpening {
    /// The kit may be taken, and ends then; also when the same request came before.
    Open {
        /// End of the kit.
        ends_at: At,
    },
    /// Another kit of this desk or operator is out.
    AnotherIsOut,
}

/// A visit as it is listed.
#[derive(Clone, Debug, FromRow)]
pub struct ListedVisit {
    /// Identifier of the visit.
    pub visit: Uuid,
    /// Site of the desk.
    #[sqlx(try_from = "String")]
    pub site: SiteCode,
    /// Device number of the desk.
    pub device: i32,
    /// Who took the kit.
    pub operator: String,
    /// People on the list.
    pub people: i32,
    /// When it was taken, in milliseconds since 1970.
    pub taken_at: i64,
    /// End of the kit.
    pub ends_at: i64,
    /// When it came back, if it did.
    pub returned_at: Option<i64>,
    /// When the desk enrolled anew without it, if it did.
    pub lost_at: Option<i64>,
    /// People for whom something was done.
    pub served: Option<i32>,
    /// Sheets that nobody could account for.
    pub sheets_missing: Option<i32>,
}

#[derive(FromRow)]
struct EarlierRow {
    device: i32,
    list: Vec<u8>,
    ends_at: i64,
    is_out: bool,
}

#[derive(FromRow)]
struct OverdueRow {
    device: i32,
    operator: String,
    people: i32,
    ends_at: i64,
}

impl PgStore {
    /// Opens a visit, unless another kit of the desk or the operator is out. The desk of a kit that
    /// was taken under an earlier enrolment has lost it.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn open_visit(&self, new: &NewVisit<'_>) -> Result<VisitOpening> {
        let mut write = Write::begin(self.pool()).await?;
        // One operator at two desks follows one another.
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('visit ' || $1, 0))")
            .bind(new.operator.as_str())
            .execute(&mut *write)
            .await?;
        let earlier: Option<EarlierRow> = sqlx::query_as(
            "SELECT device, list, ends_at, returned_at IS NULL AND lost_at IS NULL AS is_out
             FROM visit WHERE visit = $1",
        )
        .bind(new.visit)
        .fetch_optional(&mut *write)
        .await?;
        if let Some(earlier) = earlier {
            let is_same = earlier.is_out
                && earlier.device == rows::small(new.device)?
                && earlier.list == new.list.0.as_slice();
            write.rollback().await?;
            let ends_at = At(earlier.ends_at);
            return Ok(if is_same { VisitOpening::Open { ends_at } } else { VisitOpening::AnotherIsOut });
        }
        sqlx::query(
            "UPDATE visit SET lost_at = $3
             WHERE device = $1 AND epoch < $2 AND returned_at IS NULL AND lost_at IS NULL",
        )
        .bind(rows::small(new.device)?)
        .bind(rows::small(new.epoch)?)
        .bind(new.taken_at.0)
        .execute(&mut *write)
        .await?;
        if is_another_out(&mut write, new).await? {
            write.rollback().await?;
            return Ok(VisitOpening::AnotherIsOut);
        }
        insert(&mut write, new).await?;
        let taken = VisitTaken {
            device: new.device,
            operator: new.operator.clone(),
            visit: new.visit,
            people: new.people,
            list: new.list.clone(),
            ends_at: new.ends_at,
        };
        audit::record(&mut write, self.audit_key(), new.taken_at, &Event::VisitTaken(taken)).await?;
        write.commit().await?;
        Ok(VisitOpening::Open { ends_at: new.ends_at })
    }

    /// Returns whether a desk was shown a citizen in a case of the same desk and day as this one.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn was_shown_here(
        &self,
        device: DeviceNumber,
        citizen: &CitizenRef,
        case_number: &CaseNumber,
    ) -> Result<bool> {
        let found: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM look_up WHERE device = $1 AND case_number > $2
                 AND case_number < $2 || ':' AND citizen_ref = $3 AND outcome = 'shown')",
        )
        .bind(rows::small(device)?)
        .bind(case_number.of_desk_and_day())
        .bind(&citizen.0[..])
        .fetch_one(self.pool())
        .await?;
        Ok(found)
    }

    /// Records that a kit came back; once. Returns when, or `None` if this desk took no such kit.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn return_visit(
        &self,
        device: DeviceNumber,
        operator: &StaffNumber,
        back: &VisitReturnRequest,
        now: At,
    ) -> Result<Option<At>> {
        let mut write = Write::begin(self.pool()).await?;
        let column = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let sheets = &back.sheets;
        let changed = sqlx::query(
            "UPDATE visit SET returned_at = $3, returned_by = $4, served = $5, sheets_taken = $6,
                 sheets_good = $7, sheets_spoilt = $8, sheets_open = $9, sheets_unused = $10
             WHERE visit = $1 AND device = $2 AND returned_at IS NULL",
        )
        .bind(back.visit)
        .bind(rows::small(device)?)
        .bind(now.0)
        .bind(operator.as_str())
        .bind(column(back.served))
        .bind(column(sheets.taken))
        .bind(column(sheets.good))
        .bind(column(sheets.spoilt))
        .bind(column(sheets.open))
        .bind(column(sheets.unused))
        .execute(&mut *write)
        .await?;
        if changed.rows_affected() == 1 {
            let event = VisitBack {
                device,
                operator: operator.clone(),
                visit: back.visit,
                served: back.served,
                sheets: back.sheets,
            };
            audit::record(&mut write, self.audit_key(), now, &Event::VisitBack(event)).await?;
        }
        let returned_at: Option<i64> =
            sqlx::query_scalar("SELECT returned_at FROM visit WHERE visit = $1 AND device = $2")
                .bind(back.visit)
                .bind(rows::small(device)?)
                .fetch_optional(&mut *write)
                .await?;
        write.commit().await?;
        Ok(returned_at.map(At))
    }

    /// Raises an alarm for each kit that has ended and did not come back, once.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn raise_overdue_visits(&self, now: At) -> Result<()> {
        let mut write = Write::begin(self.pool()).await?;
        let overdue: Vec<OverdueRow> = sqlx::query_as(
            "UPDATE visit SET alarmed = true
             WHERE NOT alarmed AND returned_at IS NULL AND lost_at IS NULL AND ends_at <= $1
             RETURNING device, operator, people, ends_at",
        )
        .bind(now.0)
        .fetch_all(&mut *write)
        .await?;
        let alarms: Vec<Alarm> = overdue.into_iter().map(|row| row.alarm(now)).collect::<Result<_>>()?;
        for one in &alarms {
            alarm::raise(&mut write, self.audit_key(), one).await?;
        }
        write.commit().await?;
        alarms.iter().for_each(Alarm::tell);
        Ok(())
    }

    /// Returns the visits since an instant and those whose kit is out, oldest first.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn visits(&self, since: At) -> Result<Vec<ListedVisit>> {
        Ok(sqlx::query_as(
            "SELECT visit, site, device, operator, people, taken_at, ends_at, returned_at, lost_at, served,
                 sheets_taken - sheets_good - sheets_spoilt - sheets_open - sheets_unused AS sheets_missing
             FROM visit WHERE taken_at >= $1 OR (returned_at IS NULL AND lost_at IS NULL) ORDER BY taken_at",
        )
        .bind(since.0)
        .fetch_all(self.pool())
        .await?)
    }
}

impl OverdueRow {
    fn alarm(self, at: At) -> Result<Alarm> {
        let since = At(self.ends_at).civil().strftime("%Y-%m-%d %H:%M");
        Ok(Alarm {
            at,
            kind: AlarmKind::KitOverdue,
            device: Some(rows::device(self.device)?),
            staff: self.operator.parse().ok(),
            detail: format!("{} people, ended {since}", self.people),
        })
    }
}

/// Whether the desk has another kit out, or the operator at a desk that is still in service.
async fn is_another_out(connection: &mut PgConnection, new: &NewVisit<'_>) -> Result<bool> {
    let found: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM visit v JOIN device d ON d.device = v.device
             WHERE v.returned_at IS NULL AND v.lost_at IS NULL
                 AND (v.device = $1 OR (v.operator = $2 AND d.revoked_at IS NULL AND d.epoch = v.epoch)))",
    )
    .bind(rows::small(new.device)?)
    .bind(new.operator.as_str())
    .fetch_one(connection)
    .await?;
    Ok(found)
}

async fn insert(connection: &mut PgConnection, new: &NewVisit<'_>) -> Result<()> {
    sqlx::query(
        "INSERT INTO visit (visit, device, epoch, site, operator, case_number, people, list, taken_at, ends_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(new.visit)
    .bind(rows::small(new.device)?)
    .bind(rows::small(new.epoch)?)
    .bind(new.site.as_str())
    .bind(new.operator.as_str())
    .bind(new.case_number.as_str())
    .bind(i32::try_from(new.people).unwrap_or(i32::MAX))
    .bind(&new.list.0[..])
    .bind(new.taken_at.0)
    .bind(new.ends_at.0)
    .execute(connection)
    .await?;
    Ok(())
}
