//! The store in memory of simulation and practice: deterministic, and as transactional as the
//! database.

mod behind;

use central::machine::issue::signing_key;
use central::machine::{
    cases::CaseHolder,
    citizen::{Citizen, IssuedCode, Person},
    decision::Audience,
    ingest::DeviceHead,
    people::SiteOperator,
    program::Programs,
    proof,
    receipt::receipt,
};
use central::store::{
    Arrival, Changed, Completion, Earlier, Item, NewVersion, Next, Result, Store, StoreError, Unread, Work,
    gapless, subject,
};
use rules::{
    At, DeviceNumber, SiteCode, StaffNumber,
    authority::StaffRecord,
    correction::Digest,
    issuing::Issued,
    keys::{DeskKey, KeyId},
    life::Serial,
    op::{CitizenRef, OpBody, Operation},
    wire::{Change, Receipt, Verdict},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::OwnedMutexGuard;

/// In-memory implementation of [`Store`].
#[derive(Clone, Default)]
pub struct MemoryStore {
    rows: Arc<Mutex<Rows>>,
    worker: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Clone, Default)]
struct Rows {
    heads: BTreeMap<(DeviceNumber, u32), DeviceHead>,
    log: BTreeMap<(DeviceNumber, u32, u64), Item>,
    results: BTreeMap<(DeviceNumber, u32, u64), (Verdict, At)>,
    applied_through: BTreeMap<(DeviceNumber, u32), u64>,
    citizens: BTreeMap<CitizenRef, Citizen>,
    operators: BTreeMap<StaffNumber, SiteOperator>,
    feeds: BTreeMap<SiteCode, Feed>,
    /// Sites the escalations were filed for.
    escalation_sites: BTreeMap<uuid::Uuid, SiteCode>,
    reviews: Vec<(DeviceNumber, u32, u64, &'static str)>,
    cases: BTreeMap<(DeviceNumber, String), CaseHolder>,
    keys: HashMap<KeyId, DeskKey>,
    /// Codes of refused sheets that are no citizen's.
    voided: BTreeMap<Serial, IssuedCode>,
    /// Blobs that are here.
    blobs: HashSet<Digest>,
    log_ins: HashMap<uuid::Uuid, central::machine::log_in::WindowLogIn>,
    /// Enrolments that wait for evidence, and how long.
    waits_until: BTreeMap<(DeviceNumber, u32), At>,
}

#[derive(Clone, Default)]
struct Feed {
    position: u64,
    changes: BTreeMap<String, (u64, Change)>,
}

impl Feed {
    fn announce(&mut self, change: &Change) {
        self.position += 1;
        self.changes.insert(subject(change), (self.position, change.clone()));
    }
}

impl MemoryStore {
    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns every citizen, for checking invariants.
    #[must_use]
    pub fn citizens(&self) -> Vec<Citizen> {
        self.rows().citizens.values().cloned().collect()
    }

    /// Returns every logged operation with its verdict, for checking invariants.
    #[must_use]
    pub fn log(&self) -> Vec<(Operation, Option<Verdict>)> {
        let rows = self.rows();
        let verdict = |key| rows.results.get(key).map(|(verdict, _)| verdict.clone());
        rows.log.iter().map(|(key, item)| (item.operation.clone(), verdict(key))).collect()
    }

    /// Binds a relative (E9), as an import does in the database.
    ///
    /// # Errors
    /// Never fails; the signature matches the database's.
    #[expect(clippy::unused_async, reason = "like the store's other methods")]
    pub async fn bind(&self, citizen: &CitizenRef, relative: &CitizenRef, _relation: &str) -> Result<()> {
        let mut rows = self.rows();
        let entry = rows.citizens.entry(citizen.clone()).or_insert_with(|| Citizen::unknown(citizen.clone()));
        if !entry.relatives.contains(relative) {
            entry.relatives.push(relative.clone());
        }
        Ok(())
    }

    /// Returns whether a device is in quarantine.
    #[must_use]
    pub fn is_quarantined(&self, device: DeviceNumber) -> bool {
        self.rows().heads.values().any(|head| head.device == device && head.quarantined)
    }

