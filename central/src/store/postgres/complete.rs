//! Writes the outcome of a claim in one transaction, with one statement per table.

use super::{PgClaim, audience, case_holder, feed, rows};
use crate::{
    machine::{
        apply::{Announcement, Audience},
        citizen::{IssuedCode, Person},
    },
    store::{Changed, ChannelEvent, Completion, Decided, Result, StoreError},
};
use rules::{At, wire::Channel};
use sqlx::PgConnection;
use std::collections::BTreeMap;

pub(super) async fn complete(claim: PgClaim, completion: Completion) -> Result<()> {
    let mut write = claim.write;
    match put(&mut write, completion).await {
        Ok(()) => write.commit().await,
        Err(error) => {
            // A write that is dropped is rolled back some time later, and until then its desks are passed over.
            write.rollback().await?;
            Err(error)
        }
    }
}

async fn put(connection: &mut PgConnection, completion: Completion) -> Result<()> {
    let at = completion.at;
    let mut changed: Vec<Changed> = completion.changed.into_iter().filter(Changed::is_any).collect();
    changed.sort_by(|one, other| {
        (one.citizen.bucket, &one.citizen.citizen_ref)
            .cmp(&(other.citizen.bucket, &other.citizen.citizen_ref))
    });
    people(connection, &changed).await?;
    new_codes(connection, &changed, at).await?;
    altered_codes(connection, &changed, at).await?;
    current_codes(connection, &changed).await?;
    issue_days(connection, &changed).await?;
    corrections(connection, &changed).await?;
    let site = completion.event.as_ref().map(|event| event.site.as_str());
    escalations(connection, &changed, site).await?;
    results(connection, &completion.decided, at).await?;
    reviews(connection, &completion.decided, at).await?;
    case_holder::put(connection, &completion.cases).await?;
    case_holder::review(connection, &completion.shared_cases, at).await?;
    move_heads(connection, &completion.decided, at).await?;
    if let Some(event) = &completion.event {
        record_event(connection, event).await?;
    }
    tell(connection, completion.announcements).await
}

/// Writes new and corrected records of people. An insert that meets another worker's is a conflict.
/// An update applies only to the version that was loaded.
async fn people(connection: &mut PgConnection, changed: &[Changed]) -> Result<()> {
    let people = changed.iter().filter(|one| one.person);
    for (changed, person) in people.filter_map(|one| one.citizen.person.as_ref().map(|person| (one, person)))
    {
        let written = if let Some(loaded) = changed.loaded_version {
            sqlx::query(
                "UPDATE citizen SET version = $3, name = $4, photo = $5
                 WHERE bucket = $1 AND citizen_ref = $2 AND version = $6",
            )
            .bind(i16::from(changed.citizen.bucket))
            .bind(rows::reference_bytes(&changed.citizen.citizen_ref)?)
            .bind(rows::large(person.version)?)
            .bind(person.name.expose())
            .bind(person.photo.as_ref().map(rows::digest_bytes).transpose()?)
            .bind(rows::large(loaded)?)
            .execute(&mut *connection)
            .await?
            .rows_affected()
        } else {
            insert_person(connection, changed, person).await?
        };
        if written != 1 {
            return Err(StoreError::Conflict);
        }
    }
    Ok(())
}

async fn insert_person(connection: &mut PgConnection, changed: &Changed, person: &Person) -> Result<u64> {
    let inserted = sqlx::query(
        "INSERT INTO citizen (bucket, citizen_ref, version, number, name, photo, shanghai_household, registered)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(i16::from(changed.citizen.bucket))
    .bind(rows::reference_bytes(&changed.citizen.citizen_ref)?)
    .bind(rows::large(person.version)?)
    .bind(person.number.expose())
    .bind(person.name.expose())
    .bind(person.photo.as_ref().map(rows::digest_bytes).transpose()?)
    .bind(person.shanghai_household)
    .bind(person.registered)
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected())
}

