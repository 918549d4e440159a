//! Clients of portal and kiosk: enrolment, people per hour and log-ins (N-3).

use super::{
    PgStore, Write, alarm, rows,
    signed::{Sealed as _, SealedClient, Signatures, channel_key},
};
use crate::{
    alarm::{Alarm, AlarmKind},
    store::{Result, StoreError},
};
use rules::{
    At, SiteCode,
    issuing::Issued,
    keys::{Class, KeyId, PublicKey},
    op::CitizenRef,
    wire::{Channel, ChannelKey},
};
use sqlx::FromRow;
use uuid::Uuid;

/// Validity of a client's certificate, in milliseconds: a year.
const CERTIFICATE_MS: i64 = 366 * 24 * 60 * 60 * 1000;
const HOUR_MS: i64 = 60 * 60 * 1000;

/// A client of portal or kiosk that has enrolled, as its certificate says.
#[derive(Clone, Debug)]
pub struct ChannelClient {
    /// Unique name of the client.
    pub name: String,
    /// Channel the client serves.
    pub channel: Channel,
    /// Site its escalations go to.
    pub site: SiteCode,
    /// Key it signs its assertions with.
    pub public_key: PublicKey,
    /// End of its certificate.
    pub not_after: At,
    /// Time from which it is out of service.
    pub revoked_at: Option<At>,
}

/// A client as the administrator sees it.
#[derive(Clone, Debug)]
pub struct ListedClient {
    /// Unique name of the client.
    pub name: String,
    /// Channel the client serves: `portal` or `kiosk`.
    pub channel: String,
    /// Site its escalations go to.
    pub site: SiteCode,
    /// Identifier of its key; `None` = invited, not enrolled yet.
    pub key_id: Option<KeyId>,
    /// End of its certificate.
    pub not_after: Option<At>,
    /// Time from which it is out of service.
    pub revoked_at: Option<At>,
    /// People counted in this hour.
    pub people: u32,
}

/// A log-in at a client, admitted or not.
#[derive(Clone, Debug)]
pub struct Login<'a> {
    /// Name of the client.
    pub client: &'a str,
    /// The person who logs in.
    pub acting: &'a CitizenRef,
    /// The holder whose code they handle.
    pub holder: &'a CitizenRef,
    /// `card`, `token`, `switch` or `report`.
    pub how: &'static str,
    /// `in`, or why not.
    pub outcome: &'static str,
}

#[derive(FromRow)]
struct ClientRow {
    name: String,
    channel: String,
    #[sqlx(try_from = "String")]
    site: SiteCode,
    certificate: Option<String>,
    revoked_at: Option<i64>,
    people_hour: i64,
    people: i32,
}

impl ClientRow {
    fn key(&self, signatures: Option<&Signatures>) -> Result<Option<ChannelKey>> {
        let Some(certificate) = &self.certificate else { return Ok(None) };
        Ok(channel_key(&self.name, certificate, signatures)?.map(|certificate| certificate.value))
    }

    fn enrolled(self, signatures: Option<&Signatures>) -> Result<Option<ChannelClient>> {
        let key = self.key(signatures)?;
        Ok(key.map(|key| ChannelClient {
            name: key.client,
            channel: key.channel,
            site: key.site,
            public_key: key.public_key,
            not_after: key.not_after,
            revoked_at: self.revoked_at.map(At),
        }))
    }

    fn listed(self, signatures: Option<&Signatures>, now: At) -> Result<ListedClient> {
        let is_this_hour = self.people_hour == hour(now);
        let key = self.key(signatures)?;
        Ok(ListedClient {
            key_id: key.as_ref().map(|key| key.public_key.key_id()),
            not_after: key.as_ref().map(|key| key.not_after),
            channel: key.as_ref().map_or(Ok(self.channel), |key| name(key.channel).map(str::to_owned))?,
            site: key.map_or(self.site, |key| key.site),
            name: self.name,
            revoked_at: self.revoked_at.map(At),
            people: if is_this_hour { rows::unsigned(self.people)? } else { 0 },
        })
    }
}

/// Name, channel, site, end of the invitation, and its seal.
type InvitedRow = (String, String, String, i64, Option<Vec<u8>>);

const fn hour(at: At) -> i64 {
    at.0.div_euclid(HOUR_MS)
}

fn channel(name: &str) -> Result<Channel> {
    match name {
        "portal" => Ok(Channel::Portal),
        "kiosk" => Ok(Channel::Kiosk),
        _ => Err(StoreError::Corrupt("channel")),
    }
}

