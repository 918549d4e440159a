//! What synchronisation needs of a store. Two implement it: the desk's database, and one in memory
//! for the simulation; one contract holds both to the same behaviour.

pub use crate::store::{operation::ProvenBatch, receipt::VerifiedReceiptBatch};
use crate::{
    clock::{Contact, Reading},
    core::Core,
    error::DeskError,
    signing::SessionKey,
    store::{
        self, Store,
        operation::{Author, NewOperation},
    },
    sync::Stop,
};
use rules::{
    op::{BATCH_LIMIT, Operation},
    wire::{Change, Verdict},
};
use std::future::Future;

/// Current sync position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Newest operation of the epoch.
    pub head: u64,
    /// Durable at the centre through this seq.
    pub received_through: u64,
    /// Every operation through this seq has its receipt.
    pub decided_through: u64,
    /// The centre was restored, and its verdicts after this seq are to be heard again.
    pub recheck_after: Option<u64>,
    /// Place in the centre's list of changes.
    pub cursor: u64,
    /// Why pushing is stopped.
    pub stopped: Option<Stop>,
}

impl Position {
    /// Goes back to a centre that was restored and has this desk's operations through
    /// `received_through`. The last batch before that may have been undecided then, so its verdicts
    /// count as forgotten too.
    pub fn restore(&mut self, received_through: u64) {
        self.received_through = self.received_through.min(received_through);
        let decided = received_through.saturating_sub(BATCH_LIMIT as u64);
        self.recheck_after = Some(self.recheck_after.map_or(decided, |after| after.min(decided)));
        self.cursor = 0;
    }

    /// Takes note of the verdicts heard again after a restore.
    pub fn hear(&mut self, batch: &VerifiedReceiptBatch, author: Author) {
        let Some(mut after) = self.recheck_after else { return };
        for receipt in batch.receipts() {
            if (receipt.device, receipt.epoch) == (author.device, author.epoch) && receipt.seq == after + 1 {
                after = receipt.seq;
            }
        }
        self.recheck_after = (after < self.decided_through).then_some(after);
    }

    /// Returns the seq after which verdicts are asked for.
    pub fn heard_through(&self) -> u64 {
        self.recheck_after.map_or(self.decided_through, |after| after.min(self.decided_through))
    }
}

/// Result of recording receipts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Every operation through this seq now has its receipt.
    pub decided_through: u64,
    /// [`Position::recheck_after`] now.
    pub recheck_after: Option<u64>,
    /// Those that were new or differ from what was here, in order.
    pub new: Vec<(u64, Verdict)>,
}

/// A log of operations with an outbox. Every method is one transaction: it happens as a whole or
/// not at all.
pub trait Log {
    /// Returns the current sync position.
    fn position(&self) -> impl Future<Output = Result<Position, DeskError>> + Send;

    /// Appends an operation that the session covers, which waits from then on. A second one with
    /// the idempotency key of the first, in the same case, gives the first.
    fn append(
        &self,
        reading: &Reading,
        session: &SessionKey,
        new: NewOperation,
    ) -> impl Future<Output = Result<Operation, DeskError>> + Send;

    /// Returns the operations from `first_seq` on, at most `limit`, with their proofs; `None` when
    /// there are none, or the content of the first is removed.
    fn batch(
        &self,
        first_seq: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Option<ProvenBatch>, DeskError>> + Send;

    /// Returns the seq through which retention has removed the content of the operations from
    /// `first_seq` on; `None` when the first has its content, or does not exist.
    fn emptied_through(&self, first_seq: u64) -> impl Future<Output = Result<Option<u64>, DeskError>> + Send;

    /// Records that the centre has everything through this seq on its disk. It waits all the same.
    fn record_received(&self, through: u64) -> impl Future<Output = Result<(), DeskError>> + Send;

    /// Keeps receipts; what has one waits no more. A receipt for another device, epoch or content
    /// is not for an operation of this log and is passed over. One that is here already changes
    /// nothing, unless the centre decided anew after it was restored: its later word takes the
    /// place of the earlier, and a difference is a conflict.
    fn record_receipts(
        &self,
        batch: &VerifiedReceiptBatch,
        reading: &Reading,
    ) -> impl Future<Output = Result<Settled, DeskError>> + Send;

    /// Keeps changes and the place in the list, together.
    fn record_changes(
        &self,
        changes: &[Change],
        cursor: u64,
        reading: &Reading,
    ) -> impl Future<Output = Result<(), DeskError>> + Send;

    /// Keeps why pushing is stopped, or that it is not any more.
    fn record_stop(&self, stop: Option<Stop>) -> impl Future<Output = Result<(), DeskError>> + Send;

    /// Keeps that the centre was restored ([`Position::restore`]), and offers it everything again
    /// that it may have forgotten.
    fn record_restored(&self, received_through: u64) -> impl Future<Output = Result<(), DeskError>> + Send;

    /// Keeps the clocks at a contact.
    fn record_contact(&self, contact: &Contact) -> impl Future<Output = Result<(), DeskError>> + Send;

    /// Returns the verdict on an operation, once there is one.
    fn verdict(&self, seq: u64) -> impl Future<Output = Result<Option<Verdict>, DeskError>> + Send;

    /// Returns operations without a receipt, in order.
    fn waiting(&self) -> impl Future<Output = Result<Vec<u64>, DeskError>> + Send;

    /// Returns operations the centre did not take as they were and nobody has dealt with.
    fn conflicts(&self) -> impl Future<Output = Result<Vec<u64>, DeskError>> + Send;
}

/// The log in the desk's database.
#[derive(Clone)]
pub struct DatabaseLog {
    store: Store,
    author: Author,
}

impl DatabaseLog {
    /// Opens the log of a device and epoch.
    pub const fn new(store: Store, author: Author) -> Self {
        Self { store, author }
    }