/// Values of codes as parallel columns.
#[derive(Default)]
struct CodeColumns {
    buckets: Vec<i16>,
    serials: Vec<Vec<u8>>,
    references: Vec<Vec<u8>>,
    states: Vec<i16>,
    issued: Vec<i64>,
    through: Vec<i32>,
    copies: Vec<i32>,
    duplicates: Vec<Option<Vec<u8>>>,
    revoked: Vec<Option<i64>>,
}

impl CodeColumns {
    fn push(&mut self, changed: &Changed, issued: &IssuedCode, at: At) -> Result<()> {
        let code = &issued.code;
        self.buckets.push(i16::from(changed.citizen.bucket));
        self.serials.push(code.serial.0.to_vec());
        self.references.push(rows::reference_bytes(&changed.citizen.citizen_ref)?);
        self.states.push(rows::state_number(code.state));
        self.issued.push(code.issued_at.0);
        self.through.push(rows::day_number(code.valid_through));
        self.copies.push(i32::try_from(code.copies).unwrap_or(i32::MAX));
        self.duplicates.push(issued.duplicate_of.map(|serial| serial.0.to_vec()));
        self.revoked.push(code.state.is_revoked().then_some(at.0));
        Ok(())
    }
}

async fn new_codes(connection: &mut PgConnection, changed: &[Changed], at: At) -> Result<()> {
    let mut columns = CodeColumns::default();
    for one in changed {
        for issued in one.added.iter().filter_map(|serial| one.citizen.code(*serial)) {
            columns.push(one, issued, at)?;
        }
    }
    if columns.serials.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO code (bucket, serial, citizen_ref, state, issued_at, valid_through, copies, duplicate_of, revoked_at)
         SELECT * FROM unnest($1::smallint[], $2::bytea[], $3::bytea[], $4::smallint[], $5::bigint[], $6::integer[],
                              $7::integer[], $8::bytea[], $9::bigint[])",
    )
    .bind(&columns.buckets)
    .bind(&columns.serials)
    .bind(&columns.references)
    .bind(&columns.states)
    .bind(&columns.issued)
    .bind(&columns.through)
    .bind(&columns.copies)
    .bind(&columns.duplicates)
    .bind(&columns.revoked)
    .execute(connection)
    .await?;
    Ok(())
}

async fn altered_codes(connection: &mut PgConnection, changed: &[Changed], at: At) -> Result<()> {
    let mut columns = CodeColumns::default();
    for one in changed {
        for issued in one.altered.iter().filter_map(|serial| one.citizen.code(*serial)) {
            columns.push(one, issued, at)?;
        }
    }
    if columns.serials.is_empty() {
        return Ok(());
    }
    // A revoked code keeps its first revocation time.
    sqlx::query(
        "UPDATE code c SET state = u.state, copies = u.copies, revoked_at = COALESCE(c.revoked_at, u.revoked_at)
         FROM unnest($1::smallint[], $2::bytea[], $3::smallint[], $4::integer[], $5::bigint[])
              AS u(bucket, serial, state, copies, revoked_at)
         WHERE c.bucket = u.bucket AND c.serial = u.serial",
    )
    .bind(&columns.buckets)
    .bind(&columns.serials)
    .bind(&columns.states)
    .bind(&columns.copies)
    .bind(&columns.revoked)
    .execute(connection)
    .await?;
    Ok(())
}

