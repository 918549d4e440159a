//! `audit verify` over the simulated centre: the checks of `central::audit::verify`, fed as the
//! command feeds them.

use crate::{SimulationError, city_store::CityStore, people::INDEX_KEY, plan::Break};
use central::{
    audit::verify::{
        AccountFacts, AccountRow, CodeRow, DeskCheck, Facts, Findings, HeadRow, KeptOperation, OperationRow,
        Place, Statements, TreeCheck,
    },
    machine::citizen::nobody,
    store::{Item, StoreError, audit_events},
};
use rules::{
    At, DeviceNumber,
    audit::TreeHead,
    correction::Digest,
    issuing::{Issued, Trust},
    keys::{Class, DeskKey, KeyId},
    wire::Verdict,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Looks for everything that differs between log and rows. `held` are heads that desks hold as
/// witnesses; `broken` may leave one part of the look out.
///
/// # Errors
/// [`SimulationError`] if a row has no text, which every row has.
pub fn verify(
    store: &CityStore,
    trust: &Trust,
    held: &[Issued<TreeHead>],
    broken: Option<Break>,
) -> Result<Vec<String>, SimulationError> {
    let facts = Facts::new((trust.clone(), Class::Practice), INDEX_KEY);
    let mut audit = Audit { store, trust, facts, found: Vec::new(), broken };
    audit.tree(held);
    let accounts = audit.accounts();
    let keys = audit.keys();
    audit.desks(&keys, &accounts)?;
    audit.tables();
    Ok(audit.found)
}

struct Audit<'a> {
    store: &'a CityStore,
    trust: &'a Trust,
    facts: Facts,
    found: Vec<String>,
    broken: Option<Break>,
}

