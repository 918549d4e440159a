//! Background tasks of a server process: decide operations, publish lists, clean up.

use super::state::Centre;
use crate::{
    clock,
    fleet::{DeskProblem, Expected},
    store::{
        Result, StoreError,
        postgres::{DeskState, ListKind, Tally},
    },
    sync,
};
use rules::{
    At,
    issuing::{Issuable, Issued, Trust},
    keys::KeyList,
    life::Serial,
    policy::KEY_RENEWAL_MS,
    revocation::RevocationFilter,
    wire::{RevocationDelta, TrustAnchors, TrustResponse},
};
use serde::de::DeserializeOwned;
use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    time::{Duration, SystemTime},
};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Time an idle worker sleeps before it looks for operations another process received.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Interval of counting the backlog.
const COUNT_EVERY: Duration = Duration::from_secs(2);
/// Interval of comparing counts with their thresholds.
const RAISE_EVERY: Duration = Duration::from_secs(5);
/// Interval of counting the desks by state.
const LOOK_AT_FLEET: Duration = Duration::from_secs(60);
/// Interval of checking certificate expiry: one day.
const LOOK_AT_CERTIFICATES: Duration = Duration::from_secs(24 * 60 * 60);
/// Time before the end of a desk's newest key from which the log warns, in milliseconds: 5 days.
/// The desk should have renewed it 5 days ago (B4).
const KEY_ENDS_SOON_MS: i64 = KEY_RENEWAL_MS / 2;
/// Time before the end of an issuing key from which the log warns, in milliseconds: 60 days.
const ISSUER_ENDS_SOON_MS: i64 = 2 * ISSUER_ENDS_VERY_SOON_MS;
/// The same from which it is an error: 30 days.
const ISSUER_ENDS_VERY_SOON_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// Pause after a failure of the store.
const REST: Duration = Duration::from_secs(1);
/// Time after which an abandoned upload is removed: one day.
const UNFINISHED_KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// Pause after a conflict with another worker.
const STEP_BACK: Duration = Duration::from_millis(5);

/// Decides operations until the process ends; work under way is finished first.
pub(super) async fn apply(centre: Arc<Centre>, ends: CancellationToken) {
    let mut conflicts = 0_u32;
    while !ends.is_cancelled() {
        let begin = Instant::now();
        let devices = centre.config.apply_desks;
        let outcome =
            sync::apply_after(&centre.store, &centre.rulebook, devices, clock::now(), conflicts).await;
        conflicts =
            if matches!(outcome, Err(StoreError::Conflict)) { conflicts.saturating_add(1) } else { 0 };
        match outcome {
            Ok(0) => {
                let rest = timeout(LOOK_AGAIN, centre.work.notified());
                let _ = ends.run_until_cancelled(rest).await;
            }
            Ok(count) => {
                metrics::histogram!("central_apply_seconds").record(begin.elapsed().as_secs_f64());
                metrics::counter!("central_operations_decided_total")
                    .increment(u64::try_from(count).unwrap_or(0));
                centre.note_decided(count);
                // There may be more waiting than one worker takes.
                centre.work.notify_one();
            }
            Err(StoreError::Conflict) => {
                metrics::counter!("central_apply_conflicts_total").increment(1);
                sleep(STEP_BACK).await;
            }
            Err(error) => {
                tracing::error!(%error, "operations could not be decided; trying again");
                let _ = ends.run_until_cancelled(sleep(REST)).await;
            }
        }
    }
}

