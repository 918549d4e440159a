//! A desk of a run: its disk, its clocks, and, while it runs, its program.

use crate::{people::Citizen, plan::Service, random::Random};
use central::store::Store as _;
use desk::{
    DeskError,
    clock::{Clock as _, ManualClock, Reading, TrustedClock},
    store::{
        memory::MemoryLog,
        operation::{Author, NewOperation},
    },
    sync::{
        Line,
        log::{Log as _, Position},
        machine::{Effect, Event, Machine},
    },
};
use rules::{
    At, Policy, Refusal,
    eligibility::{Knowledge, eligibility},
    keys::{KeyError, PublicKey, Signer, SoftwareKey},
    life::{self, Action, Code, Command, Holder, Outcome, Serial},
    op::{HolderSeen, OpBody},
    wire::Verdict,
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

/// What the program has before it.
#[derive(Debug)]
pub enum Todo {
    /// Tell the machine.
    Event(Event),
    /// Carry out.
    Effect(Effect),
}

/// The program while it runs. All of it is gone when it dies.
pub struct Program {
    /// The very machine of the desk.
    pub machine: Machine,
    /// The clock with what the centre told it.
    pub clock: TrustedClock,
    /// In order.
    pub todo: VecDeque<Todo>,
    /// The request that is waited for, and since when by the monotonic clock.
    pub waits_for: Option<(u64, i64)>,
    /// A step of the program is in the queue of the run.
    pub scheduled: bool,
    /// The line as told.
    pub line: Line,
}

/// A desk.
pub struct Desk {
    /// Device number, from 1.
    pub device: u32,
    /// Its site.
    pub site: &'static str,
    /// The disk.
    pub log: MemoryLog,
    /// The machine's clocks.
    pub clocks: Arc<ManualClock>,
    /// True time up to which they were moved.
    moved_through_ms: i64,
    key: SoftwareKey,
    /// While it runs.
    pub program: Option<Program>,
    /// Which start of the program this is: what belongs to an earlier one is nobody's.
    pub life: u32,
    /// Nothing gets through before.
    pub cut_until_ms: i64,
    /// An image of the disk.
    pub image: Option<MemoryLog>,
    /// The image was put back: the centre must notice when it matters.
    pub restored: bool,
    /// Chance at this desk and on its line. Each desk has its own, so that a step taken out at one desk leaves the others as they were.
    pub random: Random,
}

impl Desk {
    /// A new desk.
    ///
    /// # Errors
    /// When the fixed key is none, which a test would see.
    pub fn new(device: u32, site: &'static str, start: At, seed: u64) -> Result<Self, KeyError> {
        let mut secret = [2; 32];
        secret[28..].copy_from_slice(&device.to_be_bytes());
        Ok(Self {
            device,
            site,
            log: MemoryLog::new(Author { device, epoch: 1 }),
            clocks: ManualClock::new(start),
            moved_through_ms: 0,
            key: SoftwareKey::from_bytes(&secret)?,
            program: None,
            life: 0,
            cut_until_ms: 0,
            image: None,
            restored: false,
            // Another stream than the one the plan was drawn from.
            random: Random::new(seed ^ (u64::from(device) << 40)),
        })
    }

    /// Its public key.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    /// Signs a batch.
    ///
    /// # Errors
    /// The key's.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        self.key.sign(message)
    }

    /// Its clocks follow true time.
    pub fn follow(&mut self, now_ms: i64) {
        self.clocks.advance(now_ms - self.moved_through_ms);
        self.moved_through_ms = now_ms;
    }

    /// The program starts.
    pub fn start(&mut self, position: Position) {
        self.life += 1;
        let machine = Machine::new(position);
        self.program = Some(Program {
            line: machine.line(),
            machine,
            clock: TrustedClock::new(self.clocks.clone(), self.log.contact(), self.wall_high_water()),
            todo: VecDeque::from([Todo::Event(Event::Timer)]),
            waits_for: None,
            scheduled: false,
        });
    }

    /// The machine restarts while the program is down.
    pub fn reboot(&mut self) {
        self.clocks.reboot(0);
    }

    /// The monotonic clock, ms.
    #[must_use]
    pub fn monotonic_ms(&self) -> i64 {
        self.clocks.monotonic_ms()
    }

    /// Latest wall time the desk wrote down since it last heard the centre.
    fn wall_high_water(&self) -> At {
        let contact = self.log.contact();
        let since = |operation: &rules::op::Operation| {
            contact.is_none_or(|contact| operation.business_at() >= contact.centre)
        };
        let walls = self.log.operations().into_iter().filter(since).map(|operation| operation.wall);
        walls.chain(contact.map(|contact| contact.desk.wall)).max().unwrap_or(At(i64::MIN))
    }

    /// The verdicts that are here, by seq.
    ///
    /// # Errors
    /// The store's.
    pub async fn verdicts(&self) -> Result<BTreeMap<u64, Verdict>, DeskError> {
        let mut verdicts = BTreeMap::new();
        for operation in self.log.operations() {
            if let Some(verdict) = self.log.verdict(operation.seq).await? {
                verdicts.insert(operation.seq, verdict);
            }
        }
        Ok(verdicts)
    }
}

