//! What the log says last of codes, registry records, accounts and channel acts.

use super::{AccountFacts, Findings, KeyFacts, MonthFacts, Place, agreed::AgreedFacts};
use crate::{
    administrator::{AGREEMENT, AdministratorKind},
    archive::Month,
    audit::{
        Event,
        event::{Batch, ChannelAct, CodeFact, PersonFact, Review, Run, record_digest},
    },
    machine::citizen::citizen_of,
};
use rules::{
    At, DeviceNumber, Sensitive,
    audit::AuditLeaf,
    issuing::Trust,
    keys::{Class, KeyId},
    life::{CodeState, Serial},
    op::{CitizenRef, OpBody, Operation},
    wire::Verdict,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// A row of `code`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRow {
    /// What the row says.
    pub fact: CodeFact,
    /// Since when it is revoked.
    pub revoked_at: Option<At>,
}

/// What the log says of one code.
#[derive(Clone, Debug)]
struct KnownCode {
    place: Place,
    fact: CodeFact,
    /// When it was first said to be revoked.
    revoked_at: Option<At>,
    /// An operation that ended it: device, epoch, sequence number.
    ended_by: Option<(DeviceNumber, u32, u64)>,
}

/// A batch as the log has it.
#[derive(Debug)]
pub(super) struct TakenBatch {
    pub(super) batch: Batch,
    /// When it was received.
    pub(super) at: At,
    /// Keys that spoke for the desk then.
    pub(super) keys: Vec<KeyId>,
}

/// Everything the log says that rows are compared with.
#[derive(Debug)]
pub struct Facts {
    /// Key by which operations are filed under their citizens.
    index_key: Sensitive<[u8; 32]>,
    trust: Trust,
    class: Class,
    /// Batches by desk and enrolment.
    pub(super) batches: BTreeMap<(DeviceNumber, u32), Vec<TakenBatch>>,
    /// Decided runs by desk and enrolment and by their first sequence number, with the time.
    pub(super) runs: BTreeMap<(DeviceNumber, u32), BTreeMap<u64, (Run, At)>>,
    codes: HashMap<Serial, KnownCode>,
    /// Newest live codes by holder, as the rows say.
    live: HashMap<CitizenRef, (At, Serial)>,
    people: HashMap<CitizenRef, (Place, PersonFact)>,
    reviews: BTreeSet<Review>,
    acts: HashMap<Uuid, ChannelAct>,
    alarms: BTreeMap<String, u64>,
    /// Place of the newest import of the registry.
    imported: Option<Place>,
    /// Operations of the desk's earlier enrolments that had an effect.
    earlier: HashSet<Uuid>,
    earlier_of: Option<DeviceNumber>,
    agreed: AgreedFacts,
    /// What it says of its months.
    pub months: MonthFacts,
    /// What it says of desks and their keys.
    pub keys: KeyFacts,
    /// What it says of accounts; taken out before desks are checked.
    pub accounts: AccountFacts,
}

impl Facts {
    /// Begins with a log of which nothing was read yet. The index key is the centre's own.
    #[must_use]
    pub fn new((trust, class): (Trust, Class), index_key: [u8; 32]) -> Self {
        Self {
            index_key: Sensitive::new(index_key),
            trust,
            class,
            batches: BTreeMap::new(),
            runs: BTreeMap::new(),
            codes: HashMap::new(),
            live: HashMap::new(),
            people: HashMap::new(),
            reviews: BTreeSet::new(),
            acts: HashMap::new(),
            alarms: BTreeMap::new(),
            imported: None,
            earlier: HashSet::new(),
            earlier_of: None,
            agreed: AgreedFacts::default(),
            months: MonthFacts::default(),
            keys: KeyFacts::default(),
            accounts: AccountFacts::default(),
        }
    }

    /// Returns the citizen that an operation concerns.
    pub(super) fn citizen_of(&self, operation: &Operation) -> CitizenRef {
        citizen_of(operation, self.index_key.expose())
    }