impl Audit<'_> {
    /// Keeps what a part of the look found, unless that part is switched off.
    fn keep(&mut self, part: Break, findings: &Findings) {
        if self.broken != Some(part) {
            self.found.extend(findings.all().iter().cloned());
        }
    }

    fn tree(&mut self, held: &[Issued<TreeHead>]) {
        let (store, mut findings) = (self.store, Findings::default());
        let books = store.books();
        let held = held.iter().filter(|_| self.broken != Some(Break::WitnessesUnheard));
        let mut heads = books.heads.clone();
        // Most desks hold a head that the database has, or that another desk holds.
        for head in held {
            if !heads.contains(head) {
                heads.push(head.clone());
            }
        }
        let mut tree = TreeCheck::new(&heads, self.trust, &mut findings);
        let stored: HashMap<u64, Digest> = books.nodes.clone().into_iter().collect();
        for (position, (leaf, hash)) in (0..).zip(&books.leaves) {
            let nodes = tree.leaf(position, leaf, hash, &mut findings);
            tree.nodes(&nodes, &stored, &mut findings);
            self.facts.take(Place::Leaf(position), leaf, &mut findings);
        }
        tree.end(&mut findings);
        for (leaf, seal) in &books.waiting {
            if store.key().seal(leaf) == *seal {
                self.facts.take(Place::Waiting, leaf, &mut findings);
            } else {
                findings.add(format_args!("a waiting event ({}): not sealed here", leaf.kind));
            }
        }
        drop(books);
        self.keep(Break::TreeUnread, &findings);
    }

    fn accounts(&mut self) -> AccountFacts {
        let (store, mut findings) = (self.store, Findings::default());
        let mut accounts = std::mem::take(&mut self.facts.accounts);
        let books = store.books();
        let mut newest = BTreeMap::new();
        for row in books.versions.values() {
            newest.insert(row.number.clone(), row.clone());
            accounts.version(row.clone(), self.trust, &mut findings);
        }
        accounts.end_versions(&mut findings);
        for row in newest.into_values() {
            let site = row.record.as_ref().map(|record| record.value.site.to_string()).unwrap_or_default();
            let (number, version, record, row) = (row.number, row.version, row.record, row.row);
            accounts.account(&AccountRow { number, version, site, record, row }, &mut findings);
        }
        accounts.end_accounts(&mut findings);
        drop(books);
        self.keep(Break::AccountsUnread, &findings);
        accounts
    }

    /// Checks certificates and heads. Returns the keys that the centre certified.
    fn keys(&mut self) -> BTreeMap<(DeviceNumber, u32), HashMap<KeyId, DeskKey>> {
        let (store, mut findings) = (self.store, Findings::default());
        let mut keys: BTreeMap<(DeviceNumber, u32), HashMap<KeyId, DeskKey>> = BTreeMap::new();
        for row in store.books().certificates.values() {
            if let Some(key) = self.facts.keys.certificate(row, self.trust, &mut findings) {
                keys.entry((key.device, key.epoch)).or_default().insert(key.public_key.key_id(), key);
            }
        }
        self.facts.keys.end_certificates(&mut findings);
        for head in store.memory().heads() {
            let row = HeadRow {
                device: head.device,
                epoch: head.epoch,
                public_key: head.public_key.as_bytes().to_vec(),
                next_key: head.next_key.as_ref().map(|key| key.as_bytes().to_vec()),
                received_through: head.received_through,
                last_hash: head.last_hash.clone(),
            };
            self.facts.keys.head(&row, &mut findings);
        }
        self.keep(Break::KeysUnread, &findings);
        keys
    }

    fn desks(
        &mut self,
        keys: &BTreeMap<(DeviceNumber, u32), HashMap<KeyId, DeskKey>>,
        accounts: &AccountFacts,
    ) -> Result<(), SimulationError> {
        let (store, mut findings) = (self.store, Findings::default());
        let heads: BTreeMap<(DeviceNumber, u32), (u64, Digest)> = store
            .memory()
            .heads()
            .into_iter()
            .map(|head| ((head.device, head.epoch), (head.received_through, head.last_hash)))
            .collect();
        let rows = store.memory().items();
        let all: BTreeSet<(DeviceNumber, u32)> = heads.keys().copied().chain(self.facts.desks()).collect();
        let none = HashMap::new();
        for desk in all {
            let (sessions, stored) = {
                let books = store.books();
                let sessions = books.sessions.iter().filter(|((device, _), _)| *device == desk.0);
                let sessions = sessions.map(|(_, row)| row.clone()).collect();
                let stored = books.batches.get(&desk).cloned().unwrap_or_default();
                (sessions, stored.into_iter().collect())
            };
            let statements = Statements::new(desk.0, sessions, accounts, &mut findings);
            let certified = keys.get(&desk).unwrap_or(&none);
            let mut check = DeskCheck::new(desk, certified, stored, &mut self.facts, &mut findings);
            for (item, verdict) in &rows {
                if (item.operation.device, item.operation.epoch) == desk {
                    let row = row(item, verdict.as_ref())?;
                    check.operation(&row, &statements, &mut self.facts, &mut findings);
                }
            }
            let head = heads.get(&desk).map(|(through, hash)| (*through, hash));
            check.end(head, &mut self.facts, &mut findings);
        }
        self.keep(Break::DesksUnread, &findings);
        Ok(())
    }

    fn tables(&mut self) {
        let (store, mut findings) = (self.store, Findings::default());
        let books = store.books();
        let mut current = Vec::new();
        let citizens = store.memory().citizens();
        for citizen in &citizens {
            for issued in &citizen.codes {
                let fact = audit_events::fact(issued, &citizen.citizen_ref);
                let revoked_at = books.revoked_at.get(&fact.serial).copied();
                self.facts.code(&CodeRow { fact, revoked_at }, &mut findings);
            }
            let live = citizen.current_code().map(|issued| (citizen.citizen_ref.clone(), issued.code.serial));
            current.extend(live);
        }
        for issued in store.memory().voided() {
            let fact = audit_events::fact(&issued, &nobody());
            let revoked_at = books.revoked_at.get(&fact.serial).copied();
            self.facts.code(&CodeRow { fact, revoked_at }, &mut findings);
        }
        self.facts.end_codes(&mut findings);
        for (citizen, serial) in &current {
            self.facts.current_code(citizen, *serial, &mut findings);
        }
        self.facts.end_current_codes(&mut findings);
        let said: BTreeSet<_> = self.facts.people().cloned().collect();
        for citizen in citizens.iter().filter(|citizen| said.contains(&citizen.citizen_ref)) {
            if let Some(person) = &citizen.person {
                self.facts.person(&store.person_fact(&citizen.citizen_ref, person), &mut findings);
            }
        }
        self.facts.end_people(&mut findings);
        self.facts.reviews(&BTreeSet::new(), &mut findings);
        let mut alarms: BTreeMap<String, u64> = BTreeMap::new();
        books.alarms.iter().for_each(|(kind, _)| *alarms.entry(kind.clone()).or_default() += 1);
        self.facts.end(&alarms, &mut findings);
        drop(books);
        self.keep(Break::TablesUnread, &findings);
    }
}

/// A row of `op_log` with the verdict on it.
fn row(item: &Item, verdict: Option<&(Verdict, At)>) -> Result<OperationRow, SimulationError> {
    let operation = &item.operation;
    let text = |error: serde_json::Error| StoreError::Database(error.to_string());
    let verdict = match verdict {
        Some((verdict, at)) => Some((serde_json::to_string(verdict).map_err(text)?, *at)),
        None => None,
    };
    Ok(OperationRow {
        seq: operation.seq,
        bucket: i16::from(item.citizen_ref.bucket()),
        hash: operation.hash.clone(),
        received_at: item.received_at,
        kept: KeptOperation::Whole {
            citizen_ref: Some(item.citizen_ref.clone()),
            unproven: item.unproven.map(|reason| reason.code().to_owned()),
            operation: serde_json::to_string(operation).map_err(text)?,
        },
        verdict,
    })
}
