//! The centre of a run: the real machines over an in-memory store that can die between
//! any two calls.

use crate::{
    city_store::{CityStore, unsigned},
    faulty_store::FaultyStore,
    people::{INDEX_KEY, SITES},
    plan::Break,
};
use central::{
    machine::{
        Rulebook, Sabotage,
        contact::{Contact, KnownAudit, Mismatch, compare},
        ingest::DeviceHead,
    },
    store::{Store as _, StoreError},
    sync::{self, PushError},
};
use central_fixture::{MemoryStore, desk::ISSUER};
use rules::{
    At, DeviceNumber, Policy, SiteCode,
    authority::StaffRecord,
    issuing::{Issued, Issuers, Trust},
    keys::{Class, DeskKey, KeyError, PublicKey, Signer as _, SoftwareKey},
    op::BATCH_LIMIT,
    wire::{
        ChangesResponse, DeskAudit, EarlierRow, ProtocolError, PushRequest, PushResponse, Receipt,
        ResultsResponse,
    },
};
use std::sync::OnceLock;

/// Largest number of changes in an answer: few, so that several answers are needed.
const CHANGES_AT_A_TIME: usize = 5;

/// The simulated centre.
pub struct Centre {
    /// Store of the centre.
    pub store: FaultyStore<CityStore>,
    /// The rules it decides by.
    pub rulebook: Rulebook,
    /// What the stolen desk showed of its audit.
    known_audit: Option<KnownAudit>,
    broken: Option<Break>,
    issuers: Issuers,
    trust: Trust,
}

/// Reason why the centre does not answer.
pub enum NoAnswer {
    /// The centre died.
    Died,
    /// The centre refused the request.
    Refused(ProtocolError),
}

impl From<StoreError> for NoAnswer {
    fn from(_: StoreError) -> Self {
        Self::Died
    }
}

impl From<PushError> for NoAnswer {
    fn from(error: PushError) -> Self {
        match error {
            PushError::Protocol(error) => Self::Refused(error),
            PushError::Store(_) => Self::Died,
        }
    }
}

impl From<KeyError> for NoAnswer {
    fn from(_: KeyError) -> Self {
        Self::Died
    }
}

/// Returns the keys of every centre, drawn once in the process, and what they are verified with.
fn keys_of_the_centre() -> Result<(Issuers, Trust), KeyError> {
    static KEYS: OnceLock<(Issuers, Trust)> = OnceLock::new();
    if let Some(keys) = KEYS.get() {
        return Ok(keys.clone());
    }
    let root = SoftwareKey::from_bytes(&[1; 32])?;
    let keys = (central_fixture::people::issuers(&root), Trust::of(root.public_key()));
    Ok(KEYS.get_or_init(|| keys).clone())
}

impl Centre {
    /// Creates a centre without enrolled desks.
    ///
    /// # Errors
    /// [`KeyError`] if the fixed key is not valid, which a test would show.
    pub fn new(broken: Option<Break>) -> Result<Self, KeyError> {
        let mut rulebook = Rulebook::new(Policy::default(), Class::Practice, ISSUER, INDEX_KEY);
        rulebook.sabotage = Sabotage {
            chain_check_off: broken == Some(Break::ChainCheckOff),
            day_limit_off: broken == Some(Break::DayLimitOff),
        };
        let (issuers, trust) = keys_of_the_centre()?;
        Ok(Self {
            store: FaultyStore::new(CityStore::new(broken)),
            known_audit: None,
            broken,
            rulebook,
            issuers,
            trust,
        })
    }

    /// Returns what its signatures are verified with.
    #[must_use]
    pub const fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Returns the rows of the store.
    #[must_use]
    pub fn memory(&self) -> &MemoryStore {
        self.store.inner().memory()
    }

