//! What all handlers share.

use super::{answer::Refused, limits::RateLimits, lookups::Lookups, verify::registrations};
use crate::{
    blobs::Blobs,
    config::Config,
    keys::Keys,
    machine::{Rulebook, ingest::DeviceHead},
    store::{Store as _, postgres::PgStore},
};
use hmac::Hmac;
use lru::LruCache;
use rules::{
    keys::{DeskKey, Signed},
    payload::Claims,
    wire::ProtocolError,
};
use sm3::Sm3;
use std::{
    num::NonZeroUsize,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};
use tokio::sync::{Notify, Semaphore, watch};

/// How many scanned symbols are remembered as well signed: a day's busiest places at a kilobyte each.
const REMEMBERED_SYMBOLS: NonZeroUsize = NonZeroUsize::new(65_536).expect("not zero");

/// How many differences of key lists are remembered: the versions of a usual day.
const KEY_DELTAS: NonZeroUsize = NonZeroUsize::new(256).expect("not zero");

/// A symbol that is well signed.
pub(super) struct Symbol {
    pub(super) claims: Claims,
    pub(super) key: DeskKey,
}

/// A running centre.
pub struct Centre {
    pub(super) config: Config,
    pub(super) keys: Keys,
    pub(super) rulebook: Rulebook,
    /// Where everything is kept.
    pub store: PgStore,
    /// Scanned codes are looked up through here.
    pub(super) lookups: Lookups,
    /// Makes the references for test registrations (M7).
    pub(super) registrations: Hmac<Sm3>,
    pub(super) blobs: Blobs,
    pub(super) limits: RateLimits,
    /// Rung when operations wait to be decided.
    pub(super) work: Notify,
    /// Rung when keys changed.
    pub(super) keys_changed: Notify,
    /// Moves when operations were decided by this process.
    pub(super) decided: watch::Sender<u64>,
    /// One for each push that may be worked on.
    pub(super) turns: Semaphore,
    /// One for each core: what keeps one busy (a password's check with its 19 MB, a sheet) waits for it instead of piling up.
    pub(super) cores: Arc<Semaphore>,
    /// Pushes that wait for their turn.
    pub(super) in_line: AtomicUsize,
    /// Operations that wait to be decided: what the database says every few seconds, and since then what this process took and decided. It only
    /// slows desks down.
    pub(super) backlog: AtomicUsize,
    /// Symbols whose signature was checked, by their text. A signature never changes.
    pub(super) symbols: Mutex<LruCache<Box<str>, Arc<Symbol>>>,
    /// Version of the key list as of which symbols are remembered.
    pub(super) keys_seen: AtomicU64,
    /// Signed differences of key lists, by the versions they lead from and to.
    pub(super) key_deltas: Mutex<LruCache<(u64, u64), String>>,
    /// For the sheets of portal and kiosk; absent when the print fonts are not installed.
    pub(super) fonts: Option<paper::Fonts>,
    pub(super) metrics: metrics_exporter_prometheus::PrometheusHandle,
}

/// Without the fonts everything else works: portal and kiosk issue nothing then, because nobody could download it (N5). The log says so.
fn open_fonts() -> Option<paper::Fonts> {
    paper::Fonts::open()
        .inspect_err(|error| tracing::error!(%error, "no fonts: no codes and no sheets for portal and kiosk"))
        .ok()
}

impl Centre {
    /// Assembles a centre, within a runtime.
    #[must_use]
    pub fn new(
        config: Config,
        keys: Keys,
        store: PgStore,
        blobs: Blobs,
        metrics: metrics_exporter_prometheus::PrometheusHandle,
    ) -> Self {
        Self {
            rulebook: Rulebook::new(config.policy.clone(), keys.class, *keys.index),
            limits: RateLimits::new(&config.limits),
            work: Notify::new(),
            keys_changed: Notify::new(),
            decided: watch::Sender::new(0),
            turns: Semaphore::new(config.limits.pushes_at_a_time),
            cores: Arc::new(Semaphore::new(
                std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
            )),
            in_line: AtomicUsize::new(0),
            backlog: AtomicUsize::new(0),
            symbols: Mutex::new(LruCache::new(REMEMBERED_SYMBOLS)),
            keys_seen: AtomicU64::new(0),
            key_deltas: Mutex::new(LruCache::new(KEY_DELTAS)),
            fonts: open_fonts(),
            lookups: Lookups::start(&store),
            registrations: registrations(&keys.token),
            config,
            keys,
            store,
            blobs,
            metrics,
        }
    }

    /// Does what keeps a core busy, when there is one.
    ///
    /// # Errors
    /// When it panics.
    pub(super) async fn on_a_core<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let gone = ProtocolError::Unavailable;
        let core = Arc::clone(&self.cores).acquire_owned().await.map_err(|_| gone.clone())?;
        // Held by the work itself: whoever asked may hang up.
        let work = move || {
            let _core = core;
            work()
        };
        Ok(tokio::task::spawn_blocking(work).await.map_err(|_| gone)?)
    }

    /// Refuses desks that are fenced, in quarantine or revoked; returns what is known of the enrolment.
    pub(super) async fn check_in_service(&self, device: u32, epoch: u32) -> Result<DeviceHead, Refused> {
        let head = self.store.head(device, epoch).await?.ok_or(ProtocolError::Unauthenticated)?;
        if head.current_epoch != epoch {
            return Err(ProtocolError::Fenced { current: head.current_epoch }.into());
        }
        if head.revoked {
            return Err(ProtocolError::Revoked.into());
        }
        if head.quarantined {
            return Err(ProtocolError::Quarantined.into());
        }
        Ok(head)
    }

    /// Signs with the root.
    pub(super) fn sign<T: serde::Serialize>(&self, value: T) -> Result<Signed<T>, Refused> {
        Signed::sign(value, &*self.keys.root).map_err(|_| ProtocolError::Unavailable.into())
    }

    /// Notes that operations were taken.
    pub(super) fn note_taken(&self, count: usize) {
        self.backlog.fetch_add(count, Ordering::Relaxed);
        self.work.notify_one();
    }

    /// Notes that operations were decided.
    pub(super) fn note_decided(&self, count: usize) {
        let lower = |backlog: usize| Some(backlog.saturating_sub(count));
        let _ = self.backlog.fetch_update(Ordering::Relaxed, Ordering::Relaxed, lower);
        self.decided.send_modify(|generation| *generation += 1);
    }
}