/// What the clerk sees of the citizen, and from where.
pub struct Sight {
    /// Codes, oldest first.
    pub codes: Vec<Code>,
    /// Days on which a code was issued, as far as known.
    pub days: Vec<rules::Day>,
    /// The registry's version, when the centre was asked just now.
    pub version: Option<u64>,
}

/// The operation a service becomes, and what it does to codes, by the very rules of the desk.
///
/// # Errors
/// What stands against it.
pub fn operation(
    desk: &Desk,
    citizen: &Citizen,
    service: Service,
    sight: &Sight,
    reading: &Reading,
    policy: &Policy,
    random: &mut Random,
) -> Result<(NewOperation, Option<Outcome>), Refusal> {
    let now = reading.now(sight.version.is_some());
    let today = reading.at.day();
    let holder = Holder {
        eligibility: eligibility(&citizen.number, &Knowledge::Nothing, today, policy),
        codes: sight.codes.clone(),
        issue_days: sight.days.clone(),
        unused_corrections: Vec::new(),
    };
    let newest = sight.codes.last().map(|code| code.serial).ok_or(Refusal::NeverHadACode);
    let (body, outcome) = match service {
        Service::Issue => {
            let counter = u32::try_from(desk.log.operations().len()).unwrap_or(0) + 1;
            let [r0, r1, r2, r3, r4, r5, r6, _] = random.next().to_be_bytes();
            let serial =
                Serial::new(citizen.citizen_ref.bucket(), desk.device, counter, [r0, r1, r2, r3, r4, r5, r6]);
            let action: Action = life::fitting_action(&holder, today);
            let command = Command::Issue {
                action,
                serial,
                confirmed_by_holder: true,
                consequence_confirmed: true,
                guardian_recorded: false,
            };
            let outcome = life::decide(&holder, &command, &now, policy)?;
            let code = outcome.new_code.as_ref().ok_or(Refusal::NotAnIssue)?;
            let body = OpBody::Issue {
                action,
                serial,
                day: today,
                valid_through: code.valid_through,
                holder: Box::new(HolderSeen {
                    number: citizen.number.clone(),
                    name: citizen.name.clone(),
                    photo: None,
                    declared: None,
                    registry_version: sight.version,
                }),
                agent: None,
                correction: None,
                provisional: sight.version.is_none(),
            };
            (body, Some(outcome))
        }
        Service::ReportLoss => {
            let serial = newest?;
            let command = Command::ReportLoss { serial, consequence_confirmed: true };
            let outcome = life::decide(&holder, &command, &now, policy)?;
            (OpBody::ReportLoss { serial }, Some(outcome))
        }
        Service::Reprint => {
            let serial = newest?;
            let outcome = life::decide(&holder, &Command::Reprint { serial }, &now, policy)?;
            (OpBody::Reprint { serial }, Some(outcome))
        }
        Service::Void => {
            let serial = newest?;
            let outcome = life::decide(&holder, &Command::Void { serial }, &now, policy)?;
            (OpBody::Void { serial, reason: "演练".to_owned() }, Some(outcome))
        }
        Service::Printed => (OpBody::Printed { serial: newest?, good: random.per_mille(900) }, None),
    };
    let operator = match service {
        Service::Void => crate::people::supervisor(desk.site),
        _ => crate::people::clerk(desk.site),
    };
    let new = NewOperation {
        press: None,
        citizen_ref: Some(citizen.citizen_ref.clone()),
        operator,
        case_number: None,
        body,
    };
    Ok((new, outcome))
}

impl Desk {
    /// Whether nothing is left to be done here: every operation has its receipt and every piece of news is here, or the desk was stopped and
    /// says so.
    ///
    /// # Errors
    /// The stores'.
    pub async fn is_at_rest(
        &self,
        centre: &crate::simulated_centre::Centre,
    ) -> Result<bool, crate::SimulationError> {
        let position = self.log.position().await?;
        if position.stopped.is_some() {
            return Ok(true);
        }
        let news = centre.store.inner().changes(self.site, position.cursor, 1).await?;
        let running = self.program.as_ref().is_some_and(|program| program.waits_for.is_none());
        Ok(running && position.decided_through == position.head && news.is_empty())
    }
}
