//! Where the centre keeps what it knows. Two implementations, held to the same behaviour by one contract test suite:
//! [`memory`] for the simulation, [`postgres`] for the real thing.

pub mod memory;
pub mod postgres;

use crate::machine::{
    apply::Announcement,
    citizen::{Citizen, Effect, IssuedCode, Person},
    ingest::DeviceHead,
    people::Operator,
};
use rules::{
    At,
    correction::Digest,
    life::{Code, Serial},
    op::{CitizenRef, Operation},
    wire::{Change, Channel, Receipt, Staff, Verdict},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    future::Future,
};
use uuid::Uuid;

/// Why the store did not do what was asked. None of these is an answer about a citizen: the caller may try again.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or is shutting down.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// The database refused the statement.
    #[error("database: {0}")]
    Database(String),
    /// Another worker was faster on the same row: nothing was written, try again.
    #[error("database conflict")]
    Conflict,
    /// What is stored cannot be read back.
    #[error("stored {0} cannot be read")]
    Corrupt(&'static str),
    /// A value is out of the range the store keeps.
    #[error("{0} is out of range")]
    Range(&'static str),
}

/// Shorthand.
pub type Result<T> = std::result::Result<T, StoreError>;

/// What an apply worker works on: claimed for it alone until completed or dropped.
pub struct Work<Claim> {
    /// Gives the work back, or closes it.
    pub claim: Claim,
    /// Operations by device, epoch and seq.
    pub items: Vec<Item>,
    /// The citizens they concern, as far as anything is known of them.
    pub citizens: HashMap<CitizenRef, Citizen>,
    /// Accounts of their operators, by staff number.
    pub operators: HashMap<String, Operator>,
    /// Sites of the devices.
    pub sites: HashMap<u32, String>,
    /// Serials of new codes in `items` that exist already.
    pub taken: HashSet<Serial>,
    /// Operations of earlier enrolments that have the device and id of one in `items`.
    pub earlier: Vec<Earlier>,
}

/// A decided operation of an earlier enrolment.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// The operation.
    pub operation: Operation,
    /// The centre's word on it.
    pub verdict: Verdict,
}

/// An operation that is to be decided, by its place only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// Device.
    pub device: u32,
    /// Epoch.
    pub epoch: u32,
    /// Seq.
    pub seq: u64,
    /// Bucket its result is kept under.
    pub bucket: u8,
}

/// An operation claimed without reading what it needs.
pub struct Unread<Claim> {
    /// Gives the work back, or closes it.
    pub claim: Claim,
    /// Its text, which may be no operation.
    pub text: String,
}

/// One logged operation.
#[derive(Clone, Debug)]
pub struct Item {
    /// The operation.
    pub operation: Operation,
    /// When the centre took it.
    pub received_at: At,
}

/// What came of the work.
#[derive(Debug)]
pub struct Completion {
    /// When it was decided.
    pub at: At,
    /// One for each item, in order.
    pub decided: Vec<Decided>,
    /// Citizens that changed.
    pub changed: Vec<Changed>,
    /// Codes of refused sheets that are no citizen's. One whose serial exists already changes nothing.
    pub voided: Vec<Code>,
    /// What desks must be told.
    pub announcements: Vec<Announcement>,
    /// What a channel did, if this is a channel's work.
    pub event: Option<ChannelEvent>,
}

impl Completion {
    /// Nothing yet.
    #[must_use]
    pub const fn at(at: At) -> Self {
        Self {
            at,
            decided: Vec::new(),
            changed: Vec::new(),
            voided: Vec::new(),
            announcements: Vec::new(),
            event: None,
        }
    }
}

/// The verdict on one operation.
#[derive(Clone, Debug)]
pub struct Decided {
    /// Device.
    pub device: u32,
    /// Epoch.
    pub epoch: u32,
    /// Seq.
    pub seq: u64,
    /// Bucket the result is kept under.
    pub bucket: u8,
    /// The word.
    pub verdict: Verdict,
    /// What somebody has to look at.
    pub reviews: Vec<&'static str>,
}

