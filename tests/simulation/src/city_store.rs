//! The store of the simulated centre: rows in memory with the audit log that the centre keeps of
//! them. Protections are switched off here, on the way between the machines and their rows.

use crate::{books::Books, people::INDEX_KEY, plan::Break};
use central::{
    alarm::AlarmKind,
    audit::{
        AuditKey, Event,
        event::{Account, PersonFact, record_digest},
        verify::{CertificateRow, VersionRow},
    },
    machine::{
        citizen::{Citizen, IssuedCode, Person},
        ingest::DeviceHead,
        people::SiteOperator,
    },
    store::{Arrival, Completion, NewVersion, Next, Result, Store, StoreError, Unread, Work, audit_events},
};
use central_fixture::MemoryStore;
use rules::{
    At, DeviceNumber, SiteCode, StaffNumber,
    authority::{StaffRecord, Unproven},
    correction::Digest,
    issuing::Issued,
    keys::DeskKey,
    life::Serial,
    op::CitizenRef,
    wire::{Change, Receipt},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Rows and audit log of the centre.
#[derive(Clone)]
pub struct CityStore {
    memory: MemoryStore,
    books: Arc<Mutex<Books>>,
    key: AuditKey,
    broken: Option<Break>,
}

impl CityStore {
    /// Creates an empty store, with one protection switched off if `broken` says so.
    #[must_use]
    pub fn new(broken: Option<Break>) -> Self {
        let key = AuditKey::derive(&INDEX_KEY);
        Self { memory: MemoryStore::default(), books: Arc::default(), key, broken }
    }

    /// Returns the rows.
    #[must_use]
    pub const fn memory(&self) -> &MemoryStore {
        &self.memory
    }

    /// Returns the audit log.
    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the key that seals events, which is in no database.
    #[must_use]
    pub const fn key(&self) -> &AuditKey {
        &self.key
    }

    /// Writes an event that belongs to no other change.
    ///
    /// # Errors
    /// [`StoreError::Range`] if the event has no text, which no event is.
    pub fn record(&self, at: At, event: &Event) -> Result<()> {
        self.books().record(&self.key, at, event)
    }

    /// Takes a desk out of service (B5).
    ///
    /// # Errors
    /// [`StoreError`] if a certificate cannot be signed.
    pub fn revoke(
        &self,
        device: DeviceNumber,
        now: At,
        since: Option<At>,
        sign: impl Fn(DeskKey) -> Result<Issued<DeskKey>>,
    ) -> Result<()> {
        for key in self.memory.revoke(device, now, since) {
            self.certify(sign(key)?, now)?;
        }
        self.record(now, &Event::DeskRevoked { device, compromised_since: since })
    }

    /// Bars a desk whose audit is not what it was (D1).
    ///
    /// # Errors
    /// As [`Self::record`].
    pub async fn bar(&self, device: DeviceNumber, now: At) -> Result<()> {
        self.memory.quarantine(device, 1, now).await?;
        self.books().raise(&self.key, now, AlarmKind::AuditMismatch, Some(device))
    }

    /// Raises an alarm about who sent a batch whose signature, chain or form is wrong (S7).
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn malformed(&self, device: DeviceNumber, now: At) -> Result<()> {
        self.books().raise(&self.key, now, AlarmKind::Malformed, Some(device))
    }

    fn certify(&self, certificate: Issued<DeskKey>, at: At) -> Result<()> {
        let key = &certificate.value;
        let (device, epoch, key_id) = (key.device, key.epoch, key.public_key.key_id());
        self.record(at, &Event::Key { device, epoch, key_id, certificate: record_digest(&certificate) })?;
        let row = CertificateRow { certificate, columns_agree: true };
        self.books().certificates.insert((device, key_id), row);
        Ok(())
    }

    /// Returns the blinded digest of a row of an account.
    pub fn row(&self, record: &Issued<StaffRecord>) -> Digest {
        self.key.blind(&serde_json::to_string(record).unwrap_or_default())
    }

    /// Returns what the log says of a registry record.
    pub fn person_fact(&self, citizen: &CitizenRef, person: &Person) -> PersonFact {
        let row = self.key.blind(&format!("{}{}", person.number.expose(), person.name.expose()));
        PersonFact { citizen: citizen.clone(), version: person.version, row }
    }

    /// Whose word stands behind a batch, as far as that is looked at.
    fn looked_at(&self, unproven: &BTreeMap<u64, Unproven>) -> BTreeMap<u64, Unproven> {
        let off = match self.broken {
            Some(Break::SessionUnasked) => Some(Unproven::NoSession),
            Some(Break::StatementUnchecked) => Some(Unproven::Statement),
            Some(Break::SealUnchecked) => Some(Unproven::Signature),
            Some(Break::HoursUnchecked) => Some(Unproven::Expired),
            Some(Break::OperatorUnchecked) => Some(Unproven::Operator),
            Some(Break::ConsentUnchecked) => Some(Unproven::Consent),
            _ => None,
        };
        let kept = unproven.iter().filter(|(_, reason)| Some(**reason) != off);
        kept.map(|(seq, reason)| (*seq, *reason)).collect()
    }

    /// Work with what a switched-off protection would have read of it.
    fn read<T>(&self, work: Option<Work<T>>) -> Option<Work<T>> {
        let mut work = work?;
        match self.broken {
            Some(Break::RepeatsCounted) => work.earlier.clear(),
            Some(Break::LateWordTaken) => {
                for item in &mut work.items {
                    item.received_at = item.operation.business_at();
                }
            }
            _ => {}
        }
        Some(work)
    }

    /// What ended now, for the column that tells since when.
    fn note_ends(&self, codes: &[central::audit::event::CodeFact], at: At) {
        let mut books = self.books();
        for fact in codes.iter().filter(|fact| fact.state.is_revoked()) {
            books.revoked_at.entry(fact.serial).or_insert(at);
        }
    }
}

impl Store for CityStore {
    type Claim = <MemoryStore as Store>::Claim;

    async fn enrol(&self, head: &DeviceHead, certificate: &Issued<DeskKey>) -> Result<()> {
        self.memory.enrol(head, certificate).await?;
        let (device, epoch, key_id) = (head.device, head.epoch, head.public_key.key_id());
        self.record(At(0), &Event::DeskEnrolled { device, epoch, key_id })?;
        self.certify(certificate.clone(), At(0))
    }
    async fn head(&self, device: DeviceNumber, epoch: u32) -> Result<Option<DeviceHead>> {
        let mut head = self.memory.head(device, epoch).await?;
        if let (Some(Break::QuarantineForgotten), Some(head)) = (self.broken, &mut head) {
            head.quarantined = false;
        }
        Ok(head)
    }
    async fn hashes(
        &self,
        device: DeviceNumber,
        epoch: u32,
        from: u64,
        through: u64,
    ) -> Result<BTreeMap<u64, Digest>> {
        self.memory.hashes(device, epoch, from, through).await
    }
    async fn append(&self, head: &DeviceHead, arrival: &Arrival<'_>) -> Result<bool> {
        let unproven = self.looked_at(arrival.unproven);
        let arrival = Arrival { unproven: &unproven, ..*arrival };
        let appended = self.memory.append(head, &arrival).await?;
        if let (true, Some(last)) = (appended, arrival.new.last()) {
            self.books().prove(&arrival)?;
            self.record(arrival.at, &audit_events::batch(&arrival, last))?;
        }
        Ok(appended)
    }
    async fn operators(&self, numbers: &BTreeSet<StaffNumber>) -> Result<HashMap<StaffNumber, SiteOperator>> {
        self.memory.operators(numbers).await
    }
    async fn quarantine(&self, device: DeviceNumber, epoch: u32, at: At) -> Result<()> {
        if self.broken == Some(Break::QuarantineForgotten) || self.memory.is_quarantined(device) {
            return Ok(());
        }
        self.memory.quarantine(device, epoch, at).await?;
        self.books().raise(&self.key, at, AlarmKind::Quarantine, Some(device))
    }
    async fn claim(&self, now: At, devices: usize, operations: usize) -> Result<Option<Work<Self::Claim>>> {
        Ok(self.read(self.memory.claim(now, devices, operations).await?))
    }
    async fn next(&self, now: At) -> Result<Option<Next>> {
        self.memory.next(now).await
    }
    async fn claim_of(
        &self,
        now: At,
        enrolment: (DeviceNumber, u32),
        operations: usize,
    ) -> Result<Option<Work<Self::Claim>>> {
        Ok(self.read(self.memory.claim_of(now, enrolment, operations).await?))
    }
    async fn claim_unread(&self, next: Next) -> Result<Option<Unread<Self::Claim>>> {
        self.memory.claim_unread(next).await
    }
    async fn claim_citizen(&self, citizen: &CitizenRef) -> Result<(Self::Claim, Citizen)> {
        self.memory.claim_citizen(citizen).await
    }
    async fn complete(&self, claim: Self::Claim, completion: Completion) -> Result<()> {
        let at = completion.at;
        let mut voided = Vec::new();
        for issued in &completion.voided {
            if self.memory.code(issued.code.serial).await?.is_none() {
                voided.push(issued.clone());
            }
        }
        let changed: Vec<_> = completion.changed.iter().filter(|one| one.is_any()).cloned().collect();
        let persons = changed.iter().filter(|one| one.person);
        let people = persons
            .filter_map(|one| Some(self.person_fact(&one.citizen.citizen_ref, one.citizen.person.as_ref()?)))
            .collect();
        let events =
            audit_events::events(&completion.decided, completion.event.as_ref(), &changed, &voided, people);
        self.memory.complete(claim, completion).await?;
        for event in events {
            if let Event::Verdicts(verdicts) = &event {
                self.note_ends(&verdicts.codes, at);
            }
            self.record(at, &event)?;
        }
        Ok(())
    }
    async fn results(
        &self,
        device: DeviceNumber,
        epoch: u32,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Receipt>> {
        self.memory.results(device, epoch, after, limit).await
    }
    async fn decided_through(&self, device: DeviceNumber, epoch: u32) -> Result<u64> {
        self.memory.decided_through(device, epoch).await
    }
    async fn citizen(&self, citizen: &CitizenRef) -> Result<Option<Citizen>> {
        self.memory.citizen(citizen).await
    }
    async fn code(&self, serial: Serial) -> Result<Option<IssuedCode>> {
        self.memory.code(serial).await
    }
    async fn changes(&self, site: &SiteCode, cursor: u64, limit: usize) -> Result<Vec<(u64, Change)>> {
        self.memory.changes(site, cursor, limit).await
    }
    async fn newest(&self, site: &SiteCode) -> Result<u64> {
        self.memory.newest(site).await
    }
    async fn put_staff(
        &self,
        version: NewVersion,
        sign: impl Fn(StaffRecord) -> Result<Issued<StaffRecord>> + Send,
    ) -> Result<Issued<StaffRecord>> {
        let record = self.memory.put_staff(version, sign).await?;
        let (number, version) = (record.value.number.to_string(), record.value.version);
        let row = self.row(&record);
        let account = Account {
            number: number.clone(),
            version,
            record: record_digest(&record),
            version_row: row.clone(),
            row: row.clone(),
        };
        self.record(record.value.from, &Event::Account(account))?;
        let place = (number.clone(), version);
        let row = VersionRow { number, version, record: Some(record.clone()), columns_agree: true, row };
        self.books().versions.insert(place, row);
        Ok(record)
    }
    async fn note_blob(&self, digest: &Digest, device: DeviceNumber) -> Result<()> {
        self.memory.note_blob(digest, device).await
    }
    async fn put_person(&self, citizen: &CitizenRef, person: &Person) -> Result<()> {
        self.memory.put_person(citizen, person).await
    }
}

/// Returns the error of something that cannot be signed with a fixed key.
pub(crate) const fn unsigned(what: &'static str) -> StoreError {
    StoreError::Range(what)
}
