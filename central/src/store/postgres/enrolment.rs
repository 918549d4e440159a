//! Sites, desks, invitations and desk certificates.

use super::{
    PgStore, Write, audit, desk_key, device, rows,
    signed::{Sealed as _, SealedInvitation},
};
use crate::{
    audit::Event,
    clock,
    machine::ingest::DeviceHead,
    store::{Result, StoreError},
};
use rules::{
    At, DeviceNumber, SiteCode,
    issuing::Issued,
    keys::{Class, DeskKey, PublicKey},
    policy::{CLOCK_TOLERANCE_MS, KEY_LIFE_MS},
    window::KeyProtection,
    wire::Heartbeat,
};
use sqlx::{FromRow, PgConnection};

/// Number, enrolment and site of a desk, as returned at enrolment.
#[derive(Clone, Debug)]
pub struct Place {
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Epoch of the new enrolment.
    pub epoch: u32,
    /// Site of the desk, six digits.
    pub site: SiteCode,
    /// Name of the site.
    pub site_name: String,
    /// Number of the window at the site.
    pub desk_number: u16,
}

/// A desk that enrols, as it describes itself.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// Public key of the desk.
    pub public_key: PublicKey,
    /// Class of this centre.
    pub class: Class,
    /// C1: what protects its keys at rest.
    pub protection: KeyProtection,
}

/// A desk as shown in the list of desks.
#[derive(Clone, Debug)]
pub struct ListedDesk {
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Site of the desk, six digits.
    pub site: SiteCode,
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
    /// End of its newest key, after which the desk issues nothing until it enrols again.
    pub not_after: Option<At>,
    /// C1: what protects its keys at rest, as it said when it enrolled.
    pub protection: Option<KeyProtection>,
    /// Its newest log-in, of which it makes one in ten minutes while it works; else its enrolment.
    pub last_contact: Option<At>,
    /// What it said of itself at that log-in, and when; `None` before the first of this enrolment.
    pub heartbeat: Option<(At, Heartbeat)>,
}

/// What a security administrator should know about a desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeskState {
    /// Invited, and never there.
    NotEnrolled,
    /// Was heard of not long ago.
    AtWork,
    /// Was not heard of for longer than desks are switched off, since then.
    Silent(At),
    /// S7: its disk is known to be restored or copied.
    Quarantined(At),
    /// Taken out of service.
    Revoked(At),
}

impl DeskState {
    /// Names of the states for metrics, one for each.
    pub const NAMES: [&str; 5] = ["not_enrolled", "at_work", "silent", "quarantined", "revoked"];

    /// Returns the name for metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        let [not_enrolled, at_work, silent, quarantined, revoked] = Self::NAMES;
        match self {
            Self::NotEnrolled => not_enrolled,
            Self::AtWork => at_work,
            Self::Silent(_) => silent,
            Self::Quarantined(_) => quarantined,
            Self::Revoked(_) => revoked,
        }
    }
}

impl ListedDesk {
    /// Returns the state; silent is who was not heard of for `silent_after_ms` milliseconds.
    #[must_use]
    pub fn state(&self, silent_after_ms: i64, now: At) -> DeskState {
        match (self.revoked_at, self.quarantined_at, self.last_contact) {
            (Some(at), ..) => DeskState::Revoked(at),
            (None, Some(at), _) => DeskState::Quarantined(at),
            (None, None, None) => DeskState::NotEnrolled,
            (None, None, Some(at)) if at.plus_ms(silent_after_ms) < now => DeskState::Silent(at),
            (None, None, Some(_)) => DeskState::AtWork,
        }
    }

