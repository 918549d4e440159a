//! Sites, desks, invitations and desk certificates.

use super::{PgStore, Write, audit, device, rows};
use crate::{
    audit::Event,
    clock,
    machine::ingest::DeviceHead,
    store::{Result, StoreError},
};
use rules::{
    At,
    keys::{Class, DeskKey, KeyId, PublicKey, Signed},
    op::genesis,
    policy::CLOCK_TOLERANCE_MS,
};
use sqlx::{FromRow, PgConnection};

/// Validity of a desk certificate, in milliseconds: two years.
const CERTIFICATE_MS: i64 = 2 * 366 * 24 * 60 * 60 * 1000;

/// Number, enrolment and site of a desk, as returned at enrolment.
#[derive(Clone, Debug)]
pub struct Place {
    /// Device number of the desk.
    pub device: u32,
    /// Epoch of the new enrolment.
    pub epoch: u32,
    /// Site of the desk, six digits.
    pub site: String,
    /// Name of the site.
    pub site_name: String,
    /// Number of the window at the site.
    pub desk_number: u16,
}

/// A desk as shown in the list of desks.
#[derive(Clone, Debug)]
pub struct ListedDesk {
    /// Device number of the desk.
    pub device: u32,
    /// Site of the desk, six digits.
    pub site: String,
    /// Number of the window at the site.
    pub desk_number: u16,
    /// Name given by the administrator.
    pub name: String,
    /// Epoch of the enrolment in force; 0 = none yet.
    pub epoch: u32,
    /// Operations received in that enrolment.
    pub received: u64,
    /// Operations of that enrolment that are decided.
    pub decided: u64,
    /// S7: time from which its disk is known to be restored or copied.
    pub quarantined_at: Option<At>,
    /// Time from which it is out of service.
    pub revoked_at: Option<At>,
    /// End of its certificate, after which the desk issues nothing until it enrols again.
    pub not_after: Option<At>,
}

impl ListedDesk {
    /// Returns whether a desk in service needs a new certificate within `ms` milliseconds.
    #[must_use]
    pub fn ends_within(&self, ms: i64, now: At) -> bool {
        self.revoked_at.is_none() && self.not_after.is_some_and(|end| end < now.plus_ms(ms))
    }
}

impl PgStore {
    /// Returns all desks, by device number.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or a row cannot be decoded.
    pub async fn desks(&self) -> Result<Vec<ListedDesk>> {
        let found: Vec<DeskRow> = sqlx::query_as(
            "SELECT d.device, d.site, d.desk_number, d.name, d.epoch, d.quarantined_at, d.revoked_at,
                    COALESCE(h.received_through, 0) AS received, COALESCE(a.applied_through, 0) AS decided, k.certificate
             FROM device d
             LEFT JOIN device_head h ON h.device = d.device AND h.epoch = d.epoch
             LEFT JOIN apply_head a ON a.device = d.device AND a.epoch = d.epoch
             LEFT JOIN desk_key k ON k.device = d.device AND k.epoch = d.epoch
             ORDER BY d.device",
        )
        .fetch_all(self.pool())
        .await?;
        found.into_iter().map(DeskRow::read).collect()
    }