const fn name(channel: Channel) -> Result<&'static str> {
    match channel {
        Channel::Portal => Ok("portal"),
        Channel::Kiosk => Ok("kiosk"),
        Channel::Counter => Err(StoreError::Range("channel")),
    }
}

impl PgStore {
    /// Invites a client to enrol; only the digest of the one-time code is stored. An enrolled
    /// client of that name keeps its key until it enrols again.
    ///
    /// # Errors
    /// [`StoreError::Range`] for the channel `counter`, [`StoreError::Database`] if the site does
    /// not exist.
    pub async fn invite_channel_client(
        &self,
        client: &str,
        channel: Channel,
        site: &SiteCode,
        code_digest: &[u8],
        expires_at: At,
    ) -> Result<()> {
        let sealed = SealedClient {
            name: client,
            channel: name(channel)?,
            site: site.as_str(),
            code_digest: &rows::digest(code_digest)?,
            expires_at,
        };
        sqlx::query(
            "INSERT INTO channel_client (name, channel, site, code_digest, code_expires_at, seal)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (name) DO UPDATE SET channel = excluded.channel, site = excluded.site,
                 code_digest = excluded.code_digest, code_expires_at = excluded.code_expires_at,
                 seal = excluded.seal",
        )
        .bind(client)
        .bind(sealed.channel)
        .bind(sealed.site)
        .bind(code_digest)
        .bind(expires_at.0)
        .bind(sealed.seal(self.audit_key()))
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Uses up an invitation and gives its client the key, with a certificate from `certify`. The
    /// client's older key and its tokens end. Returns `None` if the code is wrong, used or expired,
    /// or its row was not sealed here.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or `certify` does; the invitation then stays valid.
    pub async fn accept_channel_invitation(
        &self,
        code_digest: &[u8],
        public_key: &PublicKey,
        class: Class,
        now: At,
        certify: impl Fn(ChannelKey) -> Result<Issued<ChannelKey>> + Send,
    ) -> Result<Option<Issued<ChannelKey>>> {
        let mut write = Write::begin(self.pool()).await?;
        let invited: Option<InvitedRow> = sqlx::query_as(
            "SELECT name, channel, site, code_expires_at, seal FROM channel_client
             WHERE code_digest = $1 FOR UPDATE",
        )
        .bind(code_digest)
        .fetch_optional(&mut *write)
        .await?;
        let in_time = invited.filter(|(.., expires_at, _)| now.0 < *expires_at);
        let Some((client, kind, site, expires_at, seal)) = in_time else { return Ok(None) };
        let sealed = SealedClient {
            name: &client,
            channel: &kind,
            site: &site,
            code_digest: &rows::digest(code_digest)?,
            expires_at: At(expires_at),
        };
        if !sealed.is_under(seal.as_deref(), self.audit_key()) {
            tracing::error!(client, "an invitation in the database is not what the centre wrote");
            return Ok(None);
        }
        let key = ChannelKey {
            public_key: public_key.clone(),
            client: client.clone(),
            channel: channel(&kind)?,
            site: rows::site(&site)?,
            class,
            not_before: now,
            not_after: now.plus_ms(CERTIFICATE_MS),
        };
        let certificate = certify(key)?;
        sqlx::query(
            "UPDATE channel_client SET certificate = $2, revoked_at = NULL,
                 code_digest = NULL, code_expires_at = NULL, seal = NULL WHERE name = $1",
        )
        .bind(&client)
        .bind(rows::text(&certificate)?)
        .execute(&mut *write)
        .await?;
        write.commit().await?;
        Ok(Some(certificate))
    }

    /// Returns the enrolled client of this name, if any, revoked ones included. Who is not what its
    /// certificate says is none.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or the row cannot be decoded.
    pub async fn channel_client(&self, client: &str) -> Result<Option<ChannelClient>> {
        let row: Option<ClientRow> = sqlx::query_as(
            "SELECT name, channel, site, certificate, revoked_at, people_hour, people
             FROM channel_client WHERE name = $1",
        )
        .bind(client)
        .fetch_optional(self.pool())
        .await?;
        Ok(row.map(|row| row.enrolled(self.signatures())).transpose()?.flatten())
    }

    /// Returns all clients, by name.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or a row cannot be decoded.
    pub async fn channel_clients(&self, now: At) -> Result<Vec<ListedClient>> {
        let found: Vec<ClientRow> = sqlx::query_as(
            "SELECT name, channel, site, certificate, revoked_at, people_hour, people
             FROM channel_client ORDER BY name",
        )
        .fetch_all(self.pool())
        .await?;
        found.into_iter().map(|row| row.listed(self.signatures(), now)).collect()
    }

    /// Takes a client out of service and voids its invitation. Returns `false` if there is none of
    /// that name.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn revoke_channel_client(&self, client: &str, now: At) -> Result<bool> {
        let revoked = sqlx::query(
            "UPDATE channel_client SET revoked_at = COALESCE(revoked_at, $2), code_digest = NULL,
                 code_expires_at = NULL, seal = NULL WHERE name = $1",
        )
        .bind(client)
        .bind(now.0)
        .execute(self.pool())
        .await?;
        Ok(revoked.rows_affected() == 1)
    }

