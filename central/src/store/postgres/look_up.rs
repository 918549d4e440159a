//! Look-ups of citizens at desks: each is a row, and each operator has a budget for the day (N-1).

use super::{PgStore, Write, rows};
use crate::store::Result;
use rules::{
    At, Day, DeviceNumber, StaffNumber, case_number::CaseNumber, correction::Digest, op::CitizenRef,
    wire::LookUpProof,
};
use sqlx::PgConnection;
use uuid::Uuid;

/// A look-up, before it is admitted.
#[derive(Clone, Debug)]
pub struct LookUp<'a> {
    /// Time of the request.
    pub at: At,
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Staff number of the operator, or `device N` for a desk without one.
    pub operator: &'a str,
    /// Citizen who is looked up.
    pub citizen: &'a CitizenRef,
    /// Case it belongs to.
    pub case_number: &'a CaseNumber,
    /// What the citizen showed.
    pub proof: LookUpProof,
}

/// Whether a look-up may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The look-up may go on, and is on record.
    Admitted,
    /// The case number belongs to another citizen.
    AnothersCase,
    /// The operator's budget of this day is used.
    OverBudget,
}

impl Admission {
    const fn outcome(self, is_known: bool) -> &'static str {
        match self {
            Self::Admitted if is_known => "shown",
            Self::Admitted => "unknown",
            Self::AnothersCase => "anothers_case",
            Self::OverBudget => "over_budget",
        }
    }
}

const fn name(proof: LookUpProof) -> &'static str {
    match proof {
        LookUpProof::Card => "card",
        LookUpProof::Code => "code",
        LookUpProof::Bound => "bound",
        LookUpProof::Document => "document",
        LookUpProof::Typed => "typed",
        LookUpProof::Roster => "roster",
        LookUpProof::Visit => "visit",
    }
}

impl PgStore {
    /// Admits a look-up within the operator's budget and records it, admitted or not. A citizen
    /// looked up again on one day counts once for the operator.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn admit_look_up(
        &self,
        look_up: &LookUp<'_>,
        budget: u32,
        is_known: bool,
    ) -> Result<Admission> {
        let mut write = Write::begin(self.pool()).await?;
        let admission = if is_anothers(&mut write, look_up).await? {
            Admission::AnothersCase
        } else if was_shown(&mut write, look_up).await? || count(&mut write, look_up, budget).await? {
            Admission::Admitted
        } else {
            Admission::OverBudget
        };
        record(&mut write, look_up, admission.outcome(is_known)).await?;
        write.commit().await?;
        Ok(admission)
    }

    /// Admits that the number of a relative is given, within the operator's budget, and records it.
    /// The case stays the agent's: it is no case of the relative, who is looked up in another.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn admit_number(&self, look_up: &LookUp<'_>, budget: u32) -> Result<bool> {
        let mut write = Write::begin(self.pool()).await?;
        let is_admitted = was_shown(&mut write, look_up).await? || count(&mut write, look_up, budget).await?;
        record(&mut write, look_up, if is_admitted { "named" } else { "over_budget" }).await?;
        write.commit().await?;
        Ok(is_admitted)
    }

    /// Records a look-up that was refused before its budget was asked.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn note_look_up(&self, look_up: &LookUp<'_>, outcome: &'static str) -> Result<()> {
        let mut connection = self.pool().acquire().await?;
        record(&mut connection, look_up, outcome).await
    }

    /// Allows an operator the look-ups of this day once more. Returns the releases of this day.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn release_look_ups(
        &self,
        operator: &StaffNumber,
        supervisor: &StaffNumber,
        at: At,
    ) -> Result<u32> {
        sqlx::query(
            "INSERT INTO look_up_release (release_id, operator, day, supervisor, at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(Uuid::now_v7())
        .bind(operator.as_str())
        .bind(rows::day_number(at.day()))
        .bind(supervisor.as_str())
        .bind(at.0)
        .execute(self.pool())
        .await?;
        let mut connection = self.pool().acquire().await?;
        releases(&mut connection, operator.as_str(), at.day()).await
    }

    /// Returns whether an operator was shown a citizen at a desk in this case on this day.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn was_looked_up(
        &self,
        (device, operator): (DeviceNumber, &str),
        citizen: &CitizenRef,
        case_number: &CaseNumber,
        day: Day,
    ) -> Result<bool> {
        let found: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM look_up WHERE device = $1 AND case_number = $2
                 AND citizen_ref = $3 AND day = $4 AND operator = $5 AND outcome = 'shown')",
        )
        .bind(rows::small(device)?)
        .bind(case_number.as_str())
        .bind(&citizen.0[..])
        .bind(rows::day_number(day))
        .bind(operator)
        .fetch_one(self.pool())
        .await?;
        Ok(found)
    }

    /// Returns the number of a desk's window, if there is such a desk.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn desk_number(&self, device: DeviceNumber) -> Result<Option<u16>> {
        let number: Option<i16> = sqlx::query_scalar("SELECT desk_number FROM device WHERE device = $1")
            .bind(rows::small(device)?)
            .fetch_optional(self.pool())
            .await?;
        Ok(number.and_then(|number| u16::try_from(number).ok()))
    }

    /// Returns whether a blob is the photo of somebody whom this operator looked up on this day.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn is_photo_of_looked_up(&self, operator: &str, day: Day, digest: &Digest) -> Result<bool> {
        let found: Option<i32> = sqlx::query_scalar(
            "SELECT 1 FROM look_up l
             JOIN citizen c ON c.bucket = l.bucket AND c.citizen_ref = l.citizen_ref AND c.photo = $3
             WHERE l.operator = $1 AND l.day = $2 AND l.outcome = 'shown' LIMIT 1",
        )
        .bind(operator)
        .bind(rows::day_number(day))
        .bind(&digest.0[..])
        .fetch_optional(self.pool())
        .await?;
        Ok(found.is_some())
    }
}