    async fn claim_some(
        &self,
        now: At,
        which: Option<(DeviceNumber, u32)>,
        devices: usize,
        operations: usize,
    ) -> Result<Option<Work<MemoryClaim>>> {
        let turn = Arc::clone(&self.worker).lock_owned().await;
        let rows = self.rows();
        let items = rows.pending(now, which, devices, operations);
        if items.is_empty() {
            return Ok(None);
        }
        let (mut citizens, mut operators) = (HashMap::new(), HashMap::new());
        let (mut keys, mut taken, mut earlier) = (HashMap::new(), HashSet::new(), Vec::new());
        for Item { operation, citizen_ref, .. } in &items {
            if let Some((citizen_ref, citizen)) = rows.citizens.get_key_value(citizen_ref) {
                citizens.insert(citizen_ref.clone(), citizen.clone());
            }
            for number in std::iter::once(&operation.operator).chain(proof::supervisor(operation)) {
                if let Some(operator) = rows.operators.get(number) {
                    operators.insert(operator.number.clone(), operator.clone());
                }
            }
            if let Some((key_id, key)) =
                signing_key(operation).and_then(|key_id| rows.keys.get_key_value(&key_id))
            {
                keys.insert(*key_id, key.clone());
            }
            if let OpBody::Issue { serial, .. } = operation.body
                && rows.is_taken(serial)
            {
                taken.insert(serial);
            }
            earlier.extend(rows.earlier(operation));
        }
        let cases = items.iter().filter_map(|item| rows.case_holder(&item.operation)).collect();
        let claim = MemoryClaim { _turn: turn };
        let (rosters, evidence) = (HashMap::new(), rows.blobs.clone());
        let log_ins = rows.log_ins.clone();
        Ok(Some(Work {
            claim,
            items,
            citizens,
            operators,
            sites: rows.heads.values().map(|head| (head.device, head.site)).collect(),
            keys,
            taken,
            earlier,
            cases,
            rosters,
            evidence,
            log_ins,
            programs: Programs::default(),
        }))
    }
}

/// The only worker slot of the store, held until dropped.
pub struct MemoryClaim {
    _turn: OwnedMutexGuard<()>,
}

impl Rows {
    fn pending(
        &self,
        now: At,
        which: Option<(DeviceNumber, u32)>,
        devices: usize,
        operations: usize,
    ) -> Vec<Item> {
        let waiting = self.heads.values().filter(|head| self.through(head) < head.received_through);
        let wanted = waiting
            .filter(|head| which.is_none_or(|which| which == (head.device, head.epoch)))
            .filter(|head| self.waits_until.get(&(head.device, head.epoch)).is_none_or(|until| *until <= now))
            .filter(|head| !self.heads.values().any(|other| self.is_before(other, head)));
        let mut items = Vec::new();
        for head in wanted.take(devices) {
            let from = self.through(head) + 1;
            let range = (head.device, head.epoch, from)..=(head.device, head.epoch, head.received_through);
            items.extend(self.log.range(range).take(operations).map(|(_, item)| item.clone()));
        }
        items
    }

    /// Returns whether `other` is an earlier enrolment of the same device
    /// with undecided operations.
    fn is_before(&self, other: &DeviceHead, head: &DeviceHead) -> bool {
        other.device == head.device
            && other.epoch < head.epoch
            && self.through(other) < other.received_through
    }

    /// Returns the operation with the same device and id of an earlier enrolment, or of this one if
    /// it would count each time.
    fn earlier(&self, operation: &Operation) -> Option<Earlier> {
        let seq = if operation.counts_each_time() { operation.seq } else { 0 };
        let before = self.log.range((operation.device, 0, 0)..(operation.device, operation.epoch, seq));
        let (key, item) = before.into_iter().find(|((_, epoch, _), item)| {
            let counted = *epoch < operation.epoch || item.unproven.is_none();
            counted && item.operation.op_id == operation.op_id
        })?;
        let (verdict, _) = self.results.get(key)?.clone();
        Some(Earlier { deed: item.operation.deed(), verdict })
    }