    /// Adds or renames a site.
    ///
    /// # Errors
    /// [`StoreError::Database`] if the number is not six digits.
    pub async fn put_site(&self, site: &str, name: &str) -> Result<()> {
        sqlx::query("INSERT INTO site (site, name) VALUES ($1, $2) ON CONFLICT (site) DO UPDATE SET name = excluded.name")
            .bind(site)
            .bind(name)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Invites the desk with this window number of a site to enrol. Only the digest of the one-time
    /// code is stored. Returns the device number.
    ///
    /// # Errors
    /// [`StoreError::Database`] if the site does not exist, [`StoreError::Range`] if the window
    /// number is too large.
    pub async fn invite(
        &self,
        site: &str,
        desk_number: u16,
        name: &str,
        code_digest: &[u8],
        expires_at: At,
    ) -> Result<u32> {
        let mut write = Write::begin(self.pool()).await?;
        let device: i32 = sqlx::query_scalar(
            "INSERT INTO device (device, site, desk_number, name) VALUES (nextval('device_number'), $1, $2, $3)
             ON CONFLICT (site, desk_number) DO UPDATE SET name = excluded.name RETURNING device",
        )
        .bind(site)
        .bind(i16::try_from(desk_number).map_err(|_| StoreError::Range("desk number"))?)
        .bind(name)
        .fetch_one(&mut *write)
        .await?;
        sqlx::query("DELETE FROM invitation WHERE device = $1").bind(device).execute(&mut *write).await?;
        sqlx::query("INSERT INTO invitation (code_digest, device, expires_at) VALUES ($1, $2, $3)")
            .bind(code_digest)
            .bind(device)
            .bind(expires_at.0)
            .execute(&mut *write)
            .await?;
        let device = rows::unsigned(device)?;
        let event = Event::DeskInvited { device };
        audit::record(&mut write, self.audit_key(), clock::now(), &event).await?;
        write.commit().await?;
        Ok(device)
    }

    /// Consumes an invitation and starts the next enrolment of its device, with a certificate from
    /// `certify`. Older keys are retired now; codes they signed stay valid. Returns `None` if the
    /// code is wrong, used or expired.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or `certify` does; the invitation then stays valid.
    pub async fn accept_invitation(
        &self,
        code_digest: &[u8],
        public_key: &PublicKey,
        class: Class,
        now: At,
        certify: impl Fn(DeskKey) -> Result<Signed<DeskKey>> + Send,
    ) -> Result<Option<(Place, Signed<DeskKey>)>> {
        let mut write = Write::begin(self.pool()).await?;
        let used: Option<(i32, i64)> =
            sqlx::query_as("DELETE FROM invitation WHERE code_digest = $1 RETURNING device, expires_at")
                .bind(code_digest)
                .fetch_optional(&mut *write)
                .await?;
        let Some(device) = used.filter(|(_, expires_at)| now.0 <= *expires_at).map(|(device, _)| device)
        else {
            return Ok(None);
        };
        let place = next_epoch(&mut write, device).await?;
        retire(&mut write, device, now, &certify).await?;
        let desk_key = DeskKey {
            public_key: public_key.clone(),
            device: place.device,
            epoch: place.epoch,
            site: place.site.clone(),
            class,
            // Tolerates a desk clock that is a little behind.
            not_before: now.plus_ms(-CLOCK_TOLERANCE_MS),
            not_after: now.plus_ms(CERTIFICATE_MS),
            retired_at: None,
        };
        let certificate = certify(desk_key)?;
        put_key(&mut write, &certificate).await?;
        let head = DeviceHead {
            device: place.device,
            epoch: place.epoch,
            current_epoch: place.epoch,
            site: place.site.clone(),
            public_key: public_key.clone(),
            received_through: 0,
            last_hash: genesis(),
            quarantined: false,
            revoked: false,
        };
        device::start(&mut write, &head).await?;
        let event =
            Event::DeskEnrolled { device: place.device, epoch: place.epoch, key_id: public_key.key_id() };
        audit::record(&mut write, self.audit_key(), now, &event).await?;
        write.commit().await?;
        Ok(Some((place, certificate)))
    }

    /// Takes a desk out of service: bars further operations, retires its keys now and voids its
    /// invitation. Returns `false` if there is no such desk.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or `certify` does.
    pub async fn revoke_desk(
        &self,
        device: u32,
        now: At,
        certify: impl Fn(DeskKey) -> Result<Signed<DeskKey>> + Send,
    ) -> Result<bool> {
        let mut write = Write::begin(self.pool()).await?;
        let device = rows::small(device)?;
        // Before the device, as whoever uses one up does: neither waits for the other.
        sqlx::query("DELETE FROM invitation WHERE device = $1").bind(device).execute(&mut *write).await?;
        let found = sqlx::query("UPDATE device SET revoked_at = COALESCE(revoked_at, $2) WHERE device = $1")
            .bind(device)
            .bind(now.0)
            .execute(&mut *write)
            .await?;
        // Device 0, the centre itself, has a key but no row here.
        if found.rows_affected() == 0 {
            return Ok(false);
        }
        retire(&mut write, device, now, &certify).await?;
        let event = Event::DeskRevoked { device: rows::unsigned(device)? };
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
        certify: impl Fn(DeskKey) -> Result<Signed<DeskKey>> + Send,
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
            let known: Signed<DeskKey> = rows::record(text, "certificate")?;
            if known.value.public_key == key.public_key {
                return if known.value.retired_at.is_none() { Ok(()) } else { Err(StoreError::Conflict) };
            }
        }
        retire(&mut write, device, now, &certify).await?;
        let last = known.last().map_or(0, |(epoch, _)| *epoch);
        let key = DeskKey { epoch: rows::unsigned(last)? + 1, ..key };
        let event = Event::Key { epoch: key.epoch, key_id: key.public_key.key_id() };
        put_key(&mut write, &certify(key)?).await?;
        audit::record(&mut write, self.audit_key(), now, &event).await?;
        write.commit().await
    }

