//! What each desk showed last of its audit (D1).

use super::{PgStore, Write, alarm, device, rows};
use crate::{
    alarm::{Alarm, AlarmKind},
    machine::contact::{Contact, KnownAudit, compare},
    store::Result,
};
use rules::{
    At, DeviceNumber,
    wire::{DeskAudit, EarlierRow},
};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

#[derive(FromRow)]
struct KnownRow {
    epoch: i32,
    generation: Uuid,
    rows: i64,
    hash: Vec<u8>,
    issued_at: i64,
}

impl KnownRow {
    fn read(self) -> Result<KnownAudit> {
        let audit = DeskAudit {
            rows: rows::unsigned_large(self.rows)?,
            hash: rows::digest(&self.hash)?,
            generation: self.generation,
        };
        Ok(KnownAudit { epoch: rows::unsigned(self.epoch)?, audit, issued_at: At(self.issued_at) })
    }
}

impl PgStore {
    /// Compares what a desk shows of its audit with what it showed before, and keeps it if it fits.
    /// If it does not, the desk is quarantined and an alarm raised, in one transaction.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails; nothing was changed then.
    pub async fn note_contact(
        &self,
        (device, epoch): (DeviceNumber, u32),
        (shown, earlier): (Option<&DeskAudit>, Option<&EarlierRow>),
        issued_at: At,
        now: At,
    ) -> Result<Contact> {
        let mut write = Write::begin(self.pool()).await?;
        let known: Option<KnownRow> = sqlx::query_as(
            "SELECT epoch, generation, rows, hash, issued_at FROM desk_audit WHERE device = $1 FOR UPDATE",
        )
        .bind(rows::small(device)?)
        .fetch_optional(&mut *write)
        .await?;
        let known = known.map(KnownRow::read).transpose()?;
        let contact = compare(known.as_ref(), epoch, (shown, earlier), issued_at);
        match (&contact, shown) {
            (Contact::Keep, Some(shown)) => {
                keep(&mut write, (device, epoch), shown, issued_at).await?;
                write.commit().await?;
            }
            (Contact::Keep | Contact::Pass | Contact::Ask(_), _) => write.rollback().await?,
            (Contact::Mismatch(mismatch), _) => {
                let alarm = Alarm {
                    at: now,
                    kind: AlarmKind::AuditMismatch,
                    device: Some(device),
                    staff: None,
                    detail: format!("epoch {epoch}: {mismatch}; desk quarantined"),
                };
                device::bar(&mut write, self.audit_key(), (device, epoch), now).await?;
                alarm::raise(&mut write, self.audit_key(), &alarm).await?;
                write.commit().await?;
                alarm.tell();
            }
        }
        Ok(contact)
    }
}

async fn keep(
    connection: &mut PgConnection,
    (device, epoch): (DeviceNumber, u32),
    shown: &DeskAudit,
    issued_at: At,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO desk_audit (device, epoch, generation, rows, hash, issued_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (device) DO UPDATE SET epoch = excluded.epoch, generation = excluded.generation,
             rows = excluded.rows, hash = excluded.hash, issued_at = excluded.issued_at",
    )
    .bind(rows::small(device)?)
    .bind(rows::small(epoch)?)
    .bind(shown.generation)
    .bind(rows::large(shown.rows)?)
    .bind(&shown.hash.0[..])
    .bind(issued_at.0)
    .execute(connection)
    .await?;
    Ok(())
}
