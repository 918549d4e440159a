//! Writes the outcome of a claim in one transaction, with one statement per table.

use super::{
    Counted, PgClaim, Tally, alarm, audience, audit, case_holder, code, earlier, evidence, feed, rows,
};
use crate::{
    audit::{AuditKey, event::PersonFact},
    machine::{
        citizen::Person,
        decision::{Announcement, Audience},
    },
    store::{Changed, ChannelEvent, Completion, Decided, Result, StoreError, audit_events},
};
use rules::{At, DeviceNumber, SiteCode, wire::Channel};
use sqlx::PgConnection;
use std::collections::BTreeMap;

pub(super) async fn complete(claim: PgClaim, key: Option<&AuditKey>, completion: Completion) -> Result<()> {
    let mut write = claim.write;
    match put(&mut write, key, completion).await {
        Ok(()) => write.commit().await,
        Err(error) => {
            // A write that is dropped is rolled back some time later, and until then its desks are
            // passed over.
            write.rollback().await?;
            Err(error)
        }
    }
}

/// Writes the outcome within a transaction.
pub(super) async fn put(
    connection: &mut PgConnection,
    key: Option<&AuditKey>,
    completion: Completion,
) -> Result<()> {
    let at = completion.at;
    let mut changed: Vec<Changed> = completion.changed.into_iter().filter(Changed::is_any).collect();
    changed.sort_by(|one, other| {
        (one.citizen.bucket, &one.citizen.citizen_ref)
            .cmp(&(other.citizen.bucket, &other.citizen.citizen_ref))
    });
    let people = people(connection, key, &changed).await?;
    let voided = code::add(connection, &changed, &completion.voided, at).await?;
    code::alter(connection, &changed, at).await?;
    code::name_current(connection, &changed).await?;
    issue_days(connection, &changed).await?;
    corrections(connection, &changed).await?;
    let site = completion.event.as_ref().map(|event| &event.site);
    escalations(connection, &changed, site).await?;
    results(connection, &completion.decided, at).await?;
    reviews(connection, &completion.decided, at).await?;
    case_holder::put(connection, &completion.cases).await?;
    case_holder::review(connection, &completion.shared_cases, at).await?;
    earlier::put(connection, &completion.done_once).await?;
    evidence::name(connection, &completion.named).await?;
    move_heads(connection, &completion.decided, at).await?;
    hold_back(connection, &completion.waiting).await?;
    if let Some(event) = &completion.event {
        record_event(connection, event).await?;
    }
    // In key order, as all tables, so that two workers cannot deadlock.
    for ((staff, day), count) in completion.reprints {
        alarm::count(connection, Tally::Reprints, &Counted::Staff(staff), day, count).await?;
    }
    for (device, count) in audit_events::unproven(&completion.decided) {
        alarm::count(connection, Tally::Unproven, &Counted::Device(device), at.day(), count).await?;
    }
    for event in
        audit_events::events(&completion.decided, completion.event.as_ref(), &changed, &voided, people)
    {
        audit::record(connection, key, at, &event).await?;
    }
    tell(connection, completion.announcements).await
}

/// A registry record as the audit log sees it, which blinds it: whatever a correction or an import
/// changes together with the version.
macro_rules! person_row {
    () => {
        "jsonb_build_array(c.version, c.number, c.name, encode(c.photo, 'hex'), c.shanghai_household, c.certificate,
                           c.certificate_valid_through, c.registered)::text"
    };
}
pub(super) use person_row;

/// Writes new and corrected records of people. An insert that meets another worker's is a conflict.
/// An update applies only to the version that was loaded.
async fn people(
    connection: &mut PgConnection,
    key: Option<&AuditKey>,
    changed: &[Changed],
) -> Result<Vec<PersonFact>> {
    let mut facts = Vec::new();
    let people = changed.iter().filter(|one| one.person);
    for (changed, person) in people.filter_map(|one| one.citizen.person.as_ref().map(|person| (one, person)))
    {
        let written = if let Some(loaded) = changed.loaded_version {
            sqlx::query_scalar(concat!(
                "UPDATE citizen c SET version = $3, name = $4, photo = $5
                 WHERE bucket = $1 AND citizen_ref = $2 AND version = $6 RETURNING ",
                person_row!()
            ))
            .bind(i16::from(changed.citizen.bucket))
            .bind(&changed.citizen.citizen_ref.0[..])
            .bind(rows::large(person.version)?)
            .bind(person.name.expose())
            .bind(person.photo.as_ref().map(|photo| &photo.0[..]))
            .bind(rows::large(loaded)?)
            .fetch_optional(&mut *connection)
            .await?
        } else {
            insert_person(connection, changed, person).await?
        };
        let row: String = written.ok_or(StoreError::Conflict)?;
        facts.extend(key.map(|key| PersonFact {
            citizen: changed.citizen.citizen_ref.clone(),
            version: person.version,
            row: key.blind(&row),
        }));
    }
    Ok(facts)
}

async fn insert_person(
    connection: &mut PgConnection,
    changed: &Changed,
    person: &Person,
) -> Result<Option<String>> {
    let inserted = sqlx::query_scalar(concat!(
        "INSERT INTO citizen AS c (bucket, citizen_ref, version, number, name, photo, shanghai_household, registered)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING ",
        person_row!()
    ))
    .bind(i16::from(changed.citizen.bucket))
    .bind(&changed.citizen.citizen_ref.0[..])
    .bind(rows::large(person.version)?)
    .bind(person.number.expose())
    .bind(person.name.expose())
    .bind(person.photo.as_ref().map(|photo| &photo.0[..]))
    .bind(person.shanghai_household)
    .bind(person.registered)
    .fetch_optional(connection)
    .await?;
    Ok(inserted)
}

async fn issue_days(connection: &mut PgConnection, changed: &[Changed]) -> Result<()> {
    let (mut buckets, mut references, mut days, mut serials) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for one in changed {
        for (day, serial) in &one.days {
            buckets.push(i16::from(one.citizen.bucket));
            references.push(one.citizen.citizen_ref.0.to_vec());
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
            .bind(&one.citizen.citizen_ref.0[..])
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
async fn escalations(
    connection: &mut PgConnection,
    changed: &[Changed],
    site: Option<&SiteCode>,
) -> Result<()> {
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
            .bind(&one.citizen.citizen_ref.0[..])
            .bind(site.map_or("", SiteCode::as_str))
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
    let mut through: BTreeMap<(DeviceNumber, u32), u64> = BTreeMap::new();
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

/// Passes over the enrolments that wait for evidence. There is rarely one.
async fn hold_back(connection: &mut PgConnection, waiting: &[((DeviceNumber, u32), At)]) -> Result<()> {
    for ((device, epoch), until) in waiting {
        sqlx::query("UPDATE apply_head SET waits_until = $3 WHERE device = $1 AND epoch = $2")
            .bind(rows::small(*device)?)
            .bind(rows::small(*epoch)?)
            .bind(until.0)
            .execute(&mut *connection)
            .await?;
    }
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
    .bind(&event.citizen_ref.0[..])
    .bind(&event.acting_ref.0[..])
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