    /// Stores a certificate made elsewhere, once.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn put_desk_key(&self, certificate: &Signed<DeskKey>) -> Result<()> {
        let mut connection = self.pool().acquire().await?;
        let known: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT key_id FROM desk_key WHERE device = $1 AND epoch = $2")
                .bind(rows::small(certificate.value.device)?)
                .bind(rows::small(certificate.value.epoch)?)
                .fetch_optional(&mut *connection)
                .await?;
        if known.is_some_and(|key_id| key_id == certificate.value.public_key.key_id().0) {
            return Ok(());
        }
        put_key(&mut connection, certificate).await
    }

    /// Returns the certified key with this id, if any.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or the certificate cannot be decoded.
    pub async fn desk_key(&self, key_id: KeyId) -> Result<Option<DeskKey>> {
        let found: Option<String> = sqlx::query_scalar("SELECT certificate FROM desk_key WHERE key_id = $1")
            .bind(&key_id.0[..])
            .fetch_optional(self.pool())
            .await?;
        let certificate: Option<Signed<DeskKey>> =
            found.map(|text| rows::record(&text, "certificate")).transpose()?;
        Ok(certificate.map(|certificate| certificate.value))
    }
}

#[derive(FromRow)]
struct DeskRow {
    device: i32,
    site: String,
    desk_number: i16,
    name: String,
    epoch: i32,
    received: i64,
    decided: i64,
    quarantined_at: Option<i64>,
    revoked_at: Option<i64>,
    certificate: Option<String>,
}

impl DeskRow {
    fn read(self) -> Result<ListedDesk> {
        let certificate: Option<Signed<DeskKey>> =
            self.certificate.map(|text| rows::record(&text, "certificate")).transpose()?;
        Ok(ListedDesk {
            device: rows::unsigned(self.device)?,
            site: self.site,
            desk_number: desk_number(self.desk_number)?,
            name: self.name,
            epoch: rows::unsigned(self.epoch)?,
            received: rows::unsigned_large(self.received)?,
            decided: rows::unsigned_large(self.decided)?,
            quarantined_at: self.quarantined_at.map(At),
            revoked_at: self.revoked_at.map(At),
            not_after: certificate.map(|certificate| certificate.value.not_after),
        })
    }
}

fn desk_number(number: i16) -> Result<u16> {
    u16::try_from(number).map_err(|_| StoreError::Corrupt("desk number"))
}

#[derive(FromRow)]
struct PlaceRow {
    epoch: i32,
    site: String,
    name: String,
    desk_number: i16,
}

async fn next_epoch(connection: &mut PgConnection, device: i32) -> Result<Place> {
    let row: PlaceRow = sqlx::query_as(
        "UPDATE device d SET epoch = d.epoch + 1, quarantined_at = NULL, revoked_at = NULL FROM site s
         WHERE d.device = $1 AND s.site = d.site RETURNING d.epoch, d.site, s.name, d.desk_number",
    )
    .bind(device)
    .fetch_one(connection)
    .await?;
    Ok(Place {
        device: rows::unsigned(device)?,
        epoch: rows::unsigned(row.epoch)?,
        site: row.site,
        site_name: row.name,
        desk_number: desk_number(row.desk_number)?,
    })
}

/// Retires every key of a device that is still in force.
async fn retire(
    connection: &mut PgConnection,
    device: i32,
    now: At,
    certify: &(impl Fn(DeskKey) -> Result<Signed<DeskKey>> + Send),
) -> Result<()> {
    let texts: Vec<String> = sqlx::query_scalar("SELECT certificate FROM desk_key WHERE device = $1")
        .bind(device)
        .fetch_all(&mut *connection)
        .await?;
    for text in texts {
        let old: Signed<DeskKey> = rows::record(&text, "certificate")?;
        if old.value.retired_at.is_none() {
            put_key(connection, &certify(DeskKey { retired_at: Some(now), ..old.value })?).await?;
        }
    }
    Ok(())
}

async fn put_key(connection: &mut PgConnection, certificate: &Signed<DeskKey>) -> Result<()> {
    sqlx::query(
        "INSERT INTO desk_key (device, epoch, key_id, certificate) VALUES ($1, $2, $3, $4)
         ON CONFLICT (device, epoch) DO UPDATE
         SET key_id = excluded.key_id, certificate = excluded.certificate, changed_in = 0",
    )
    .bind(rows::small(certificate.value.device)?)
    .bind(rows::small(certificate.value.epoch)?)
    .bind(&certificate.value.public_key.key_id().0[..])
    .bind(rows::text(certificate)?)
    .execute(connection)
    .await?;
    Ok(())
}
