//! Persistence of the centre behind the trait [`Store`].
//!
//! The server's is [`postgres`]. Simulation and practice have another in memory, in `learn`;
//! one contract test holds both to the same behaviour.

pub mod audit_events;
mod outcome;
pub mod postgres;

pub use outcome::{Changed, ChannelEvent, Completion, Decided, DoneOnce};

use crate::machine::{
    cases::CaseHolder,
    citizen::{Citizen, IssuedCode, Person},
    ingest::DeviceHead,
    log_in::WindowLogIn,
    people::SiteOperator,
    program::Programs,
};
use rules::{
    At, DeviceNumber, Sensitive, SiteCode, StaffNumber,
    account::ActivationCode,
    authority::{StaffRecord, Unproven, WrappedKey},
    correction::Digest,
    institution::RosterId,
    issuing::Issued,
    keys::{DeskKey, KeyId, Signed},
    life::Serial,
    op::{CitizenRef, Operation, OperationDeed},
    wire::{Change, KeyChange, PushRequest, Receipt, Verdict},
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
    /// Sites of the devices, and of those that made the citizens' corrections, by device number.
    pub sites: HashMap<DeviceNumber, SiteCode>,
    /// Keys that signed the symbols of issues in `items`, as far as they are known.
    pub keys: HashMap<KeyId, DeskKey>,
    /// Serials of new codes in `items` that exist already.
    pub taken: HashSet<Serial>,
    /// Operations from before one in `items` with its device and id: those of earlier enrolments,
    /// and those that must not be done once more ([`DoneOnce`]).
    pub earlier: Vec<Earlier>,
    /// Case numbers in `items` that something was done under before.
    pub cases: Vec<CaseHolder>,
    /// Rosters that operations of an institution's agent rest on (I5), by device, epoch and
    /// sequence number.
    pub rosters: HashMap<(DeviceNumber, u32, u64), Vec<RosterId>>,
    /// Evidence that is here, of all that corrections in `citizens` and `items` name.
    pub evidence: HashSet<Digest>,
    /// Log-ins at windows that `items` name, as far as they are known (I2).
    pub log_ins: HashMap<Uuid, WindowLogIn>,
    /// Programs of the devices, while one is required (L13).
    pub programs: Programs,
}

impl Work<()> {
    /// Returns the work with the claim under which all of it was read.
    pub fn claimed_by<Claim>(self, claim: Claim) -> Work<Claim> {
        Work {
            claim,
            items: self.items,
            citizens: self.citizens,
            operators: self.operators,
            sites: self.sites,
            keys: self.keys,
            taken: self.taken,
            earlier: self.earlier,
            cases: self.cases,
            rosters: self.rosters,
            evidence: self.evidence,
            log_ins: self.log_ins,
            programs: self.programs,
        }
    }
}

/// A decided operation that one in the work may repeat.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// What it did.
    pub deed: OperationDeed,
    /// Verdict it received.
    pub verdict: Verdict,
}

/// Position of the next operation to decide, without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// Device number of the desk.
    pub device: DeviceNumber,
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
    /// Citizen it concerns, by the centre's reference.
    pub citizen_ref: CitizenRef,
    /// Time at which the centre received it.
    pub received_at: At,
    /// Why nobody's word stands behind it, if so (A3).
    pub unproven: Option<Unproven>,
}

/// Operations to append, with what they came in.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// The push they came in. Its signature and session proofs are stored with them.
    pub request: &'a PushRequest,
    /// The operations that follow the head.
    pub new: &'a [Operation],
    /// Citizens they concern, in the same order, by the centre's references.
    pub citizens: &'a [CitizenRef],
    /// Those of them that nobody's word stands behind, by sequence number.
    pub unproven: &'a BTreeMap<u64, Unproven>,
    /// Time at which the centre received them.
    pub at: At,
}

/// A new version of an account.
#[derive(Clone, Debug)]
pub struct NewVersion {
    /// The account from now on. The store counts the version.
    pub record: StaffRecord,
    /// Version that it replaces; `None` = the account is new.
    pub replaces: Option<u64>,
    /// Private key under the password.
    pub wrapped_key: WrappedKey,
    /// When the password was set.
    pub password_since: At,
    /// TOTP secret in base32, if a second factor is set.
    pub totp_secret: Option<Sensitive<String>>,
    /// Change of the key as its owner signed it, if it was the owner.
    pub change: Option<Signed<KeyChange>>,
    /// Activation code by which the person sets a password, until they do.
    pub code: Option<ActivationCode>,
}

