//! Staff accounts: every version that ever held, announced to desks.

use super::{
    Write, audit, feed, rows,
    signed::{Sealed as _, SealedAccount, Signatures, staff_record},
};
use crate::{
    audit::{AuditKey, Event, event},
    clock,
    machine::people::SiteOperator,
    store::{NewVersion, Result, StoreError},
};
use rules::{
    SiteCode, StaffNumber,
    authority::{StaffRecord, WrappedKey},
    issuing::Issued,
    wire::Change,
};
use sqlx::{FromRow, PgConnection, PgPool};
use std::collections::{BTreeSet, HashMap};

#[derive(FromRow)]
struct VersionRow {
    #[sqlx(try_from = "String")]
    number: StaffNumber,
    record: String,
}

/// Returns the accounts with these numbers and all their versions. Who has a version that the
/// centre did not sign has no account: without it an older one would count again.
pub(super) async fn operators(
    connection: &mut PgConnection,
    signatures: Option<&Signatures>,
    numbers: &BTreeSet<StaffNumber>,
) -> Result<HashMap<StaffNumber, SiteOperator>> {
    let wanted: Vec<&str> = numbers.iter().map(StaffNumber::as_str).collect();
    let found: Vec<VersionRow> = sqlx::query_as(
        "SELECT number, record FROM staff_version WHERE number = ANY($1) ORDER BY number, version",
    )
    .bind(&wanted)
    .fetch_all(connection)
    .await?;
    let mut operators: HashMap<StaffNumber, SiteOperator> = HashMap::new();
    let mut unsigned = BTreeSet::new();
    for VersionRow { number, record } in found {
        let Some(record) = staff_record(&record, signatures)? else {
            unsigned.insert(number);
            continue;
        };
        let new = || SiteOperator { number: number.clone(), versions: Vec::new() };
        operators.entry(number.clone()).or_insert_with(new).versions.push(record.value);
    }
    operators.retain(|number, _| !unsigned.contains(number));
    Ok(operators)
}

/// Stores a version in one transaction with its announcement. The row of the account is what two
/// writers meet at.
pub(super) async fn put(
    pool: &PgPool,
    key: Option<&AuditKey>,
    new: NewVersion,
    sign: impl Fn(StaffRecord) -> Result<Issued<StaffRecord>> + Send,
) -> Result<Issued<StaffRecord>> {
    let record = signed(&new, sign)?;
    let mut write = Write::begin(pool).await?;
    let news = put_signed(&mut write, key, &new, &record).await?;
    feed::announce(&mut write, news).await?;
    write.commit().await?;
    Ok(record)
}

/// Signs a version, which follows the one that it replaces.
pub(super) fn signed(
    new: &NewVersion,
    sign: impl Fn(StaffRecord) -> Result<Issued<StaffRecord>>,
) -> Result<Issued<StaffRecord>> {
    let version = new.replaces.map_or(1, |version| version + 1);
    sign(StaffRecord { version, ..new.record.clone() })
}

/// Stores a version that is signed already, whatever its number. Returns what its sites are to be
/// told.
pub(super) async fn put_signed(
    connection: &mut PgConnection,
    key: Option<&AuditKey>,
    new: &NewVersion,
    record: &Issued<StaffRecord>,
) -> Result<Vec<(SiteCode, Change)>> {
    let site_before = write_account(connection, key, new, record).await?;
    write_version(connection, new, record).await?;
    note(connection, key, &record.value.number).await?;
    let sites: BTreeSet<SiteCode> = site_before.into_iter().chain([record.value.site]).collect();
    let change = Change::Staff(Box::new(record.clone()));
    Ok(sites.into_iter().map(|site| (site, change.clone())).collect())
}

/// Gives an account the wrapped key that belongs to its record, which was lost.
pub(super) async fn put_key(
    connection: &mut PgConnection,
    key: Option<&AuditKey>,
    number: &StaffNumber,
    wrapped: &WrappedKey,
) -> Result<()> {
    sqlx::query("UPDATE staff SET wrapped_key = $2 WHERE number = $1")
        .bind(number.as_str())
        .bind(rows::text(wrapped)?)
        .execute(&mut *connection)
        .await?;
    note(connection, key, number).await
}

