//! The log in memory. A contract test holds it to the behaviour of `desk::sync::log::DatabaseLog`.
//! It has no thread and no clock of its own, so the simulation stays deterministic.

mod codes;
mod ledger;

pub use ledger::Ledger;

use desk::{
    clock::{Contact, Reading},
    error::DeskError,
    signing::SessionKey,
    store::operation::{Author, NewOperation, link},
    sync::{
        Stop,
        log::{Log, Position, ProvenBatch, Settled, VerifiedReceiptBatch},
    },
};
use rules::{
    Day,
    authority::{SessionProof, SessionRef, SessionStatement},
    correction::Digest,
    keys::Signed,
    life::{Code, Outcome, Serial},
    op::{Batch, OP_VERSION, Operation, genesis},
    person::IdNumber,
    wire::{Change, Verdict},
};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;

#[derive(Clone, Debug, Default)]
struct State {
    operations: Vec<Operation>,
    /// Signature of the session key over each operation.
    signatures: Vec<String>,
    statements: BTreeMap<Uuid, Signed<SessionStatement>>,
    keys: BTreeMap<(Option<String>, String), u64>,
    received_through: u64,
    recheck_after: Option<u64>,
    cursor: u64,
    stopped: Option<Stop>,
    contact: Option<Contact>,
    ledger: Ledger,
}

/// A log in memory.
#[derive(Debug)]
pub struct MemoryLog {
    author: Author,
    state: Mutex<State>,
}

impl MemoryLog {
    /// Empty, of this device and epoch.
    pub fn new(author: Author) -> Self {
        Self { author, state: Mutex::default() }
    }

    /// A copy as of now: a disk image, for simulating that one is put back.
    pub fn image(&self) -> Self {
        Self { author: self.author, state: Mutex::new(self.state().clone()) }
    }

    /// All operations, in order.
    pub fn operations(&self) -> Vec<Operation> {
        self.state().operations.clone()
    }

    /// Appends an operation with what it does to codes here, unless its idempotency key is known.
    ///
    /// # Errors
    /// [`DeskError::SessionEnded`] if the session is over.
    pub fn append_with(
        &self,
        reading: &Reading,
        session: &SessionKey,
        new: NewOperation,
        outcome: Option<&Outcome>,
    ) -> Result<Operation, DeskError> {
        self.state().append(self.author, reading, session, new, outcome)
    }

    /// Takes in the registry's view of a citizen's codes, asked for now.
    pub fn look(&self, holder: &IdNumber, codes: &[Code]) {
        self.state().ledger.look(holder, codes);
    }

    /// A citizen's codes as this desk knows them, oldest first.
    pub fn codes_of(&self, holder: &IdNumber) -> Vec<Code> {
        self.state().ledger.codes_of(holder)
    }

    /// The days a citizen's codes issued here used up.
    pub fn days_of(&self, holder: &IdNumber) -> Vec<Day> {
        self.state().ledger.days_of(holder)
    }

    /// All codes known here.
    pub fn codes(&self) -> Vec<Code> {
        self.state().ledger.codes()
    }

    /// Forgets what the centre told of a code, to show that the simulation notices.
    pub fn forget_end(&self, serial: Serial) {
        self.state().ledger.forget_end(serial);
    }

    /// The clocks at last contact.
    pub fn contact(&self) -> Option<Contact> {
        self.state().contact
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn head(&self) -> (u64, Digest) {
        self.operations.last().map_or((0, genesis()), |last| (last.seq, last.hash.clone()))
    }

    fn find(&self, seq: u64) -> Option<&Operation> {
        let index = usize::try_from(seq.checked_sub(1)?).ok()?;
        self.operations.get(index)
    }

    fn position(&self) -> Position {
        let head = self.head().0;
        Position {
            head,
            received_through: self.received_through,
            decided_through: self.ledger.first_waiting().map_or(head, |seq| seq - 1),
            recheck_after: self.recheck_after,
            cursor: self.cursor,
            stopped: self.stopped,
        }
    }

    fn append(
        &mut self,
        author: Author,
        reading: &Reading,
        session: &SessionKey,
        new: NewOperation,
        outcome: Option<&Outcome>,
    ) -> Result<Operation, DeskError> {
        let key = new.idempotency_key.clone().map(|key| (new.case_number.clone(), key));
        let known = key.as_ref().and_then(|key| self.keys.get(key)).copied();
        if let Some(before) = known.and_then(|seq| self.find(seq)) {
            return Ok(before.clone());
        }
        let place = self.next_link(session);
        let (operation, content) = link(author, self.head(), reading, OP_VERSION, new, place);
        self.signatures.push(session.seal(&operation, &content)?);
        self.statements.insert(session.id(), session.statement().clone());
        if let Some(key) = key {
            self.keys.insert(key, operation.seq);
        }
        self.ledger.append(&operation, outcome);
        self.operations.push(operation.clone());
        Ok(operation)
    }

    fn next_link(&self, session: &SessionKey) -> SessionRef {
        let last = self.operations.iter().rev().find(|operation| operation.session.id == session.id());
        match last {
            Some(last) => SessionRef { id: session.id(), before: last.content_digest() },
            None => session.first_link(),
        }
    }

    /// Returns the proofs of the sessions in a run of operations.
    fn proofs(&self, ops: &[Operation]) -> Vec<SessionProof> {
        let newest: BTreeMap<Uuid, u64> = ops.iter().map(|op| (op.session.id, op.seq)).collect();
        let proof = |(id, seq): (Uuid, u64)| {
            let signature = self.signatures.get(usize::try_from(seq.checked_sub(1)?).ok()?)?;
            Some(SessionProof { statement: self.statements.get(&id)?.clone(), signature: signature.clone() })
        };
        newest.into_iter().filter_map(proof).collect()
    }
}

impl Log for MemoryLog {
    async fn position(&self) -> Result<Position, DeskError> {
        Ok(self.state().position())
    }