    /// Opens the log of this desk in its enrolment.
    pub(crate) fn of(core: &Core) -> Self {
        Self::new(core.store.clone(), core.identity.author())
    }

    async fn position_in(&self, connection: &mut store::Connection) -> Result<Position, DeskError> {
        let epoch = self.author.epoch;
        let state = store::sync_state::get(&mut *connection).await?;
        let (head, _) = store::operation::head(&mut *connection, epoch).await?;
        Ok(Position {
            head,
            received_through: state.received_through,
            decided_through: store::sync_state::decided_through(&mut *connection, epoch).await?,
            recheck_after: store::sync_state::recheck_after(connection, epoch).await?,
            cursor: state.cursor,
            stopped: state.stopped,
        })
    }
}

impl Log for DatabaseLog {
    async fn position(&self) -> Result<Position, DeskError> {
        let mut read = self.store.read().await?;
        self.position_in(&mut read).await
    }

    async fn append(
        &self,
        reading: &Reading,
        session: &SessionKey,
        new: NewOperation,
    ) -> Result<Operation, DeskError> {
        let mut write = self.store.write().await?;
        if let Some(key) = &new.idempotency_key
            && let Some(before) =
                store::operation::by_idempotency_key(&mut write, new.case_number.as_deref(), key).await?
        {
            return Ok(before);
        }
        let operation = store::operation::append(&mut write, self.author, reading, session, new).await?;
        write.commit().await?;
        Ok(operation)
    }

    async fn batch(&self, first_seq: u64, limit: usize) -> Result<Option<ProvenBatch>, DeskError> {
        let mut read = self.store.read().await?;
        store::operation::batch(&mut read, self.author, first_seq, limit).await
    }

    async fn emptied_through(&self, first_seq: u64) -> Result<Option<u64>, DeskError> {
        let mut read = self.store.read().await?;
        store::operation::emptied_through(&mut read, self.author.epoch, first_seq).await
    }

    async fn record_received(&self, through: u64) -> Result<(), DeskError> {
        let mut write = self.store.write().await?;
        store::sync_state::put_received(&mut write, through).await?;
        write.commit().await
    }

    async fn record_receipts(
        &self,
        batch: &VerifiedReceiptBatch,
        reading: &Reading,
    ) -> Result<Settled, DeskError> {
        let mut write = self.store.write().await?;
        let new = store::settle::receipts(&mut write, self.author, batch, reading).await?;
        let epoch = self.author.epoch;
        let decided_through = store::sync_state::decided_through(&mut write, epoch).await?;
        let recheck_after = store::sync_state::recheck_after(&mut write, epoch).await?;
        let mut position = Position { decided_through, recheck_after, ..Position::default() };
        if recheck_after.is_some() {
            position.hear(batch, self.author);
            store::sync_state::put_recheck(&mut write, epoch, position.recheck_after).await?;
        }
        write.commit().await?;
        Ok(Settled { decided_through, recheck_after: position.recheck_after, new })
    }

    async fn record_changes(
        &self,
        changes: &[Change],
        cursor: u64,
        reading: &Reading,
    ) -> Result<(), DeskError> {
        let mut write = self.store.write().await?;
        for change in changes {
            store::changes::apply(&mut write, change, reading.at).await?;
        }
        store::sync_state::put_cursor(&mut write, cursor).await?;
        write.commit().await
    }

    async fn record_stop(&self, stop: Option<Stop>) -> Result<(), DeskError> {
        let mut write = self.store.write().await?;
        store::sync_state::put_stopped(&mut write, stop).await?;
        write.commit().await
    }

    async fn record_restored(&self, received_through: u64) -> Result<(), DeskError> {
        let mut write = self.store.write().await?;
        let mut position = self.position_in(&mut write).await?;
        position.restore(received_through);
        store::sync_state::put_received(&mut write, position.received_through).await?;
        store::sync_state::put_recheck(&mut write, self.author.epoch, position.recheck_after).await?;
        store::sync_state::put_cursor(&mut write, position.cursor).await?;
        store::blob::offer_again(&mut write).await?;
        write.commit().await
    }

    async fn record_contact(&self, contact: &Contact) -> Result<(), DeskError> {
        let mut write = self.store.write().await?;
        store::sync_state::put_contact(&mut write, contact).await?;
        write.commit().await
    }

    async fn verdict(&self, seq: u64) -> Result<Option<Verdict>, DeskError> {
        let mut read = self.store.read().await?;
        store::receipt::verdict(&mut read, self.author.epoch, seq).await
    }

    async fn waiting(&self) -> Result<Vec<u64>, DeskError> {
        let mut read = self.store.read().await?;
        store::outbox::waiting(&mut read, self.author.epoch).await
    }

    async fn conflicts(&self) -> Result<Vec<u64>, DeskError> {
        let mut read = self.store.read().await?;
        store::conflict::open_seqs(&mut read, self.author.epoch).await
    }
}
