//! Keys that sign codes: certificates of desks and of the centre itself, their renewal and end.

use super::{PgStore, Write, audit, rows};
use crate::{
    audit::{AuditKey, Event, event::record_digest},
    clock,
    machine::issue::signing_key,
    store::{Item, Result, StoreError},
};
use rules::{
    At, DeviceNumber,
    issuing::Issued,
    keys::{DeskKey, KeyId, PublicKey},
    policy::{CLOCK_TOLERANCE_MS, KEY_LEAD_MS, KEY_LIFE_MS, KEY_RENEWAL_MS},
};
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};

/// Outcome of a renewal.
#[derive(Clone, Debug)]
pub enum Renewal {
    /// The certificate of the next key; the same one again for a repeated request.
    Certified(Box<Issued<DeskKey>>),
    /// The present key is not in force, does not end soon, or has another next key already; or the
    /// next key is somebody's already.
    Refused,
}

impl PgStore {
    /// B4: certifies the next key of an enrolment, which `present` asked for. The present key stays
    /// in force beside it until its own end.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or `certify` does.
    pub async fn renew_key(
        &self,
        (device, epoch): (DeviceNumber, u32),
        present: &PublicKey,
        next: &PublicKey,
        now: At,
        certify: impl Fn(DeskKey) -> Result<Issued<DeskKey>> + Send,
    ) -> Result<Renewal> {
        let mut write = Write::begin(self.pool()).await?;
        let (device_number, epoch_number) = (rows::small(device)?, rows::small(epoch)?);
        let held: Option<(Vec<u8>, Option<Vec<u8>>)> = sqlx::query_as(
            "SELECT public_key, next_key FROM device_head WHERE device = $1 AND epoch = $2 FOR NO KEY UPDATE",
        )
        .bind(device_number)
        .bind(epoch_number)
        .fetch_optional(&mut *write)
        .await?;
        let Some((first, second)) = held else { return Ok(Renewal::Refused) };
        let by_second = second.as_deref() == Some(present.as_bytes());
        if !by_second && first != present.as_bytes() {
            return Ok(Renewal::Refused);
        }
        let known = by_id(&mut write, next.key_id()).await?;
        if let Some(known) = known {
            let is_repeated = second.as_deref() == Some(next.as_bytes()) && known.value.device == device;
            return Ok(if is_repeated { Renewal::Certified(Box::new(known)) } else { Renewal::Refused });
        }
        // Another next key waits: whoever has a copy of the present one must not replace it.
        if second.is_some() && !by_second {
            return Ok(Renewal::Refused);
        }
        let Some(Issued { value: old, .. }) = by_id(&mut write, present.key_id()).await? else {
            return Ok(Renewal::Refused);
        };
        let due = old.not_after.plus_ms(-KEY_RENEWAL_MS - CLOCK_TOLERANCE_MS);
        if !old.is_in_force(now) || now < due {
            return Ok(Renewal::Refused);
        }
        // Verifiers learn of it first, but a desk that asks late must not be without a key.
        let not_before = now.plus_ms(KEY_LEAD_MS).min(old.not_after);
        let not_after = not_before.plus_ms(KEY_LIFE_MS);
        let certificate = certify(DeskKey { public_key: next.clone(), not_before, not_after, ..old })?;
        put(&mut write, (self.audit_key(), now), &certificate).await?;
        sqlx::query("UPDATE device_head SET public_key = $3, next_key = $4 WHERE device = $1 AND epoch = $2")
            .bind(device_number)
            .bind(epoch_number)
            .bind(present.as_bytes())
            .bind(next.as_bytes())
            .execute(&mut *write)
            .await?;
        let event = Event::DeskRenewed { device, epoch, present: present.key_id(), next: next.key_id() };
        audit::record(&mut write, self.audit_key(), now, &event).await?;
        write.commit().await?;
        Ok(Renewal::Certified(Box::new(certificate)))
    }

