//! The audit log of the simulated centre (D2): events, the tree made of them, its signed heads, and
//! the rows that prove what the log of operations says.
//!
//! It stands in for `central::store::postgres::audit`. What an event says, the tree and the heads
//! are the centre's own code.

use central::{
    audit::{
        AuditKey, Event,
        event::record_digest,
        verify::{CertificateRow, ProofRow, SessionRow, VersionRow},
    },
    store::{Arrival, StoreError},
};
use rules::{
    At, DeviceNumber,
    audit::{AuditLeaf, Frontier, ProofPlan, TreeHead},
    correction::Digest,
    issuing::{Issued, Issuers, Trust},
    keys::KeyId,
    life::Serial,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Rows of the audit log and of proofs. All of them can be edited by whoever has the database.
#[derive(Clone, Default)]
pub struct Books {
    /// Events that wait to become leaves, with their seals.
    pub waiting: Vec<(AuditLeaf, Digest)>,
    /// Leaves in order, with the hash stored beside each.
    pub leaves: Vec<(AuditLeaf, Digest)>,
    /// Inner nodes of the tree.
    pub nodes: BTreeMap<u64, Digest>,
    /// Signed heads, oldest first.
    pub heads: Vec<Issued<TreeHead>>,
    /// Proofs of batches by desk, enrolment and last sequence number.
    pub batches: BTreeMap<(DeviceNumber, u32), BTreeMap<u64, ProofRow>>,
    /// Statements of sessions by desk and digest.
    pub sessions: BTreeMap<(DeviceNumber, Digest), SessionRow>,
    /// Versions of accounts by number and version.
    pub versions: BTreeMap<(String, u64), VersionRow>,
    /// Certificates by desk and key.
    pub certificates: BTreeMap<(DeviceNumber, KeyId), CertificateRow>,
    /// When each code was first said to have ended.
    pub revoked_at: BTreeMap<Serial, At>,
    /// Alarms: kind, and the desk they are about.
    pub alarms: Vec<(String, Option<DeviceNumber>)>,
    drawn: u64,
}

impl Books {
    /// Writes an event, as the centre does in the transaction that it is about.
    ///
    /// # Errors
    /// [`StoreError::Range`] if the event has no text, which no event is.
    pub fn record(&mut self, key: &AuditKey, at: At, event: &Event) -> Result<(), StoreError> {
        self.drawn += 1;
        let id = Uuid::from_u64_pair(u64::MAX, self.drawn);
        let leaf = event.leaf(id, at).map_err(|_| StoreError::Range("event"))?;
        let seal = key.seal(&leaf);
        self.waiting.push((leaf, seal));
        Ok(())
    }

    /// Raises an alarm with its event.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn raise(
        &mut self,
        key: &AuditKey,
        at: At,
        kind: central::alarm::AlarmKind,
        device: Option<DeviceNumber>,
    ) -> Result<(), StoreError> {
        let kind = kind.name().to_owned();
        self.alarms.push((kind.clone(), device));
        self.record(key, at, &Event::Alarm { kind, device, staff: None })
    }

    /// Stores what proves a batch.
    ///
    /// # Errors
    /// [`StoreError::Range`] if a signature has no text, which none is.
    pub fn prove(&mut self, arrival: &Arrival<'_>) -> Result<(), StoreError> {
        let batch = &arrival.request.batch;
        let named: BTreeSet<Uuid> = batch.ops.iter().map(|operation| operation.session.id).collect();
        let mut taken = BTreeSet::new();
        let mut signatures = Vec::new();
        for proof in &arrival.request.sessions {
            let statement = &proof.statement.value;
            if !named.contains(&statement.id) || !taken.insert(statement.id) {
                continue;
            }
            let digest = record_digest(&proof.statement);
            let row = SessionRow {
                digest: digest.clone(),
                session_id: statement.id,
                staff: statement.staff.to_string(),
                begun_at: statement.begun_at,
                statement: Some(proof.statement.clone()),
            };
            self.sessions.entry((batch.device, digest.clone())).or_insert(row);
            signatures.push(serde_json::json!({ "statement": digest, "signature": proof.signature }));
        }
        let row = ProofRow {
            first_seq: batch.first_seq,
            received_at: arrival.at,
            signature: arrival.request.signature.clone(),
            sessions: serde_json::Value::Array(signatures).to_string(),
        };
        let last_seq = batch.ops.last().map_or(batch.first_seq, |operation| operation.seq);
        self.batches.entry((batch.device, batch.epoch)).or_default().insert(last_seq, row);
        Ok(())
    }

    /// Makes leaves of the events that wait and signs the head, as the sequencer does. Returns what
    /// it finds wrong; nothing is signed then.
    ///
    /// # Errors
    /// [`StoreError::Range`] if the head cannot be signed.
    pub fn sequence(
        &mut self,
        key: &AuditKey,
        issuers: &Issuers,
        trust: &Trust,
        now: At,
    ) -> Result<Option<&'static str>, StoreError> {
        let size = self.leaves.len() as u64;
        let Some(mut frontier) = self.frontier(size) else { return Ok(Some("nodes are gone")) };
        match self.heads.last() {
            Some(head) if head.verify(trust).is_err() => return Ok(Some("head not signed")),
            Some(head) if head.value.size != size => return Ok(Some("another size than was signed")),
            Some(head) if head.value.root != frontier.root() => {
                return Ok(Some("another root than was signed"));
            }
            None if size > 0 => return Ok(Some("heads are gone")),
            _ => {}
        }
        let waiting = std::mem::take(&mut self.waiting);
        let count = waiting.len();
        for (leaf, seal) in waiting {
            if key.seal(&leaf) != seal {
                continue;
            }
            let hash = leaf.hash();
            self.nodes.extend(frontier.append(hash.clone()).into_iter().map(|node| (node.id, node.hash)));
            self.leaves.push((leaf, hash));
        }
        let is_refused = self.leaves.len() as u64 != size + count as u64;
        let head = TreeHead { size: frontier.size(), root: frontier.root(), at: now };
        self.heads.push(issuers.sign(head, now).map_err(|_| StoreError::Range("head"))?);
        Ok(is_refused.then_some("an event that was not sealed"))
    }

    /// Computes tree and nodes again from the leaves, as whoever rewrites history does.
    pub fn recompute(&mut self) -> Frontier {
        let mut frontier = Frontier::default();
        self.nodes.clear();
        for (leaf, hash) in &mut self.leaves {
            *hash = leaf.hash();
            self.nodes.extend(frontier.append(hash.clone()).into_iter().map(|node| (node.id, node.hash)));
        }
        frontier
    }

    /// Returns the proof that the log of `to` begins with that of `from`, if it can be made.
    #[must_use]
    pub fn consistency(&self, from: u64, to: u64) -> Option<Vec<Digest>> {
        ProofPlan::consistency(from, to)?.proof(|node| self.node(node))
    }

    fn frontier(&self, size: u64) -> Option<Frontier> {
        let peaks: Option<Vec<Digest>> =
            Frontier::nodes(size).into_iter().map(|node| self.node(node)).collect();
        Frontier::restore(size, peaks?)
    }

    fn node(&self, id: u64) -> Option<Digest> {
        match usize::try_from(id / 2) {
            Ok(position) if id.is_multiple_of(2) => self.leaves.get(position).map(|(_, hash)| hash.clone()),
            _ => self.nodes.get(&id).cloned(),
        }
    }
}
