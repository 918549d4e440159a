//! Removes rows that no decision needs any more, unless a legal hold keeps them.
//!
//! A plan is the removal itself, rolled back: it counts what would go, with the very statements.

use super::{OutdatedMonth, PgStore, Write, audit, log_month, rows};
use crate::{
    audit::Event,
    config::Retention,
    store::{Result, StoreError},
};
use rules::{At, Day, digest::Digest, op::CitizenRef, person::IdNumber};
use sqlx::{Connection as _, PgConnection};
use std::{collections::HashSet, fmt::Write as _};
use uuid::Uuid;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// How the columns of a statement say when something was: `$1` is the end of what is outdated.
#[derive(Clone, Copy)]
enum Clock {
    /// Milliseconds since 1970.
    Instant,
    /// Days as numbers, yyyymmdd.
    Day,
}

/// Outdated rows of one table.
struct Removal {
    table: &'static str,
    days: fn(&Retention) -> u32,
    clock: Clock,
    delete: &'static str,
}

/// In this order: some rows stay because others do.
const REMOVALS: [Removal; 11] = [
    Removal {
        table: "look_up",
        days: |kept| kept.look_ups_days,
        clock: Clock::Instant,
        delete: "DELETE FROM look_up r WHERE r.at < $1 AND NOT EXISTS (SELECT FROM hold_in_force h
            WHERE h.citizen_ref = r.citizen_ref OR h.case_number = r.case_number
               OR h.site = (SELECT d.site FROM device d WHERE d.device = r.device))",
    },
    Removal {
        table: "look_up_release",
        days: |kept| kept.look_ups_days,
        clock: Clock::Instant,
        delete: "DELETE FROM look_up_release r WHERE r.at < $1
            AND NOT EXISTS (SELECT FROM look_up l WHERE l.operator = r.operator AND l.day = r.day)",
    },
    Removal {
        table: "look_up_count",
        days: |kept| kept.look_ups_days,
        clock: Clock::Day,
        delete: "DELETE FROM look_up_count r WHERE r.day < $1
            AND NOT EXISTS (SELECT FROM look_up l WHERE l.operator = r.operator AND l.day = r.day)",
    },
    Removal {
        table: "channel_login",
        days: |kept| kept.log_ins_days,
        clock: Clock::Instant,
        delete: "DELETE FROM channel_login r WHERE r.at < $1 AND NOT EXISTS (SELECT FROM hold_in_force h
            WHERE h.citizen_ref IN (r.acting_ref, r.holder_ref)
               OR h.site = (SELECT c.site FROM channel_client c WHERE c.name = r.client))",
    },
    Removal {
        table: "channel_refusal",
        days: |kept| kept.log_ins_days,
        clock: Clock::Instant,
        delete: "DELETE FROM channel_refusal r WHERE r.hour * 3600000 < $1 AND NOT EXISTS
            (SELECT FROM hold_in_force h JOIN channel_client c ON c.site = h.site WHERE c.name = r.client)",
    },
    // A kit that is out stays, however long ago it ended.
    Removal {
        table: "visit",
        days: |kept| kept.visits_days,
        clock: Clock::Instant,
        delete:
            "DELETE FROM visit r WHERE coalesce(r.returned_at, r.lost_at) < $1
            AND NOT EXISTS (SELECT FROM hold_in_force h
            WHERE h.site = r.site OR h.case_number = r.case_number COLLATE \"C\"
               OR EXISTS (SELECT FROM look_up l WHERE l.device = r.device
                          AND l.case_number = r.case_number COLLATE \"C\" AND l.citizen_ref = h.citizen_ref))",
    },
    Removal {
        table: "roster_visit",
        days: |kept| kept.rosters_days,
        clock: Clock::Day,
        delete: "DELETE FROM roster_visit r USING outdated_roster o WHERE o.list = r.list AND o.through_day < $1",
    },
    Removal {
        table: "roster_person",
        days: |kept| kept.rosters_days,
        clock: Clock::Day,
        delete: "DELETE FROM roster_person r USING outdated_roster o WHERE o.list = r.list AND o.through_day < $1",
    },
    Removal {
        table: "roster",
        days: |kept| kept.rosters_days,
        clock: Clock::Day,
        delete: "DELETE FROM roster r USING outdated_roster o WHERE o.list = r.list AND o.through_day < $1",
    },
    Removal {
        table: "institution_agent",
        days: |kept| kept.rosters_days,
        clock: Clock::Day,
        delete: "DELETE FROM institution_agent r WHERE r.through_day < $1
            AND NOT EXISTS (SELECT FROM held_number n WHERE n.number = r.number)",
    },
    Removal {
        table: "board_fact",
        days: |kept| kept.boards_days,
        clock: Clock::Instant,
        delete:
            "DELETE FROM board_fact r WHERE r.at < $1 AND NOT EXISTS (SELECT FROM hold_in_force h
            WHERE h.case_number = r.case_number COLLATE \"C\"
               OR h.site = (SELECT d.site FROM device d WHERE d.device = r.device)
               OR EXISTS (SELECT FROM case_holder c WHERE c.device = r.device
                          AND c.case_number = r.case_number COLLATE \"C\" AND c.citizen_ref = h.citizen_ref))",
    },
];

/// Numbers on what ended: the only place where citizens stand without their reference.
const ENDED_NUMBERS: &str = "
    SELECT p.number FROM roster r JOIN roster_person p ON p.list = r.list WHERE r.through_day < $1
    UNION SELECT number FROM institution_agent WHERE through_day < $1";

const OUTDATED_ROSTERS: &str = "
    INSERT INTO outdated_roster SELECT r.list, r.through_day FROM roster r WHERE r.through_day < $1
        AND NOT EXISTS (SELECT FROM roster_person p JOIN held_number n ON n.number = p.number WHERE p.list = r.list)
        AND NOT EXISTS (SELECT FROM roster_visit v JOIN device d ON d.device = v.device
                        JOIN hold_in_force h ON h.site = d.site OR h.case_number = v.case_number COLLATE \"C\"
                        WHERE v.list = r.list)";

/// Outdated rows of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outdated {
    /// Table that the rows are in.
    pub table: &'static str,
    /// First day that is kept.
    pub kept_from: Day,
    /// Number of rows.
    pub rows: u64,
}

/// What goes, if nothing changes meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetentionPlan {
    /// Outdated rows of each table, in the order of their removal.
    pub outdated: Vec<Outdated>,
    /// Outdated months of the operations' log.
    pub months: Vec<OutdatedMonth>,
    /// Holds in force, which keep what they are on.
    pub holds: Vec<Uuid>,
}

