//! A store that dies at a chosen call: before it does anything, or after it did everything but
//! before it answers.

use central::{
    machine::{
        citizen::{Citizen, IssuedCode, Person},
        ingest::DeviceHead,
        people::SiteOperator,
    },
    store::{Arrival, Completion, NewVersion, Next, Result, Store, StoreError, Unread, Work},
};
use rules::{
    At, DeviceNumber, SiteCode, StaffNumber,
    authority::StaffRecord,
    correction::Digest,
    issuing::Issued,
    keys::DeskKey,
    life::Serial,
    op::CitizenRef,
    wire::{Change, Receipt},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

/// Value of `left` for a store that does not die.
const NEVER: u32 = u32::MAX;

/// A wrapper that lets a store die on demand.
#[derive(Clone)]
pub struct FaultyStore<S> {
    inner: S,
    /// Half calls until it dies: each call has one before and one after it.
    left: Arc<AtomicU32>,
}

impl<S> FaultyStore<S> {
    /// Wraps a store, which works until told otherwise.
    pub fn new(inner: S) -> Self {
        Self { inner, left: Arc::new(AtomicU32::new(NEVER)) }
    }

    /// Lets the store die after `half_calls`: 0 before the next call, 1 after it, and so on.
    pub fn die_after(&self, half_calls: u32) {
        self.left.store(half_calls, Ordering::SeqCst);
    }

    /// Revives the store; returns whether it had died.
    pub fn revive(&self) -> bool {
        self.left.swap(NEVER, Ordering::SeqCst) == 0
    }

    /// Returns the wrapped store.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// Counts half a call, and fails if the store is dead.
    fn half(&self) -> Result<()> {
        let left = self.left.load(Ordering::SeqCst);
        match left {
            NEVER => Ok(()),
            0 => Err(StoreError::Unavailable("the centre died".to_owned())),
            _ => {
                self.left.store(left - 1, Ordering::SeqCst);
                Ok(())
            }
        }
    }

    async fn call<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.half()?;
        let done = work.await?;
        self.half()?;
        Ok(done)
    }
}

impl<S: Store> Store for FaultyStore<S> {
    type Claim = S::Claim;

    async fn enrol(&self, head: &DeviceHead, certificate: &Issued<DeskKey>) -> Result<()> {
        self.call(self.inner.enrol(head, certificate)).await
    }
    async fn head(&self, device: DeviceNumber, epoch: u32) -> Result<Option<DeviceHead>> {
        self.call(self.inner.head(device, epoch)).await
    }
    async fn hashes(
        &self,
        device: DeviceNumber,
        epoch: u32,
        from: u64,
        through: u64,
    ) -> Result<BTreeMap<u64, Digest>> {
        self.call(self.inner.hashes(device, epoch, from, through)).await
    }
    async fn append(&self, head: &DeviceHead, arrival: &Arrival<'_>) -> Result<bool> {
        self.call(self.inner.append(head, arrival)).await
    }
    async fn operators(&self, numbers: &BTreeSet<StaffNumber>) -> Result<HashMap<StaffNumber, SiteOperator>> {
        self.call(self.inner.operators(numbers)).await
    }
    async fn quarantine(&self, device: DeviceNumber, epoch: u32, at: At) -> Result<()> {
        self.call(self.inner.quarantine(device, epoch, at)).await
    }
    async fn claim(&self, now: At, devices: usize, operations: usize) -> Result<Option<Work<S::Claim>>> {
        self.call(self.inner.claim(now, devices, operations)).await
    }
    async fn next(&self, now: At) -> Result<Option<Next>> {
        self.call(self.inner.next(now)).await
    }
    async fn claim_of(
        &self,
        now: At,
        enrolment: (DeviceNumber, u32),
        operations: usize,
    ) -> Result<Option<Work<S::Claim>>> {
        self.call(self.inner.claim_of(now, enrolment, operations)).await
    }
    async fn claim_unread(&self, next: Next) -> Result<Option<Unread<S::Claim>>> {
        self.call(self.inner.claim_unread(next)).await
    }
    async fn claim_citizen(&self, citizen: &CitizenRef) -> Result<(S::Claim, Citizen)> {
        self.call(self.inner.claim_citizen(citizen)).await
    }
    async fn complete(&self, claim: S::Claim, completion: Completion) -> Result<()> {
        self.call(self.inner.complete(claim, completion)).await
    }
    async fn results(
        &self,
        device: DeviceNumber,
        epoch: u32,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Receipt>> {
        self.call(self.inner.results(device, epoch, after, limit)).await
    }
    async fn decided_through(&self, device: DeviceNumber, epoch: u32) -> Result<u64> {
        self.call(self.inner.decided_through(device, epoch)).await
    }
    async fn citizen(&self, citizen: &CitizenRef) -> Result<Option<Citizen>> {
        self.call(self.inner.citizen(citizen)).await
    }
    async fn code(&self, serial: Serial) -> Result<Option<IssuedCode>> {
        self.call(self.inner.code(serial)).await
    }
    async fn changes(&self, site: &SiteCode, cursor: u64, limit: usize) -> Result<Vec<(u64, Change)>> {
        self.call(self.inner.changes(site, cursor, limit)).await
    }
    async fn newest(&self, site: &SiteCode) -> Result<u64> {
        self.call(self.inner.newest(site)).await
    }
    async fn put_staff(
        &self,
        version: NewVersion,
        sign: impl Fn(StaffRecord) -> Result<Issued<StaffRecord>> + Send,
    ) -> Result<Issued<StaffRecord>> {
        self.call(self.inner.put_staff(version, sign)).await
    }
    async fn note_blob(&self, digest: &Digest, device: DeviceNumber) -> Result<()> {
        self.call(self.inner.note_blob(digest, device)).await
    }
    async fn put_person(&self, citizen: &CitizenRef, person: &Person) -> Result<()> {
        self.call(self.inner.put_person(citizen, person)).await
    }
}
