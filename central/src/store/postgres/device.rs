//! Desks and the heads of their enrolments.

use super::{Write, alarm, audit, desk_key, rows};
use crate::{
    alarm::{Alarm, AlarmKind},
    audit::{AuditKey, Event},
    clock,
    machine::ingest::{DeviceHead, LogMonth},
    store::Result,
};
use rules::{At, DeviceNumber, SiteCode, issuing::Issued, keys::DeskKey};
use sqlx::{FromRow, PgConnection, PgPool};

/// Registers an enrolment, and its device and site if they are missing.
pub(super) async fn enrol(
    pool: &PgPool,
    key: Option<&AuditKey>,
    head: &DeviceHead,
    certificate: &Issued<DeskKey>,
) -> Result<()> {
    let mut write = Write::begin(pool).await?;
    let (device, epoch) = (rows::small(head.device)?, rows::small(head.epoch)?);
    sqlx::query("INSERT INTO site (site, name) VALUES ($1, $1) ON CONFLICT DO NOTHING")
        .bind(head.site.as_str())
        .execute(&mut *write)
        .await?;
    let desk_number = i16::try_from(head.device.0 % 999 + 1).unwrap_or(1);
    sqlx::query(
        "INSERT INTO device (device, site, desk_number, epoch) VALUES ($1, $2, $3, $4)
         ON CONFLICT (device) DO UPDATE SET epoch = GREATEST(device.epoch, excluded.epoch), quarantined_at = NULL",
    )
    .bind(device)
    .bind(head.site.as_str())
    .bind(desk_number)
    .bind(epoch)
    .execute(&mut *write)
    .await?;
    start(&mut write, head).await?;
    let now = clock::now();
    desk_key::put(&mut write, (key, now), certificate).await?;
    let event =
        Event::DeskEnrolled { device: head.device, epoch: head.epoch, key_id: head.public_key.key_id() };
    audit::record(&mut write, key, now, &event).await?;
    write.commit().await
}

/// Inserts the log head and the apply head of a new enrolment.
pub(super) async fn start(connection: &mut PgConnection, head: &DeviceHead) -> Result<()> {
    let (device, epoch) = (rows::small(head.device)?, rows::small(head.epoch)?);
    sqlx::query(
        "INSERT INTO device_head (device, epoch, public_key, received_through, last_hash) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(device)
    .bind(epoch)
    .bind(head.public_key.as_bytes())
    .bind(rows::large(head.received_through)?)
    .bind(&head.last_hash.0[..])
    .execute(&mut *connection)
    .await?;
    sqlx::query("INSERT INTO apply_head (device, epoch) VALUES ($1, $2)")
        .bind(device)
        .bind(epoch)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

pub(super) async fn head(pool: &PgPool, device: DeviceNumber, epoch: u32) -> Result<Option<DeviceHead>> {
    let row: Option<HeadRow> = sqlx::query_as(
        "SELECT h.public_key, h.next_key, h.received_through, h.last_hash, h.month_seq, h.month_since, d.epoch AS current_epoch, d.site,
                d.quarantined_at IS NOT NULL AS quarantined, d.revoked_at IS NOT NULL AS revoked
         FROM device_head h JOIN device d ON d.device = h.device WHERE h.device = $1 AND h.epoch = $2",
    )
    .bind(rows::small(device)?)
    .bind(rows::small(epoch)?)
    .fetch_optional(pool)
    .await?;
    row.map(|row| row.read(device, epoch)).transpose()
}

#[derive(FromRow)]
struct HeadRow {
    public_key: Vec<u8>,
    next_key: Option<Vec<u8>>,
    received_through: i64,
    last_hash: Vec<u8>,
    month_seq: i64,
    month_since: i64,
    current_epoch: i32,
    #[sqlx(try_from = "String")]
    site: SiteCode,
    quarantined: bool,
    revoked: bool,
}

impl HeadRow {
    fn read(self, device: DeviceNumber, epoch: u32) -> Result<DeviceHead> {
        Ok(DeviceHead {
            device,
            epoch,
            current_epoch: rows::unsigned(self.current_epoch)?,
            site: self.site,
            public_key: rows::public_key(&self.public_key)?,
            next_key: self.next_key.as_deref().map(rows::public_key).transpose()?,
            received_through: rows::unsigned_large(self.received_through)?,
            last_hash: rows::digest(&self.last_hash)?,
            month: LogMonth { first_seq: rows::unsigned_large(self.month_seq)?, since: At(self.month_since) },
            quarantined: self.quarantined,
            revoked: self.revoked,
        })
    }
}

/// Quarantines an enrolment whose operations are not what they were (S7), with an alarm.
pub(super) async fn quarantine(
    pool: &PgPool,
    key: Option<&AuditKey>,
    (device, epoch): (DeviceNumber, u32),
    at: At,
) -> Result<()> {
    let mut write = Write::begin(pool).await?;
    let is_new = bar(&mut write, key, (device, epoch), at).await?;
    let alarm = Alarm {
        at,
        kind: AlarmKind::Quarantine,
        device: Some(device),
        staff: None,
        detail: format!("epoch {epoch}: an operation is another one than before; desk quarantined"),
    };
    if is_new {
        alarm::raise(&mut write, key, &alarm).await?;
    }
    write.commit().await?;
    if is_new {
        alarm.tell();
    }
    Ok(())
}

/// Bars an enrolment and voids unused invitations, which a copied disk may hold; later invitations
/// and enrolments are left alone. Locks the invitation first, as enrolment does, so that the two
/// cannot deadlock. Returns whether it was not barred before.
pub(super) async fn bar(
    connection: &mut PgConnection,
    key: Option<&AuditKey>,
    desk: (DeviceNumber, u32),
    at: At,
) -> Result<bool> {
    let (device, epoch) = (rows::small(desk.0)?, rows::small(desk.1)?);
    sqlx::query(
        "DELETE FROM invitation i USING device d
         WHERE i.device = $1 AND d.device = $1 AND d.epoch = $2 AND d.quarantined_at IS NULL",
    )
    .bind(device)
    .bind(epoch)
    .execute(&mut *connection)
    .await?;
    let barred = sqlx::query(
        "UPDATE device SET quarantined_at = $3 WHERE device = $1 AND epoch = $2 AND quarantined_at IS NULL",
    )
    .bind(device)
    .bind(epoch)
    .bind(at.0)
    .execute(&mut *connection)
    .await?;
    let is_new = barred.rows_affected() > 0;
    if is_new {
        let event = Event::DeskQuarantined { device: desk.0, epoch: desk.1 };
        audit::record(connection, key, at, &event).await?;
    }
    Ok(is_new)
}