/// Whether operations or look-ups under this case number are about another citizen.
async fn is_anothers(connection: &mut PgConnection, look_up: &LookUp<'_>) -> Result<bool> {
    // The case of a home visit is that of everybody on its list.
    if look_up.proof == LookUpProof::Visit {
        return Ok(false);
    }
    let found: Option<i32> = sqlx::query_scalar(
        "SELECT 1 FROM case_holder WHERE device = $1 AND case_number = $2 AND citizen_ref <> $3
         UNION ALL
         SELECT 1 FROM look_up WHERE device = $1 AND case_number = $2 AND citizen_ref <> $3
             AND outcome IN ('shown', 'unknown')
         LIMIT 1",
    )
    .bind(rows::small(look_up.device)?)
    .bind(look_up.case_number.as_str())
    .bind(&look_up.citizen.0[..])
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}

async fn was_shown(connection: &mut PgConnection, look_up: &LookUp<'_>) -> Result<bool> {
    let found: Option<i32> = sqlx::query_scalar(
        "SELECT 1 FROM look_up WHERE operator = $1 AND day = $2 AND citizen_ref = $3
             AND outcome IN ('shown', 'unknown', 'named') LIMIT 1",
    )
    .bind(look_up.operator)
    .bind(rows::day_number(look_up.at.day()))
    .bind(&look_up.citizen.0[..])
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}

/// Counts one more citizen; `false` = the budget is used. The row's lock serialises requests.
async fn count(connection: &mut PgConnection, look_up: &LookUp<'_>, budget: u32) -> Result<bool> {
    let day = look_up.at.day();
    let times = releases(connection, look_up.operator, day).await?.saturating_add(1);
    let most = i32::try_from(budget.saturating_mul(times)).unwrap_or(i32::MAX);
    if most == 0 {
        return Ok(false);
    }
    let counted: Option<i32> = sqlx::query_scalar(
        "INSERT INTO look_up_count (operator, day, proof, citizens) VALUES ($1, $2, $3, 1)
         ON CONFLICT (operator, day, proof) DO UPDATE SET citizens = look_up_count.citizens + 1
             WHERE look_up_count.citizens < $4
         RETURNING citizens",
    )
    .bind(look_up.operator)
    .bind(rows::day_number(day))
    .bind(name(look_up.proof))
    .bind(most)
    .fetch_optional(connection)
    .await?;
    Ok(counted.is_some())
}

async fn releases(connection: &mut PgConnection, operator: &str, day: Day) -> Result<u32> {
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM look_up_release WHERE operator = $1 AND day = $2")
            .bind(operator)
            .bind(rows::day_number(day))
            .fetch_one(connection)
            .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

async fn record(connection: &mut PgConnection, look_up: &LookUp<'_>, outcome: &'static str) -> Result<()> {
    sqlx::query(
        "INSERT INTO look_up (look_up_id, day, at, device, operator, bucket, citizen_ref, case_number, proof, outcome)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(Uuid::now_v7())
    .bind(rows::day_number(look_up.at.day()))
    .bind(look_up.at.0)
    .bind(rows::small(look_up.device)?)
    .bind(look_up.operator)
    .bind(i16::from(look_up.citizen.bucket()))
    .bind(&look_up.citizen.0[..])
    .bind(look_up.case_number.as_str())
    .bind(name(look_up.proof))
    .bind(outcome)
    .execute(connection)
    .await?;
    Ok(())
}
