//! The centre of a run: its machines over a store in memory that can die between any two calls.

use crate::{
    faulty_store::FaultyStore,
    people::{INDEX_KEY, SITES},
    plan::Break,
};
use central::{
    machine::{Rulebook, Sabotage, ingest::DeviceHead},
    store::{Store as _, StoreError, memory::MemoryStore},
    sync::{self, PushError},
};
use rules::{
    At, Policy,
    keys::{Class, KeyError, PublicKey, Signed, Signer, SoftwareKey},
    op::{BATCH_LIMIT, genesis},
    wire::{ChangesResponse, ProtocolError, PushRequest, PushResponse, Receipt, ResultsResponse},
};

/// Most changes in an answer: few, so that more than one is needed.
const CHANGES_AT_A_TIME: usize = 5;

/// The centre.
pub struct Centre {
    /// What it keeps.
    pub store: FaultyStore<MemoryStore>,
    rulebook: Rulebook,
    root: SoftwareKey,
}

/// Why there is no answer.
pub enum NoAnswer {
    /// It died.
    Died,
    /// It refuses.
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

impl Centre {
    /// Nobody is enrolled yet.
    ///
    /// # Errors
    /// When the fixed key is none, which a test would see.
    pub fn new(broken: Option<Break>) -> Result<Self, KeyError> {
        let mut rulebook = Rulebook::new(Policy::default(), Class::Practice, INDEX_KEY);
        rulebook.sabotage = Sabotage {
            chain_check_off: broken == Some(Break::ChainCheckOff),
            day_limit_off: broken == Some(Break::DayLimitOff),
        };
        let root = SoftwareKey::from_bytes(&[1; 32])?;
        Ok(Self { store: FaultyStore::new(MemoryStore::default()), rulebook, root })
    }

    /// The root key.
    #[must_use]
    pub fn root(&self) -> PublicKey {
        self.root.public_key()
    }

    /// The rules in force.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.rulebook.policy
    }

    /// The site of a desk.
    #[must_use]
    pub fn site(desk: usize) -> &'static str {
        SITES[desk % SITES.len()]
    }

    /// Makes a desk known.
    ///
    /// # Errors
    /// The store's.
    pub async fn enrol(&self, device: u32, site: &str, public_key: PublicKey) -> Result<(), StoreError> {
        let head = DeviceHead {
            device,
            epoch: 1,
            current_epoch: 1,
            site: site.to_owned(),
            public_key,
            received_through: 0,
            last_hash: genesis(),
            quarantined: false,
            revoked: false,
        };
        self.store.enrol(&head).await
    }

    /// Takes a batch, as the server does; `decide` = a worker is quick enough for the verdicts to go with the answer.
    ///
    /// # Errors
    /// Refused, or died on the way.
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

    /// The verdicts after `after`.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub async fn results(&self, device: u32, after: u64, now: At) -> Result<ResultsResponse, NoAnswer> {
        let applied_through = self.store.decided_through(device, 1).await?;
        let results = self.roll(device, 1, after, BATCH_LIMIT).await?;
        let received_through = self.received_through(device).await?;
        Ok(ResultsResponse { results, applied_through, received_through, server_time: now })
    }

    async fn received_through(&self, device: u32) -> Result<u64, NoAnswer> {
        Ok(self.store.head(device, 1).await?.map_or(0, |head| head.received_through))
    }

    /// The news of a desk's site after `cursor`.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub async fn changes(
        &self,
        (device, site): (u32, &str),
        cursor: u64,
        now: At,
    ) -> Result<ChangesResponse, NoAnswer> {
        let newest = self.store.newest(site).await?;
        let received_through = self.received_through(device).await?;
        let mut news = self.store.changes(site, cursor, CHANGES_AT_A_TIME + 1).await?;
        let more = news.len() > CHANGES_AT_A_TIME;
        news.truncate(CHANGES_AT_A_TIME);
        let cursor = news.last().map_or(cursor, |(position, _)| *position);
        let changes = news.into_iter().map(|(_, change)| change).collect();
        let newest = newest.max(cursor);
        Ok(ChangesResponse { changes, cursor, more, newest, received_through, server_time: now })
    }

    /// A worker decides what waits of at most so many desks.
    ///
    /// # Errors
    /// When it died.
    pub async fn apply(&self, desks: usize, now: At) -> Result<usize, StoreError> {
        sync::apply(&self.store, &self.rulebook, desks, now).await
    }

    async fn roll(
        &self,
        device: u32,
        epoch: u32,
        after: u64,
        limit: usize,
    ) -> Result<Option<Signed<Vec<Receipt>>>, NoAnswer> {
        let receipts = self.store.results(device, epoch, after, limit).await?;
        if receipts.is_empty() {
            return Ok(None);
        }
        Ok(Some(Signed::sign(receipts, &self.root)?))
    }
}