    /// Who had the operation's case number first.
    fn case_holder(&self, operation: &Operation) -> Option<CaseHolder> {
        let case_number = operation.case_number.clone()?;
        self.cases.get(&(operation.device, case_number)).cloned()
    }

    fn through(&self, head: &DeviceHead) -> u64 {
        self.applied_through.get(&(head.device, head.epoch)).copied().unwrap_or(0)
    }

    fn is_taken(&self, serial: Serial) -> bool {
        self.code(serial).is_some()
    }

    fn code(&self, serial: Serial) -> Option<IssuedCode> {
        let mut same_bucket = self.citizens.values().filter(|citizen| citizen.bucket == serial.bucket());
        let issued = same_bucket.find_map(|citizen| citizen.code(serial).cloned());
        issued.or_else(|| self.voided.get(&serial).cloned())
    }

    /// Returns whether a correction of this id belongs to another citizen of the bucket.
    fn is_anothers(&self, correction: uuid::Uuid, citizen: &Citizen) -> bool {
        let others = self
            .citizens
            .values()
            .filter(|other| other.bucket == citizen.bucket && other.citizen_ref != citizen.citizen_ref);
        others.flat_map(|other| &other.corrections).any(|record| record.correction.id == correction)
    }

    fn site_of(&self, device: DeviceNumber) -> Option<SiteCode> {
        self.heads.values().find(|head| head.device == device).map(|head| head.site)
    }
}

impl Store for MemoryStore {
    type Claim = MemoryClaim;

    async fn enrol(&self, head: &DeviceHead, certificate: &Issued<DeskKey>) -> Result<()> {
        let mut rows = self.rows();
        let key = certificate.value.clone();
        rows.keys.insert(key.public_key.key_id(), key);
        for other in rows.heads.values_mut().filter(|other| other.device == head.device) {
            other.current_epoch = other.current_epoch.max(head.epoch);
            other.quarantined = false;
        }
        rows.heads.insert((head.device, head.epoch), head.clone());
        Ok(())
    }

    async fn head(&self, device: DeviceNumber, epoch: u32) -> Result<Option<DeviceHead>> {
        Ok(self.rows().heads.get(&(device, epoch)).cloned())
    }

    async fn hashes(
        &self,
        device: DeviceNumber,
        epoch: u32,
        from: u64,
        through: u64,
    ) -> Result<BTreeMap<u64, Digest>> {
        let rows = self.rows();
        if from > through {
            return Ok(BTreeMap::new());
        }
        let range = rows.log.range((device, epoch, from)..=(device, epoch, through));
        Ok(range.map(|(key, item)| (key.2, item.operation.hash.clone())).collect())
    }

    async fn append(&self, head: &DeviceHead, arrival: &Arrival<'_>) -> Result<bool> {
        let mut rows = self.rows();
        let Some(stored) = rows.heads.get_mut(&(head.device, head.epoch)) else { return Ok(false) };
        let Some(last) = arrival.new.last() else { return Ok(true) };
        let moved = stored.received_through != head.received_through || stored.current_epoch != head.epoch;
        if moved || stored.quarantined || stored.revoked {
            return Ok(false);
        }
        stored.received_through = last.seq;
        stored.last_hash = last.hash.clone();
        for (operation, citizen_ref) in arrival.new.iter().zip(arrival.citizens) {
            let key = (head.device, head.epoch, operation.seq);
            let unproven = arrival.unproven.get(&operation.seq).copied();
            let (operation, citizen_ref) = (operation.clone(), citizen_ref.clone());
            let item = Item { operation, citizen_ref, received_at: arrival.at, unproven };
            rows.log.insert(key, item);
        }
        Ok(true)
    }

    async fn operators(&self, numbers: &BTreeSet<StaffNumber>) -> Result<HashMap<StaffNumber, SiteOperator>> {
        let rows = self.rows();
        let known = numbers.iter().filter_map(|number| rows.operators.get_key_value(number));
        Ok(known.map(|(number, operator)| (number.clone(), operator.clone())).collect())
    }

