//! Acts of security administrators on the accounts of their sites.

use super::{PgStore, Write, audit, feed, rows, staff};
use crate::{
    audit::{Event, event},
    store::{NewVersion, Result},
};
use rules::{
    At, SiteCode, StaffNumber,
    authority::StaffRecord,
    issuing::Issued,
    staff::{Failures, lockout},
    wire::{AccountActRequest, SiteAccount},
};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

#[derive(FromRow)]
struct SiteAccountRow {
    record: String,
    has_second_factor: bool,
    code_expires_at: Option<i64>,
    failures: i16,
    last_failure_at: Option<i64>,
}

impl SiteAccountRow {
    fn read(self, now: At) -> Result<SiteAccount> {
        let record: Issued<StaffRecord> = rows::record(&self.record, "staff record")?;
        let count = u8::try_from(self.failures).unwrap_or(u8::MAX);
        let failures = Failures { count, last: self.last_failure_at.map(At) };
        Ok(SiteAccount {
            record: record.value,
            has_second_factor: self.has_second_factor,
            code_until: self.code_expires_at.map(At),
            locked_until: lockout(failures, now),
        })
    }
}

impl PgStore {
    /// Returns the accounts of a site, by staff number.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails or a row cannot be decoded.
    pub async fn site_accounts(&self, site: &SiteCode, now: At) -> Result<Vec<SiteAccount>> {
        let found: Vec<SiteAccountRow> = sqlx::query_as(
            "SELECT record, totp_secret IS NOT NULL AS has_second_factor, code_expires_at, failures, last_failure_at
             FROM staff WHERE site = $1 ORDER BY number",
        )
        .bind(site.as_str())
        .fetch_all(self.pool())
        .await?;
        found.into_iter().map(|row| row.read(now)).collect()
    }

    /// Returns those of the numbers that have an account, at any site.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn taken_numbers(&self, numbers: &[StaffNumber]) -> Result<Vec<StaffNumber>> {
        let wanted: Vec<&str> = numbers.iter().map(StaffNumber::as_str).collect();
        let taken: Vec<String> = sqlx::query_scalar("SELECT number FROM staff WHERE number = ANY($1)")
            .bind(&wanted)
            .fetch_all(self.pool())
            .await?;
        Ok(numbers.iter().filter(|number| taken.iter().any(|one| one == number.as_str())).cloned().collect())
    }

    /// Returns the numbers of all sites.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn sites(&self) -> Result<Vec<SiteCode>> {
        let sites: Vec<String> =
            sqlx::query_scalar("SELECT site FROM site ORDER BY site").fetch_all(self.pool()).await?;
        sites.iter().map(|site| rows::site(site)).collect()
    }

    /// Returns whether there is a site with this number.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn has_site(&self, site: &SiteCode) -> Result<bool> {
        let found = "SELECT EXISTS (SELECT FROM site WHERE site = $1)";
        Ok(sqlx::query_scalar(found).bind(site.as_str()).fetch_one(self.pool()).await?)
    }

    /// Returns whether an act was done already.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn has_account_act(&self, id: Uuid) -> Result<bool> {
        let found = "SELECT EXISTS (SELECT FROM account_act WHERE id = $1)";
        Ok(sqlx::query_scalar(found).bind(id).fetch_one(self.pool()).await?)
    }

    /// Stores all that an act comes to, and the act itself, in one transaction. An act that is here
    /// already changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`](crate::store::StoreError::Conflict) if one of the accounts was
    /// added or changed meanwhile, and an error if the database fails.
    pub async fn put_account_act(
        &self,
        request: &AccountActRequest,
        versions: Vec<NewVersion>,
        now: At,
        sign: impl Fn(StaffRecord) -> Result<Issued<StaffRecord>> + Send,
    ) -> Result<()> {
        let act = &request.act.value;
        let second = request.second.as_ref().map(|second| second.value.by.clone());
        let mut write = Write::begin(self.pool()).await?;
        let written = sqlx::query(
            "INSERT INTO account_act (id, at, device, staff, second, request) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT DO NOTHING",
        )
        .bind(act.id)
        .bind(now.0)
        .bind(rows::small(act.device)?)
        .bind(act.by.as_str())
        .bind(second.as_ref().map(StaffNumber::as_str))
        .bind(rows::text(request)?)
        .execute(&mut *write)
        .await?;
        if written.rows_affected() == 0 {
            return write.rollback().await;
        }
        let event = event::DecidedAct {
            id: act.id,
            device: act.device,
            by: act.by.clone(),
            second,
            act: act.word().to_owned(),
            accounts: versions.len(),
            request: event::record_digest(request),
        };
        audit::record(&mut write, self.audit_key(), now, &Event::AccountAct(event)).await?;
        self.put_versions(&mut write, &versions, &sign).await?;
        write.commit().await
    }

    /// Stores versions of several accounts in one transaction: all of them, or none.
    ///
    /// # Errors
    /// [`StoreError::Conflict`](crate::store::StoreError::Conflict) if one of the accounts was
    /// added or changed meanwhile, and an error if the database fails.
    pub async fn put_all_staff(
        &self,
        versions: Vec<NewVersion>,
        sign: impl Fn(StaffRecord) -> Result<Issued<StaffRecord>> + Send,
    ) -> Result<()> {
        let mut write = Write::begin(self.pool()).await?;
        self.put_versions(&mut write, &versions, &sign).await?;
        write.commit().await
    }

    async fn put_versions(
        &self,
        connection: &mut PgConnection,
        versions: &[NewVersion],
        sign: &(impl Fn(StaffRecord) -> Result<Issued<StaffRecord>> + Send),
    ) -> Result<()> {
        let mut news = Vec::new();
        for version in versions {
            let record = staff::signed(version, sign)?;
            news.extend(staff::put_signed(connection, self.audit_key(), version, &record).await?);
        }
        feed::announce(connection, news).await
    }
}