impl RetentionPlan {
    /// Returns the name of exactly this plan: another day, row or hold gives another name.
    #[must_use]
    pub fn id(&self) -> String {
        let mut text = String::new();
        for Outdated { table, kept_from, rows } in &self.outdated {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{table} {kept_from} {rows}");
        }
        for month in self.months_that_go() {
            let _ = writeln!(text, "month {} {}", month.month, month.operations);
        }
        for hold in &self.holds {
            let _ = writeln!(text, "hold {hold}");
        }
        Digest::of(text.as_bytes()).to_string()[..16].to_owned()
    }

    /// Returns the months of the operations' log that go.
    pub fn months_that_go(&self) -> impl Iterator<Item = &OutdatedMonth> {
        self.months.iter().filter(|month| month.stays.is_none())
    }

    /// Returns the number of rows that go, those of the operations' log apart.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.outdated.iter().map(|one| one.rows).sum()
    }
}

impl PgStore {
    /// Returns whether the role of this connection may remove rows; the service's may not.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn may_remove(&self) -> Result<bool> {
        let may = "SELECT has_table_privilege('look_up', 'DELETE')";
        Ok(sqlx::query_scalar(may).fetch_one(self.pool()).await?)
    }

    /// Returns the months of the log that are outdated at an instant, and why some of them stay.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn outdated_months(&self, kept: &Retention, now: At) -> Result<Vec<OutdatedMonth>> {
        let mut connection = self.unhurried().await?;
        let outdated = log_month::outdated(&mut connection, end(now, kept.operations_days)).await?;
        connection.close().await?;
        Ok(outdated)
    }

    /// Finds what is outdated, and removes it if that is exactly the plan that was agreed to. All
    /// of it is one transaction, with an entry of the audit log for each table.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the plan is another one now, or a month is not as it was
    /// archived; [`StoreError`] if the database fails. Nothing is removed then.
    pub async fn remove_outdated(
        &self,
        kept: &Retention,
        now: At,
        reference: impl Fn(&IdNumber) -> CitizenRef + Send,
        agreed: Option<&str>,
    ) -> Result<RetentionPlan> {
        let mut write = Write::begin(self.pool()).await?;
        // No hold is placed while rows go.
        for prepare in [
            "SET LOCAL statement_timeout = 0",
            "LOCK TABLE legal_hold, legal_hold_lift IN SHARE MODE",
            "CREATE TEMP TABLE held_number (number text PRIMARY KEY) ON COMMIT DROP",
            "CREATE TEMP TABLE outdated_roster (list uuid PRIMARY KEY, through_day integer) ON COMMIT DROP",
        ] {
            sqlx::query(prepare).execute(&mut *write).await?;
        }
        let holds = "SELECT hold FROM hold_in_force ORDER BY hold";
        let holds: Vec<Uuid> = sqlx::query_scalar(holds).fetch_all(&mut *write).await?;
        let rosters = end(now, kept.rosters_days);
        hold_numbers(&mut write, rosters.day(), reference).await?;
        sqlx::query(OUTDATED_ROSTERS)
            .bind(i64::from(rows::day_number(rosters.day())))
            .execute(&mut *write)
            .await?;
        let mut outdated = Vec::with_capacity(REMOVALS.len());
        for Removal { table, days, clock, delete } in &REMOVALS {
            let end = end(now, days(kept));
            let bound = match clock {
                Clock::Instant => end.0,
                Clock::Day => i64::from(rows::day_number(end.day())),
            };
            let gone = sqlx::query(delete).bind(bound).execute(&mut *write).await?.rows_affected();
            outdated.push(Outdated { table, kept_from: end.day(), rows: gone });
        }
        let months = log_month::outdated(&mut write, end(now, kept.operations_days)).await?;
        let plan = RetentionPlan { outdated, months, holds };
        let Some(agreed) = agreed else {
            write.rollback().await?;
            return Ok(plan);
        };
        if agreed != plan.id() {
            write.rollback().await?;
            return Err(StoreError::Conflict);
        }
        for Outdated { table, kept_from, rows } in plan.outdated.iter().filter(|one| one.rows > 0) {
            let (table, plan) = ((*table).to_owned(), agreed.to_owned());
            let event = Event::Removed { table, rows: *rows, kept_from: *kept_from, plan };
            audit::record(&mut write, self.audit_key(), now, &event).await?;
        }
        for OutdatedMonth { month, .. } in plan.months_that_go() {
            let operations = log_month::remove(&mut write, *month).await?;
            let event = Event::LogMonthRemoved { month: *month, operations, plan: agreed.to_owned() };
            audit::record(&mut write, self.audit_key(), now, &event).await?;
        }
        write.commit().await?;
        Ok(plan)
    }
}

