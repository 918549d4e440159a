//! Persistence of the centre behind the trait [`Store`].
//!
//! The server's is [`postgres`]. The simulation has another in memory, in `tests/central-fixture`;
//! one contract test holds both to the same behaviour.

pub mod postgres;

use crate::machine::{
    cases::{CaseHolder, SharedCase},
    citizen::{Citizen, Effect, IssuedCode, Person},
    decision::Announcement,
    ingest::DeviceHead,
    people::SiteOperator,
};
use rules::{
    At, StaffNumber,
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

/// Reason why the store did not do as asked. No variant is an answer about a citizen; the
/// caller may retry.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or is shutting down.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// The database refused the statement.
    #[error("database: {0}")]
    Database(String),
    /// Another worker changed the same row first; nothing was written, retry.
    #[error("database conflict")]
    Conflict,
    /// A stored value cannot be decoded.
    #[error("stored {0} cannot be read")]
    Corrupt(&'static str),
    /// A value is outside the range the store accepts.
    #[error("{0} is out of range")]
    Range(&'static str),
}

/// Result of a store call.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Operations claimed for one apply worker until completed or dropped, with everything
/// their decisions need.
pub struct Work<Claim> {
    /// Claim to complete the work with; dropping it releases the work.
    pub claim: Claim,
    /// Operations in order of device, epoch and sequence number.
    pub items: Vec<Item>,
    /// Citizens they concern, as far as any are known.
    pub citizens: HashMap<CitizenRef, Citizen>,
    /// Accounts of their operators, by staff number.
    pub operators: HashMap<StaffNumber, SiteOperator>,
    /// Sites of the devices, by device number.
    pub sites: HashMap<u32, String>,
    /// Serials of new codes in `items` that exist already.
    pub taken: HashSet<Serial>,
    /// Operations of earlier enrolments with the device and id of one in `items`.
    pub earlier: Vec<Earlier>,
    /// Case numbers in `items` that something was done under before.
    pub cases: Vec<CaseHolder>,
}

/// A decided operation of an earlier enrolment.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// The operation as logged.
    pub operation: Operation,
    /// Verdict it received.
    pub verdict: Verdict,
}

/// Position of the next operation to decide, without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// Device number of the desk.
    pub device: u32,
    /// Epoch of the enrolment.
    pub epoch: u32,
    /// Sequence number within the enrolment.
    pub seq: u64,
    /// Bucket its result is stored under.
    pub bucket: u8,
}

/// One operation that is claimed without being read.
pub struct Unread<Claim> {
    /// Gives the work back, or closes it.
    pub claim: Claim,
    /// The operation's text, which may be no operation.
    pub text: String,
}

/// One operation of the log.
#[derive(Clone, Debug)]
pub struct Item {
    /// The operation as received.
    pub operation: Operation,
    /// Time at which the centre received it.
    pub received_at: At,
}

/// Outcome of claimed work, to be written in one transaction.
#[derive(Debug)]
pub struct Completion {
    /// Time of the decision.
    pub at: At,
    /// One verdict for each item, in order.
    pub decided: Vec<Decided>,
    /// Citizens that may have changed.
    pub changed: Vec<Changed>,
    /// Codes of refused sheets that belong to no citizen. A serial that exists already stays as
    /// it is.
    pub voided: Vec<Code>,
    /// Changes to append to the feeds of sites.
    pub announcements: Vec<Announcement>,
    /// Case numbers that something was done under for the first time.
    pub cases: Vec<CaseHolder>,
    /// Operations for others than the holders of their case numbers, for review.
    pub shared_cases: Vec<SharedCase>,
    /// Evidence and photos that the operations name, each with the device (N-2).
    pub named: BTreeSet<(u32, Digest)>,
    /// What a channel did, if this is a channel's work.
    pub event: Option<ChannelEvent>,
}

impl Completion {
    /// Returns an empty outcome decided at `at`.
    #[must_use]
    pub const fn at(at: At) -> Self {
        Self {
            at,
            decided: Vec::new(),
            changed: Vec::new(),
            voided: Vec::new(),
            announcements: Vec::new(),
            cases: Vec::new(),
            shared_cases: Vec::new(),
            named: BTreeSet::new(),
            event: None,
        }
    }
}

/// The verdict on one operation.
#[derive(Clone, Debug)]
pub struct Decided {
    /// Device number of the desk.
    pub device: u32,
    /// Epoch of the enrolment.
    pub epoch: u32,
    /// Sequence number within the enrolment.
    pub seq: u64,
    /// Bucket the result is stored under.
    pub bucket: u8,
    /// Verdict on the operation.
    pub verdict: Verdict,
    /// Reasons to list it for review.
    pub reviews: Vec<&'static str>,
}

/// A citizen after the decisions, with a note of every changed part.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The citizen after the decisions.
    pub citizen: Citizen,
    /// Version of the person's record when loaded; `None` = there was none.
    pub loaded_version: Option<u64>,
    /// Whether the person's record changed.
    pub person: bool,
    /// Serials of new codes.
    pub added: BTreeSet<Serial>,
    /// Serials of existing codes that changed.
    pub altered: BTreeSet<Serial>,
    /// Days newly used for an issue, each with its code.
    pub days: BTreeMap<rules::Day, Serial>,
    /// Ids of new or changed corrections.
    pub corrections: BTreeSet<Uuid>,
    /// Ids of new or changed escalations.
    pub escalations: BTreeSet<Uuid>,
}

impl Changed {
    /// Wraps a loaded citizen with no part changed yet.
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