/// Reads the backlog from the database. A process sees neither the decisions of others nor which
/// received operations are repetitions.
pub(super) async fn watch_backlog(centre: Arc<Centre>, ends: CancellationToken) {
    let mut tick = interval(COUNT_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while ends.run_until_cancelled(tick.tick()).await.is_some() {
        match centre.store.undecided().await {
            Ok(count) => {
                centre.backlog.store(usize::try_from(count).unwrap_or(usize::MAX), Ordering::Relaxed)
            }
            Err(error) => tracing::warn!(%error, "backlog could not be counted"),
        }
    }
}

/// Raises alarms for counts above their thresholds (N-4), and for kits that did not come back (V4).
pub(super) async fn watch_counts(centre: Arc<Centre>, ends: CancellationToken) {
    let limits = &centre.config.alarms;
    let limits = [
        (Tally::FailedLogins, limits.failed_logins_per_day),
        (Tally::Reprints, limits.reprints_per_day),
        (Tally::LookUpsOutOfHours, limits.look_ups_out_of_hours_per_day),
        (Tally::Unproven, limits.unproven_per_day),
        (Tally::Malformed, limits.malformed_per_day),
        (Tally::KitsRefused, limits.kits_refused_per_day),
    ];
    let mut tick = interval(RAISE_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while ends.run_until_cancelled(tick.tick()).await.is_some() {
        if let Err(error) = centre.store.raise_above(&limits, clock::now()).await {
            tracing::error!(%error, "counts could not be compared with their thresholds; trying again");
        }
        if let Err(error) = centre.store.raise_overdue_visits(clock::now()).await {
            tracing::error!(%error, "kits of home visits could not be looked through; trying again");
        }
    }
}

/// Says which issuing keys end soon: the next ceremony is due.
fn watch_issuing_keys(centre: &Centre) {
    let now = clock::now();
    for record in centre.keys.records() {
        let purpose = record.purpose.code();
        #[expect(clippy::cast_precision_loss, reason = "a gauge of seconds")]
        metrics::gauge!("central_issuing_key_end_seconds", "purpose" => purpose)
            .set((record.to.0 / 1000) as f64);
        let end = record.to.day();
        match record.to.since_ms(now) {
            left if left < ISSUER_ENDS_VERY_SOON_MS => {
                tracing::error!(purpose, %end, "an issuing key ends within 30 days: rotate it now");
            }
            left if left < ISSUER_ENDS_SOON_MS => {
                tracing::warn!(purpose, %end, "an issuing key ends within 60 days: rotate it");
            }
            _ => {}
        }
    }
}

/// Logs at the start and every day which desks have not renewed their keys, so that somebody finds
/// out why they are not online, or invites them again.
pub(super) async fn watch_certificates(centre: Arc<Centre>, ends: CancellationToken) {
    let mut tick = interval(LOOK_AT_CERTIFICATES);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while ends.run_until_cancelled(tick.tick()).await.is_some() {
        watch_issuing_keys(&centre);
        match centre.store.desks().await {
            Ok(desks) => {
                let now = clock::now();
                for desk in desks.iter().filter(|desk| desk.ends_within(KEY_ENDS_SOON_MS, now)) {
                    tracing::warn!(device = desk.device.0, "desk has not renewed its key, which ends soon");
                }
            }
            Err(error) => tracing::warn!(%error, "certificate expiry could not be checked"),
        }
    }
}

/// Counts the desks by state and by what is wrong with them, and looks how far the log's partitions
/// reach, for the metrics.
pub(super) async fn watch_fleet(centre: Arc<Centre>, ends: CancellationToken) {
    let mut tick = interval(LOOK_AT_FLEET);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while ends.run_until_cancelled(tick.tick()).await.is_some() {
        let desks = match centre.store.desks().await {
            Ok(desks) => desks,
            Err(error) => {
                tracing::warn!(%error, "desks could not be counted");
                continue;
            }
        };
        let required = match centre.store.required_program().await {
            Ok(required) => required,
            Err(error) => {
                tracing::warn!(%error, "the required program could not be read");
                continue;
            }
        };
        let expected = Expected { config: &centre.config, required, now: clock::now() };
        let (silent, now) = (centre.config.alarms.silent_after_ms(), expected.now);
        let figure = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        for name in DeskState::NAMES {
            let count = desks.iter().filter(|desk| desk.state(silent, now).name() == name).count();
            metrics::gauge!("central_desks", "state" => name).set(figure(count));
        }
        let problems: Vec<DeskProblem> = desks.iter().flat_map(|desk| expected.problems(desk)).collect();
        for problem in DeskProblem::ALL {
            let count = problems.iter().filter(|one| **one == problem).count();
            metrics::gauge!("central_desk_problems", "problem" => problem.name()).set(figure(count));
        }
        match centre.store.log_ends().await {
            Ok(end) => metrics::gauge!("central_log_partitions_end_seconds").set((end.0 / 1_000) as f64),
            Err(error) => tracing::warn!(%error, "the log's partitions could not be counted"),
        }
    }
}

/// Publishes changed lists, drops idle rate limits and abandoned uploads, and compacts the metrics.
pub(super) async fn publish(centre: Arc<Centre>, ends: CancellationToken) {
    let mut tick = interval(Duration::from_secs(centre.config.publish_every_s.max(1)));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let woken = async {
            tokio::select! {
                _ = tick.tick() => {}
                () = centre.keys_changed.notified() => {}
            }
        };
        if ends.run_until_cancelled(woken).await.is_none() {
            return;
        }
        if let Err(error) = publish_all(&centre, Afresh::default()).await {
            tracing::error!(%error, "lists could not be published; trying again");
        }
        if let Err(error) = centre.store.forget_registrations(clock::now()).await {
            tracing::warn!(%error, "references that ended could not be deleted");
        }
        centre.limits.forget_quiet();
        if let Err(error) = centre.blobs.forget_unfinished(SystemTime::now() - UNFINISHED_KEPT) {
            tracing::warn!(%error, "unfinished uploads could not be removed");
        }
        // Until upkeep, recorded times stay in memory one by one.
        centre.metrics.run_upkeep();
    }
}

/// Lists that are made anew although nothing changed.
#[derive(Clone, Copy, Default)]
pub(super) struct Afresh {
    keys: bool,
    revocations: bool,
}

impl Afresh {
    /// Finds published lists that nobody takes any more, because the root took their key back.
    pub(super) async fn where_revoked(centre: &Centre) -> Result<Self> {
        let trust = &centre.keys.trust;
        let keys = centre.store.published(ListKind::Keys, None).await?.is_some_and(|list| {
            let list = serde_json::from_str::<TrustResponse>(&list.body);
            !list.is_ok_and(|list| list.keys.verify(trust).is_ok())
        });
        let mut revocations = false;
        for kind in [ListKind::Revocations, ListKind::RevocationDelta] {
            let Some(list) = centre.store.published(kind, None).await? else { continue };
            revocations |= match kind {
                ListKind::Revocations => !is_issued::<RevocationFilter>(&list.body, trust),
                _ => !is_issued::<RevocationDelta>(&list.body, trust),
            };
        }
        Ok(Self { keys, revocations })
    }
}

fn is_issued<T: Issuable + DeserializeOwned>(body: &str, trust: &Trust) -> bool {
    serde_json::from_str::<Issued<T>>(body).is_ok_and(|issued| issued.verify(trust).is_ok())
}

/// Publishes what desks know this centre by, if a setting or the root changed it.
async fn publish_anchors(centre: &Centre, now: At) -> Result<()> {
    let ca_bundle = match &centre.config.ca_bundle {
        Some(file) => match std::fs::read_to_string(file) {
            Ok(bundle) => Some(bundle),
            // What desks have stays.
            Err(error) => {
                tracing::error!(%error, "ca_bundle cannot be read");
                return Ok(());
            }
        },
        None => None,
    };
    let keys = &centre.keys;
    let required = centre.store.required_program().await?;
    let make = |version, newest: Option<&str>| {
        let newest = newest.and_then(|body| serde_json::from_str::<Issued<TrustAnchors>>(body).ok());
        let holds = newest.is_some_and(|newest| {
            newest.verify(&keys.trust).is_ok_and(|said| {
                said.ca_bundle == ca_bundle
                    && said.revoked == keys.revoked
                    && said.required == required
                    && said.sealing == keys.sealing.record
            })
        });
        if holds {
            return Ok(None);
        }
        let (ca_bundle, revoked) = (ca_bundle.clone(), keys.revoked.clone());
        let (class, sealing) = (keys.class, keys.sealing.record.clone());
        let anchors = TrustAnchors { version, made_at: now, class, ca_bundle, revoked, required, sealing };
        let signed = keys.sign(anchors, "trust anchors")?;
        serde_json::to_string(&signed).map(Some).map_err(|_| StoreError::Range("trust anchors"))
    };
    if centre.store.publish_anchors(now, make).await? {
        tracing::info!("trust anchors published");
    }
    Ok(())
}

/// Publishes the lists that are due.
pub(super) async fn publish_all(centre: &Centre, afresh: Afresh) -> Result<()> {
    let (class, now) = (centre.keys.class, clock::now());
    publish_anchors(centre, now).await?;
    let sign_keys = |list: KeyList| {
        let keys = centre.keys.sign(list, "key list")?;
        serde_json::to_string(&TrustResponse { keys, class }).map_err(|_| StoreError::Range("key list"))
    };
    let ended_after = now.plus_ms(-centre.config.policy.longest_validity_ms());
    if centre.store.publish_keys(class, now, ended_after, afresh.keys, sign_keys).await? {
        tracing::info!("key list published");
    }
    let version = centre.store.published_version(ListKind::Keys).await?;
    let seen = centre.keys_seen.load(Ordering::Relaxed);
    if seen != version {
        // Whichever process retired or renewed a key, scans are judged by its new state from now
        // on.
        let changed = centre.store.keys_since(seen).await?;
        let mut known = centre.known_keys.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, key| key.not_after >= ended_after);
        known.extend(changed.into_iter().map(|key| (key.public_key.key_id(), key)));
        drop(known);
        centre.keys_seen.store(version, Ordering::Relaxed);
    }
    let sign_filter = |serials: &[Serial], version: u64| {
        let range = |_| StoreError::Range("revocation list");
        let filter = RevocationFilter::build(serials, version, now, class).map_err(range)?;
        let signed = centre.keys.sign(filter, "revocation list")?;
        serde_json::to_string(&signed).map_err(|_| StoreError::Range("revocation list"))
    };
    let sign_delta = |revoked: Vec<Serial>, since: u64, version: u64| {
        let delta = RevocationDelta { since, version, made_at: now, class, revoked };
        let signed = centre.keys.sign(delta, "revocation delta")?;
        serde_json::to_string(&signed).map_err(|_| StoreError::Range("revocation delta"))
    };
    let whole_every_ms =
        i64::try_from(centre.config.whole_list_every_s).unwrap_or(i64::MAX).saturating_mul(1_000);
    if centre
        .store
        .publish_revocations(now, (whole_every_ms, afresh.revocations), sign_filter, sign_delta)
        .await?
    {
        tracing::info!("revocations published");
    }
    Ok(())
}
