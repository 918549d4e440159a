//! What claimed work comes to, as it is written.

use crate::machine::{
    cases::{CaseHolder, SharedCase},
    citizen::{Citizen, Effect, IssuedCode},
    decision::Announcement,
};
use rules::{
    At, Day, DeviceNumber, SiteCode, StaffNumber,
    digest::Digest,
    life::Serial,
    op::{CitizenRef, Operation},
    wire::{Channel, Verdict},
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Outcome of claimed work, to be written in one transaction.
#[derive(Debug)]
pub struct Completion {
    /// Time of the decision.
    pub at: At,
    /// One verdict for each item, in order.
    pub decided: Vec<Decided>,
    /// Enrolments (device, epoch) whose next operation waits for its evidence, with the time until
    /// which they are passed over.
    pub waiting: Vec<((DeviceNumber, u32), At)>,
    /// Citizens that may have changed.
    pub changed: Vec<Changed>,
    /// Codes of refused sheets that belong to no citizen. A serial that exists already stays as
    /// it is.
    pub voided: Vec<IssuedCode>,
    /// Changes to append to the feeds of sites.
    pub announcements: Vec<Announcement>,
    /// Case numbers that something was done under for the first time.
    pub cases: Vec<CaseHolder>,
    /// Operations for others than the holders of their case numbers, for review.
    pub shared_cases: Vec<SharedCase>,
    /// Operations that must not be done once more if their desk sends them again.
    pub done_once: Vec<DoneOnce>,
    /// Evidence and photos that the operations name, each with the device (N-2).
    pub named: BTreeSet<(DeviceNumber, Digest)>,
    /// What a channel did, if this is a channel's work.
    pub event: Option<ChannelEvent>,
    /// Reprints that were applied, by operator and business day (N-4).
    pub reprints: BTreeMap<(StaffNumber, Day), u32>,
}

impl Completion {
    /// Returns an empty outcome decided at `at`.
    #[must_use]
    pub const fn at(at: At) -> Self {
        Self {
            at,
            decided: Vec::new(),
            waiting: Vec::new(),
            changed: Vec::new(),
            voided: Vec::new(),
            announcements: Vec::new(),
            cases: Vec::new(),
            shared_cases: Vec::new(),
            done_once: Vec::new(),
            named: BTreeSet::new(),
            event: None,
            reprints: BTreeMap::new(),
        }
    }
}

/// Place of an operation that [`Operation::counts_each_time`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoneOnce {
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Identifier of the operation.
    pub op_id: Uuid,
    /// Epoch of the enrolment.
    pub epoch: u32,
    /// Sequence number within the enrolment.
    pub seq: u64,
}

impl DoneOnce {
    /// Returns the place of an operation; `None` if it may be repeated without harm.
    #[must_use]
    pub const fn of(operation: &Operation) -> Option<Self> {
        let Operation { device, op_id, epoch, seq, .. } = *operation;
        if operation.counts_each_time() { Some(Self { device, op_id, epoch, seq }) } else { None }
    }
}

/// The verdict on one operation.
#[derive(Clone, Debug)]
pub struct Decided {
    /// Device number of the desk.
    pub device: DeviceNumber,
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
    pub days: BTreeMap<Day, Serial>,
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
    pub site: SiteCode,
    /// Name of the requested action.
    pub action: &'static str,
    /// Serial of the code it concerned, if any.
    pub serial: Option<Serial>,
    /// Time of the request.
    pub at: At,
}
