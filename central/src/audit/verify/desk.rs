//! Checks one enrolment of a desk: its operations, batches and verdicts.

use super::{
    Facts, Findings, ProofRow, Statements,
    sessions::{Awaited, SessionCheck},
};
use crate::{
    archive::Month,
    audit::event::{Batch, Run, verdict_digest},
};
use rules::{
    At, DeviceNumber,
    correction::Digest,
    keys::{DeskKey, KeyId, PublicKey},
    op::{CitizenRef, Operation, genesis, signed_run},
    wire::Verdict,
};
use std::collections::HashMap;
use uuid::Uuid;

/// What is kept of an operation.
#[derive(Clone, Debug)]
pub enum KeptOperation {
    /// All of it.
    Whole {
        /// Citizen whom the row names, if it can be read.
        citizen_ref: Option<CitizenRef>,
        /// Why no session proves it, if so (A3).
        unproven: Option<String>,
        /// The operation as text.
        operation: String,
    },
    /// Its month is archived: its identifier and the digest of what it did, unless it could not be
    /// read.
    Mark(Option<(Uuid, Digest)>),
}

/// A row of `op_log` or `archived_op` with the verdict on it.
#[derive(Clone, Debug)]
pub struct OperationRow {
    /// Sequence number of the row.
    pub seq: u64,
    /// Bucket of the row.
    pub bucket: i16,
    /// Hash of the row.
    pub hash: Digest,
    /// When it was received.
    pub received_at: At,
    /// What is kept of the operation.
    pub kept: KeptOperation,
    /// Verdict as text, and when it was given.
    pub verdict: Option<(String, At)>,
}

/// Check of one enrolment, fed with its operations in order.
pub struct DeskCheck {
    device: DeviceNumber,
    epoch: u32,
    next_seq: u64,
    previous: Digest,
    /// Hashes before the first and of the last operation of batches, by sequence number.
    begins: HashMap<u64, Vec<Digest>>,
    ends: HashMap<u64, Digest>,
    /// Every operation through this one came in a batch.
    covered_through: u64,
    /// The run that is being read, with the verdicts so far.
    run: Option<(Run, At)>,
    verdicts: Vec<Verdict>,
    sessions: SessionCheck,
}

impl DeskCheck {
    /// Begins with the batches that the log has of the desk: each was signed by a key that spoke
    /// for it then, and they follow each other. `keys` are those that the centre certified for the
    /// desk, `stored` the rows of `batch_proof` by last sequence number.
    #[must_use]
    pub fn new(
        (device, epoch): (DeviceNumber, u32),
        keys: &HashMap<KeyId, DeskKey>,
        mut stored: HashMap<u64, ProofRow>,
        facts: &mut Facts,
        findings: &mut Findings,
    ) -> Self {
        let mut batches = facts.batches.remove(&(device, epoch)).unwrap_or_default();
        batches.sort_by_key(|taken| taken.batch.last_seq);
        let mut check = Self {
            device,
            epoch,
            next_seq: 1,
            previous: genesis(),
            begins: HashMap::new(),
            ends: HashMap::new(),
            covered_through: 0,
            run: None,
            verdicts: Vec::new(),
            sessions: SessionCheck::new((device, epoch), None, Vec::new()),
        };
        let mut awaited = Vec::new();
        for taken in batches {
            let proof = stored.remove(&taken.batch.last_seq);
            let speaking: Vec<&PublicKey> =
                taken.keys.iter().filter_map(|id| keys.get(id)).map(|key| &key.public_key).collect();
            check.batch(&taken.batch, &speaking, findings);
            // The leaf has the signature too; sessions are checked with the operations.
            let row = proof.as_ref().map(|row| (row.first_seq, row.signature.as_str()));
            let said = (taken.batch.first_seq, taken.batch.signature.as_str());
            if row != Some(said) && !facts.months.is_unread(Month::of(taken.at)) {
                findings.add(format_args!(
                    "{}: the stored signature is missing or another one",
                    batch_name(&taken.batch)
                ));
            }
            awaited.push(Awaited { batch: taken.batch, at: taken.at, stored: proof });
        }
        // All certificates of an enrolment name its site.
        let site = keys.values().next().map(|key| key.site);
        check.sessions = SessionCheck::new((device, epoch), site, awaited);
        let mut unknown: Vec<u64> = stored.into_keys().collect();
        unknown.sort_unstable();
        for last_seq in unknown {
            findings.add(format_args!("batch {device}/{epoch}/{last_seq}: signature in no leaf"));
        }
        facts.begin_desk(device);
        check
    }

    fn batch(&mut self, batch: &Batch, keys: &[&PublicKey], findings: &mut Findings) {
        let Batch { device, epoch, first_seq, last_seq, .. } = *batch;
        let name = batch_name(batch);
        let length = usize::try_from((last_seq + 1).saturating_sub(first_seq)).unwrap_or(0);
        let ends = (&batch.prev_hash, &batch.last_hash);
        let signed = signed_run((device, epoch), first_seq, length, ends, &batch.sessions);
        let signature = rules::hex::decode(&batch.signature).unwrap_or_default();
        if !keys.iter().any(|key| key.verify(&signed, &signature).is_ok()) {
            findings.add(format_args!("{name}: not signed by a key of the desk"));
        }
        if first_seq > self.covered_through + 1 {
            let (from, through) = (self.covered_through + 1, first_seq - 1);
            findings
                .add(format_args!("operations {device}/{epoch}/{from}–{through}: in no batch of the log"));
        }
        self.covered_through = self.covered_through.max(last_seq);
        self.begins.entry(first_seq).or_default().push(batch.prev_hash.clone());
        self.ends.insert(last_seq, batch.last_hash.clone());
    }

