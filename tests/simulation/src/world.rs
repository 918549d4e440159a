//! The run itself: one queue of events in simulated time, in an order drawn from the seed.

mod centre_side;
pub mod codes;
mod database_side;
mod desk_side;
mod symbol_side;
mod thief_side;

use crate::{
    SimulationError,
    memory_log::MemoryLog,
    people::{self, Citizen},
    plan::{Edit, Plan, Rates, Step, WORK_MS},
    random::Random,
    simulated_centre::Centre,
    simulated_desk::Desk,
    thief::Thief,
    trace::Trace,
};
use central::{audit::Event as AuditEvent, store::Store as _};
use desk::sync::machine::{Answer, Request, RequestFailure};
use rules::{
    At, DeviceNumber,
    audit::TreeHead,
    issuing::Issued,
    life::{CodeState, Serial},
    wire::Verdict,
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
};

/// 23:45 in Shanghai, 2026-03-02: the business day changes in the middle of the work.
const START: At = At(1_772_466_300_000);
/// Time for the desks to come to rest after the repair, in milliseconds. Longer than a stopped or
/// backed-off desk waits before it tries again.
const REST_MS: i64 = 15 * 60_000;
/// Interval of checks whether all desks are at rest, in milliseconds.
const LOOK_EVERY_MS: i64 = 2_000;
/// Interval of signed heads of the audit log, in milliseconds. The centre signs one a minute, which
/// shows the same and costs each run five times as many signatures.
const HEAD_EVERY_MS: i64 = 5 * 60_000;

/// Device number of the desk that is stolen.
const STOLEN_DEVICE: DeviceNumber = DeviceNumber(66);

/// Numbers of events, operations and faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events taken from the queue.
    pub events: u64,
    /// Operations written at desks.
    pub operations: u64,
    /// Services refused by a rule at the desk.
    pub refused: u64,
    /// Messages that were lost, repeated or late.
    pub message_faults: u64,
    /// Deaths of programs and full disks.
    pub crashes: u64,
    /// Cut lines, set clocks and restored disks.
    pub disturbances: u64,
    /// Attacks with the stolen desk.
    pub attacks: u64,
    /// Edits of the database.
    pub edits: u64,
}

impl Counts {
    /// Returns the number of all faults.
    #[must_use]
    pub const fn faults(&self) -> u64 {
        self.message_faults + self.crashes + self.disturbances
    }

    /// Adds two counts.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            events: self.events + other.events,
            operations: self.operations + other.operations,
            refused: self.refused + other.refused,
            message_faults: self.message_faults + other.message_faults,
            crashes: self.crashes + other.crashes,
            disturbances: self.disturbances + other.disturbances,
            attacks: self.attacks + other.attacks,
            edits: self.edits + other.edits,
        }
    }
}

/// An event in the queue.
#[derive(Debug)]
enum Event {
    /// A step of the plan is due.
    Step(usize),
    /// The program of a desk does its next task.
    Work { desk: usize, life: u32 },
    /// The wake-up time of a desk's machine has come.
    Timer { desk: usize, life: u32, at_ms: i64 },
    /// A request arrives at the centre.
    Arrival { desk: usize, life: u32, id: u64, request: Request },
    /// An answer arrives at the desk.
    Reply { desk: usize, life: u32, id: u64, result: Result<Answer, RequestFailure> },
    /// A desk's program is started again.
    Start { desk: usize },
    /// A worker of the centre looks for operations to decide.
    Apply,
    /// The centre signs the head of its audit log.
    Sign,
    /// All faults end.
    Repair,
    /// The desks are checked for rest.
    Look,
}

struct Queued {
    at_ms: i64,
    number: u64,
    event: Event,
}

impl PartialEq for Queued {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}
impl Eq for Queued {}
impl PartialOrd for Queued {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Queued {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at_ms, self.number).cmp(&(other.at_ms, other.number))
    }
}