async fn current_codes(connection: &mut PgConnection, changed: &[Changed]) -> Result<()> {
    let touched = changed.iter().filter(|one| !one.added.is_empty() || !one.altered.is_empty());
    let (mut buckets, mut references, mut serials) = (Vec::new(), Vec::new(), Vec::new());
    let (mut ended_buckets, mut ended) = (Vec::new(), Vec::new());
    for one in touched {
        let reference = rows::reference_bytes(&one.citizen.citizen_ref)?;
        if let Some(current) = one.citizen.current_code() {
            buckets.push(i16::from(one.citizen.bucket));
            references.push(reference);
            serials.push(current.code.serial.0.to_vec());
        } else {
            ended_buckets.push(i16::from(one.citizen.bucket));
            ended.push(reference);
        }
    }
    if !serials.is_empty() {
        sqlx::query(
            "INSERT INTO current_code (bucket, citizen_ref, serial)
             SELECT * FROM unnest($1::smallint[], $2::bytea[], $3::bytea[])
             ON CONFLICT (bucket, citizen_ref) DO UPDATE SET serial = excluded.serial",
        )
        .bind(&buckets)
        .bind(&references)
        .bind(&serials)
        .execute(&mut *connection)
        .await?;
    }
    if !ended.is_empty() {
        sqlx::query(
            "DELETE FROM current_code c USING unnest($1::smallint[], $2::bytea[]) AS u(bucket, citizen_ref)
             WHERE c.bucket = u.bucket AND c.citizen_ref = u.citizen_ref",
        )
        .bind(&ended_buckets)
        .bind(&ended)
        .execute(connection)
        .await?;
    }
    Ok(())
}

async fn issue_days(connection: &mut PgConnection, changed: &[Changed]) -> Result<()> {
    let (mut buckets, mut references, mut days, mut serials) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for one in changed {
        for (day, serial) in &one.days {
            buckets.push(i16::from(one.citizen.bucket));
            references.push(rows::reference_bytes(&one.citizen.citizen_ref)?);
            days.push(rows::day_number(*day));
            serials.push(serial.0.to_vec());
        }
    }
    if days.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO issue_day (bucket, citizen_ref, day, serial)
         SELECT * FROM unnest($1::smallint[], $2::bytea[], $3::integer[], $4::bytea[])",
    )
    .bind(&buckets)
    .bind(&references)
    .bind(&days)
    .bind(&serials)
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes corrections; fails if a correction id already belongs to another citizen.
async fn corrections(connection: &mut PgConnection, changed: &[Changed]) -> Result<()> {
    for one in changed {
        let touched =
            one.citizen.corrections.iter().filter(|record| one.corrections.contains(&record.correction.id));
        for record in touched {
            let written = sqlx::query(
                "INSERT INTO correction (bucket, correction_id, citizen_ref, record) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (bucket, correction_id) DO UPDATE SET record = excluded.record
                 WHERE correction.citizen_ref = excluded.citizen_ref",
            )
            .bind(i16::from(one.citizen.bucket))
            .bind(record.correction.id)
            .bind(rows::reference_bytes(&one.citizen.citizen_ref)?)
            .bind(rows::text(record)?)
            .execute(&mut *connection)
            .await?;
            if written.rows_affected() == 0 {
                return Err(StoreError::Range("correction id: another citizen's"));
            }
        }
    }
    Ok(())
}

/// Writes escalations. A new one is filed for the site of the channel client; an existing one
/// keeps its site.
async fn escalations(connection: &mut PgConnection, changed: &[Changed], site: Option<&str>) -> Result<()> {
    for one in changed {
        let touched =
            one.citizen.escalations.iter().filter(|escalation| one.escalations.contains(&escalation.id));
        for escalation in touched {
            sqlx::query(
                "INSERT INTO escalation (bucket, escalation_id, citizen_ref, site, record, closed)
                 VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (bucket, escalation_id) DO UPDATE SET record = excluded.record, closed = excluded.closed",
            )
            .bind(i16::from(one.citizen.bucket))
            .bind(escalation.id)
            .bind(rows::reference_bytes(&one.citizen.citizen_ref)?)
            .bind(site.unwrap_or_default())
            .bind(rows::text(escalation)?)
            .bind(escalation.closed)
            .execute(&mut *connection)
            .await?;
        }
    }
    Ok(())
}

