//! A desk of a run: its disk, its clocks, and its program while it runs.

use crate::{
    memory_log::MemoryLog,
    people::{self, Citizen},
    plan::Service,
    random::Random,
};
use central::store::Store as _;
use central_fixture::desk::ISSUER;
use desk::{
    DeskError,
    clock::{Clock as _, ManualClock, Reading, TrustedClock},
    signing::SessionKey,
    store::operation::{Author, NewOperation},
    sync::{
        Line,
        log::{Log as _, Position},
        machine::{Effect, Event, Machine},
    },
};
use rules::{
    At, DeviceNumber, Policy, Refusal, SiteCode,
    eligibility::{Knowledge, eligibility},
    keys::{Class, KeyError, PublicKey, Signer, SoftwareKey},
    life::{self, Action, Code, Command, Holder, Outcome, Serial},
    op::{HolderSeen, OpBody},
    payload::{Claims, SignedSymbol, encode},
    proof::{ChipCard, Proof},
    wire::Verdict,
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

/// An entry in the program's task list.
#[derive(Debug)]
pub enum Todo {
    /// Pass this event to the machine.
    Event(Event),
    /// Carry this effect out.
    Effect(Effect),
}

/// The running program. All of it is lost when it dies.
pub struct Program {
    /// The desk's real sync machine.
    pub machine: Machine,
    /// Clock corrected by the centre's time.
    pub clock: TrustedClock,
    /// Tasks in order.
    pub todo: VecDeque<Todo>,
    /// Request awaiting its answer, with the monotonic time of sending.
    pub waits_for: Option<(u64, i64)>,
    /// Whether a step of the program is in the queue of the run.
    pub scheduled: bool,
    /// Condition of the line as the machine reported it.
    pub line: Line,
    /// Session of the site's clerk, once they logged in.
    pub session: Option<SessionKey>,
}

/// A simulated desk.
pub struct Desk {
    /// Device number, from 1.
    pub device: DeviceNumber,
    /// Site of the desk.
    pub site: SiteCode,
    /// Disk of the desk.
    pub log: MemoryLog,
    /// Clocks of the desk's machine.
    pub clocks: Arc<ManualClock>,
    /// True time up to which the clocks were advanced.
    moved_through_ms: i64,
    key: SoftwareKey,
    /// Program, while it runs.
    pub program: Option<Program>,
    /// Number of the program's current start; events of an earlier one are ignored.
    pub life: u32,
    /// True time until which the line is cut.
    pub cut_until_ms: i64,
    /// Image of the disk, if one was taken.
    pub image: Option<MemoryLog>,
    /// Whether an image was restored, which the centre must notice if it matters.
    pub restored: bool,
    /// Random numbers of this desk and its line. Each desk has its own, so that removing a step at
    /// one desk leaves the others unchanged.
    pub random: Random,
}

impl Desk {
    /// Creates a new desk.
    ///
    /// # Errors
    /// [`KeyError`] if the fixed key is not valid, which a test would show.
    pub fn new(device: DeviceNumber, site: SiteCode, start: At, seed: u64) -> Result<Self, KeyError> {
        let mut secret = [2; 32];
        secret[28..].copy_from_slice(&device.0.to_be_bytes());
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
            // A stream other than the one the plan was drawn from.
            random: Random::new(seed ^ (u64::from(device.0) << 40)),
        })
    }

    /// Returns the public key of the desk.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    /// Returns the desk's key, which signs batches.
    #[must_use]
    pub fn signer(&self) -> &dyn Signer {
        &self.key
    }

    /// Advances the clocks to true time.
    pub fn follow(&mut self, now_ms: i64) {
        self.clocks.advance(now_ms - self.moved_through_ms);
        self.moved_through_ms = now_ms;
    }

    /// Starts the program at a sync position.
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
            session: None,
        });
    }

    /// Returns the session of the site's clerk, who logs in if it is over.
    ///
    /// # Errors
    /// [`KeyError`] if a drawn key is not valid, which is as good as impossible; [`None`] while the
    /// program is down.
    pub fn log_in(&mut self, reading: &Reading) -> Result<Option<&SessionKey>, KeyError> {
        let Some(program) = &mut self.program else { return Ok(None) };
        if program.session.as_ref().is_none_or(|session| session.is_over(reading)) {
            let mut secret = [2; 32];
            secret[8..16].copy_from_slice(&self.random.next().to_be_bytes());
            let author = Author { device: self.device, epoch: 1 };
            let (staff, id) = (people::clerk(&self.site), self.random.uuid());
            let key = people::key(&staff);
            program.session = Some(SessionKey::begin((id, &secret), author, staff, reading, &*key)?);
        }
        Ok(program.session.as_ref())
    }

    /// Restarts the machine while the program is down.
    pub fn reboot(&mut self) {
        self.clocks.reboot(0);
    }

    /// Returns the monotonic clock, in milliseconds.
    #[must_use]
    pub fn monotonic_ms(&self) -> i64 {
        self.clocks.monotonic_ms()
    }

    /// Returns the latest wall time the desk stored since its last contact with the centre.
    fn wall_high_water(&self) -> At {
        let contact = self.log.contact();
        let since = |operation: &rules::op::Operation| {
            contact.is_none_or(|contact| operation.business_at() >= contact.centre)
        };
        let walls = self.log.operations().into_iter().filter(since).map(|operation| operation.wall);
        walls.chain(contact.map(|contact| contact.desk.wall)).max().unwrap_or(At(i64::MIN))
    }

    /// Returns the verdicts the desk has, by sequence number.
    ///
    /// # Errors
    /// [`DeskError`] if the store fails.
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