    /// Counts a person for a client's hour, if they were not counted in it yet. Returns `false`,
    /// counting nothing, if `limit` people were.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn count_person(&self, client: &str, person: &CitizenRef, limit: u32, now: At) -> Result<bool> {
        let mut write = Write::begin(self.pool()).await?;
        let known: Option<i32> = sqlx::query_scalar(
            "SELECT 1 FROM channel_person WHERE client = $1 AND hour = $2 AND citizen_ref = $3",
        )
        .bind(client)
        .bind(hour(now))
        .bind(&person.0[..])
        .fetch_optional(&mut *write)
        .await?;
        // Whoever was counted counts no more, but when the hour is full they wait as well: refused
        // log-ins fill it, and guessing names for one number must end.
        let people: Option<i32> = sqlx::query_scalar(
            "UPDATE channel_client SET people_hour = $2,
                 people = CASE WHEN people_hour = $2 THEN people ELSE 0 END + $3
             WHERE name = $1 AND (people_hour <> $2 OR people < $4) RETURNING people",
        )
        .bind(client)
        .bind(hour(now))
        .bind(i32::from(known.is_none()))
        .bind(i32::try_from(limit).unwrap_or(i32::MAX))
        .fetch_optional(&mut *write)
        .await?;
        if people.is_none() {
            write.rollback().await?;
            return Ok(false);
        }
        sqlx::query("DELETE FROM channel_person WHERE client = $1 AND hour < $2")
            .bind(client)
            .bind(hour(now))
            .execute(&mut *write)
            .await?;
        sqlx::query(
            "INSERT INTO channel_person (client, hour, citizen_ref) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(client)
        .bind(hour(now))
        .bind(&person.0[..])
        .execute(&mut *write)
        .await?;
        write.commit().await?;
        Ok(true)
    }

    /// Records a log-in. A refused one counts as one more person, so that it costs a guesser the
    /// client's hour.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn note_login(&self, login: &Login<'_>, now: At) -> Result<()> {
        let mut write = Write::begin(self.pool()).await?;
        sqlx::query(
            "INSERT INTO channel_login (login_id, client, acting_ref, holder_ref, how, outcome, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(Uuid::now_v7())
        .bind(login.client)
        .bind(&login.acting.0[..])
        .bind(&login.holder.0[..])
        .bind(login.how)
        .bind(login.outcome)
        .bind(now.0)
        .execute(&mut *write)
        .await?;
        if login.outcome != "in" {
            sqlx::query("UPDATE channel_client SET people = people + 1 WHERE name = $1")
                .bind(login.client)
                .execute(&mut *write)
                .await?;
        }
        write.commit().await
    }

    /// Counts a refusal that somebody should look at, and raises an alarm at the first above
    /// `limit`. Returns the count of this hour.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn note_channel_refusal(
        &self,
        client: &ChannelClient,
        reason: &'static str,
        limit: u32,
        now: At,
    ) -> Result<u32> {
        let mut write = Write::begin(self.pool()).await?;
        let count: i32 = sqlx::query_scalar(
            "INSERT INTO channel_refusal (client, hour, reason, count) VALUES ($1, $2, $3, 1)
             ON CONFLICT (client, hour, reason) DO UPDATE SET count = channel_refusal.count + 1
             RETURNING count",
        )
        .bind(&client.name)
        .bind(hour(now))
        .bind(reason)
        .fetch_one(&mut *write)
        .await?;
        let count: u32 = rows::unsigned(count)?;
        let alarm = (count == limit.saturating_add(1)).then(|| Alarm {
            at: now,
            kind: AlarmKind::ChannelRefusals,
            device: None,
            staff: None,
            detail: format!(
                "client {} at site {}: {reason}, limit {limit} an hour",
                client.name, client.site
            ),
        });
        if let Some(alarm) = &alarm {
            alarm::raise(&mut write, self.audit_key(), alarm).await?;
        }
        write.commit().await?;
        alarm.iter().for_each(Alarm::tell);
        Ok(count)
    }
}