/// Returns the site of the account before.
async fn write_account(
    connection: &mut PgConnection,
    key: Option<&AuditKey>,
    new: &NewVersion,
    record: &Issued<StaffRecord>,
) -> Result<Option<SiteCode>> {
    const INSERT: &str = "
        INSERT INTO staff (number, site, version, record, wrapped_key, password_since, totp_secret, code_digest,
            code_expires_at, seal)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $11 WHERE $10::bigint IS NULL ON CONFLICT DO NOTHING RETURNING NULL::text";
    const UPDATE: &str = "
        UPDATE staff s SET site = $2, version = $3, record = $4, wrapped_key = $5, password_since = $6,
            totp_secret = $7, code_digest = $8, code_expires_at = $9, seal = $11, failures = 0,
            last_failure_at = NULL
        FROM (SELECT number, site, version FROM staff WHERE number = $1 FOR UPDATE) before
        WHERE s.number = before.number AND before.version = $10 RETURNING before.site";
    let StaffRecord { number, site, version, .. } = &record.value;
    let sealed = SealedAccount {
        number: number.as_str(),
        version: *version,
        totp_secret: new.totp_secret.as_ref().map(|secret| secret.expose().as_str()),
        code: new.code.as_ref(),
    };
    let written: Option<Option<String>> =
        sqlx::query_scalar(if new.replaces.is_some() { UPDATE } else { INSERT })
            .bind(number.as_str())
            .bind(site.as_str())
            .bind(rows::large(*version)?)
            .bind(rows::text(record)?)
            .bind(rows::text(&new.wrapped_key)?)
            .bind(new.password_since.0)
            .bind(new.totp_secret.as_ref().map(rules::Sensitive::expose))
            .bind(new.code.as_ref().map(|code| code.digest.0.to_vec()))
            .bind(new.code.as_ref().map(|code| code.expires_at.0))
            .bind(new.replaces.map(rows::large).transpose()?)
            .bind(sealed.seal(key))
            .fetch_optional(connection)
            .await?;
    let before = written.ok_or(StoreError::Conflict)?;
    before.as_deref().map(rows::site).transpose()
}

/// Appends the version. A key that the person had before its last change is refused: who signed
/// with it once could sign again.
async fn write_version(
    connection: &mut PgConnection,
    new: &NewVersion,
    record: &Issued<StaffRecord>,
) -> Result<()> {
    const INSERT: &str = "
        INSERT INTO staff_version (number, version, valid_from, key_id, record, changed_by_owner)
        SELECT $1, $2, $3, $4, $5, $6
        WHERE NOT EXISTS (
            SELECT 1 FROM staff_version old
            WHERE old.number = $1 AND old.key_id = $4
              AND (SELECT key_id FROM staff_version last
                   WHERE last.number = $1 ORDER BY last.version DESC LIMIT 1) <> $4)";
    let StaffRecord { number, version, from, public_key, .. } = &record.value;
    let written = sqlx::query(INSERT)
        .bind(number.as_str())
        .bind(rows::large(*version)?)
        .bind(from.0)
        .bind(&public_key.key_id().0[..])
        .bind(rows::text(record)?)
        .bind(new.change.as_ref().map(rows::text).transpose()?)
        .execute(connection)
        .await?;
    if written.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// An account as the audit log sees it: its record, and both rows, which are blinded. What changes
/// with every log-in is left out, because it grants nothing.
#[derive(FromRow)]
struct AccountRow {
    number: String,
    version: i64,
    record: String,
    version_row: String,
    account_row: String,
}

/// A row of `staff` (s) as text.
macro_rules! account_row {
    () => {
        "(to_jsonb(s) - ARRAY['failures', 'last_failure_at', 'totp_step'])::text"
    };
}
pub(super) use account_row;

/// A row of `staff_version` (v) as text.
macro_rules! version_row {
    () => {
        "to_jsonb(v)::text"
    };
}
pub(super) use version_row;

impl AccountRow {
    fn read(self, key: &AuditKey) -> Result<event::Account> {
        let record: Issued<StaffRecord> = rows::record(&self.record, "staff record")?;
        Ok(event::Account {
            number: self.number,
            version: rows::unsigned_large(self.version)?,
            record: event::record_digest(&record),
            version_row: key.blind(&self.version_row),
            row: key.blind(&self.account_row),
        })
    }
}

/// Records what an account is after a change (D2).
async fn note(connection: &mut PgConnection, key: Option<&AuditKey>, number: &StaffNumber) -> Result<()> {
    let Some(key) = key else { return Ok(()) };
    let row: AccountRow = sqlx::query_as(concat!(
        "SELECT s.number, s.version, s.record, ",
        version_row!(),
        " AS version_row, ",
        account_row!(),
        " AS account_row FROM staff s JOIN staff_version v ON v.number = s.number AND v.version = s.version
         WHERE s.number = $1"
    ))
    .bind(number.as_str())
    .fetch_one(&mut *connection)
    .await?;
    audit::record(connection, Some(key), clock::now(), &Event::Account(row.read(key)?)).await
}