    async fn quarantine(&self, device: DeviceNumber, epoch: u32, _at: At) -> Result<()> {
        let mut rows = self.rows();
        let concerned =
            rows.heads.values_mut().filter(|head| head.device == device && head.current_epoch == epoch);
        concerned.for_each(|head| head.quarantined = true);
        Ok(())
    }

    async fn claim(&self, now: At, devices: usize, operations: usize) -> Result<Option<Work<MemoryClaim>>> {
        self.claim_some(now, None, devices, operations).await
    }

    async fn next(&self, now: At) -> Result<Option<Next>> {
        let first = self.rows().pending(now, None, 1, 1).pop();
        Ok(first.map(|Item { operation, citizen_ref, .. }| Next {
            device: operation.device,
            epoch: operation.epoch,
            seq: operation.seq,
            bucket: citizen_ref.bucket(),
        }))
    }

    async fn claim_of(
        &self,
        now: At,
        enrolment: (DeviceNumber, u32),
        operations: usize,
    ) -> Result<Option<Work<MemoryClaim>>> {
        self.claim_some(now, Some(enrolment), 1, operations).await
    }

    async fn claim_unread(&self, next: Next) -> Result<Option<Unread<MemoryClaim>>> {
        let turn = Arc::clone(&self.worker).lock_owned().await;
        let rows = self.rows();
        let through = rows.applied_through.get(&(next.device, next.epoch)).copied().unwrap_or(0);
        let item = rows.log.get(&(next.device, next.epoch, next.seq)).filter(|_| through + 1 == next.seq);
        let text = item.map(|item| serde_json::to_string(&item.operation)).transpose();
        let text = text.map_err(|_| StoreError::Corrupt("operation"))?;
        Ok(text.map(|text| Unread { claim: MemoryClaim { _turn: turn }, text }))
    }

    async fn claim_citizen(&self, citizen: &CitizenRef) -> Result<(MemoryClaim, Citizen)> {
        let turn = Arc::clone(&self.worker).lock_owned().await;
        let known = self.rows().citizens.get(citizen).cloned();
        Ok((MemoryClaim { _turn: turn }, known.unwrap_or_else(|| Citizen::unknown(citizen.clone()))))
    }

