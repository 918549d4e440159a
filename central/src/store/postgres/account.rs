//! Log-in data: password verifiers, failed attempts and used nonces.

use super::{PgStore, Write, rows};
use crate::store::Result;
use rules::{
    At, Sensitive, StaffNumber,
    staff::{Failures, may_try},
    wire::Staff,
};
use sqlx::FromRow;
use uuid::Uuid;

/// A staff account as needed at log-in.
#[derive(Clone, Debug)]
pub struct Account {
    /// Site of the account, six digits.
    pub site: String,
    /// The account in the form desks receive.
    pub staff: Staff,
    /// Time from which the account is disabled, if it is.
    pub disabled_at: Option<At>,
}

#[derive(FromRow)]
struct AccountRow {
    #[sqlx(try_from = "String")]
    number: StaffNumber,
    site: String,
    name: String,
    roles: String,
    password_hash: String,
    totp_secret: Option<String>,
    active: bool,
    disabled_at: Option<i64>,
    version: i64,
}

impl AccountRow {
    fn read(self) -> Result<Account> {
        let staff = Staff {
            number: self.number,
            name: Sensitive::new(self.name),
            roles: rows::record(&self.roles, "roles")?,
            password_hash: Sensitive::new(self.password_hash),
            totp_secret: self.totp_secret.map(Sensitive::new),
            active: self.active,
            version: rows::unsigned_large(self.version)?,
        };
        Ok(Account { site: self.site, staff, disabled_at: self.disabled_at.map(At) })
    }
}

impl PgStore {
    /// Returns the account with a staff number, if any.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or the row cannot be decoded.
    pub async fn account(&self, number: &StaffNumber) -> Result<Option<Account>> {
        let row: Option<AccountRow> = sqlx::query_as(
            "SELECT number, site, name, roles, password_hash, totp_secret, active, disabled_at, version FROM staff WHERE number = $1",
        )
        .bind(number.as_str())
        .fetch_optional(self.pool())
        .await?;
        row.map(AccountRow::read).transpose()
    }

    /// Counts the attempt as failed in advance; success resets it. Returns `false` without counting
    /// if the account is unknown or locked (S4).
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn begin_try(&self, number: &StaffNumber, now: At) -> Result<bool> {
        let mut write = Write::begin(self.pool()).await?;
        let known: Option<(i16, Option<i64>)> =
            sqlx::query_as("SELECT failures, last_failure_at FROM staff WHERE number = $1 FOR UPDATE")
                .bind(number.as_str())
                .fetch_optional(&mut *write)
                .await?;
        let Some((count, last)) = known else { return Ok(false) };
        let failures = Failures { count: u8::try_from(count).unwrap_or(u8::MAX), last: last.map(At) };
        if may_try(failures, now).is_err() {
            return Ok(false);
        }
        let failures = failures.and_another(now);
        sqlx::query("UPDATE staff SET failures = $2, last_failure_at = $3 WHERE number = $1")
            .bind(number.as_str())
            .bind(i16::from(failures.count))
            .bind(failures.last.map(|at| at.0))
            .execute(&mut *write)
            .await?;
        write.commit().await?;
        Ok(true)
    }

    /// Stores the count of failed attempts after a log-in.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn note_failures(&self, number: &StaffNumber, failures: Failures) -> Result<()> {
        sqlx::query("UPDATE staff SET failures = $2, last_failure_at = $3 WHERE number = $1")
            .bind(number.as_str())
            .bind(i16::from(failures.count))
            .bind(failures.last.map(|at| at.0))
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Marks a nonce as used, and deletes expired ones of the device. Returns `false` if it
    /// was used before.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn use_nonce(&self, device: u32, nonce: Uuid, now: At, expires_at: At) -> Result<bool> {
        let device = rows::small(device)?;
        sqlx::query("DELETE FROM used_nonce WHERE device = $1 AND expires_at < $2")
            .bind(device)
            .bind(now.0)
            .execute(self.pool())
            .await?;
        let inserted = sqlx::query(
            "INSERT INTO used_nonce (device, nonce, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(device)
        .bind(nonce)
        .bind(expires_at.0)
        .execute(self.pool())
        .await?;
        Ok(inserted.rows_affected() == 1)
    }
}
