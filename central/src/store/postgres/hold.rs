//! Legal holds: what is kept whatever its age.

use super::{PgStore, Write, audit, rows};
use crate::{
    audit::Event,
    store::{Result, StoreError},
};
use rules::{At, StaffNumber, case_number::CaseNumber, digest::Digest, op::CitizenRef};
use sqlx::FromRow;
use std::fmt;
use uuid::Uuid;

/// What a hold keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoldOn {
    /// What belongs to one case.
    Case(CaseNumber),
    /// Everything about one citizen.
    Citizen(CitizenRef),
    /// Everything that was done at one site.
    Site(String),
}

impl fmt::Display for HoldOn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Case(number) => write!(formatter, "case {number}"),
            Self::Citizen(reference) => write!(formatter, "citizen {reference}"),
            Self::Site(site) => write!(formatter, "site {site}"),
        }
    }
}

/// A hold, in force until it is lifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegalHold {
    /// Number of the hold, given when it is placed.
    pub id: Uuid,
    /// What it keeps.
    pub on: HoldOn,
    /// Why it was placed, in the words of whoever placed it.
    pub reason: String,
    /// When it was placed.
    pub at: At,
    /// Who placed it.
    pub by: StaffNumber,
    /// How it was lifted, if it was.
    pub lifted: Option<HoldLift>,
}

/// End of a hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldLift {
    /// Why it was lifted, in the words of whoever lifted it.
    pub reason: String,
    /// When it was lifted.
    pub at: At,
    /// Who lifted it.
    pub by: StaffNumber,
    /// The auditor who agreed.
    pub second: StaffNumber,
}

#[derive(FromRow)]
struct Row {
    hold: Uuid,
    case_number: Option<String>,
    citizen_ref: Option<Vec<u8>>,
    site: Option<String>,
    reason: String,
    placed_at: i64,
    placed_by: String,
    lift_reason: Option<String>,
    lifted_at: Option<i64>,
    lifted_by: Option<String>,
    second: Option<String>,
}

fn staff(number: &str) -> Result<StaffNumber> {
    number.parse().map_err(|_| StoreError::Corrupt("staff number"))
}

impl Row {
    fn read(self) -> Result<LegalHold> {
        let on = match (self.case_number, self.citizen_ref, self.site) {
            (Some(number), _, _) => {
                HoldOn::Case(number.parse().map_err(|_| StoreError::Corrupt("case number"))?)
            }
            (_, Some(reference), _) => HoldOn::Citizen(rows::reference(&reference)?),
            (_, _, Some(site)) => HoldOn::Site(site),
            _ => return Err(StoreError::Corrupt("legal hold")),
        };
        let lifted = match (self.lift_reason, self.lifted_at, self.lifted_by, self.second) {
            (Some(reason), Some(at), Some(by), Some(second)) => {
                Some(HoldLift { reason, at: At(at), by: staff(&by)?, second: staff(&second)? })
            }
            _ => None,
        };
        let (at, by) = (At(self.placed_at), staff(&self.placed_by)?);
        Ok(LegalHold { id: self.hold, on, reason: self.reason, at, by, lifted })
    }
}

impl PgStore {
    /// Places a hold. Returns `false` if it is on a site that there is not.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn place_hold(&self, hold: &LegalHold) -> Result<bool> {
        let (mut case, mut citizen, mut site) = (None, None, None);
        match &hold.on {
            HoldOn::Case(number) => case = Some(number.as_str()),
            HoldOn::Citizen(reference) => citizen = Some(&reference.0[..]),
            HoldOn::Site(code) => site = Some(code),
        }
        let mut write = Write::begin(self.pool()).await?;
        let placed = sqlx::query(
            "INSERT INTO legal_hold (hold, case_number, citizen_ref, site, reason, placed_at, placed_by)
             SELECT $1, $2, $3, $4, $5, $6, $7
             WHERE $4::text IS NULL OR EXISTS (SELECT FROM site WHERE site = $4)",
        )
        .bind(hold.id)
        .bind(case)
        .bind(citizen)
        .bind(site)
        .bind(&hold.reason)
        .bind(hold.at.0)
        .bind(hold.by.as_str())
        .execute(&mut *write)
        .await?;
        if placed.rows_affected() == 0 {
            write.rollback().await?;
            return Ok(false);
        }
        let (on, reason) = (hold.on.to_string(), digest(&hold.reason));
        let event = Event::HoldPlaced { hold: hold.id, on, reason };
        audit::record(&mut write, self.audit_key(), hold.at, &event).await?;
        write.commit().await?;
        Ok(true)
    }

    /// Lifts a hold. Returns `false` if there is none of that number in force.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn lift_hold(&self, id: Uuid, lift: &HoldLift) -> Result<bool> {
        let mut write = Write::begin(self.pool()).await?;
        let lifted = sqlx::query(
            "INSERT INTO legal_hold_lift (hold, reason, lifted_at, lifted_by, second)
             SELECT hold, $2, $3, $4, $5 FROM hold_in_force WHERE hold = $1",
        )
        .bind(id)
        .bind(&lift.reason)
        .bind(lift.at.0)
        .bind(lift.by.as_str())
        .bind(lift.second.as_str())
        .execute(&mut *write)
        .await?;
        if lifted.rows_affected() == 0 {
            write.rollback().await?;
            return Ok(false);
        }
        let event = Event::HoldLifted { hold: id, reason: digest(&lift.reason) };
        audit::record(&mut write, self.audit_key(), lift.at, &event).await?;
        write.commit().await?;
        Ok(true)
    }

    /// Returns all holds, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or a row cannot be decoded.
    pub async fn holds(&self) -> Result<Vec<LegalHold>> {
        let found: Vec<Row> = sqlx::query_as(
            "SELECT h.hold, h.case_number, h.citizen_ref, h.site, h.reason, h.placed_at, h.placed_by,
                    l.reason AS lift_reason, l.lifted_at, l.lifted_by, l.second
             FROM legal_hold h LEFT JOIN legal_hold_lift l ON l.hold = h.hold ORDER BY h.placed_at, h.hold",
        )
        .fetch_all(self.pool())
        .await?;
        found.into_iter().map(Row::read).collect()
    }
}

/// The log names no words of people, which may name people.
fn digest(reason: &str) -> Digest {
    Digest::of(reason.as_bytes())
}