/// The clerk's view of a citizen.
pub struct Sight {
    /// Codes, oldest first.
    pub codes: Vec<Code>,
    /// Days on which a code was issued, as far as known.
    pub days: Vec<rules::Day>,
    /// Registry version, if the centre was asked just now.
    pub version: Option<u64>,
}

/// The operation a service becomes, and what it does to codes, by the very rules of the desk.
///
/// # Errors
/// The [`Refusal`] of the rule that forbids it.
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
                Serial::new(citizen.number.bucket(), desk.device, counter, [r0, r1, r2, r3, r4, r5, r6]);
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
            let claims = Claims {
                issuer: ISSUER.to_owned(),
                issued_at: code.issued_at,
                expires_at: At::end_of(code.valid_through),
                serial,
                masked_name: citizen.name.masked(),
                masked_number: citizen.number.masked(),
                class: Class::Practice,
            };
            // A key that does not sign leaves an operation that the centre refuses.
            let symbol = encode(&claims, &desk.key).ok().and_then(|text| SignedSymbol::of(&text).ok());
            let symbol = symbol.ok_or(Refusal::SymbolNotAccepted)?;
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
                confirmed_by_holder: true,
                consequence_confirmed: true,
                symbol: Box::new(symbol),
            };
            (body, Some(outcome))
        }
        Service::ReportLoss => {
            let serial = newest?;
            let command = Command::ReportLoss { serial, consequence_confirmed: true };
            let outcome = life::decide(&holder, &command, &now, policy)?;
            (OpBody::ReportLoss { serial, agent: None, consequence_confirmed: true }, Some(outcome))
        }
        Service::Reprint => {
            let serial = newest?;
            let outcome = life::decide(&holder, &Command::Reprint { serial }, &now, policy)?;
            (OpBody::Reprint { serial, agent: None }, Some(outcome))
        }
        Service::Void => {
            let serial = newest?;
            let outcome = life::decide(&holder, &Command::Void { serial }, &now, policy)?;
            (OpBody::Void { serial, reason: "演练".to_owned() }, Some(outcome))
        }
        Service::Printed => (OpBody::Printed { serial: newest?, good: random.per_mille(900) }, None),
    };
    // The supervisor comes to the clerk's window and gives the password there.
    let operator = match service {
        Service::Void => people::supervisor(&desk.site),
        _ => people::clerk(&desk.site),
    };
    let new = NewOperation {
        op_id: random.uuid(),
        idempotency_key: None,
        consent: None,
        proof: body.act().map(|_| Box::new(Proof::Chip { card: ChipCard::Resident })),
        answer: None,
        citizen: Some(citizen.number.clone()),
        operator,
        case_number: None,
        body,
    };
    Ok((new, outcome))
}

impl Desk {
    /// Returns whether the desk is at rest: it has every receipt and change, or it was stopped
    /// and says so.
    ///
    /// # Errors
    /// [`SimulationError`](crate::SimulationError) if a store fails.
    pub async fn is_at_rest(
        &self,
        centre: &crate::simulated_centre::Centre,
    ) -> Result<bool, crate::SimulationError> {
        let position = self.log.position().await?;
        if position.stopped.is_some() {
            return Ok(true);
        }
        let news = centre.memory().changes(&self.site, position.cursor, 1).await?;
        let running = self.program.as_ref().is_some_and(|program| program.waits_for.is_none());
        Ok(running && position.decided_through == position.head && news.is_empty())
    }
}