/// Persistence the sync adapters work on; every future fails with [`StoreError`] if the store does.
pub trait Store: Send + Sync + 'static {
    /// Claimed work; dropping it releases the work.
    type Claim: Send;

    /// Registers an enrolment with the certificate of its key. A device's newest epoch fences the
    /// older ones and lifts its quarantine.
    fn enrol(
        &self,
        head: &DeviceHead,
        certificate: &Issued<DeskKey>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Returns the head of a desk's enrolment, if it exists.
    fn head(
        &self,
        device: DeviceNumber,
        epoch: u32,
    ) -> impl Future<Output = Result<Option<DeviceHead>>> + Send;

    /// Returns the hashes of the stored operations `from..=through`, by sequence number.
    fn hashes(
        &self,
        device: DeviceNumber,
        epoch: u32,
        from: u64,
        through: u64,
    ) -> impl Future<Output = Result<BTreeMap<u64, Digest>>> + Send;

    /// Appends operations that follow `head` durably, with what proves them, and moves the head.
    /// Returns `false` and writes nothing if another process moved the head first.
    fn append(&self, head: &DeviceHead, arrival: &Arrival<'_>) -> impl Future<Output = Result<bool>> + Send;

    /// Returns the accounts with these staff numbers, as far as there are any.
    fn operators(
        &self,
        numbers: &BTreeSet<StaffNumber>,
    ) -> impl Future<Output = Result<HashMap<StaffNumber, SiteOperator>>> + Send;

    /// Bars a device until it is enrolled again with an invitation made after `at`. A later
    /// enrolment than `epoch` is left alone.
    fn quarantine(&self, device: DeviceNumber, epoch: u32, at: At)
    -> impl Future<Output = Result<()>> + Send;

    /// Claims undecided operations of at most `devices` devices, at most `operations` of each, in
    /// log order. A later enrolment waits until all earlier ones of its device are decided; one
    /// that waits for evidence at `now` is passed over, here and in the methods below. `None`:
    /// nothing waits, or other workers hold it.
    fn claim(
        &self,
        now: At,
        devices: usize,
        operations: usize,
    ) -> impl Future<Output = Result<Option<Work<Self::Claim>>>> + Send;

    /// The next undecided operation of the least recently served desk; takes no lock.
    fn next(&self, now: At) -> impl Future<Output = Result<Option<Next>>> + Send;

    /// Claims undecided operations of one enrolment (device, epoch) as [`Self::claim`] does.
    fn claim_of(
        &self,
        now: At,
        enrolment: (DeviceNumber, u32),
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
        device: DeviceNumber,
        epoch: u32,
        after: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Receipt>>> + Send;

    /// Returns the last sequence number up to which everything is decided.
    fn decided_through(&self, device: DeviceNumber, epoch: u32) -> impl Future<Output = Result<u64>> + Send;

    /// Returns everything about a citizen; `None` = never heard of.
    fn citizen(&self, citizen: &CitizenRef) -> impl Future<Output = Result<Option<Citizen>>> + Send;

    /// Returns one code by its serial.
    fn code(&self, serial: Serial) -> impl Future<Output = Result<Option<IssuedCode>>> + Send;

    /// Returns the changes for a site after `cursor`, in order, each with its position,
    /// at most `limit`.
    fn changes(
        &self,
        site: &SiteCode,
        cursor: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<(u64, Change)>>> + Send;

    /// Returns the position of a site's newest change; 0 before the first.
    fn newest(&self, site: &SiteCode) -> impl Future<Output = Result<u64>> + Send;

    /// Stores a version of an account, signed by `sign`, and announces it to its site and, if it
    /// moved, to the site before. Fails with [`StoreError::Conflict`] if the account has another
    /// version than the one to replace, or the person had the key before.
    fn put_staff(
        &self,
        version: NewVersion,
        sign: impl Fn(StaffRecord) -> Result<Issued<StaffRecord>> + Send,
    ) -> impl Future<Output = Result<Issued<StaffRecord>>> + Send;

    /// Notes that a blob is here complete. What the uploading device has waiting for evidence is
    /// decided from now on.
    fn note_blob(&self, digest: &Digest, device: DeviceNumber) -> impl Future<Output = Result<()>> + Send;

    /// Stores a new or changed registry record; the caller sets its version.
    fn put_person(&self, citizen: &CitizenRef, person: &Person) -> impl Future<Output = Result<()>> + Send;
}

/// Returns the subject of a change. A newer change replaces an older one with the same subject.
#[must_use]
pub fn subject(change: &Change) -> String {
    match change {
        Change::Staff(staff) => format!("staff {}", staff.value.number),
        Change::Escalation(escalation) => format!("escalation {}", escalation.id),
        Change::Correction(record) => format!("correction {}", record.correction.id),
        Change::CodeChanged { code } => format!("code {}", code.serial),
        Change::Settings(settings) => match settings.value.window {
            Some(window) => format!("settings {window}"),
            None => "settings".to_owned(),
        },
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
