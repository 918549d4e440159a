//! What synchronisation needs of a store. Two implement it: the desk's database, and one in memory for the
//! simulation; one contract holds both to the same behaviour.

use crate::{
    clock::{Contact, Reading},
    error::DeskError,
    store::{
        self, Store,
        operation::{Author, NewOperation},
    },
    sync::Stop,
};
use rules::{
    keys::{PublicKey, Signed},
    op::{Batch, Operation},
    wire::{Change, Receipt, Verdict},
};
use std::future::Future;

/// Where synchronisation stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Newest operation of the epoch.
    pub head: u64,
    /// Durable at the centre through this seq.
    pub received_through: u64,
    /// Every operation through this seq has its receipt.
    pub decided_through: u64,
    /// Place in the centre's list of changes.
    pub cursor: u64,
    /// Why pushing is stopped.
    pub stopped: Option<Stop>,
}

/// Receipts whose signature by the centre's root key has been checked. There is no other way to make one, so nothing can
/// leave the outbox on anything else.
#[derive(Clone, Debug)]
pub struct VerifiedRoll {
    roll: Signed<Vec<Receipt>>,
}

impl VerifiedRoll {
    /// Checks the signature; `None` when it is not the root's.
    pub fn check(roll: Signed<Vec<Receipt>>, root: &PublicKey) -> Option<Self> {
        roll.verify(root).is_ok().then_some(Self { roll })
    }

    /// As it came, to be kept as proof.
    pub const fn signed(&self) -> &Signed<Vec<Receipt>> {
        &self.roll
    }

    /// The receipts.
    pub fn receipts(&self) -> &[Receipt] {
        &self.roll.value
    }
}

/// What recording receipts came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Every operation through this seq now has its receipt.
    pub decided_through: u64,
    /// Those that were new, in order.
    pub new: Vec<(u64, Verdict)>,
}

/// A log of operations with an outbox. Every method is one transaction: it happens as a whole or not at all.
pub trait Log {
    /// Where things stand.
    fn position(&self) -> impl Future<Output = Result<Position, DeskError>> + Send;

    /// Appends an operation, which waits from then on. The same press twice in a case gives the operation of the first time.
    fn append(
        &self,
        reading: &Reading,
        new: NewOperation,
    ) -> impl Future<Output = Result<Operation, DeskError>> + Send;

    /// The operations from `first_seq` on, at most `limit`; `None` when there are none.
    fn batch(
        &self,
        first_seq: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Option<Batch>, DeskError>> + Send;

    /// The centre has everything through this seq on its disk. It waits all the same.
    fn record_received(&self, through: u64) -> impl Future<Output = Result<(), DeskError>> + Send;

    /// Keeps receipts; what has one waits no more. A receipt for another device, epoch or content is not for an operation
    /// of this log and is passed over. One that is here already changes nothing: a verdict never flips.
    fn record_receipts(
        &self,
        roll: &VerifiedRoll,
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

    /// Keeps the clocks at a contact.
    fn record_contact(&self, contact: &Contact) -> impl Future<Output = Result<(), DeskError>> + Send;

    /// The verdict on an operation, once there is one.
    fn verdict(&self, seq: u64) -> impl Future<Output = Result<Option<Verdict>, DeskError>> + Send;

    /// Operations without a receipt, in order.
    fn waiting(&self) -> impl Future<Output = Result<Vec<u64>, DeskError>> + Send;

    /// Operations the centre did not take as they were and nobody has dealt with.
    fn conflicts(&self) -> impl Future<Output = Result<Vec<u64>, DeskError>> + Send;
}

/// The log in the desk's database.
#[derive(Clone)]
pub struct DatabaseLog {
    store: Store,
    author: Author,
}

impl DatabaseLog {
    /// Of this device and epoch.
    pub const fn new(store: Store, author: Author) -> Self {
        Self { store, author }
    }
}

impl Log for DatabaseLog {
    async fn position(&self) -> Result<Position, DeskError> {
        let mut read = self.store.read().await?;
        let state = store::sync_state::get(&mut read).await?;
        let (head, _) = store::operation::head(&mut read, self.author.epoch).await?;
        let decided_through = store::sync_state::decided_through(&mut read, self.author.epoch).await?;
        Ok(Position {
            head,
            received_through: state.received_through,
            decided_through,
            cursor: state.cursor,
            stopped: state.stopped,
        })
    }

    async fn append(&self, reading: &Reading, new: NewOperation) -> Result<Operation, DeskError> {
        let mut write = self.store.write().await?;
        if let Some(press) = &new.press
            && let Some(before) =
                store::operation::by_press(&mut write, new.case_number.as_deref(), press).await?
        {
            return Ok(before);
        }
        let operation = store::operation::append(&mut write, self.author, reading, new).await?;
        write.commit().await?;
        Ok(operation)
    }

    async fn batch(&self, first_seq: u64, limit: usize) -> Result<Option<Batch>, DeskError> {
        let mut read = self.store.read().await?;
        store::operation::batch(&mut read, self.author, first_seq, limit).await
    }

    async fn record_received(&self, through: u64) -> Result<(), DeskError> {
        let mut write = self.store.write().await?;
        store::sync_state::put_received(&mut write, through).await?;
        write.commit().await
    }

    async fn record_receipts(&self, roll: &VerifiedRoll, reading: &Reading) -> Result<Settled, DeskError> {
        let mut write = self.store.write().await?;
        let new = store::settle::receipts(&mut write, self.author, roll, reading).await?;
        let decided_through = store::sync_state::decided_through(&mut write, self.author.epoch).await?;
        write.commit().await?;
        Ok(Settled { decided_through, new })
    }

    async fn record_changes(
        &self,
        changes: &[Change],
        cursor: u64,
        reading: &Reading,
    ) -> Result<(), DeskError> {
        let mut write = self.store.write().await?;
        for change in changes {
            store::settle::change(&mut write, change, reading.at).await?;
        }
        store::sync_state::put_cursor(&mut write, cursor).await?;
        write.commit().await
    }

    async fn record_stop(&self, stop: Option<Stop>) -> Result<(), DeskError> {
        let mut write = self.store.write().await?;
        store::sync_state::put_stopped(&mut write, stop).await?;
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
        store::operation::waiting(&mut read, self.author.epoch).await
    }

    async fn conflicts(&self) -> Result<Vec<u64>, DeskError> {
        let mut read = self.store.read().await?;
        store::conflict::open_seqs(&mut read, self.author.epoch).await
    }
}