/// Desks, centre and everything between them.
pub struct World {
    /// Plan of this run.
    pub plan: Plan,
    rates: Rates,
    /// Random numbers of the centre's workers.
    random: Random,
    now_ms: i64,
    queue: BinaryHeap<Reverse<Queued>>,
    numbered: u64,
    requests: u64,
    /// The simulated centre.
    pub centre: Centre,
    centre_down_until_ms: i64,
    /// The simulated desks.
    pub desks: Vec<Desk>,
    /// Desk in a thief's hands, if there is one.
    pub thief: Option<Thief>,
    /// Newest head of the audit log that each desk holds.
    witnesses: Vec<Option<Issued<TreeHead>>>,
    /// Copy of the database, if one was kept.
    backup: Option<database_side::Backup>,
    /// Random numbers of whoever edits the database.
    edits: Random,
    /// Edits that nobody noticed.
    pub unfound: Vec<Edit>,
    /// What the centre or a desk found wrong with a log that nobody edited.
    pub faults_of_history: Vec<String>,
    /// Citizens they serve.
    pub citizens: Vec<Citizen>,
    /// First verdict of each operation, by device and sequence number.
    pub first_verdicts: BTreeMap<(DeviceNumber, u64), Verdict>,
    /// Operations whose verdict changed.
    pub flipped: Vec<(DeviceNumber, u64)>,
    /// What each desk was told of each code, as far towards its end as it was told.
    pub told: BTreeMap<(usize, Serial), CodeState>,
    /// Codes a desk showed as what they no longer were, by device.
    pub revived: BTreeSet<(u32, Serial)>,
    /// What happened.
    pub trace: Trace,
    /// Numbers of events, operations and faults.
    pub counts: Counts,
    at_rest: bool,
}

impl World {
    /// Creates the world of a plan, before anything has happened.
    ///
    /// # Errors
    /// [`SimulationError`] if a fixed key is not valid.
    pub fn new(plan: &Plan) -> Result<Self, SimulationError> {
        let centre = Centre::new(plan.broken)?;
        let numbers = 1..=u32::try_from(plan.desks).unwrap_or(u32::MAX);
        let desks = numbers
            .zip(0..)
            .map(|(device, at)| Desk::new(DeviceNumber(device), Centre::site(at), START, plan.seed));
        Ok(Self {
            rates: plan.rates,
            random: Random::new(!plan.seed),
            now_ms: 0,
            queue: BinaryHeap::new(),
            numbered: 0,
            requests: 0,
            centre,
            centre_down_until_ms: 0,
            desks: desks.collect::<Result<_, _>>()?,
            thief: plan.thief.then(|| Thief::new(STOLEN_DEVICE, START, plan.seed)).transpose()?,
            witnesses: vec![None; plan.desks],
            backup: None,
            edits: Random::new(plan.seed.rotate_left(16)),
            unfound: Vec::new(),
            faults_of_history: Vec::new(),
            citizens: people::citizens(plan.citizens + 2),
            first_verdicts: BTreeMap::new(),
            flipped: Vec::new(),
            told: BTreeMap::new(),
            revived: BTreeSet::new(),
            trace: Trace::default(),
            counts: Counts::default(),
            at_rest: false,
            plan: plan.clone(),
        })
    }

    /// Returns true time, which only the centre's clock shows.
    pub(crate) fn now(&self) -> At {
        START.plus_ms(self.now_ms)
    }

    fn after(&mut self, delay_ms: i64, event: Event) {
        self.numbered += 1;
        let at_ms = self.now_ms + delay_ms.max(0);
        self.queue.push(Reverse(Queued { at_ms, number: self.numbered, event }));
    }

    fn note(&mut self, what: std::fmt::Arguments<'_>) {
        self.trace.note(self.now_ms, what);
    }

    /// Runs until all desks are at rest or their time is over.
    ///
    /// # Errors
    /// [`SimulationError`] if an in-memory store fails by itself.
    pub async fn run(&mut self) -> Result<(), SimulationError> {
        self.begin().await?;
        while let Some(Reverse(Queued { at_ms, event, .. })) = self.queue.pop() {
            if self.at_rest || at_ms > WORK_MS + REST_MS {
                break;
            }
            self.now_ms = at_ms;
            self.counts.events += 1;
            self.happen(event).await?;
        }
        self.last_look()
    }