/// A citizen as decided, with what of it is new.
#[derive(Clone, Debug)]
pub struct Changed {
    /// As it is now.
    pub citizen: Citizen,
    /// Version of the record as it was loaded; `None` = there was none.
    pub loaded_version: Option<u64>,
    /// The record changed.
    pub person: bool,
    /// New codes.
    pub added: BTreeSet<Serial>,
    /// Codes that were there and changed.
    pub altered: BTreeSet<Serial>,
    /// Days newly used.
    pub days: BTreeMap<rules::Day, Serial>,
    /// Corrections new or changed.
    pub corrections: BTreeSet<Uuid>,
    /// Escalations new or changed, with the site a new one belongs to.
    pub escalations: BTreeSet<Uuid>,
}

impl Changed {
    /// Nothing of it is new yet.
    #[must_use]
    pub fn none(citizen: Citizen) -> Self {
        Self {
            loaded_version: citizen.person.as_ref().map(|person| person.version),
            citizen,
            person: false,
            added: BTreeSet::new(),
            altered: BTreeSet::new(),
            days: BTreeMap::new(),
            corrections: BTreeSet::new(),
            escalations: BTreeSet::new(),
        }
    }

    /// Whether anything is new.
    #[must_use]
    pub fn is_any(&self) -> bool {
        let sets = [self.added.is_empty(), self.altered.is_empty(), self.days.is_empty()];
        let records = [self.corrections.is_empty(), self.escalations.is_empty()];
        self.person || sets.into_iter().chain(records).any(|is_empty| !is_empty)
    }

    /// Notes what an effect touched. The effect itself was taken over by the decision.
    pub fn note(&mut self, effect: &Effect) {
        match effect {
            Effect::Person(_) => self.person = true,
            Effect::CodeAdded(issued) => {
                self.added.insert(issued.code.serial);
            }
            Effect::CodeState(serial, _) | Effect::CodePrinted(serial) => {
                if !self.added.contains(serial) {
                    self.altered.insert(*serial);
                }
            }
            Effect::DayUsed(day, serial) => {
                self.days.insert(*day, *serial);
            }
            Effect::Correction(record) => {
                self.corrections.insert(record.correction.id);
            }
            Effect::Escalation(escalation) => {
                self.escalations.insert(escalation.id);
            }
        }
    }
}

/// What portal or kiosk did, for the record.
#[derive(Clone, Debug)]
pub struct ChannelEvent {
    /// Id.
    pub id: Uuid,
    /// Whose.
    pub citizen_ref: CitizenRef,
    /// Who asked: the citizen or a bound relative.
    pub acting_ref: CitizenRef,
    /// Which channel.
    pub channel: Channel,
    /// Which client.
    pub client: String,
    /// Site of the client; escalations go there.
    pub site: String,
    /// What.
    pub action: &'static str,
    /// The code it concerned.
    pub serial: Option<Serial>,
    /// When.
    pub at: At,
}