    /// Takes an entry of the log; of what is said twice the later counts.
    pub fn take(&mut self, place: Place, leaf: &AuditLeaf, findings: &mut Findings) {
        let Some(event) = Event::of_leaf(leaf) else {
            findings.add(format_args!("{place} ({}): cannot be read", leaf.kind));
            return;
        };
        self.agreed.take(place, &event);
        self.months.take(place, &event);
        match event {
            Event::Batch(batch) => {
                let desk = (batch.device, batch.epoch);
                self.months.received(Month::of(leaf.at));
                let taken = TakenBatch { batch, at: leaf.at, keys: self.keys.speaking(desk) };
                self.batches.entry(desk).or_default().push(taken);
            }
            Event::Verdicts(verdicts) => {
                for run in verdicts.runs {
                    let of_desk = self.runs.entry((run.device, run.epoch)).or_default();
                    of_desk.insert(run.first_seq, (run, leaf.at));
                }
                self.take_codes(place, leaf.at, verdicts.codes);
                for person in verdicts.people {
                    self.people.insert(person.citizen.clone(), (place, person));
                }
            }
            Event::ChannelAct(act) => {
                self.take_codes(place, leaf.at, act.codes.clone());
                self.acts.insert(act.id, act);
            }
            Event::Account(account) => self.accounts.take(place, account),
            Event::AccountAct(act) => self.accounts.take_act(place, act),
            Event::DeskEnrolled { device, epoch, key_id } => self.keys.enrolled((device, epoch), key_id),
            Event::DeskQuarantined { device, .. } => self.keys.quarantined(place, device),
            Event::DeskRevoked { device, .. } => self.keys.revoked(place, device),
            Event::DeskRenewed { device, epoch, present, next } => {
                self.keys.renewed((device, epoch), present, next);
            }
            Event::DeskKeyAdopted { device, epoch, key_id } => self.keys.adopted((device, epoch), key_id),
            Event::Key { device, key_id, certificate, .. } => {
                self.keys.certified(place, device, key_id, certificate);
            }
            Event::Review(review) => {
                self.reviews.insert(review);
            }
            Event::Act(act) => {
                let name = &act.act.value.name;
                match act.verify(&self.trust, self.class) {
                    Ok(act) if act.name == AGREEMENT => self.agreed.take_agreement(&act.subject),
                    Ok(_) => {}
                    Err(error) => findings.add(format_args!("{place}: the command {name}: {error}")),
                }
                if name == "import-population" {
                    self.imported = Some(place);
                }
            }
            Event::Command { name, .. } if AdministratorKind::of_command(&name).is_some() => {
                findings.add(format_args!("{place}: the command {name}: nobody signed it"));
            }
            Event::Alarm { kind, .. } => *self.alarms.entry(kind).or_default() += 1,
            _ => {}
        }
    }

    fn take_codes(&mut self, place: Place, at: At, codes: Vec<CodeFact>) {
        for fact in codes {
            let revoked = fact.state.is_revoked().then_some(at);
            let known = self.codes.entry(fact.serial).or_insert_with(|| KnownCode {
                place,
                fact: fact.clone(),
                revoked_at: None,
                ended_by: None,
            });
            known.revoked_at = known.revoked_at.or(revoked);
            (known.place, known.fact) = (place, fact);
        }
    }