    /// Makes leaves of waiting events and signs the head of the log.
    ///
    /// # Errors
    /// [`StoreError`] if the head cannot be signed.
    pub fn sequence(&self, now: At) -> Result<Option<&'static str>, StoreError> {
        let city = self.store.inner();
        city.books().sequence(city.key(), &self.issuers, &self.trust, now)
    }

    /// Signs the record of an account.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be signed.
    pub fn certify(&self, record: StaffRecord) -> Result<Issued<StaffRecord>, StoreError> {
        let at = record.from;
        self.issuers.sign(record, at).map_err(|_| unsigned("staff record"))
    }

    /// Takes a desk out of service (B5).
    ///
    /// # Errors
    /// [`StoreError`] if a certificate cannot be signed.
    pub fn revoke(&self, device: DeviceNumber, now: At, since: At) -> Result<(), StoreError> {
        let sign = |key| self.issuers.sign(key, now).map_err(|_| unsigned("certificate"));
        self.store.inner().revoke(device, now, Some(since), sign)
    }

    /// Compares what a desk shows of its audit with what it showed before, and bars it if it does
    /// not fit (D1).
    ///
    /// # Errors
    /// [`StoreError`] if the store fails.
    pub async fn contact(
        &mut self,
        device: DeviceNumber,
        (shown, earlier): (Option<&DeskAudit>, Option<&EarlierRow>),
        now: At,
    ) -> Result<Option<Mismatch>, StoreError> {
        if self.broken == Some(Break::ContactUncompared) {
            return Ok(None);
        }
        match (compare(self.known_audit.as_ref(), 1, (shown, earlier), now), shown) {
            (Contact::Keep, Some(shown)) => {
                self.known_audit = Some(KnownAudit { epoch: 1, audit: shown.clone(), issued_at: now });
                Ok(None)
            }
            (Contact::Keep | Contact::Pass | Contact::Ask(_), _) => Ok(None),
            (Contact::Mismatch(mismatch), _) => {
                self.store.inner().bar(device, now).await?;
                Ok(Some(mismatch))
            }
        }
    }

    /// Returns the policy in force.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.rulebook.policy
    }

    /// Returns the site of a desk.
    #[must_use]
    pub fn site(desk: usize) -> SiteCode {
        SITES[desk % SITES.len()]
    }

    /// Enrols a desk in its first epoch.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails.
    pub async fn enrol(
        &self,
        device: DeviceNumber,
        site: &SiteCode,
        public_key: PublicKey,
    ) -> Result<(), StoreError> {
        let key = DeskKey {
            public_key,
            device,
            epoch: 1,
            site: site.to_owned(),
            class: Class::Practice,
            not_before: At(0),
            not_after: At(i64::MAX / 2),
            retired_at: None,
            compromised_since: None,
        };
        let head = DeviceHead::enrolled(&key);
        let certificate = self.issuers.sign(key, At(0)).map_err(|_| StoreError::Range("certificate"))?;
        self.store.enrol(&head, &certificate).await
    }

    /// Takes a batch as the server does. `decide` = a worker is fast enough for the answer to
    /// include the verdicts.
    ///
    /// # Errors
    /// [`NoAnswer`] if the centre refuses or dies.
    pub async fn push(&self, request: &PushRequest, decide: bool, now: At) -> Result<PushResponse, NoAnswer> {
        let received_through = sync::push(&self.store, &self.rulebook, request, now).await?;
        if decide {
            self.apply(usize::MAX, now).await?;
        }
        let (device, epoch) = (request.batch.device, request.batch.epoch);
        let applied_through = self.store.decided_through(device, epoch).await?;
        let after = request.batch.first_seq - 1;
        let results = self.roll(device, epoch, after, request.batch.ops.len()).await?;
        Ok(PushResponse { received_through, applied_through, results, server_time: now, next_after_ms: 0 })
    }

    /// Returns the verdicts after `after`.
    ///
    /// # Errors
    /// [`NoAnswer`] if the centre dies.
    pub async fn results(
        &self,
        device: DeviceNumber,
        after: u64,
        now: At,
    ) -> Result<ResultsResponse, NoAnswer> {
        let applied_through = self.store.decided_through(device, 1).await?;
        let results = self.roll(device, 1, after, BATCH_LIMIT).await?;
        let received_through = self.received_through(device).await?;
        Ok(ResultsResponse { results, applied_through, received_through, server_time: now })
    }

    async fn received_through(&self, device: DeviceNumber) -> Result<u64, NoAnswer> {
        Ok(self.store.head(device, 1).await?.map_or(0, |head| head.received_through))
    }

    /// The news of a desk's site after `cursor`.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub async fn changes(
        &self,
        (device, site): (DeviceNumber, SiteCode),
        cursor: u64,
        now: At,
    ) -> Result<ChangesResponse, NoAnswer> {
        let newest = self.store.newest(&site).await?;
        let received_through = self.received_through(device).await?;
        let mut news = self.store.changes(&site, cursor, CHANGES_AT_A_TIME + 1).await?;
        let more = news.len() > CHANGES_AT_A_TIME;
        news.truncate(CHANGES_AT_A_TIME);
        let cursor = news.last().map_or(cursor, |(position, _)| *position);
        let changes = news.into_iter().map(|(_, change)| change).collect();
        let newest = newest.max(cursor);
        Ok(ChangesResponse { changes, cursor, more, newest, received_through, server_time: now })
    }

    /// Decides waiting operations of at most `desks` desks, as a worker does.
    ///
    /// # Errors
    /// [`StoreError`] if the centre dies.
    pub async fn apply(&self, desks: usize, now: At) -> Result<usize, StoreError> {
        sync::apply(&self.store, &self.rulebook, desks, now).await
    }

    async fn roll(
        &self,
        device: DeviceNumber,
        epoch: u32,
        after: u64,
        limit: usize,
    ) -> Result<Option<Issued<Vec<Receipt>>>, NoAnswer> {
        let receipts = self.store.results(device, epoch, after, limit).await?;
        if receipts.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.issuers.sign(receipts, At(0))?))
    }
}
