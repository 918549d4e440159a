//! Log-ins by a code on a phone at a window (I2).

use super::{PgStore, Write, rows};
use crate::{
    machine::log_in::WindowLogIn,
    store::{Item, Result},
};
use rules::{At, Day, DeviceNumber, StaffNumber, op::CitizenRef};
use sqlx::{FromRow, PgConnection};
use std::collections::HashMap;
use uuid::Uuid;

/// Longest time an operation may take to arrive with the log-in it names, in milliseconds: 30 days.
const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1000;

const FORGET: &str = "
    DELETE FROM window_log_in r WHERE r.at < $1 AND NOT EXISTS (SELECT FROM hold_in_force h
        WHERE h.citizen_ref IN (r.acting, r.holder)
           OR h.site = (SELECT d.site FROM device d WHERE d.device = r.device))";

#[derive(FromRow)]
struct Row {
    log_in: Uuid,
    device: i32,
    acting: Vec<u8>,
    holder: Vec<u8>,
    at: i64,
}

impl Row {
    fn read(self) -> Result<(Uuid, WindowLogIn)> {
        let (acting, holder) = (rows::reference(&self.acting)?, rows::reference(&self.holder)?);
        let device = rows::unsigned(self.device)?;
        Ok((self.log_in, WindowLogIn { device: DeviceNumber(device), acting, holder, at: At(self.at) }))
    }
}

impl PgStore {
    /// Keeps a log-in, once. Returns `false` if its number is known: the code was used before.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn keep_window_log_in(
        &self,
        log_in: Uuid,
        made: &WindowLogIn,
        operator: Option<&StaffNumber>,
    ) -> Result<bool> {
        let mut write = Write::begin(self.pool()).await?;
        sqlx::query(FORGET).bind(made.at.0 - KEPT_MS).execute(&mut *write).await?;
        let inserted = sqlx::query(
            "INSERT INTO window_log_in (log_in, device, operator, acting, holder, at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        )
        .bind(log_in)
        .bind(rows::small(made.device)?)
        .bind(operator.map(StaffNumber::as_str))
        .bind(&made.acting.0[..])
        .bind(&made.holder.0[..])
        .bind(made.at.0)
        .execute(&mut *write)
        .await?;
        write.commit().await?;
        Ok(inserted.rows_affected() == 1)
    }

    /// Returns whether a citizen logged in at this desk on this day (N-1).
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn has_logged_in(&self, device: DeviceNumber, citizen: &CitizenRef, day: Day) -> Result<bool> {
        let found: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM window_log_in WHERE device = $1 AND holder = $2 AND at >= $3)",
        )
        .bind(rows::small(device)?)
        .bind(&citizen.0[..])
        .bind(At::start_of(day).0)
        .fetch_one(self.pool())
        .await?;
        Ok(found)
    }
}

/// Returns the log-ins that operations name, as far as they are known.
pub(super) async fn of(connection: &mut PgConnection, items: &[Item]) -> Result<HashMap<Uuid, WindowLogIn>> {
    let proofs = items.iter().filter_map(|item| item.operation.proof.as_deref());
    let named: Vec<Uuid> = proofs.flat_map(rules::proof::Proof::log_ins).collect();
    if named.is_empty() {
        return Ok(HashMap::new());
    }
    let found: Vec<Row> =
        sqlx::query_as("SELECT log_in, device, acting, holder, at FROM window_log_in WHERE log_in = ANY($1)")
            .bind(&named)
            .fetch_all(connection)
            .await?;
    found.into_iter().map(Row::read).collect()
}
