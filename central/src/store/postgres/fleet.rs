//! What desks said of themselves last, and the oldest program that may issue codes (L13).

use super::{PgStore, rows};
use crate::{machine::program::Programs, store::Result};
use rules::{At, DeviceNumber, program::RequiredProgram, wire::Heartbeat};
use sqlx::{FromRow, PgConnection};
use std::collections::HashMap;

impl PgStore {
    /// Keeps what a desk says of itself, in the place of what it said before. One that was
    /// overtaken by a newer one, or is of an earlier enrolment, changes nothing.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn note_heartbeat(
        &self,
        (device, epoch): (DeviceNumber, u32),
        heartbeat: &Heartbeat,
        told_at: At,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO desk_heartbeat (device, epoch, told_at, heartbeat) VALUES ($1, $2, $3, $4)
             ON CONFLICT (device) DO UPDATE SET epoch = excluded.epoch, told_at = excluded.told_at,
                 heartbeat = excluded.heartbeat
             WHERE (desk_heartbeat.epoch, desk_heartbeat.told_at) <= (excluded.epoch, excluded.told_at)",
        )
        .bind(rows::small(device)?)
        .bind(rows::small(epoch)?)
        .bind(told_at.0)
        .bind(rows::text(heartbeat)?)
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Requires a program of desks from an instant on, or any again with `None`. The next trust
    /// anchors tell it.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn require_program(&self, required: Option<&RequiredProgram>) -> Result<()> {
        let statement = match required {
            Some(required) => sqlx::query(
                "INSERT INTO required_program (required) VALUES ($1)
                 ON CONFLICT (one) DO UPDATE SET required = excluded.required",
            )
            .bind(rows::text(required)?),
            None => sqlx::query("DELETE FROM required_program"),
        };
        statement.execute(self.pool()).await?;
        Ok(())
    }

    /// Returns the oldest program that may issue codes, if one is required.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails or the row cannot be decoded.
    pub async fn required_program(&self) -> Result<Option<RequiredProgram>> {
        required(&mut *self.pool().acquire().await?).await
    }
}

async fn required(connection: &mut PgConnection) -> Result<Option<RequiredProgram>> {
    let text: Option<String> =
        sqlx::query_scalar("SELECT required FROM required_program").fetch_optional(connection).await?;
    text.map(|text| rows::record(&text, "required program")).transpose()
}

#[derive(FromRow)]
struct HeartbeatRow {
    device: i32,
    heartbeat: String,
}

/// Returns the programs that desks told last, and the oldest one required. While none is required,
/// no desk is asked about.
pub(super) async fn programs(connection: &mut PgConnection, devices: &[DeviceNumber]) -> Result<Programs> {
    let Some(required) = required(&mut *connection).await? else { return Ok(Programs::default()) };
    let devices: Vec<i32> = devices.iter().map(|device| rows::small(*device)).collect::<Result<_>>()?;
    let rows: Vec<HeartbeatRow> =
        sqlx::query_as("SELECT device, heartbeat FROM desk_heartbeat WHERE device = ANY($1)")
            .bind(&devices)
            .fetch_all(connection)
            .await?;
    let mut told = HashMap::new();
    for row in rows {
        let heartbeat: Heartbeat = rows::record(&row.heartbeat, "heartbeat")?;
        told.insert(rows::device(row.device)?, heartbeat.program);
    }
    Ok(Programs { required: Some(required), told })
}