    /// Returns whether the newest key of a desk in service ends within `ms` milliseconds.
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
        self.desks_of(None).await
    }

    /// Returns the desks of one site, or all, by site and window.
    pub(super) async fn desks_of(&self, site: Option<&SiteCode>) -> Result<Vec<ListedDesk>> {
        let found: Vec<DeskRow> = sqlx::query_as(
            "SELECT d.device, d.site, d.desk_number, d.name, d.epoch, d.quarantined_at, d.revoked_at, d.protection,
                    COALESCE(h.received_through, 0) AS received, COALESCE(a.applied_through, 0) AS decided,
                    (SELECT max(k.not_after) FROM desk_key k WHERE k.device = d.device AND k.epoch = d.epoch) AS not_after,
                    (SELECT c.issued_at FROM desk_audit c WHERE c.device = d.device) AS last_contact,
                    t.told_at, t.heartbeat,
                    (SELECT min(k.not_after) FROM desk_key k WHERE k.device = d.device AND k.epoch = d.epoch) AS first_end
             FROM device d
             LEFT JOIN device_head h ON h.device = d.device AND h.epoch = d.epoch
             LEFT JOIN apply_head a ON a.device = d.device AND a.epoch = d.epoch
             LEFT JOIN desk_heartbeat t ON t.device = d.device AND t.epoch = d.epoch
             WHERE $1::text IS NULL OR d.site = $1
             ORDER BY d.site, d.desk_number",
        )
        .bind(site.map(SiteCode::as_str))
        .fetch_all(self.pool())
        .await?;
        found.into_iter().map(DeskRow::read).collect()
    }

    /// Adds or renames a site.
    ///
    /// # Errors
    /// [`StoreError::Database`] if the number is not six digits.
    pub async fn put_site(&self, site: &SiteCode, name: &str) -> Result<()> {
        sqlx::query("INSERT INTO site (site, name) VALUES ($1, $2) ON CONFLICT (site) DO UPDATE SET name = excluded.name")
            .bind(site.as_str())
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
        site: &SiteCode,
        desk_number: u16,
        name: &str,
        code_digest: &[u8],
        expires_at: At,
    ) -> Result<u32> {
        let mut write = Write::begin(self.pool()).await?;
        let device: i32 = sqlx::query_scalar(
            "INSERT INTO device (device, site, desk_number, name) VALUES ($4, $1, $2, $3)
             ON CONFLICT (site, desk_number) DO UPDATE SET name = excluded.name RETURNING device",
        )
        .bind(site.as_str())
        .bind(i16::try_from(desk_number).map_err(|_| StoreError::Range("desk number"))?)
        .bind(name)
        .bind(rows::small(unused_number(&mut write).await?)?)
        .fetch_one(&mut *write)
        .await?;
        sqlx::query("DELETE FROM invitation WHERE device = $1").bind(device).execute(&mut *write).await?;
        let sealed = SealedInvitation { code_digest: &rows::digest(code_digest)?, device, site, expires_at };
        sqlx::query("INSERT INTO invitation (code_digest, device, expires_at, seal) VALUES ($1, $2, $3, $4)")
            .bind(code_digest)
            .bind(device)
            .bind(expires_at.0)
            .bind(sealed.seal(self.audit_key()))
            .execute(&mut *write)
            .await?;
        let device = rows::unsigned(device)?;
        let event = Event::DeskInvited { device: DeviceNumber(device) };
        audit::record(&mut write, self.audit_key(), clock::now(), &event).await?;
        write.commit().await?;
        Ok(device)
    }

    /// Consumes an invitation and starts the next enrolment of its device, with a certificate from
    /// `certify`. Older keys are retired now; codes they signed stay valid. Returns `None` if the
    /// code is wrong, used, expired or not sealed, or the key was certified before: a key that was
    /// stolen and retired must not come back.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or `certify` does; the invitation then stays valid.
    pub async fn accept_invitation(
        &self,
        code_digest: &[u8],
        newcomer: &Newcomer,
        now: At,
        certify: impl Fn(DeskKey) -> Result<Issued<DeskKey>> + Send,
    ) -> Result<Option<(Place, Issued<DeskKey>)>> {
        let mut write = Write::begin(self.pool()).await?;
        let used: Option<(i32, i64, Option<Vec<u8>>)> = sqlx::query_as(
            "DELETE FROM invitation WHERE code_digest = $1 RETURNING device, expires_at, seal",
        )
        .bind(code_digest)
        .fetch_optional(&mut *write)
        .await?;
        let in_time = used.filter(|(_, expires_at, _)| now.0 <= *expires_at);
        let Some((device, expires_at, seal)) = in_time else { return Ok(None) };
        let Newcomer { public_key, class, protection } = newcomer;
        if desk_key::by_id(&mut write, public_key.key_id()).await?.is_some() {
            return Ok(None);
        }
        let place = next_epoch(&mut write, device, *protection).await?;
        let digest = rows::digest(code_digest)?;
        let sealed =
            SealedInvitation { code_digest: &digest, device, site: &place.site, expires_at: At(expires_at) };
        if !sealed.is_under(seal.as_deref(), self.audit_key()) {
            tracing::error!(device, "an invitation in the database is not what the centre wrote");
            return Ok(None);
        }
        let audit = (self.audit_key(), now);
        desk_key::retire(&mut write, audit, device, None, &certify).await?;
        let key = DeskKey {
            public_key: public_key.clone(),
            device: place.device,
            epoch: place.epoch,
            site: place.site,
            class: *class,
            // Tolerates a desk clock that is a little behind.
            not_before: now.plus_ms(-CLOCK_TOLERANCE_MS),
            not_after: now.plus_ms(KEY_LIFE_MS),
            retired_at: None,
            compromised_since: None,
        };
        let head = DeviceHead::enrolled(&key);
        let certificate = certify(key)?;
        desk_key::put(&mut write, audit, &certificate).await?;
        device::start(&mut write, &head).await?;
        let event =
            Event::DeskEnrolled { device: place.device, epoch: place.epoch, key_id: public_key.key_id() };
        audit::record(&mut write, self.audit_key(), now, &event).await?;
        write.commit().await?;
        Ok(Some((place, certificate)))
    }

    /// Takes a desk out of service: bars further operations, retires its keys now and voids its
    /// invitation. With `compromised_since`, codes signed since then that were not received before
    /// count no more (B5). Returns `false` if there is no such desk.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or `certify` does.
    pub async fn revoke_desk(
        &self,
        device: DeviceNumber,
        now: At,
        compromised_since: Option<At>,
        certify: impl Fn(DeskKey) -> Result<Issued<DeskKey>> + Send,
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
        let audit = (self.audit_key(), now);
        desk_key::retire(&mut write, audit, device, compromised_since, &certify).await?;
        let event = Event::DeskRevoked { device: rows::device(device)?, compromised_since };
        audit::record(&mut write, self.audit_key(), now, &event).await?;
        write.commit().await?;
        Ok(true)
    }
}

