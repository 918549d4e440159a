//! A database that was put back to an earlier state: what desks hold of what it signed since comes
//! back, and what does not is listed.

use super::{PgStore, Write, audit, desk_key, device, feed, rows, staff};
use crate::{
    audit::Event,
    machine::ingest::DeviceHead,
    store::{NewVersion, Result, StoreError},
};
use rules::{
    At, DeviceNumber, SiteCode,
    authority::{StaffRecord, WrappedKey},
    issuing::Issued,
    keys::DeskKey,
    wire::Restored,
};
use sqlx::{FromRow, PgConnection};
use std::collections::BTreeMap;

/// What became of something that the database had forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RestoreKind {
    /// An account is again what it was.
    AccountBack,
    /// It is, but nobody has its password: it needs an activation code.
    PasswordLost,
    /// It was changed here since, before anybody said that it had been changed before.
    AccountDiffers,
    /// A desk that enrolled in the time that was lost is known again.
    DeskBack,
    /// It is not: another desk has its window, or its site is gone.
    DeskRefused,
    /// A key, or that it was retired, is known again.
    KeyBack,
    /// A desk is out of service again.
    RevocationBack,
    /// Pieces of evidence that are not in the store of blobs; desks are asked for them.
    EvidenceMissing,
}

impl RestoreKind {
    const ALL: [(Self, &'static str); 8] = [
        (Self::AccountBack, "account_back"),
        (Self::PasswordLost, "password_lost"),
        (Self::AccountDiffers, "account_differs"),
        (Self::DeskBack, "desk_back"),
        (Self::DeskRefused, "desk_refused"),
        (Self::KeyBack, "key_back"),
        (Self::RevocationBack, "revocation_back"),
        (Self::EvidenceMissing, "evidence_missing"),
    ];

    /// Returns the word under which it is stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| word)
    }

    fn read(word: &str) -> Result<Self> {
        let found = Self::ALL.iter().find(|(_, known)| *known == word);
        found.map(|(kind, _)| *kind).ok_or(StoreError::Corrupt("kind of a restore"))
    }
}

/// Something that came back, or did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreItem {
    /// What became of it.
    pub kind: RestoreKind,
    /// Number of the account, device or key.
    pub subject: String,
    /// More about it.
    pub detail: String,
}

/// A desk and whether it has handed in what it holds.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
pub struct RestoreWitness {
    /// Device number of the desk.
    pub device: i32,
    /// Site of the desk.
    #[sqlx(try_from = "String")]
    pub site: SiteCode,
    /// Number of the window.
    pub desk_number: i16,
    /// Leaves of the log that it had seen; `None` before it answered.
    pub leaves: Option<i64>,
}

impl PgStore {
    /// Returns the newest statement that this database was put back.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or the statement cannot be decoded.
    pub async fn restored(&self) -> Result<Option<Issued<Restored>>> {
        let text: Option<String> =
            sqlx::query_scalar("SELECT statement FROM restore ORDER BY generation DESC LIMIT 1")
                .fetch_optional(self.pool())
                .await?;
        text.map(|text| rows::record(&text, "restore")).transpose()
    }

