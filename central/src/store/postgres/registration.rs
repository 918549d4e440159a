//! References for test registrations (M7), and the holder's number for the provider of health
//! state (M6).

use super::{PgStore, rows};
use crate::store::{Result, StoreError};
use rules::{At, life::Serial, payload::Claims, person::IdNumber};
use sqlx::FromRow;
use uuid::Uuid;

/// A reference that was given out and has not ended.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Code that it was given for.
    pub serial: Serial,
    /// Masked name in the symbol.
    pub masked_name: String,
    /// Masked number in the symbol.
    pub masked_number: String,
    /// By whom it was redeemed, if it was.
    pub redeemed: Option<Redemption>,
}

/// Who redeems a reference: the testing place, and which of its tries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redemption {
    /// Name of the testing place.
    pub place: String,
    /// Identifier of the try.
    pub nonce: Uuid,
}

#[derive(FromRow)]
struct RegistrationRow {
    serial: Vec<u8>,
    masked_name: String,
    masked_number: String,
    place: Option<String>,
    nonce: Option<Uuid>,
}

impl PgStore {
    /// Stores a reference. The same one again changes nothing.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn offer_registration(&self, reference: &str, claims: &Claims, expires_at: At) -> Result<()> {
        sqlx::query(
            "INSERT INTO registration (reference, bucket, serial, masked_name, masked_number, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        )
        .bind(reference)
        .bind(i16::from(claims.serial.bucket()))
        .bind(&claims.serial.0[..])
        .bind(&claims.masked_name)
        .bind(&claims.masked_number)
        .bind(expires_at.0)
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Returns a reference that was given out and has not ended.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn registration(&self, reference: &str, now: At) -> Result<Option<Registration>> {
        let row: Option<RegistrationRow> = sqlx::query_as(
            "SELECT serial, masked_name, masked_number, place, nonce FROM registration
             WHERE reference = $1 AND expires_at > $2",
        )
        .bind(reference)
        .bind(now.0)
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| {
            let RegistrationRow { serial, masked_name, masked_number, place, nonce } = row;
            let redeemed = place.zip(nonce).map(|(place, nonce)| Redemption { place, nonce });
            Ok(Registration { serial: rows::serial(&serial)?, masked_name, masked_number, redeemed })
        })
        .transpose()
    }

    /// Redeems a reference that nobody has redeemed. Returns `false` if somebody has.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn redeem_registration(&self, reference: &str, by: &Redemption, now: At) -> Result<bool> {
        let redeemed = sqlx::query(
            "UPDATE registration SET redeemed_at = $2, place = $3, nonce = $4
             WHERE reference = $1 AND redeemed_at IS NULL",
        )
        .bind(reference)
        .bind(now.0)
        .bind(&by.place)
        .bind(by.nonce)
        .execute(self.pool())
        .await?;
        Ok(redeemed.rows_affected() == 1)
    }

    /// Deletes references that have ended.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn forget_registrations(&self, now: At) -> Result<()> {
        sqlx::query("DELETE FROM registration WHERE expires_at <= $1")
            .bind(now.0)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Returns the ID number of a code's holder; `None` if nobody in the registry holds it.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or the number is not one.
    pub async fn holder_number(&self, serial: Serial) -> Result<Option<IdNumber>> {
        let number: Option<String> = sqlx::query_scalar(
            "SELECT citizen.number FROM code JOIN citizen USING (bucket, citizen_ref)
             WHERE code.bucket = $1 AND code.serial = $2",
        )
        .bind(i16::from(serial.bucket()))
        .bind(&serial.0[..])
        .fetch_optional(self.pool())
        .await?;
        number.map(|number| IdNumber::parse(&number).map_err(|_| StoreError::Corrupt("number"))).transpose()
    }
}