    async fn begin(&mut self) -> Result<(), SimulationError> {
        let served = AuditEvent::Command { name: "serve".to_owned(), subject: String::new() };
        self.centre.store.inner().record(START, &served)?;
        people::settle(&self.centre.store, &self.citizens, |record| self.centre.certify(record)).await?;
        for at in 0..self.desks.len() {
            let (device, site, key) =
                (self.desks[at].device, self.desks[at].site, self.desks[at].public_key());
            self.centre.enrol(device, &site, key).await?;
            self.after(0, Event::Start { desk: at });
        }
        self.before_the_theft().await?;
        for (at, (at_ms, _)) in self.plan.steps.clone().into_iter().enumerate() {
            self.after(at_ms, Event::Step(at));
        }
        self.after(0, Event::Apply);
        self.after(HEAD_EVERY_MS, Event::Sign);
        self.after(WORK_MS, Event::Repair);
        Ok(())
    }

    async fn happen(&mut self, event: Event) -> Result<(), SimulationError> {
        match event {
            Event::Step(at) => {
                if let Some((_, step)) = self.plan.steps.get(at).copied() {
                    self.step(at, step).await?;
                }
            }
            Event::Work { desk, life } => self.work(desk, life).await?,
            Event::Timer { desk, life, at_ms } => self.timer(desk, life, at_ms),
            Event::Arrival { desk, life, id, request } => self.arrival(desk, life, id, request).await?,
            Event::Reply { desk, life, id, result } => self.reply(desk, life, id, result).await?,
            Event::Start { desk } => self.start(desk).await?,
            Event::Apply => self.apply().await,
            Event::Sign => {
                self.after(HEAD_EVERY_MS, Event::Sign);
                self.sign_head()?;
            }
            Event::Repair => self.repair().await?,
            Event::Look => self.look().await?,
        }
        Ok(())
    }

    async fn step(&mut self, at: usize, step: Step) -> Result<(), SimulationError> {
        self.note(format_args!("step {step:?}"));
        if step.is_disturbance() {
            self.counts.disturbances += 1;
        }
        match step {
            Step::Serve { desk, citizen, service, again } => {
                self.serve(at, desk, citizen, service, again).await?
            }
            Step::Crash { desk, down_ms, reboot } => {
                self.kill(desk, down_ms);
                if reboot {
                    self.follow(desk);
                    self.desks[desk].reboot();
                }
            }
            Step::Cut { desk, for_ms } => self.desks[desk].cut_until_ms = self.now_ms + for_ms,
            Step::CentreDown { for_ms } => self.centre_down_until_ms = self.now_ms + for_ms,
            Step::StepClock { desk, by_ms } => {
                self.follow(desk);
                self.desks[desk].clocks.step(by_ms);
            }
            Step::Attack(attack) => self.attack(attack).await?,
            Step::SessionTaken => self.thief.iter_mut().for_each(|thief| thief.is_live = true),
            Step::Dismissed => self.dismiss().await?,
            Step::Revoked => self.revoke()?,
            Step::Backup => self.back_up(),
            Step::Edited(edit) => self.edited(edit).await?,
            Step::Image { desk } => self.desks[desk].image = Some(self.desks[desk].log.image()),
            Step::Restore { desk } => {
                if let Some(image) = self.desks[desk].image.as_ref().map(MemoryLog::image) {
                    self.desks[desk].log = image;
                    self.desks[desk].restored = true;
                    // What was told after the image is not on it.
                    self.told.retain(|(told, _), _| *told != desk);
                    self.kill(desk, 10);
                }
            }
        }
        Ok(())
    }

    /// Ends all faults; from now on everything open must complete.
    async fn repair(&mut self) -> Result<(), SimulationError> {
        self.note(format_args!("repaired"));
        self.rates = Rates::NONE;
        self.centre_down_until_ms = self.now_ms;
        for at in 0..self.desks.len() {
            self.desks[at].cut_until_ms = self.now_ms;
            if self.desks[at].program.is_none() {
                self.start(at).await?;
            }
        }
        self.after(LOOK_EVERY_MS, Event::Look);
        Ok(())
    }

    async fn look(&mut self) -> Result<(), SimulationError> {
        let mut at_rest = true;
        for desk in &self.desks {
            at_rest &= desk.is_at_rest(&self.centre).await?;
        }
        if let Some(thief) = &self.thief {
            let decided = self.centre.store.inner().decided_through(thief.device, 1).await?;
            at_rest &= decided == thief.head().0;
        }
        self.at_rest = at_rest;
        self.after(LOOK_EVERY_MS, Event::Look);
        Ok(())
    }

    fn follow(&mut self, desk: usize) {
        let now_ms = self.now_ms;
        self.desks[desk].follow(now_ms);
    }
}