    /// Begins a generation. Lists for verifiers are made afresh, with versions above all that there
    /// were.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn begin_generation(&self, statement: &Issued<Restored>) -> Result<()> {
        let mut write = Write::begin(self.pool()).await?;
        sqlx::query("INSERT INTO restore (generation, leaves, statement) VALUES ($1, $2, $3)")
            .bind(statement.value.generation.0)
            .bind(rows::large(statement.value.leaves)?)
            .bind(rows::text(statement)?)
            .execute(&mut *write)
            .await?;
        sqlx::query("DELETE FROM trust_list").execute(&mut *write).await?;
        sqlx::query("UPDATE desk_key SET changed_in = 0").execute(&mut *write).await?;
        write.commit().await
    }

    /// Returns digests of evidence that is said to be here, after one, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn evidence_after(
        &self,
        after: Option<&rules::digest::Digest>,
        limit: i64,
    ) -> Result<Vec<rules::digest::Digest>> {
        let after = after.map_or_else(Vec::new, |digest| digest.0.to_vec());
        let found: Vec<Vec<u8>> =
            sqlx::query_scalar("SELECT digest FROM blob WHERE digest > $1 ORDER BY digest LIMIT $2")
                .bind(after)
                .bind(limit)
                .fetch_all(self.pool())
                .await?;
        found.iter().map(|bytes| rows::digest(bytes)).collect()
    }

    /// Notes that a piece of evidence is not here: what needs it waits until a desk brings it.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn miss_evidence(&self, digest: &rules::digest::Digest, generation: At, now: At) -> Result<()> {
        let mut write = Write::begin(self.pool()).await?;
        for delete in ["DELETE FROM blob WHERE digest = $1", "DELETE FROM blob_upload WHERE digest = $1"] {
            sqlx::query(delete).bind(&digest.0[..]).execute(&mut *write).await?;
        }
        item(&mut write, generation, RestoreKind::EvidenceMissing, &digest.to_string(), "", now).await?;
        write.commit().await
    }

    /// Takes up an account as a desk holds it, signed by this centre, if it is newer than the one
    /// here. Its wrapped key comes along where a desk has it; a second factor stays as it was.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn take_back_account(
        &self,
        record: &Issued<StaffRecord>,
        wrapped: Option<&WrappedKey>,
        generation: At,
        now: At,
    ) -> Result<()> {
        let StaffRecord { number, version, public_key, from, .. } = &record.value;
        let known = self.account(number).await?;
        let held = known.as_ref().map_or(0, |known| known.record.value.version);
        let is_same_key = known.as_ref().is_some_and(|known| known.record.value.public_key == *public_key);
        let mut write = Write::begin(self.pool()).await?;
        if held == *version {
            let differs = known.as_ref().is_some_and(|known| known.record.value != record.value);
            if differs {
                let detail = format!("version {version}");
                item(&mut write, generation, RestoreKind::AccountDiffers, number.as_str(), &detail, now)
                    .await?;
                return write.commit().await;
            }
            // A desk that comes later may have the key that the first one had not.
            let lacks_key = known.as_ref().is_some_and(|known| known.wrapped_key == WrappedKey::of_nobody());
            let waits = known.as_ref().is_some_and(|known| known.code.is_none());
            if let Some(wrapped) = wrapped.filter(|_| lacks_key && waits) {
                staff::put_key(&mut write, self.audit_key(), number, wrapped).await?;
                forget(&mut write, generation, RestoreKind::PasswordLost, number.as_str()).await?;
                return write.commit().await;
            }
            return write.rollback().await;
        }
        if held > *version {
            return write.rollback().await;
        }
        let own = known.as_ref().filter(|_| is_same_key).map(|known| known.wrapped_key.clone());
        let wrapped_key = own.or(wrapped.cloned());
        let is_lost = wrapped_key.is_none();
        let back = NewVersion {
            record: record.value.clone(),
            replaces: known.as_ref().map(|known| known.record.value.version),
            wrapped_key: wrapped_key.unwrap_or_else(WrappedKey::of_nobody),
            password_since: *from,
            totp_secret: known.as_ref().and_then(|known| known.totp_secret.clone()),
            change: None,
            code: None,
        };
        let news = staff::put_signed(&mut write, self.audit_key(), &back, record).await?;
        feed::announce(&mut write, news).await?;
        let detail = format!("version {held} → {version}");
        item(&mut write, generation, RestoreKind::AccountBack, number.as_str(), &detail, now).await?;
        if is_lost && record.value.active {
            item(&mut write, generation, RestoreKind::PasswordLost, number.as_str(), "", now).await?;
        }
        write.commit().await
    }

    /// Takes up keys of desks as a signed list has them: new ones of known desks, and that one was
    /// retired. A desk whose newest enrolment has no key left is out of service.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or `certify` does.
    pub async fn take_back_keys(
        &self,
        keys: &[DeskKey],
        (generation, now): (At, At),
        certify: impl Fn(DeskKey) -> Result<Issued<DeskKey>> + Send,
    ) -> Result<()> {
        let mut of_device: BTreeMap<DeviceNumber, Vec<&DeskKey>> = BTreeMap::new();
        for key in keys.iter().filter(|key| key.device != DeviceNumber::CENTRE) {
            of_device.entry(key.device).or_default().push(key);
        }
        for (number, keys) in of_device {
            let mut write = Write::begin(self.pool()).await?;
            let known: Option<i32> =
                sqlx::query_scalar("SELECT epoch FROM device WHERE device = $1 FOR UPDATE")
                    .bind(rows::small(number)?)
                    .fetch_optional(&mut *write)
                    .await?;
            let Some(epoch) = known.map(rows::unsigned).transpose()? else {
                write.rollback().await?;
                continue;
            };
            for key in &keys {
                let id = key.public_key.key_id();
                let held = desk_key::by_id(&mut write, id).await?;
                let next = match &held {
                    // A renewed key comes with its desk; one that was retired since never does.
                    None if key.retired_at.is_none() => continue,
                    None => (*key).clone(),
                    Some(held) => ended(&held.value, key),
                };
                if held.as_ref().is_some_and(|held| held.value == next) {
                    continue;
                }
                desk_key::put(&mut write, (self.audit_key(), now), &certify(next)?).await?;
                item(
                    &mut write,
                    generation,
                    RestoreKind::KeyBack,
                    &id.to_string(),
                    &format!("device {number}"),
                    now,
                )
                .await?;
            }
            let newest = keys.iter().map(|key| key.epoch).max().unwrap_or_default();
            let left = keys.iter().filter(|key| key.epoch == newest);
            let retired: Option<Vec<At>> = left.map(|key| key.retired_at).collect();
            if let Some(at) = retired.and_then(|all| all.into_iter().min()).filter(|_| newest == epoch) {
                revoke_again(&mut write, self, number, (at, generation, now)).await?;
            }
            write.commit().await?;
        }
        Ok(())
    }

    /// Takes up an enrolment that this centre certified and has forgotten. Returns `None` if its
    /// window or its site is another's now.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn take_back_desk(
        &self,
        certificate: &Issued<DeskKey>,
        desk_number: u16,
        now: At,
    ) -> Result<Option<DeviceHead>> {
        let key = &certificate.value;
        let generation = self.restored().await?.map(|restored| restored.value.generation);
        let Some(generation) = generation else { return Ok(None) };
        let (device, epoch) = (rows::small(key.device)?, rows::small(key.epoch)?);
        let number = i16::try_from(desk_number).map_err(|_| StoreError::Range("desk number"))?;
        let mut write = Write::begin(self.pool()).await?;
        let known: Option<i32> = sqlx::query_scalar(
            "INSERT INTO device (device, site, desk_number, epoch)
             SELECT $1, $2, $3, $4 WHERE EXISTS (SELECT FROM site WHERE site = $2)
                 AND NOT EXISTS (SELECT FROM device WHERE site = $2 AND desk_number = $3 AND device <> $1)
             ON CONFLICT (device) DO UPDATE SET epoch = excluded.epoch, quarantined_at = NULL
                 WHERE device.epoch < excluded.epoch AND device.site = excluded.site
             RETURNING epoch",
        )
        .bind(device)
        .bind(key.site.as_str())
        .bind(number)
        .bind(epoch)
        .fetch_optional(&mut *write)
        .await?;
        let subject = key.device.to_string();
        let place = format!("site {}, window {desk_number}, enrolment {}", key.site, key.epoch);
        if known.is_none() {
            item(&mut write, generation, RestoreKind::DeskRefused, &subject, &place, now).await?;
            write.commit().await?;
            return Ok(None);
        }
        let head = DeviceHead::enrolled(key);
        device::start(&mut write, &head).await?;
        if desk_key::by_id(&mut write, key.public_key.key_id()).await?.is_none() {
            desk_key::put(&mut write, (self.audit_key(), now), certificate).await?;
        }
        let event =
            Event::DeskEnrolled { device: key.device, epoch: key.epoch, key_id: key.public_key.key_id() };
        audit::record(&mut write, self.audit_key(), now, &event).await?;
        forget(&mut write, generation, RestoreKind::DeskRefused, &subject).await?;
        item(&mut write, generation, RestoreKind::DeskBack, &subject, &place, now).await?;
        write.commit().await?;
        Ok(Some(head))
    }

    /// Returns the newest version of the list of keys that a desk has handed in.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn keys_handed_in(&self, generation: At) -> Result<u64> {
        let newest = "SELECT COALESCE(max(keys), 0) FROM restore_witness WHERE generation = $1";
        let newest: i64 = sqlx::query_scalar(newest).bind(generation.0).fetch_one(self.pool()).await?;
        rows::unsigned_large(newest)
    }

    /// Notes that a desk has handed in what it holds: the leaves that it had seen, and the version
    /// of its list of keys.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn note_testimony(
        &self,
        device: DeviceNumber,
        (leaves, keys): (u64, u64),
        generation: At,
        now: At,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO restore_witness (generation, device, at, leaves, keys) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (generation, device) DO UPDATE
             SET at = excluded.at, leaves = excluded.leaves, keys = GREATEST(restore_witness.keys, excluded.keys)",
        )
        .bind(generation.0)
        .bind(rows::small(device)?)
        .bind(now.0)
        .bind(rows::large(leaves)?)
        .bind(rows::large(keys)?)
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Returns the desks in service, each with what it said of this generation, and everything that
    /// came back or is known to be lost.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn restore_report(&self, generation: At) -> Result<(Vec<RestoreWitness>, Vec<RestoreItem>)> {
        let desks = sqlx::query_as(
            "SELECT d.device, d.site, d.desk_number, w.leaves FROM device d
             LEFT JOIN restore_witness w ON w.device = d.device AND w.generation = $1
             WHERE d.revoked_at IS NULL AND d.epoch > 0 ORDER BY d.site, d.desk_number",
        )
        .bind(generation.0)
        .fetch_all(self.pool())
        .await?;
        let found: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT kind, subject, detail FROM restore_item WHERE generation = $1
                 AND NOT (kind = 'evidence_missing' AND EXISTS (SELECT FROM blob WHERE encode(digest, 'hex') = subject))
             ORDER BY kind, subject",
        )
        .bind(generation.0)
        .fetch_all(self.pool())
        .await?;
        let items = found.into_iter().map(|(kind, subject, detail)| {
            Ok(RestoreItem { kind: RestoreKind::read(&kind)?, subject, detail })
        });
        Ok((desks, items.collect::<Result<_>>()?))
    }
}