/// The centre's store.
pub trait Store: Send + Sync + 'static {
    /// Holds claimed work; dropping it gives the work back.
    type Claim: Send;

    /// Makes an enrolment known. A device's newest epoch fences the older ones and lifts its quarantine.
    fn enrol(&self, head: &DeviceHead) -> impl Future<Output = Result<()>> + Send;

    /// What is known of a desk's enrolment.
    fn head(&self, device: u32, epoch: u32) -> impl Future<Output = Result<Option<DeviceHead>>> + Send;

    /// Hashes of stored operations `from..=through`.
    fn hashes(
        &self,
        device: u32,
        epoch: u32,
        from: u64,
        through: u64,
    ) -> impl Future<Output = Result<BTreeMap<u64, Digest>>> + Send;

    /// Appends operations that follow `head`, durably, and moves the head. `false`: somebody else moved it first, nothing
    /// was written.
    fn append(
        &self,
        head: &DeviceHead,
        operations: &[Operation],
        received_at: At,
    ) -> impl Future<Output = Result<bool>> + Send;

    /// Takes nothing more from a device until it is enrolled again, with an invitation made after this. Nothing is done to a later enrolment than
    /// the one it was decided on.
    fn quarantine(&self, device: u32, epoch: u32, at: At) -> impl Future<Output = Result<()>> + Send;

    /// Claims undecided operations of at most `devices` devices, at most `operations` of each, in the order of their logs. A device's later
    /// enrolment waits until everything of its earlier ones is decided. `None`: nothing to do, or others are at it.
    fn claim(
        &self,
        devices: usize,
        operations: usize,
    ) -> impl Future<Output = Result<Option<Work<Self::Claim>>>> + Send;

    /// The operation to be decided next, of the desk that was served least lately. Nothing is locked and nothing of the operation is read.
    fn next(&self) -> impl Future<Output = Result<Option<Next>>> + Send;

    /// Claims undecided operations of one desk like [`Self::claim`].
    fn claim_of(
        &self,
        device: u32,
        epoch: u32,
        operations: usize,
    ) -> impl Future<Output = Result<Option<Work<Self::Claim>>>> + Send;

    /// Claims one operation without understanding it or reading anything it needs. `None`: it is not the next of its desk any more, or another
    /// worker is at that desk.
    fn claim_unread(&self, next: Next) -> impl Future<Output = Result<Option<Unread<Self::Claim>>>> + Send;

    /// Claims one citizen, for a channel.
    fn claim_citizen(
        &self,
        citizen: &CitizenRef,
    ) -> impl Future<Output = Result<(Self::Claim, Citizen)>> + Send;

    /// Writes what came of a claim, all or nothing.
    fn complete(&self, claim: Self::Claim, completion: Completion)
    -> impl Future<Output = Result<()>> + Send;

    /// Verdicts right after `after`, ascending and gapless, at most `limit`.
    fn results(
        &self,
        device: u32,
        epoch: u32,
        after: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Receipt>>> + Send;

    /// Through which seq everything is decided.
    fn decided_through(&self, device: u32, epoch: u32) -> impl Future<Output = Result<u64>> + Send;

    /// Everything about a citizen; `None` = never heard of.
    fn citizen(&self, citizen: &CitizenRef) -> impl Future<Output = Result<Option<Citizen>>> + Send;

    /// One code.
    fn code(&self, serial: Serial) -> impl Future<Output = Result<Option<IssuedCode>>> + Send;

    /// What the desks of a site must know after `cursor`, in order, each with its position, at most `limit`.
    fn changes(
        &self,
        site: &str,
        cursor: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<(u64, Change)>>> + Send;

    /// Position of the newest word to the desks of a site; 0 = none yet.
    fn newest(&self, site: &str) -> impl Future<Output = Result<u64>> + Send;

    /// A new or changed account, told to its site.
    fn put_staff(
        &self,
        site: &str,
        staff: &Staff,
        disabled_at: Option<At>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// A record of the registry, new or changed (its version is the caller's).
    fn put_person(&self, citizen: &CitizenRef, person: &Person) -> impl Future<Output = Result<()>> + Send;
}

/// The subject of a change: a newer word on the same subject takes the place of the older.
#[must_use]
pub fn subject(change: &Change) -> String {
    match change {
        Change::Staff(staff) => format!("staff {}", staff.number),
        Change::Escalation(escalation) => format!("escalation {}", escalation.id),
        Change::Correction(record) => format!("correction {}", record.correction.id),
        Change::CodeChanged { code, .. } => format!("code {}", code.serial),
        Change::Policy(_) => "policy".to_owned(),
    }
}

/// The leading run of receipts right after `after`: what is decided further on waits until the gap is filled, so that a desk
/// can go by one number.
#[must_use]
pub fn gapless(receipts: Vec<Receipt>, after: u64) -> Vec<Receipt> {
    (after + 1..)
        .zip(receipts)
        .take_while(|(seq, receipt)| receipt.seq == *seq)
        .map(|(_, receipt)| receipt)
        .collect()
}