/// Draws a device number that nobody has, and nobody had whose key is known.
async fn unused_number(connection: &mut PgConnection) -> Result<u32> {
    loop {
        let number = DeviceNumber::from_random(rand::random());
        let is_used: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM device WHERE device = $1) OR EXISTS (SELECT FROM desk_key WHERE device = $1)",
        )
        .bind(rows::small(number)?)
        .fetch_one(&mut *connection)
        .await?;
        if !is_used {
            return Ok(number.0);
        }
    }
}

#[derive(FromRow)]
struct DeskRow {
    device: i32,
    #[sqlx(try_from = "String")]
    site: SiteCode,
    desk_number: i16,
    name: String,
    epoch: i32,
    received: i64,
    decided: i64,
    quarantined_at: Option<i64>,
    revoked_at: Option<i64>,
    protection: Option<String>,
    not_after: Option<i64>,
    last_contact: Option<i64>,
    told_at: Option<i64>,
    heartbeat: Option<String>,
    /// End of the first key of this enrolment, which tells when it was.
    first_end: Option<i64>,
}

impl DeskRow {
    fn read(self) -> Result<ListedDesk> {
        Ok(ListedDesk {
            device: rows::device(self.device)?,
            site: self.site,
            desk_number: desk_number(self.desk_number)?,
            name: self.name,
            epoch: rows::unsigned(self.epoch)?,
            received: rows::unsigned_large(self.received)?,
            decided: rows::unsigned_large(self.decided)?,
            quarantined_at: self.quarantined_at.map(At),
            revoked_at: self.revoked_at.map(At),
            not_after: self.not_after.map(At),
            last_contact: self
                .last_contact
                .max(self.told_at)
                .or(self.first_end.map(|end| end - KEY_LIFE_MS))
                .map(At),
            // One that a newer process wrote, and this one cannot read, comes again in ten minutes.
            heartbeat: self
                .told_at
                .map(At)
                .zip(self.heartbeat.and_then(|text| rows::record(&text, "heartbeat").ok())),
            protection: self.protection.map(|text| rows::record(&text, "protection")).transpose()?,
        })
    }
}

fn desk_number(number: i16) -> Result<u16> {
    u16::try_from(number).map_err(|_| StoreError::Corrupt("desk number"))
}

#[derive(FromRow)]
struct PlaceRow {
    epoch: i32,
    #[sqlx(try_from = "String")]
    site: SiteCode,
    name: String,
    desk_number: i16,
}

async fn next_epoch(connection: &mut PgConnection, device: i32, protection: KeyProtection) -> Result<Place> {
    let row: PlaceRow = sqlx::query_as(
        "UPDATE device d SET epoch = d.epoch + 1, quarantined_at = NULL, revoked_at = NULL, protection = $2
         FROM site s WHERE d.device = $1 AND s.site = d.site RETURNING d.epoch, d.site, s.name, d.desk_number",
    )
    .bind(device)
    .bind(rows::text(&protection)?)
    .fetch_one(connection)
    .await?;
    Ok(Place {
        device: rows::device(device)?,
        epoch: rows::unsigned(row.epoch)?,
        site: row.site,
        site_name: row.name,
        desk_number: desk_number(row.desk_number)?,
    })
}