/// Returns a key with the earlier of what two records say of its end.
fn ended(held: &DeskKey, told: &DeskKey) -> DeskKey {
    let earlier = |one: Option<At>, other: Option<At>| [one, other].into_iter().flatten().min();
    DeskKey {
        retired_at: earlier(held.retired_at, told.retired_at),
        compromised_since: earlier(held.compromised_since, told.compromised_since),
        ..held.clone()
    }
}

async fn revoke_again(
    connection: &mut PgConnection,
    store: &PgStore,
    device: DeviceNumber,
    (at, generation, now): (At, At, At),
) -> Result<()> {
    let revoked = sqlx::query("UPDATE device SET revoked_at = $2 WHERE device = $1 AND revoked_at IS NULL")
        .bind(rows::small(device)?)
        .bind(at.0)
        .execute(&mut *connection)
        .await?;
    if revoked.rows_affected() == 0 {
        return Ok(());
    }
    let event = Event::DeskRevoked { device, compromised_since: None };
    audit::record(connection, store.audit_key(), now, &event).await?;
    item(connection, generation, RestoreKind::RevocationBack, &device.to_string(), "", now).await
}

async fn item(
    connection: &mut PgConnection,
    generation: At,
    kind: RestoreKind,
    subject: &str,
    detail: &str,
    now: At,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO restore_item (generation, kind, subject, detail, at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (generation, kind, subject) DO UPDATE SET detail = excluded.detail",
    )
    .bind(generation.0)
    .bind(kind.word())
    .bind(subject)
    .bind(detail)
    .bind(now.0)
    .execute(connection)
    .await?;
    Ok(())
}

async fn forget(
    connection: &mut PgConnection,
    generation: At,
    kind: RestoreKind,
    subject: &str,
) -> Result<()> {
    sqlx::query("DELETE FROM restore_item WHERE generation = $1 AND kind = $2 AND subject = $3")
        .bind(generation.0)
        .bind(kind.word())
        .bind(subject)
        .execute(connection)
        .await?;
    Ok(())
}
