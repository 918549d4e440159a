//! State shared by all handlers.

use super::{answer::Refused, limits::RateLimits, lookups::Lookups, page_files::Pages, reference};
use crate::{
    blobs::Blobs,
    config::Config,
    health::Health,
    keys::Keys,
    machine::{Rulebook, ingest::DeviceHead},
    store::{Store as _, postgres::PgStore},
};
use hmac::Hmac;
use lru::LruCache;
use rules::{
    DeviceNumber,
    issuing::{Issuable, Issued},
    keys::{DeskKey, KeyId},
    verification::VerifiedSymbol,
    wire::ProtocolError,
};
use sm3::Sm3;
use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};
use tokio::sync::{Notify, Semaphore, watch};

/// Verified symbols kept in the cache: a day at the busiest places, at one kilobyte each.
const REMEMBERED_SYMBOLS: NonZeroUsize = NonZeroUsize::new(65_536).expect("not zero");

/// Signed key list differences kept in the cache: the versions of a usual day.
const KEY_DELTAS: NonZeroUsize = NonZeroUsize::new(256).expect("not zero");

/// A running central server.
pub struct Centre {
    pub(super) config: Config,
    pub(super) keys: Keys,
    pub(super) rulebook: Rulebook,
    /// The database behind all handlers.
    pub store: PgStore,
    /// Batched lookups of scanned codes.
    pub(super) lookups: Lookups,
    /// M7: keyed MAC of references for test registrations.
    pub(super) registrations: Hmac<Sm3>,
    pub(super) blobs: Blobs,
    /// M6: provider of health state.
    pub(super) health: Health,
    pub(super) limits: RateLimits,
    /// Notified when operations wait to be decided.
    pub(super) work: Notify,
    /// Notified when keys changed.
    pub(super) keys_changed: Notify,
    /// Incremented when this process decided operations.
    pub(super) decided: watch::Sender<u64>,
    /// One permit for each push that may be processed.
    pub(super) push_permits: Semaphore,
    /// One permit for each core. CPU-bound work (a password check with its 19 MB, a sheet) waits
    /// for one instead of piling up.
    pub(super) cores: Arc<Semaphore>,
    /// Number of pushes in the queue.
    pub(super) in_line: AtomicUsize,
    /// Estimated number of undecided operations, read from the database every few seconds and
    /// adjusted by this process in between. It only slows desks down.
    pub(super) backlog: AtomicUsize,
    /// Verified symbols by their text. Nothing here changes: what became of key and code since is
    /// asked for each scan.
    pub(super) symbols: Mutex<LruCache<Box<str>, Arc<VerifiedSymbol>>>,
    /// All keys as of the version of the key list below.
    pub(super) known_keys: RwLock<HashMap<KeyId, DeskKey>>,
    /// Version of the key list that `known_keys` were read for.
    pub(super) keys_seen: AtomicU64,
    /// Signed key list differences, by the versions they lead from and to.
    pub(super) key_deltas: Mutex<LruCache<(u64, u64), String>>,
    /// Fonts for sheets of portal and kiosk, if installed.
    pub(super) fonts: Option<paper::Fonts>,
    /// Pages for phones; none without the setting.
    pub(super) pages: Pages,
    pub(super) metrics: metrics_exporter_prometheus::PrometheusHandle,
}

/// Opens the print fonts. Without them portal and kiosk issue nothing, since nobody could download
/// it (N5); all else works.
fn open_fonts() -> Option<paper::Fonts> {
    paper::Fonts::open()
        .inspect_err(|error| tracing::error!(%error, "no print fonts; portal and kiosk issue nothing"))
        .ok()
}

/// Reads the pages for phones. Without them all else works.
fn read_pages(config: &Config) -> Pages {
    let Some(folder) = &config.pages else { return Pages::default() };
    Pages::read(folder)
        .inspect_err(|error| tracing::error!(%error, folder = %folder.display(), "no pages for phones"))
        .unwrap_or_default()
}

impl Centre {
    /// Assembles a server; must be called within a Tokio runtime.
    #[must_use]
    pub fn new(
        config: Config,
        keys: Keys,
        store: PgStore,
        blobs: Blobs,
        health: Health,
        metrics: metrics_exporter_prometheus::PrometheusHandle,
    ) -> Self {
        Self {
            rulebook: Rulebook::new(config.policy.clone(), keys.class, &config.issuer, *keys.index),
            limits: RateLimits::new(&config.limits),
            work: Notify::new(),
            keys_changed: Notify::new(),
            decided: watch::Sender::new(0),
            push_permits: Semaphore::new(config.limits.pushes_at_a_time),
            cores: Arc::new(Semaphore::new(
                std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
            )),
            in_line: AtomicUsize::new(0),
            backlog: AtomicUsize::new(0),
            symbols: Mutex::new(LruCache::new(REMEMBERED_SYMBOLS)),
            known_keys: RwLock::default(),
            keys_seen: AtomicU64::new(0),
            key_deltas: Mutex::new(LruCache::new(KEY_DELTAS)),
            fonts: open_fonts(),
            pages: read_pages(&config),
            lookups: Lookups::start(&store),
            registrations: reference::mac(&keys.token),
            config,
            keys,
            store,
            blobs,
            health,
            metrics,
        }
    }

    /// Runs CPU-bound work on a blocking thread when a core is free.
    ///
    /// # Errors
    /// [`ProtocolError::Unavailable`] if the work panics.
    pub(super) async fn on_a_core<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let gone = ProtocolError::Unavailable;
        let core = Arc::clone(&self.cores).acquire_owned().await.map_err(|_| gone.clone())?;
        // The work itself holds the permit, because the caller may hang up.
        let work = move || {
            let _core = core;
            work()
        };
        Ok(tokio::task::spawn_blocking(work).await.map_err(|_| gone)?)
    }

    /// Refuses desks that are fenced, in quarantine or revoked; returns what is known of the
    /// enrolment.
    pub(super) async fn check_in_service(
        &self,
        device: DeviceNumber,
        epoch: u32,
    ) -> Result<DeviceHead, Refused> {
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

    /// Signs a value with the issuing key for it.
    pub(super) fn sign<T: Issuable>(&self, value: T) -> Result<Issued<T>, Refused> {
        self.keys.sign(value, "answer").map_err(|_| ProtocolError::Unavailable.into())
    }

    /// Adds received operations to the backlog and wakes a worker.
    pub(super) fn note_taken(&self, count: usize) {
        self.backlog.fetch_add(count, Ordering::Relaxed);
        self.work.notify_one();
    }

    /// Subtracts decided operations from the backlog and wakes waiting pushes.
    pub(super) fn note_decided(&self, count: usize) {
        let lower = |backlog: usize| Some(backlog.saturating_sub(count));
        let _ = self.backlog.fetch_update(Ordering::Relaxed, Ordering::Relaxed, lower);
        self.decided.send_modify(|generation| *generation += 1);
    }
}