    /// Registers a renewed key of an enrolment that is not on record, and lets it speak for the
    /// desk as after a renewal. Returns `false` if the key is on record.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn adopt_key(&self, certificate: &Issued<DeskKey>, now: At) -> Result<bool> {
        let mut write = Write::begin(self.pool()).await?;
        let key = &certificate.value;
        sqlx::query(
            "UPDATE device_head SET public_key = COALESCE(next_key, public_key), next_key = $3
             WHERE device = $1 AND epoch = $2",
        )
        .bind(rows::small(key.device)?)
        .bind(rows::small(key.epoch)?)
        .bind(key.public_key.as_bytes())
        .execute(&mut *write)
        .await?;
        // Looked up under the lock of the head, so that two processes adopt it once.
        if by_id(&mut write, key.public_key.key_id()).await?.is_some() {
            write.rollback().await?;
            return Ok(false);
        }
        put(&mut write, (self.audit_key(), now), certificate).await?;
        let (device, epoch, key_id) = (key.device, key.epoch, key.public_key.key_id());
        let event = Event::DeskKeyAdopted { device, epoch, key_id };
        audit::record(&mut write, self.audit_key(), now, &event).await?;
        write.commit().await?;
        Ok(true)
    }

    /// Stores the centre's own key for codes, once. A new key replaces the previous one, which is
    /// retired now; codes it signed stay valid.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if a newer key has replaced this one already; [`StoreError`] if
    /// the database fails.
    pub async fn put_own_key(
        &self,
        key: DeskKey,
        now: At,
        certify: impl Fn(DeskKey) -> Result<Issued<DeskKey>> + Send,
    ) -> Result<()> {
        let mut write = Write::begin(self.pool()).await?;
        // Several processes start at the same time.
        sqlx::query("LOCK TABLE desk_key IN SHARE ROW EXCLUSIVE MODE").execute(&mut *write).await?;
        let device = rows::small(key.device)?;
        let known: Vec<(i32, String)> =
            sqlx::query_as("SELECT epoch, certificate FROM desk_key WHERE device = $1 ORDER BY epoch")
                .bind(device)
                .fetch_all(&mut *write)
                .await?;
        for (_, text) in &known {
            let known: Issued<DeskKey> = rows::record(text, "certificate")?;
            if known.value.public_key == key.public_key {
                return if known.value.retired_at.is_none() { Ok(()) } else { Err(StoreError::Conflict) };
            }
        }
        let audit = (self.audit_key(), now);
        retire(&mut write, audit, device, None, &certify).await?;
        let last = known.last().map_or(0, |(epoch, _)| *epoch);
        put(&mut write, audit, &certify(DeskKey { epoch: rows::unsigned(last)? + 1, ..key })?).await?;
        write.commit().await
    }

    /// Stores a certificate made elsewhere, once.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn put_desk_key(&self, certificate: &Issued<DeskKey>) -> Result<()> {
        let mut connection = self.pool().acquire().await?;
        match by_id(&mut connection, certificate.value.public_key.key_id()).await? {
            Some(_) => Ok(()),
            None => put(&mut connection, (self.audit_key(), clock::now()), certificate).await,
        }
    }

    /// Returns the certified key with this id, if any.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or the certificate cannot be decoded.
    pub async fn desk_key(&self, key_id: KeyId) -> Result<Option<DeskKey>> {
        let mut connection = self.pool().acquire().await?;
        Ok(by_id(&mut connection, key_id).await?.map(|certificate| certificate.value))
    }
}

/// Returns the keys that signed the symbols of issues, as the operations say.
pub(super) async fn of_issues(
    connection: &mut PgConnection,
    items: &[Item],
) -> Result<HashMap<KeyId, DeskKey>> {
    let wanted: HashSet<KeyId> = items.iter().filter_map(|item| signing_key(&item.operation)).collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let wanted: Vec<Vec<u8>> = wanted.iter().map(|key_id| key_id.0.to_vec()).collect();
    let texts: Vec<String> = sqlx::query_scalar("SELECT certificate FROM desk_key WHERE key_id = ANY($1)")
        .bind(&wanted)
        .fetch_all(connection)
        .await?;
    read_all(&texts)
}

fn read_all(texts: &[String]) -> Result<HashMap<KeyId, DeskKey>> {
    let read = |text: &String| -> Result<(KeyId, DeskKey)> {
        let certificate: Issued<DeskKey> = rows::record(text, "certificate")?;
        Ok((certificate.value.public_key.key_id(), certificate.value))
    };
    texts.iter().map(read).collect()
}

pub(super) async fn by_id(connection: &mut PgConnection, key_id: KeyId) -> Result<Option<Issued<DeskKey>>> {
    let text: Option<String> = sqlx::query_scalar("SELECT certificate FROM desk_key WHERE key_id = $1")
        .bind(&key_id.0[..])
        .fetch_optional(connection)
        .await?;
    text.map(|text| rows::record(&text, "certificate")).transpose()
}

/// Retires every key of a device that is still in force. With `compromised_since`, codes that any
/// of its keys signed since then are doubtful; an earlier time that is known stays.
pub(super) async fn retire(
    connection: &mut PgConnection,
    audit: (Option<&AuditKey>, At),
    device: i32,
    compromised_since: Option<At>,
    certify: &(impl Fn(DeskKey) -> Result<Issued<DeskKey>> + Send),
) -> Result<()> {
    let texts: Vec<String> = sqlx::query_scalar("SELECT certificate FROM desk_key WHERE device = $1")
        .bind(device)
        .fetch_all(&mut *connection)
        .await?;
    for text in texts {
        let old: Issued<DeskKey> = rows::record(&text, "certificate")?;
        let key = DeskKey {
            retired_at: old.value.retired_at.or(Some(audit.1)),
            compromised_since: [old.value.compromised_since, compromised_since].into_iter().flatten().min(),
            ..old.value.clone()
        };
        if key != old.value {
            put(connection, audit, &certify(key)?).await?;
        }
    }
    Ok(())
}

/// Stores a certificate, or a new state of its key, which is published next. Records it in the
/// audit log (D2) with the time given.
pub(super) async fn put(
    connection: &mut PgConnection,
    (audit_key, at): (Option<&AuditKey>, At),
    certificate: &Issued<DeskKey>,
) -> Result<()> {
    let key = &certificate.value;
    sqlx::query(
        "INSERT INTO desk_key (device, epoch, key_id, not_after, certificate) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (device, key_id) DO UPDATE
         SET not_after = excluded.not_after, certificate = excluded.certificate, changed_in = 0",
    )
    .bind(rows::small(key.device)?)
    .bind(rows::small(key.epoch)?)
    .bind(&key.public_key.key_id().0[..])
    .bind(key.not_after.0)
    .bind(rows::text(certificate)?)
    .execute(&mut *connection)
    .await?;
    let event = Event::Key {
        device: key.device,
        epoch: key.epoch,
        key_id: key.public_key.key_id(),
        certificate: record_digest(certificate),
    };
    audit::record(connection, audit_key, at, &event).await
}