    /// Returns whether any part changed.
    #[must_use]
    pub fn is_any(&self) -> bool {
        let sets = [self.added.is_empty(), self.altered.is_empty(), self.days.is_empty()];
        let records = [self.corrections.is_empty(), self.escalations.is_empty()];
        self.person || sets.into_iter().chain(records).any(|is_empty| !is_empty)
    }

    /// Notes the part that an effect changed. The decision applied the effect itself.
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

/// Record of a request by portal or kiosk.
#[derive(Clone, Debug)]
pub struct ChannelEvent {
    /// Id of the record.
    pub id: Uuid,
    /// Citizen the request concerned.
    pub citizen_ref: CitizenRef,
    /// Citizen who asked: the holder or a bound relative.
    pub acting_ref: CitizenRef,
    /// Channel of the request.
    pub channel: Channel,
    /// Name of the channel client.
    pub client: String,
    /// Site of the client; its escalations go there.
    pub site: String,
    /// Name of the requested action.
    pub action: &'static str,
    /// Serial of the code it concerned, if any.
    pub serial: Option<Serial>,
    /// Time of the request.
    pub at: At,
}

/// Persistence the sync adapters work on; every future fails with [`StoreError`] if the store does.
pub trait Store: Send + Sync + 'static {
    /// Claimed work; dropping it releases the work.
    type Claim: Send;

    /// Registers an enrolment. A device's newest epoch fences the older ones and
    /// lifts its quarantine.
    fn enrol(&self, head: &DeviceHead) -> impl Future<Output = Result<()>> + Send;

    /// Returns the head of a desk's enrolment, if it exists.
    fn head(&self, device: u32, epoch: u32) -> impl Future<Output = Result<Option<DeviceHead>>> + Send;

    /// Returns the hashes of the stored operations `from..=through`, by sequence number.
    fn hashes(
        &self,
        device: u32,
        epoch: u32,
        from: u64,
        through: u64,
    ) -> impl Future<Output = Result<BTreeMap<u64, Digest>>> + Send;

    /// Appends operations that follow `head` durably, and moves the head. Returns `false` and
    /// writes nothing if another process moved the head first.
    fn append(
        &self,
        head: &DeviceHead,
        operations: &[Operation],
        received_at: At,
    ) -> impl Future<Output = Result<bool>> + Send;

    /// Bars a device until it is enrolled again with an invitation made after `at`. A later
    /// enrolment than `epoch` is left alone.
    fn quarantine(&self, device: u32, epoch: u32, at: At) -> impl Future<Output = Result<()>> + Send;

    /// Claims undecided operations of at most `devices` devices, at most `operations` of each, in
    /// log order. A later enrolment waits until all earlier ones of its device are decided. `None`:
    /// nothing waits, or other workers hold it.
    fn claim(
        &self,
        devices: usize,
        operations: usize,
    ) -> impl Future<Output = Result<Option<Work<Self::Claim>>>> + Send;

    /// The next undecided operation of the least recently served desk; takes no lock.
    fn next(&self) -> impl Future<Output = Result<Option<Next>>> + Send;

    /// Claims undecided operations of one desk as [`Self::claim`] does.
    fn claim_of(
        &self,
        device: u32,
        epoch: u32,
        operations: usize,
    ) -> impl Future<Output = Result<Option<Work<Self::Claim>>>> + Send;

    /// Claims one operation without reading it or its input. `None`: it is no longer the next of
    /// its desk, or another worker holds that desk.
    fn claim_unread(&self, next: Next) -> impl Future<Output = Result<Option<Unread<Self::Claim>>>> + Send;

    /// Claims one citizen for a channel request.
    fn claim_citizen(
        &self,
        citizen: &CitizenRef,
    ) -> impl Future<Output = Result<(Self::Claim, Citizen)>> + Send;

    /// Writes the outcome of a claim in one transaction.
    fn complete(&self, claim: Self::Claim, completion: Completion)
    -> impl Future<Output = Result<()>> + Send;

    /// Returns the receipts after sequence number `after`, ascending and gapless, at most `limit`.
    fn results(
        &self,
        device: u32,
        epoch: u32,
        after: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Receipt>>> + Send;

    /// Returns the last sequence number up to which everything is decided.
    fn decided_through(&self, device: u32, epoch: u32) -> impl Future<Output = Result<u64>> + Send;

    /// Returns everything about a citizen; `None` = never heard of.
    fn citizen(&self, citizen: &CitizenRef) -> impl Future<Output = Result<Option<Citizen>>> + Send;

    /// Returns one code by its serial.
    fn code(&self, serial: Serial) -> impl Future<Output = Result<Option<IssuedCode>>> + Send;

    /// Returns the changes for a site after `cursor`, in order, each with its position,
    /// at most `limit`.
    fn changes(
        &self,
        site: &str,
        cursor: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<(u64, Change)>>> + Send;

    /// Returns the position of a site's newest change; 0 before the first.
    fn newest(&self, site: &str) -> impl Future<Output = Result<u64>> + Send;

    /// Stores a new or changed account and announces it to its site.
    fn put_staff(
        &self,
        site: &str,
        staff: &Staff,
        disabled_at: Option<At>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Stores a new or changed registry record; the caller sets its version.
    fn put_person(&self, citizen: &CitizenRef, person: &Person) -> impl Future<Output = Result<()>> + Send;
}

/// Returns the subject of a change. A newer change replaces an older one with the same subject.
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

/// Returns the leading receipts that follow `after` without a gap. Later ones wait, so that a desk
/// can track its position by one number.
#[must_use]
pub fn gapless(receipts: Vec<Receipt>, after: u64) -> Vec<Receipt> {
    (after + 1..)
        .zip(receipts)
        .take_while(|(seq, receipt)| receipt.seq == *seq)
        .map(|(_, receipt)| receipt)
        .collect()
}
