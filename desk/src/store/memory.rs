//! The log in memory: for the deterministic simulation, and as all-or-nothing as the database. One contract holds both to the same behaviour.

use super::operation::{Author, NewOperation, link};
use crate::{
    clock::{Contact, Reading},
    error::DeskError,
    sync::{
        Stop,
        log::{Log, Position, Settled, VerifiedRoll},
    },
};
use rules::{
    At,
    correction::Digest,
    op::{BATCH_LIMIT, Batch, OpBody, Operation, genesis},
    wire::{Change, Verdict},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;

/// The log. A clone is an image of the disk as it is now: what happens to one is not seen by the other.
#[derive(Debug)]
pub struct MemoryLog {
    author: Author,
    rows: Mutex<Rows>,
}

#[derive(Clone, Debug, Default)]
struct Rows {
    operations: Vec<Operation>,
    /// Which press made which operation.
    presses: BTreeMap<String, u64>,
    outbox: BTreeSet<u64>,
    verdicts: BTreeMap<u64, Verdict>,
    conflicts: BTreeSet<u64>,
    changes: Vec<Change>,
    received_through: u64,
    cursor: u64,
    stopped: Option<Stop>,
    contact: Option<Contact>,
    wall_high_water: Option<At>,
}

impl Clone for MemoryLog {
    fn clone(&self) -> Self {
        Self { author: self.author, rows: Mutex::new(self.rows().clone()) }
    }
}

impl MemoryLog {
    /// Empty, of this device and epoch.
    pub fn new(author: Author) -> Self {
        Self { author, rows: Mutex::default() }
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        // Plain data, changed as a whole under one lock.
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything done here, in order.
    pub fn operations(&self) -> Vec<Operation> {
        self.rows().operations.clone()
    }

    /// The verdicts that are here, by seq.
    pub fn verdicts(&self) -> BTreeMap<u64, Verdict> {
        self.rows().verdicts.clone()
    }

    /// The centre's news, oldest first.
    pub fn changes(&self) -> Vec<Change> {
        self.rows().changes.clone()
    }

    /// The clocks at last contact.
    pub fn last_contact(&self) -> Option<Contact> {
        self.rows().contact
    }

    /// Latest wall time ever written down.
    pub fn wall_high_water(&self) -> At {
        self.rows().wall_high_water.unwrap_or(At(i64::MIN))
    }
}

impl Rows {
    fn head(&self) -> (u64, Digest) {
        self.operations.last().map_or_else(|| (0, genesis()), |last| (last.seq, last.hash.clone()))
    }

    fn at(&self, seq: u64) -> Option<&Operation> {
        let place = usize::try_from(seq.checked_sub(1)?).ok()?;
        self.operations.get(place)
    }

    fn decided_through(&self) -> u64 {
        self.outbox.first().map_or(self.head().0, |seq| seq.saturating_sub(1))
    }
}

/// Time-ordered and unique within a desk, without a source of randomness.
fn op_id(author: Author, seq: u64, wall: At) -> Uuid {
    let mut place = [0; 10];
    let [_, _, s2, s3, s4, s5, s6, s7] = seq.to_be_bytes();
    place[..4].copy_from_slice(&author.device.to_be_bytes());
    place[4..].copy_from_slice(&[s2, s3, s4, s5, s6, s7]);
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(wall.0).unwrap_or(0), &place).into_uuid()
}

impl Log for MemoryLog {
    async fn position(&self) -> Result<Position, DeskError> {
        let rows = self.rows();
        Ok(Position {
            head: rows.head().0,
            received_through: rows.received_through,
            decided_through: rows.decided_through(),
            cursor: rows.cursor,
            stopped: rows.stopped,
        })
    }

    async fn append(&self, reading: &Reading, new: NewOperation) -> Result<Operation, DeskError> {
        let mut rows = self.rows();
        if let Some(before) =
            new.press.as_ref().and_then(|press| rows.presses.get(press)).and_then(|seq| rows.at(*seq))
        {
            return Ok(before.clone());
        }
        let (press, head) = (new.press.clone(), rows.head());
        let id = op_id(self.author, head.0 + 1, reading.wall);
        let operation = link(self.author, head, reading, id, new);
        rows.presses.extend(press.map(|press| (press, operation.seq)));
        rows.outbox.insert(operation.seq);
        rows.wall_high_water = rows.wall_high_water.max(Some(reading.wall));
        rows.operations.push(operation.clone());
        Ok(operation)
    }

    async fn batch(&self, first_seq: u64, limit: usize) -> Result<Option<Batch>, DeskError> {
        let rows = self.rows();
        let ops: Vec<Operation> = rows
            .operations
            .iter()
            .filter(|operation| operation.seq >= first_seq)
            .take(limit.min(BATCH_LIMIT))
            .cloned()
            .collect();
        let Author { device, epoch } = self.author;
        let prev_hash = ops.first().map(|first| first.prev_hash.clone());
        Ok(prev_hash.map(|prev_hash| Batch { device, epoch, first_seq, prev_hash, ops }))
    }

    async fn record_received(&self, through: u64) -> Result<(), DeskError> {
        self.rows().received_through = through;
        Ok(())
    }

    async fn record_receipts(&self, roll: &VerifiedRoll, _reading: &Reading) -> Result<Settled, DeskError> {
        let mut rows = self.rows();
        let mut new = Vec::new();
        for receipt in roll.receipts() {
            let of_this_log = (receipt.device, receipt.epoch) == (self.author.device, self.author.epoch);
            let operation =
                rows.at(receipt.seq).filter(|operation| of_this_log && operation.hash == receipt.hash);
            let Some(operation) = operation.filter(|_| !rows.verdicts.contains_key(&receipt.seq)) else {
                continue;
            };
            let concerns_a_person = !matches!(operation.body, OpBody::Printed { .. });
            if concerns_a_person && !matches!(receipt.verdict, Verdict::Applied { .. }) {
                rows.conflicts.insert(receipt.seq);
            }
            rows.verdicts.insert(receipt.seq, receipt.verdict.clone());
            rows.outbox.remove(&receipt.seq);
            new.push((receipt.seq, receipt.verdict.clone()));
        }
        Ok(Settled { decided_through: rows.decided_through(), new })
    }

    async fn record_changes(
        &self,
        changes: &[Change],
        cursor: u64,
        _reading: &Reading,
    ) -> Result<(), DeskError> {
        let mut rows = self.rows();
        rows.changes.extend_from_slice(changes);
        rows.cursor = cursor;
        Ok(())
    }

    async fn record_stop(&self, stop: Option<Stop>) -> Result<(), DeskError> {
        self.rows().stopped = stop;
        Ok(())
    }

    async fn record_contact(&self, contact: &Contact) -> Result<(), DeskError> {
        let mut rows = self.rows();
        rows.contact = Some(*contact);
        rows.wall_high_water = Some(contact.desk.wall);
        Ok(())
    }

    async fn verdict(&self, seq: u64) -> Result<Option<Verdict>, DeskError> {
        Ok(self.rows().verdicts.get(&seq).cloned())
    }

    async fn waiting(&self) -> Result<Vec<u64>, DeskError> {
        Ok(self.rows().outbox.iter().copied().collect())
    }

    async fn conflicts(&self) -> Result<Vec<u64>, DeskError> {
        Ok(self.rows().conflicts.iter().copied().collect())
    }
}
