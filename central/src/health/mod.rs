//! Health state of holders, asked of the city's provider (M6).
//!
//! A provider that is absent, slow, down or wrong never keeps a scan waiting for long, and each of
//! these is an answer of its own.

mod circuit;
mod file;
mod http;

use crate::{
    config,
    store::{Result, postgres::PgStore},
};
use circuit::Circuit;
use lru::LruCache;
use rules::{
    At,
    health::{HealthAnswer, HealthReport},
    life::Serial,
    person::IdNumber,
};
use std::{
    num::NonZeroUsize,
    pin::Pin,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, timeout};

/// Answers kept in the cache.
const KEPT_ANSWERS: NonZeroUsize = NonZeroUsize::new(65_536).expect("not zero");

/// What a provider answers, in the end.
type Reported<'a> =
    Pin<Box<dyn Future<Output = std::result::Result<Option<HealthReport>, HealthError>> + Send + 'a>>;

/// Knows the health state of people by their ID number.
trait HealthProvider: Send + Sync {
    /// Looks a person up; `None` if nothing is on record.
    fn look_up<'a>(&'a self, number: &'a IdNumber) -> Reported<'a>;
}

/// Reason why a provider gave no report. Neither holds anything about the person.
#[derive(Debug, thiserror::Error)]
enum HealthError {
    /// There is no answer.
    #[error("no answer: {0}")]
    Unavailable(String),
    /// The answer is not one to the question.
    #[error("the answer cannot be true")]
    Implausible,
}

/// The provider of the settings, with what protects scans from it.
pub struct Health {
    provider: Option<Box<dyn HealthProvider>>,
    patience: Duration,
    kept_for: Duration,
    cache: Mutex<LruCache<Serial, (Instant, HealthAnswer)>>,
    circuit: Circuit,
}

impl Health {
    /// Prepares the provider of the settings; it is not asked yet.
    ///
    /// # Errors
    /// If the HTTP client cannot be made.
    pub fn open(settings: &config::Health) -> anyhow::Result<Self> {
        let provider: Option<Box<dyn HealthProvider>> = match (&settings.url, &settings.file) {
            (Some(url), _) => Some(Box::new(http::HttpProvider::new(url, settings.token.as_ref())?)),
            (None, Some(file)) => Some(Box::new(file::FileProvider::new(file))),
            (None, None) => None,
        };
        Ok(Self {
            provider,
            patience: Duration::from_millis(settings.timeout_ms),
            kept_for: Duration::from_secs(settings.cache_s),
            cache: Mutex::new(LruCache::new(KEPT_ANSWERS)),
            circuit: Circuit::default(),
        })
    }

    /// Returns what is known of the holder of a code.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn of(&self, serial: Serial, store: &PgStore, now: At) -> Result<HealthAnswer> {
        let Some(provider) = &self.provider else { return Ok(HealthAnswer::NoProvider) };
        if let Some(answer) = self.kept(serial) {
            return Ok(answer);
        }
        if !self.circuit.admits(Instant::now()) {
            return Ok(counted(HealthAnswer::Unavailable, "circuit_open"));
        }
        let Some(number) = store.holder_number(serial).await? else {
            self.circuit.is_well();
            return Ok(HealthAnswer::NoRecord);
        };
        let reported = timeout(self.patience, provider.look_up(&number)).await;
        let reported = reported.unwrap_or_else(|_| Err(HealthError::Unavailable("time-out".to_owned())));
        if let Err(HealthError::Unavailable(reason)) = &reported {
            tracing::warn!(reason, "the provider of health state did not answer");
            self.circuit.failed(Instant::now());
            return Ok(counted(HealthAnswer::Unavailable, "unavailable"));
        }
        self.circuit.is_well();
        Ok(match reported {
            Ok(None) => self.keep(serial, counted(HealthAnswer::NoRecord, "no_record")),
            Ok(Some(report)) if report.is_plausible(now) => {
                self.keep(serial, counted(HealthAnswer::Known(report), "known"))
            }
            Ok(Some(_)) | Err(_) => {
                tracing::warn!("the provider of health state answered what cannot be true");
                counted(HealthAnswer::Implausible, "implausible")
            }
        })
    }

    fn kept(&self, serial: Serial) -> Option<HealthAnswer> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, answer) = cache.get(&serial).copied()?;
        (since.elapsed() < self.kept_for).then_some(answer)
    }

    fn keep(&self, serial: Serial, answer: HealthAnswer) -> HealthAnswer {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.put(serial, (Instant::now(), answer));
        answer
    }
}

fn counted(answer: HealthAnswer, name: &'static str) -> HealthAnswer {
    metrics::counter!("central_health_answers_total", "said" => name).increment(1);
    answer
}