    /// Returns the desks and enrolments that the log has batches or verdicts of.
    pub fn desks(&self) -> impl Iterator<Item = (DeviceNumber, u32)> + '_ {
        self.batches.keys().chain(self.runs.keys()).copied()
    }

    /// Begins with an enrolment. Those of a desk come in order.
    pub(super) fn begin_desk(&mut self, device: DeviceNumber) {
        if self.earlier_of != Some(device) {
            self.earlier.clear();
        }
        self.earlier_of = Some(device);
    }

    /// Returns the operations of the desk's earlier enrolments that had an effect.
    pub(super) const fn earlier(&self) -> &HashSet<Uuid> {
        &self.earlier
    }

    pub(super) fn end_desk(&mut self, effective: Vec<Uuid>) {
        self.earlier.extend(effective);
    }

    /// Checks that the log says of a code what a signed operation and its verdict make of it.
    pub(super) fn replay(&mut self, operation: &Operation, verdict: &Verdict, findings: &mut Findings) {
        if !matches!(verdict, Verdict::Applied { .. }) {
            return;
        }
        let by = (operation.device, operation.epoch, operation.seq);
        let name = format!("operation {}/{}/{}", by.0, by.1, by.2);
        let citizen = self.citizen_of(operation);
        match &operation.body {
            OpBody::Issue { serial, symbol, .. } => match self.codes.get(serial) {
                None => findings.add(format_args!("{name}: no leaf has the code {serial} it issued")),
                Some(known)
                    if known.fact.citizen != citizen
                        || known.fact.issued_at != operation.business_at()
                        || known.fact.symbol != Some(record_digest(&**symbol)) =>
                {
                    let place = known.place;
                    findings.add(format_args!("{name}: {place} says other of code {serial} than was signed"));
                }
                Some(_) => {}
            },
            OpBody::ReportLoss { serial, .. } | OpBody::Void { serial, .. } => {
                match self.codes.get_mut(serial) {
                    None => findings.add(format_args!("{name}: no leaf has the code {serial} it ended")),
                    Some(known) => known.ended_by = Some(by),
                }
            }
            _ => {}
        }
    }

    /// Compares a row of `code` and forgets what the log says of it.
    pub fn code(&mut self, row: &CodeRow, findings: &mut Findings) {
        let (serial, is) = (row.fact.serial, &row.fact);
        if is.state == CodeState::Live {
            let newest = self.live.entry(is.citizen.clone()).or_insert((is.issued_at, serial));
            *newest = (*newest).max((is.issued_at, serial));
        }
        let Some(KnownCode { place, fact: was, revoked_at, ended_by }) = self.codes.remove(&serial) else {
            findings.add(format_args!("code {serial}: in the table, and in no leaf"));
            return;
        };
        if is.state != was.state {
            findings
                .add(format_args!("code {serial}: {:?} in the table, {:?} by {place}", is.state, was.state));
        } else if let (CodeState::Live, Some((device, epoch, seq))) = (is.state, ended_by) {
            findings.add(format_args!("code {serial}: live, and ended by operation {device}/{epoch}/{seq}"));
        }
        if is.citizen != was.citizen {
            findings.add(format_args!("code {serial}: of another holder than by {place}"));
        }
        if (is.issued_at, is.valid_through) != (was.issued_at, was.valid_through) {
            findings.add(format_args!(
                "code {serial}: valid through {} in the table, {} by {place}",
                is.valid_through, was.valid_through
            ));
        }
        if is.copies != was.copies {
            findings.add(format_args!(
                "code {serial}: {} copies in the table, {} by {place}",
                is.copies, was.copies
            ));
        }
        if is.symbol != was.symbol {
            findings.add(format_args!("code {serial}: another symbol than by {place}"));
        }
        if row.revoked_at != revoked_at {
            findings.add(format_args!("code {serial}: revoked at another time than the log says"));
        }
    }

    /// Names codes that the log has and the table has not.
    pub fn end_codes(&mut self, findings: &mut Findings) {
        let mut missing: Vec<_> = self.codes.drain().collect();
        missing.sort_by_key(|(serial, _)| *serial);
        for (serial, known) in missing {
            findings.add(format_args!("code {serial}: in {}, and not in the table", known.place));
        }
    }

    /// Compares a row of `current_code`, once all codes were compared.
    pub fn current_code(&mut self, citizen: &CitizenRef, serial: Serial, findings: &mut Findings) {
        match self.live.remove(citizen) {
            Some((_, newest)) if newest == serial => {}
            Some((_, newest)) => {
                findings.add(format_args!("current code of {citizen}: {serial}, and {newest} is live"));
            }
            None => findings.add(format_args!("current code of {citizen}: {serial}, which is not live")),
        }
    }

    /// Names live codes that no row of `current_code` names.
    pub fn end_current_codes(&mut self, findings: &mut Findings) {
        let mut missing: Vec<_> = self.live.drain().collect();
        missing.sort();
        for (citizen, (_, serial)) in missing {
            findings.add(format_args!("current code of {citizen}: no row, and {serial} is live"));
        }
    }

    /// Returns the holders whose registry records decisions made or changed.
    pub fn people(&self) -> impl Iterator<Item = &CitizenRef> {
        self.people.keys()
    }

    /// Compares a registry record. A later import may have changed it, and then has raised its
    /// version.
    pub fn person(&mut self, row: &PersonFact, findings: &mut Findings) {
        let citizen = &row.citizen;
        let Some((place, was)) = self.people.remove(citizen) else { return };
        let is_imported = row.version > was.version && self.imported.is_some_and(|import| import > place);
        if is_imported || (row.version, &row.row) == (was.version, &was.row) {
            return;
        }
        findings.add(format_args!(
            "registry record of {citizen}: version {} in the table is not version {} of {place}",
            row.version, was.version
        ));
    }

    /// Names registry records that the log has and the table has not.
    pub fn end_people(&mut self, findings: &mut Findings) {
        for (citizen, (place, _)) in self.people.drain() {
            findings.add(format_args!("registry record of {citizen}: in {place}, and not in the table"));
        }
    }

    /// Compares the decisions in `review` with those of the log.
    pub fn reviews(&self, rows: &BTreeSet<Review>, findings: &mut Findings) {
        for Review { device, epoch, seq, .. } in rows.difference(&self.reviews) {
            findings
                .add(format_args!("review of operation {device}/{epoch}/{seq}: its decision is in no leaf"));
        }
        for Review { device, epoch, seq, .. } in self.reviews.difference(rows) {
            findings.add(format_args!("review of operation {device}/{epoch}/{seq}: its decision is gone"));
        }
    }

    /// Compares a row of `channel_event`: its identifier, action and holder.
    pub fn channel_act(&mut self, id: Uuid, action: &str, citizen: &CitizenRef, findings: &mut Findings) {
        match self.acts.remove(&id) {
            None => findings.add(format_args!("channel act {id}: in the table, and in no leaf")),
            Some(act) if act.action == action && act.citizen == *citizen => {}
            Some(_) => findings.add(format_args!("channel act {id}: another one than in the log")),
        }
    }

    /// Names channel acts that the log has and the table has not, and kinds of alarms of which log
    /// and table have different numbers.
    pub fn end(&mut self, alarms: &BTreeMap<String, u64>, findings: &mut Findings) {
        self.agreed.end(findings);
        for id in self.acts.drain().map(|(id, _)| id) {
            findings.add(format_args!("channel act {id}: in the log, and not in the table"));
        }
        let kinds: BTreeSet<&String> = self.alarms.keys().chain(alarms.keys()).collect();
        for kind in kinds {
            let [said, found] = [&self.alarms, alarms].map(|counted| counted.get(kind).copied().unwrap_or(0));
            if found != said {
                findings.add(format_args!("alarms of kind {kind}: {found} in the table, {said} in the log"));
            }
        }
    }
}
