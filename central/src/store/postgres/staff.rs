//! Staff accounts: stored for log-in and decisions, announced to desks.

use super::{Write, audit, feed, rows};
use crate::{
    audit::{AuditKey, Event, event},
    clock,
    machine::people::SiteOperator,
    store::{Item, Result},
};
use rules::{
    At, StaffNumber,
    wire::{Change, Staff},
};
use sqlx::{FromRow, PgConnection, PgPool};
use std::collections::{HashMap, HashSet};

#[derive(FromRow)]
struct OperatorRow {
    #[sqlx(try_from = "String")]
    number: StaffNumber,
    site: String,
    roles: String,
    disabled_at: Option<i64>,
}

/// Returns the accounts of the operators of `items`, by staff number.
pub(super) async fn operators(
    connection: &mut PgConnection,
    items: &[Item],
) -> Result<HashMap<StaffNumber, SiteOperator>> {
    let numbers: HashSet<&str> = items.iter().map(|item| item.operation.operator.as_str()).collect();
    let numbers: Vec<&str> = numbers.into_iter().collect();
    let found: Vec<OperatorRow> =
        sqlx::query_as("SELECT number, site, roles, disabled_at FROM staff WHERE number = ANY($1)")
            .bind(&numbers)
            .fetch_all(connection)
            .await?;
    found
        .into_iter()
        .map(|row| {
            let operator = SiteOperator {
                number: row.number.clone(),
                site: row.site,
                roles: rows::record(&row.roles, "roles")?,
                disabled_at: row.disabled_at.map(At),
            };
            Ok((row.number, operator))
        })
        .collect()
}

/// Stores a new or changed account and announces it to its site in the same transaction. The
/// database counts the version; the caller's is ignored.
pub(super) async fn put(
    pool: &PgPool,
    key: Option<&AuditKey>,
    site: &str,
    staff: &Staff,
    disabled_at: Option<At>,
) -> Result<()> {
    let mut write = Write::begin(pool).await?;
    let version: i64 = sqlx::query_scalar(
        "INSERT INTO staff (number, site, name, roles, password_hash, totp_secret, active, disabled_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (number) DO UPDATE SET site = excluded.site, name = excluded.name, roles = excluded.roles,
             password_hash = excluded.password_hash, totp_secret = excluded.totp_secret, active = excluded.active,
             disabled_at = excluded.disabled_at, version = staff.version + 1, failures = 0, last_failure_at = NULL
         RETURNING version",
    )
    .bind(staff.number.as_str())
    .bind(site)
    .bind(staff.name.expose())
    .bind(rows::text(&staff.roles)?)
    .bind(staff.password_hash.expose())
    .bind(staff.totp_secret.as_ref().map(rules::Sensitive::expose))
    .bind(staff.active)
    .bind(disabled_at.map(|at| at.0))
    .fetch_one(&mut *write)
    .await?;
    let told = Staff { version: rows::unsigned_large(version)?, ..staff.clone() };
    note(&mut write, key, &staff.number).await?;
    feed::announce(&mut write, vec![(site.to_owned(), Change::Staff(Box::new(told)))]).await?;
    write.commit().await
}

/// An account as the audit log sees it. What counts log-ins is left out: it changes all the time
/// and grants nothing.
#[derive(FromRow)]
struct AccountRow {
    number: String,
    site: String,
    roles: String,
    active: bool,
    row_text: String,
}

macro_rules! accounts {
    ($which:literal) => {
        concat!(
            "SELECT number, site, roles, active, (to_jsonb(s) - ARRAY['failures', 'last_failure_at'])::text AS row_text
             FROM staff s ",
            $which
        )
    };
}

impl AccountRow {
    fn read(self, key: &AuditKey) -> event::Account {
        let row = key.blind(&self.row_text);
        event::Account { number: self.number, site: self.site, roles: self.roles, active: self.active, row }
    }
}

/// Records what an account is after a change (D2).
async fn note(connection: &mut PgConnection, key: Option<&AuditKey>, number: &StaffNumber) -> Result<()> {
    let Some(key) = key else { return Ok(()) };
    let row: AccountRow = sqlx::query_as(accounts!("WHERE number = $1"))
        .bind(number.as_str())
        .fetch_one(&mut *connection)
        .await?;
    audit::record(connection, Some(key), clock::now(), &Event::Account(row.read(key))).await
}

/// Returns all accounts as the audit log sees them.
pub(super) async fn accounts(connection: &mut PgConnection, key: &AuditKey) -> Result<Vec<event::Account>> {
    let found: Vec<AccountRow> = sqlx::query_as(accounts!("ORDER BY number")).fetch_all(connection).await?;
    Ok(found.into_iter().map(|row| row.read(key)).collect())
}