    /// Takes the next row.
    pub fn operation(
        &mut self,
        row: &OperationRow,
        statements: &Statements<'_>,
        facts: &mut Facts,
        findings: &mut Findings,
    ) {
        let (device, epoch, seq) = (self.device, self.epoch, row.seq);
        let name = format!("operation {device}/{epoch}/{seq}");
        if seq != self.next_seq {
            findings.add(format_args!("operation {device}/{epoch}/{} is missing", self.next_seq));
        }
        self.next_seq = seq + 1;
        if seq > self.covered_through {
            findings.add(format_args!("{name}: in no batch of the log"));
        }
        let operation = self.read(&name, row, facts, findings);
        let is_begin = self.begins.get(&seq).is_none_or(|begins| begins.contains(&self.previous));
        let is_end = self.ends.get(&seq).is_none_or(|end| *end == row.hash);
        if !is_begin || !is_end {
            findings.add(format_args!("{name}: another one than in the batch that was signed"));
        }
        self.previous = row.hash.clone();
        let verdict = self.verdict(&name, row, facts, findings);
        if let (Some(operation), Some(verdict)) = (&operation, &verdict) {
            facts.replay(operation, verdict, findings);
        }
        self.sessions.operation(row, (operation, verdict), (statements, facts.earlier()), findings);
    }

    /// Reads the operation and checks that it is the one of its place. `None` if only its mark is
    /// there, whose month is compared as a whole.
    fn read(
        &self,
        name: &str,
        row: &OperationRow,
        facts: &Facts,
        findings: &mut Findings,
    ) -> Option<Operation> {
        let KeptOperation::Whole { citizen_ref, operation, .. } = &row.kept else { return None };
        let Ok(operation) = serde_json::from_str::<Operation>(operation) else {
            findings.add(format_args!("{name}: cannot be read"));
            return None;
        };
        let is_here =
            (operation.device, operation.epoch, operation.seq) == (self.device, self.epoch, row.seq);
        let citizen = facts.citizen_of(&operation);
        let is_filed = row.bucket == i16::from(citizen.bucket()) && citizen_ref.as_ref() == Some(&citizen);
        if !is_here || !is_filed {
            findings.add(format_args!("{name}: stands in another place than it was made for"));
        }
        if !operation.is_intact() || operation.hash != row.hash {
            findings.add(format_args!("{name}: content does not match its hash"));
        } else if operation.prev_hash != self.previous {
            findings.add(format_args!("{name}: does not follow the operation before it"));
        }
        Some(operation)
    }

    /// Compares the verdict with the run of the log that it belongs to.
    fn verdict(
        &mut self,
        name: &str,
        row: &OperationRow,
        facts: &Facts,
        findings: &mut Findings,
    ) -> Option<Verdict> {
        let runs = facts.runs.get(&(self.device, self.epoch));
        if let Some((run, at)) = runs.and_then(|runs| runs.get(&row.seq)) {
            self.run = Some((run.clone(), *at));
            self.verdicts.clear();
        }
        let (is_decided, last_seq, at) = match &self.run {
            Some((run, at)) => (row.seq <= run.last_seq, run.last_seq, *at),
            None => (false, 0, At(0)),
        };
        let Some((text, decided_at)) = &row.verdict else {
            if is_decided {
                findings.add(format_args!("{name}: the verdict on it is gone"));
            }
            return None;
        };
        if !is_decided {
            findings.add(format_args!("{name}: the verdict on it is in no leaf"));
        } else if *decided_at != at {
            findings.add(format_args!("{name}: decided at another time than the log says"));
        }
        let verdict: Option<Verdict> = serde_json::from_str(text).ok();
        match &verdict {
            None => findings.add(format_args!("{name}: the verdict cannot be read")),
            Some(verdict) => self.verdicts.push(verdict.clone()),
        }
        if is_decided && row.seq == last_seq {
            self.end_run(findings);
        }
        verdict
    }

    fn end_run(&mut self, findings: &mut Findings) {
        let Some((run, _)) = &self.run else { return };
        if verdict_digest(&self.verdicts.iter().collect::<Vec<_>>()) != run.digest {
            let Run { device, epoch, first_seq, last_seq, .. } = run;
            findings.add(format_args!(
                "verdicts {device}/{epoch}/{first_seq}–{last_seq}: others than the log says"
            ));
        }
    }

    /// Compares the end of the log of this enrolment with its batches, runs and head.
    pub fn end(self, head: Option<(u64, &Digest)>, facts: &mut Facts, findings: &mut Findings) {
        let (device, epoch, last) = (self.device, self.epoch, self.next_seq - 1);
        if self.covered_through > last {
            let from = self.next_seq;
            let through = self.covered_through;
            findings.add(format_args!("operations {device}/{epoch}/{from}–{through} are missing"));
        }
        let decided = facts.runs.get(&(device, epoch)).and_then(|runs| runs.values().next_back());
        if let Some((run, _)) = decided.filter(|(run, _)| run.last_seq > last) {
            let through = run.last_seq;
            findings
                .add(format_args!("operations {device}/{epoch} through {through} were decided and are gone"));
        }
        if head.is_none_or(|(through, hash)| through != last || *hash != self.previous) {
            findings.add(format_args!("desk {device}/{epoch}: its head is not its last operation"));
        }
        facts.end_desk(self.sessions.effective);
    }
}

fn batch_name(batch: &Batch) -> String {
    let Batch { device, epoch, first_seq, last_seq, .. } = batch;
    format!("batch {device}/{epoch}/{first_seq}–{last_seq}")
}
