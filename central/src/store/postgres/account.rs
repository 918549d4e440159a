//! Log-in data: wrapped keys, failed attempts and used nonces.

use super::{
    PgStore, Write, rows,
    signed::{Sealed as _, SealedAccount, Signatures, staff_record},
};
use crate::{
    audit::AuditKey,
    store::{NewVersion, Result},
};
use rules::{
    At, Sensitive, StaffNumber,
    account::ActivationCode,
    authority::{StaffRecord, WrappedKey},
    issuing::Issued,
    staff::{Failures, may_try},
};
use sqlx::FromRow;
use uuid::Uuid;

/// A staff account as needed at log-in and for its next version.
#[derive(Clone, Debug)]
pub struct Account {
    /// The account, signed by the centre.
    pub record: Issued<StaffRecord>,
    /// Private key under the password.
    pub wrapped_key: WrappedKey,
    /// When the password was set.
    pub password_since: At,
    /// TOTP secret in base32, if a second factor is set.
    pub totp_secret: Option<Sensitive<String>>,
    /// Activation code by which the person sets a password, until they do.
    pub code: Option<ActivationCode>,
}

impl Account {
    /// Returns this account as the version after its own, from `from` on, to be changed further.
    #[must_use]
    pub fn next(self, from: At) -> NewVersion {
        let replaces = Some(self.record.value.version);
        NewVersion {
            record: StaffRecord { from, ..self.record.value },
            replaces,
            wrapped_key: self.wrapped_key,
            password_since: self.password_since,
            totp_secret: self.totp_secret,
            change: None,
            code: self.code,
        }
    }
}

#[derive(FromRow)]
struct AccountRow {
    record: String,
    wrapped_key: String,
    password_since: i64,
    totp_secret: Option<String>,
    code_digest: Option<Vec<u8>>,
    code_expires_at: Option<i64>,
    seal: Option<Vec<u8>>,
}

impl AccountRow {
    /// `None` if the record is not signed, or code and second factor are not sealed: the next
    /// version would be both.
    fn read(self, signatures: Option<&Signatures>, key: Option<&AuditKey>) -> Result<Option<Account>> {
        let Some(record) = staff_record(&self.record, signatures)? else { return Ok(None) };
        let code = code(self.code_digest.as_deref(), self.code_expires_at)?;
        let sealed = SealedAccount {
            number: record.value.number.as_str(),
            version: record.value.version,
            totp_secret: self.totp_secret.as_deref(),
            code: code.as_ref(),
        };
        if !sealed.is_under(self.seal.as_deref(), key) {
            let number = sealed.number;
            tracing::error!(number, "code or second factor of an account are not what the centre wrote");
            return Ok(None);
        }
        Ok(Some(Account {
            record,
            wrapped_key: rows::record(&self.wrapped_key, "wrapped key")?,
            password_since: At(self.password_since),
            totp_secret: self.totp_secret.map(Sensitive::new),
            code,
        }))
    }
}

fn code(digest: Option<&[u8]>, expires_at: Option<i64>) -> Result<Option<ActivationCode>> {
    let given = digest.zip(expires_at);
    given
        .map(|(digest, at)| Ok(ActivationCode { digest: rows::digest(digest)?, expires_at: At(at) }))
        .transpose()
}

impl PgStore {
    /// Returns the account with a staff number, if the centre gave somebody one and wrote its row.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails or the row cannot be decoded.
    pub async fn account(&self, number: &StaffNumber) -> Result<Option<Account>> {
        let row: Option<AccountRow> = sqlx::query_as(
            "SELECT record, wrapped_key, password_since, totp_secret, code_digest, code_expires_at, seal
             FROM staff WHERE number = $1",
        )
        .bind(number.as_str())
        .fetch_optional(self.pool())
        .await?;
        row.map_or(Ok(None), |row| row.read(self.signatures(), self.audit_key()))
    }

    /// Counts the attempt as failed in advance; success resets it. Returns `false` without counting
    /// if the account is unknown or locked (S4).
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
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

    /// Ends a try that succeeded: forgets the failures and remembers the step of the TOTP code.
    /// Returns `false` and changes nothing if that step or a later one was used before (RFC 6238,
    /// 5.2).
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn end_try(&self, number: &StaffNumber, totp_step: Option<u64>) -> Result<bool> {
        let ended = sqlx::query(
            "UPDATE staff SET failures = 0, last_failure_at = NULL, totp_step = COALESCE($2, totp_step)
             WHERE number = $1 AND ($2::bigint IS NULL OR totp_step < $2)",
        )
        .bind(number.as_str())
        .bind(totp_step.map(rows::large).transpose()?)
        .execute(self.pool())
        .await?;
        Ok(ended.rows_affected() == 1)
    }

    /// Marks a nonce as used, and deletes expired ones of the same owner. Returns `false` if it was
    /// used before.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn use_nonce(&self, owner: &str, nonce: Uuid, now: At, expires_at: At) -> Result<bool> {
        sqlx::query("DELETE FROM used_nonce WHERE owner = $1 AND expires_at < $2")
            .bind(owner)
            .bind(now.0)
            .execute(self.pool())
            .await?;
        let inserted = sqlx::query(
            "INSERT INTO used_nonce (owner, nonce, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(owner)
        .bind(nonce)
        .bind(expires_at.0)
        .execute(self.pool())
        .await?;
        Ok(inserted.rows_affected() == 1)
    }
}