async fn results(connection: &mut PgConnection, decided: &[Decided], at: At) -> Result<()> {
    if decided.is_empty() {
        return Ok(());
    }
    let mut order: Vec<&Decided> = decided.iter().collect();
    order.sort_by_key(|one| (one.bucket, one.device, one.epoch, one.seq));
    let (mut buckets, mut devices, mut epochs) = (Vec::new(), Vec::new(), Vec::new());
    let (mut seqs, mut verdicts) = (Vec::new(), Vec::new());
    for one in order {
        buckets.push(i16::from(one.bucket));
        devices.push(rows::small(one.device)?);
        epochs.push(rows::small(one.epoch)?);
        seqs.push(rows::large(one.seq)?);
        verdicts.push(rows::text(&one.verdict)?);
    }
    sqlx::query(
        "INSERT INTO op_result (bucket, device, epoch, seq, verdict, decided_at)
         SELECT u.bucket, u.device, u.epoch, u.seq, u.verdict, $6
         FROM unnest($1::smallint[], $2::integer[], $3::integer[], $4::bigint[], $5::text[])
              AS u(bucket, device, epoch, seq, verdict)",
    )
    .bind(&buckets)
    .bind(&devices)
    .bind(&epochs)
    .bind(&seqs)
    .bind(&verdicts)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

async fn reviews(connection: &mut PgConnection, decided: &[Decided], at: At) -> Result<()> {
    for one in decided {
        for reason in &one.reviews {
            sqlx::query(
                "INSERT INTO review (bucket, device, epoch, seq, reason, at) VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT DO NOTHING",
            )
            .bind(i16::from(one.bucket))
            .bind(rows::small(one.device)?)
            .bind(rows::small(one.epoch)?)
            .bind(rows::large(one.seq)?)
            .bind(reason)
            .bind(at.0)
            .execute(&mut *connection)
            .await?;
        }
    }
    Ok(())
}

async fn move_heads(connection: &mut PgConnection, decided: &[Decided], at: At) -> Result<()> {
    let mut through: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for one in decided {
        through.insert((one.device, one.epoch), one.seq);
    }
    if through.is_empty() {
        return Ok(());
    }
    let (mut devices, mut epochs, mut seqs) = (Vec::new(), Vec::new(), Vec::new());
    for ((device, epoch), seq) in through {
        devices.push(rows::small(device)?);
        epochs.push(rows::small(epoch)?);
        seqs.push(rows::large(seq)?);
    }
    sqlx::query(
        "UPDATE apply_head a SET applied_through = u.seq, applied_at = $4
         FROM unnest($1::integer[], $2::integer[], $3::bigint[]) AS u(device, epoch, seq)
         WHERE a.device = u.device AND a.epoch = u.epoch",
    )
    .bind(&devices)
    .bind(&epochs)
    .bind(&seqs)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

async fn record_event(connection: &mut PgConnection, event: &ChannelEvent) -> Result<()> {
    let channel = match event.channel {
        Channel::Portal => "portal",
        Channel::Kiosk => "kiosk",
        Channel::Counter => "counter",
    };
    sqlx::query(
        "INSERT INTO channel_event (bucket, event_id, citizen_ref, acting_ref, channel, client, action, serial, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(i16::from(event.citizen_ref.bucket()))
    .bind(event.id)
    .bind(rows::reference_bytes(&event.citizen_ref)?)
    .bind(rows::reference_bytes(&event.acting_ref)?)
    .bind(channel)
    .bind(&event.client)
    .bind(event.action)
    .bind(event.serial.map(|serial| serial.0.to_vec()))
    .bind(event.at.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Appends announcements to the feeds. It runs last, because it locks the counters of sites
/// until the commit.
async fn tell(connection: &mut PgConnection, announcements: Vec<Announcement>) -> Result<()> {
    let sites = audience::sites(connection, &announcements).await?;
    let news = announcements.into_iter().filter_map(|one| {
        let site = match one.audience {
            Audience::Site(site) => Some(site),
            looked_up => sites.get(&looked_up).cloned(),
        };
        site.map(|site| (site, one.change))
    });
    feed::announce(connection, news.collect()).await
}