    async fn complete(&self, _claim: MemoryClaim, completion: Completion) -> Result<()> {
        let mut rows = self.rows();
        let changed = || completion.changed.iter().filter(|one| one.is_any());
        if changed().any(|one| one.corrections.iter().any(|id| rows.is_anothers(*id, &one.citizen))) {
            return Err(StoreError::Range("correction id: another citizen's"));
        }
        for decided in completion.decided {
            let (device, epoch, seq) = (decided.device, decided.epoch, decided.seq);
            if rows.results.insert((device, epoch, seq), (decided.verdict, completion.at)).is_some() {
                return Err(StoreError::Database(format!("operation {device}/{epoch}/{seq} decided twice")));
            }
            rows.applied_through.insert((device, epoch), seq);
            rows.reviews.extend(decided.reviews.into_iter().map(|reason| (device, epoch, seq, reason)));
        }
        rows.waits_until.extend(completion.waiting);
        for holder in completion.cases {
            rows.cases.insert((holder.device, holder.case_number.clone()), holder);
        }
        let shared = completion.shared_cases.into_iter().map(|shared| shared.second);
        rows.reviews.extend(shared.map(|one| (one.device, one.epoch, one.seq, "case_number_shared")));
        let site = completion.event.map(|event| event.site);
        for changed in completion.changed.into_iter().filter(Changed::is_any) {
            for id in &changed.escalations {
                if let Some(site) = &site {
                    rows.escalation_sites.entry(*id).or_insert_with(|| *site);
                }
            }
            rows.citizens.insert(changed.citizen.citizen_ref.clone(), changed.citizen);
        }
        for issued in completion.voided {
            if !rows.is_taken(issued.code.serial) {
                rows.voided.insert(issued.code.serial, issued);
            }
        }
        for announcement in completion.announcements {
            let site = match announcement.audience {
                Audience::Site(site) => Some(site),
                Audience::SiteOfDevice(device) => rows.site_of(device),
                Audience::SiteOfEscalation(_, id) => rows.escalation_sites.get(&id).cloned(),
            };
            if let Some(site) = site {
                rows.feeds.entry(site).or_default().announce(&announcement.change);
            }
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
        let rows = self.rows();
        let range = rows.results.range((device, epoch, after + 1)..=(device, epoch, u64::MAX));
        let receipts = range.take(limit).filter_map(|(key, (verdict, at))| {
            let hash = rows.log.get(key)?.operation.hash.clone();
            Some(receipt(device, epoch, key.2, hash, verdict.clone(), *at))
        });
        Ok(gapless(receipts.collect(), after))
    }

    async fn decided_through(&self, device: DeviceNumber, epoch: u32) -> Result<u64> {
        Ok(self.rows().applied_through.get(&(device, epoch)).copied().unwrap_or(0))
    }

    async fn citizen(&self, citizen: &CitizenRef) -> Result<Option<Citizen>> {
        Ok(self.rows().citizens.get(citizen).filter(|known| known.person.is_some()).cloned())
    }

    async fn code(&self, serial: Serial) -> Result<Option<IssuedCode>> {
        Ok(self.rows().code(serial))
    }

    async fn changes(&self, site: &SiteCode, cursor: u64, limit: usize) -> Result<Vec<(u64, Change)>> {
        let rows = self.rows();
        let Some(feed) = rows.feeds.get(site) else { return Ok(Vec::new()) };
        let mut news: Vec<_> =
            feed.changes.values().filter(|(position, _)| *position > cursor).cloned().collect();
        news.sort_by_key(|(position, _)| *position);
        news.truncate(limit);
        Ok(news)
    }

    async fn newest(&self, site: &SiteCode) -> Result<u64> {
        Ok(self.rows().feeds.get(site).map_or(0, |feed| feed.position))
    }

    async fn put_staff(
        &self,
        new: NewVersion,
        sign: impl Fn(StaffRecord) -> Result<Issued<StaffRecord>> + Send,
    ) -> Result<Issued<StaffRecord>> {
        let mut rows = self.rows();
        let number = new.record.number.clone();
        let before = rows.operators.get(&number).cloned();
        let mut versions = before.map(|operator| operator.versions).unwrap_or_default();
        let last = versions.last().cloned();
        let key = |record: &StaffRecord| record.public_key.key_id();
        let is_old_key = versions.iter().any(|old| key(old) == key(&new.record))
            && last.as_ref().map(key) != Some(key(&new.record));
        if last.as_ref().map(|last| last.version) != new.replaces || is_old_key {
            return Err(StoreError::Conflict);
        }
        let version = new.replaces.map_or(1, |version| version + 1);
        let record = sign(StaffRecord { version, ..new.record })?;
        let sites: BTreeSet<SiteCode> =
            last.map(|last| last.site).into_iter().chain([record.value.site]).collect();
        for site in sites {
            rows.feeds.entry(site).or_default().announce(&Change::Staff(Box::new(record.clone())));
        }
        versions.push(record.value.clone());
        rows.operators.insert(number.clone(), SiteOperator { number, versions });
        Ok(record)
    }

    async fn note_blob(&self, digest: &Digest, device: DeviceNumber) -> Result<()> {
        let mut rows = self.rows();
        rows.blobs.insert(digest.clone());
        rows.waits_until.retain(|(waiting, _), _| *waiting != device);
        Ok(())
    }

    async fn put_person(&self, citizen: &CitizenRef, person: &Person) -> Result<()> {
        let mut rows = self.rows();
        let entry = rows.citizens.entry(citizen.clone()).or_insert_with(|| Citizen::unknown(citizen.clone()));
        entry.person = Some(person.clone());
        Ok(())
    }
}