    async fn append(
        &self,
        reading: &Reading,
        session: &SessionKey,
        new: NewOperation,
    ) -> Result<Operation, DeskError> {
        self.state().append(self.author, reading, session, new, None)
    }

    async fn batch(&self, first_seq: u64, limit: usize) -> Result<Option<ProvenBatch>, DeskError> {
        let state = self.state();
        let ops: Vec<Operation> =
            state.operations.iter().filter(|op| op.seq >= first_seq).take(limit).cloned().collect();
        let Some(first) = ops.first() else { return Ok(None) };
        let prev_hash = first.prev_hash.clone();
        let Author { device, epoch } = self.author;
        let sessions = state.proofs(&ops);
        Ok(Some(ProvenBatch { batch: Batch { device, epoch, first_seq, prev_hash, ops }, sessions }))
    }

    async fn emptied_through(&self, _: u64) -> Result<Option<u64>, DeskError> {
        Ok(None)
    }

    async fn record_received(&self, through: u64) -> Result<(), DeskError> {
        self.state().received_through = through;
        Ok(())
    }

    async fn record_receipts(&self, roll: &VerifiedReceiptBatch, _: &Reading) -> Result<Settled, DeskError> {
        let mut state = self.state();
        let mut new = Vec::new();
        for receipt in roll.receipts() {
            let Some(ours) = state.find(receipt.seq).cloned() else { continue };
            let is_ours = (receipt.device, receipt.epoch) == (self.author.device, self.author.epoch)
                && receipt.hash == ours.hash;
            let Some(is_new) =
                Some(&ours).filter(|_| is_ours).and_then(|ours| state.ledger.take_receipt(ours, receipt))
            else {
                continue;
            };
            if !matches!(receipt.verdict, Verdict::Applied { .. } | Verdict::NeedsApproval | Verdict::Late) {
                state.keys.retain(|_, seq| *seq != receipt.seq);
            }
            if is_new {
                new.push((receipt.seq, receipt.verdict.clone()));
            }
        }
        let mut position = state.position();
        position.hear(roll, self.author);
        state.recheck_after = position.recheck_after;
        let Position { decided_through, recheck_after, .. } = position;
        Ok(Settled { decided_through, recheck_after, new })
    }

    async fn record_changes(&self, changes: &[Change], cursor: u64, _: &Reading) -> Result<(), DeskError> {
        let mut state = self.state();
        for change in changes {
            if let Change::CodeChanged { code } = change {
                state.ledger.tell(code);
            }
        }
        state.cursor = cursor;
        Ok(())
    }

    async fn record_stop(&self, stop: Option<Stop>) -> Result<(), DeskError> {
        self.state().stopped = stop;
        Ok(())
    }

    async fn record_restored(&self, received_through: u64) -> Result<(), DeskError> {
        let mut state = self.state();
        let mut position = state.position();
        position.restore(received_through);
        (state.received_through, state.recheck_after, state.cursor) =
            (position.received_through, position.recheck_after, position.cursor);
        Ok(())
    }

    async fn record_contact(&self, contact: &Contact) -> Result<(), DeskError> {
        self.state().contact = Some(*contact);
        Ok(())
    }

    async fn verdict(&self, seq: u64) -> Result<Option<Verdict>, DeskError> {
        Ok(self.state().ledger.verdict(seq))
    }

    async fn waiting(&self) -> Result<Vec<u64>, DeskError> {
        Ok(self.state().ledger.waiting())
    }

    async fn conflicts(&self) -> Result<Vec<u64>, DeskError> {
        Ok(self.state().ledger.conflicts())
    }
}