/// Returns the start of the first day that is kept.
fn end(now: At, days: u32) -> At {
    At::start_of(now.day()).plus_ms(-i64::from(days) * DAY_MS)
}

/// Notes the numbers of citizens under a hold, as far as they are on what ended before a day.
async fn hold_numbers(
    connection: &mut PgConnection,
    before: Day,
    reference: impl Fn(&IdNumber) -> CitizenRef + Send,
) -> Result<()> {
    let held = "SELECT citizen_ref FROM hold_in_force WHERE citizen_ref IS NOT NULL";
    let held: Vec<Vec<u8>> = sqlx::query_scalar(held).fetch_all(&mut *connection).await?;
    if held.is_empty() {
        return Ok(());
    }
    let held: HashSet<CitizenRef> = held.iter().map(|bytes| rows::reference(bytes)).collect::<Result<_>>()?;
    let numbers: Vec<String> = sqlx::query_scalar(ENDED_NUMBERS)
        .bind(i64::from(rows::day_number(before)))
        .fetch_all(&mut *connection)
        .await?;
    let is_held =
        |number: &String| IdNumber::parse(number).is_ok_and(|number| held.contains(&reference(&number)));
    let numbers: Vec<String> = numbers.into_iter().filter(is_held).collect();
    sqlx::query("INSERT INTO held_number SELECT * FROM unnest($1::text[])")
        .bind(&numbers)
        .execute(connection)
        .await?;
    Ok(())
}
