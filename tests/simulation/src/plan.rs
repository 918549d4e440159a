//! Plans of runs: the work of people and the faults.
//!
//! All of it is drawn from the seed before the run begins, so that steps can be removed one by one
//! until only those that make the run fail are left.

pub use crate::hostile::{Attack, Edit};
use crate::{hostile, random::Random};

/// Duration of work and faults, in milliseconds of simulated time. Runs begin a quarter of an hour
/// before midnight, so the business day changes.
pub const WORK_MS: i64 = 30 * 60_000;

/// A rule switched off deliberately, to show that the checks notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Break {
    /// Desks discard the centre's receipts.
    ReceiptsIgnored,
    /// The centre takes batches without checking their chain.
    ChainCheckOff,
    /// The centre does not check the day limit (L3).
    DayLimitOff,
    /// Desks pass over the news that a code has ended.
    CodeNewsIgnored,
    /// A desk whose loss or void was refused has the code live again, whatever the centre told of
    /// it.
    EndsForgotten,
    /// Operations without the proof of any session are taken for proven (A3).
    SessionUnasked,
    /// Nobody looks who signed the statement of a session (A3).
    StatementUnchecked,
    /// Nobody looks whether the session's signature covers an operation (A3).
    SealUnchecked,
    /// A session lasts for ever (A3).
    HoursUnchecked,
    /// An operation counts for whomever it names (A3).
    OperatorUnchecked,
    /// Nobody looks who signed a consent (A4).
    ConsentUnchecked,
    /// A dismissed person's operations count if they are dated back (A5).
    LateWordTaken,
    /// Nobody looks whether the desk's own key signed a batch (S7).
    BatchUnsigned,
    /// A desk whose chain forked goes on (S7).
    QuarantineForgotten,
    /// What stands in a desk's chain twice is done twice.
    RepeatsCounted,
    /// Nobody compares what a desk shows of its audit (D1).
    ContactUncompared,
    /// A scan is not compared with the symbol on record (B1).
    SymbolUncompared,
    /// Codes may last as long as they say (B2).
    DatesUnchecked,
    /// A serial that never arrives stays provisional (B3).
    NeverUnknown,
    /// The key of a revoked desk is still in force (B5).
    RevokedKeyInForce,
    /// Lists do not say since when a key was in other hands (B5).
    TheftUnlisted,
    /// `audit verify` does not compute the tree (D3).
    TreeUnread,
    /// `audit verify` is not given the heads that desks hold (D2).
    WitnessesUnheard,
    /// `audit verify` does not read accounts (D3).
    AccountsUnread,
    /// `audit verify` does not read keys and heads of desks (D3).
    KeysUnread,
    /// `audit verify` does not read the logs of desks (D3).
    DesksUnread,
    /// `audit verify` does not read codes and registry (D3).
    TablesUnread,
}

impl Break {
    /// Those that every run may show.
    pub const ORDINARY: [Self; 5] = [
        Self::ReceiptsIgnored,
        Self::ChainCheckOff,
        Self::DayLimitOff,
        Self::CodeNewsIgnored,
        Self::EndsForgotten,
    ];

    /// Those that only a thief or an edit of the database shows.
    pub const HOSTILE: [Self; 22] = [
        Self::SessionUnasked,
        Self::StatementUnchecked,
        Self::SealUnchecked,
        Self::HoursUnchecked,
        Self::OperatorUnchecked,
        Self::ConsentUnchecked,
        Self::LateWordTaken,
        Self::BatchUnsigned,
        Self::QuarantineForgotten,
        Self::RepeatsCounted,
        Self::ContactUncompared,
        Self::SymbolUncompared,
        Self::DatesUnchecked,
        Self::NeverUnknown,
        Self::RevokedKeyInForce,
        Self::TheftUnlisted,
        Self::TreeUnread,
        Self::WitnessesUnheard,
        Self::AccountsUnread,
        Self::KeysUnread,
        Self::DesksUnread,
        Self::TablesUnread,
    ];

    /// Returns the plan of a seed in which it can be noticed, switched off.
    #[must_use]
    pub fn plan(self, seed: u64) -> Plan {
        let plan = match self {
            _ if Self::ORDINARY.contains(&self) => Plan::of(seed),
            Self::TreeUnread
            | Self::WitnessesUnheard
            | Self::AccountsUnread
            | Self::KeysUnread
            | Self::DesksUnread
            | Self::TablesUnread => Plan::hostile(seed, 8),
            _ => Plan::hostile(seed, 0),
        };
        plan.with(Some(self))
    }
}

/// A service of a clerk for a citizen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Whichever of `apply`, `reapply` and `reissue` fits.
    Issue,
    /// 挂失 of the newest code.
    ReportLoss,
    /// 二次打印 of the newest code.
    Reprint,
    /// 作废 of the newest code, by the supervisor.
    Void,
    /// A print result for the newest code.
    Printed,
}

/// One step of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A clerk serves a citizen.
    Serve {
        /// Index of the desk.
        desk: usize,
        /// Index of the citizen.
        citizen: usize,
        /// Service for the citizen.
        service: Service,
        /// Whether the clerk presses the key twice, with the same idempotency key.
        again: bool,
    },
    /// The desk's program dies and is started again.
    Crash {
        /// Index of the desk.
        desk: usize,
        /// Downtime in milliseconds.
        down_ms: i64,
        /// Whether the machine restarts too, which resets its monotonic clock.
        reboot: bool,
    },
    /// The line between the desk and the centre is cut.
    Cut {
        /// Index of the desk.
        desk: usize,
        /// Duration in milliseconds.
        for_ms: i64,
    },
    /// The centre is down.
    CentreDown {
        /// Duration in milliseconds.
        for_ms: i64,
    },
    /// The desk's wall clock is set.
    StepClock {
        /// Index of the desk.
        desk: usize,
        /// Shift in milliseconds.
        by_ms: i64,
    },
    /// An image of the desk's disk is taken.
    Image {
        /// Index of the desk.
        desk: usize,
    },
    /// The last image of the desk's disk is restored.
    Restore {
        /// Index of the desk.
        desk: usize,
    },
    /// Whoever has the stolen desk attacks.
    Attack(Attack),
    /// The clerk's session falls into the hands of whoever has the stolen desk.
    SessionTaken,
    /// The clerk of the stolen desk is dismissed.
    Dismissed,
    /// The stolen desk is taken out of service, as compromised since the theft.
    Revoked,
    /// A copy of the whole database is kept.
    Backup,
    /// Somebody edits the database behind the centre's back; it is put right after the look.
    Edited(Edit),
}

impl Step {
    /// Returns whether it disturbs the honest work.
    #[must_use]
    pub const fn is_disturbance(&self) -> bool {
        matches!(
            self,
            Self::Crash { .. }
                | Self::Cut { .. }
                | Self::CentreDown { .. }
                | Self::StepClock { .. }
                | Self::Restore { .. }
        )
    }
}

/// Rates of random faults, per mille.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// A message is lost.
    pub lost: u64,
    /// A request arrives twice.
    pub repeated: u64,
    /// A message is late by up to half a minute: after the answer timeout, and after
    /// messages sent later.
    pub late: u64,
    /// The desk's program dies between two effects.
    pub desk_dies: u64,
    /// The centre dies before or after a call of its store.
    pub centre_dies: u64,
    /// The desk's disk is full for one write.
    pub disk_full: u64,
}

impl Rates {
    /// Rates without any fault.
    pub const NONE: Self = Self { lost: 0, repeated: 0, late: 0, desk_dies: 0, centre_dies: 0, disk_full: 0 };
}

/// A run before it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Seed of everything random in the run.
    pub seed: u64,
    /// Number of desks.
    pub desks: usize,
    /// Number of citizens: few, so that they meet at several desks.
    pub citizens: usize,
    /// Rates of random faults.
    pub rates: Rates,
    /// Steps in order, each with its time in milliseconds from the beginning.
    pub steps: Vec<(i64, Step)>,
    /// Whether one more desk is there, which falls into a thief's hands.
    pub thief: bool,
    /// Rule that is switched off, if any.
    pub broken: Option<Break>,
}

impl Plan {
    /// Draws the plan of a seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let (desks, citizens) = (2 + random.index(4), 2 + random.index(6));
        // A third of the runs goes without each kind of fault, to show what it would hide.
        let mut rate = |most: u64| if random.per_mille(333) { 0 } else { random.below(most + 1) };
        let rates = Rates {
            lost: rate(200),
            repeated: rate(150),
            late: rate(100),
            desk_dies: rate(15),
            centre_dies: rate(40),
            disk_full: rate(20),
        };
        let count = 10 + random.index(50);
        let mut steps: Vec<(i64, Step)> = Vec::new();
        for _ in 0..count {
            let at = random.ms(0, WORK_MS);
            steps.push((at, step(&mut random, desks, citizens)));
        }
        if random.per_mille(150) {
            let desk = random.index(desks);
            let image_at = random.ms(0, WORK_MS / 2);
            let restored_at = random.ms(image_at + 1_000, WORK_MS - 1);
            let citizen = random.index(citizens);
            let service = Step::Serve { desk, citizen, service: Service::Issue, again: false };
            steps.extend([
                (image_at, Step::Image { desk }),
                (restored_at, Step::Restore { desk }),
                (restored_at, service),
            ]);
        }
        let thief = hostile::add(seed, &mut steps);
        steps.sort_by_key(|(at, _)| *at);
        Self { seed, desks, citizens, rates, steps, thief, broken: None }
    }

    /// Draws a short plan of nothing but attacks and so many edits beside a little honest work.
    #[must_use]
    pub fn hostile(seed: u64, edits: usize) -> Self {
        let mut random = Random::new(seed);
        let (desks, citizens) = (2, 3);
        let mut steps: Vec<(i64, Step)> = Vec::new();
        for _ in 0..8 {
            let (desk, citizen) = (random.index(desks), random.index(citizens));
            let service = if random.per_mille(700) { Service::Issue } else { Service::ReportLoss };
            let at = random.ms(0, WORK_MS);
            steps.push((at, Step::Serve { desk, citizen, service, again: false }));
        }
        hostile::thefts(&mut random, &mut steps);
        hostile::edits(&mut random, edits, &mut steps);
        steps.sort_by_key(|(at, _)| *at);
        Self { seed, desks, citizens, rates: Rates::NONE, steps, thief: true, broken: None }
    }

    /// Returns the plan with a rule switched off.
    #[must_use]
    pub fn with(self, broken: Option<Break>) -> Self {
        Self { broken, ..self }
    }
}

fn step(random: &mut Random, desks: usize, citizens: usize) -> Step {
    let desk = random.index(desks);
    match random.below(100) {
        0..70 => {
            let service = match random.below(100) {
                0..60 => Service::Issue,
                60..75 => Service::ReportLoss,
                75..85 => Service::Reprint,
                85..92 => Service::Printed,
                _ => Service::Void,
            };
            Step::Serve { desk, citizen: random.index(citizens), service, again: random.per_mille(200) }
        }
        70..80 => Step::Cut { desk, for_ms: random.ms(1_000, WORK_MS / 2) },
        80..88 => Step::Crash { desk, down_ms: random.ms(100, 60_000), reboot: random.per_mille(400) },
        88..93 => Step::CentreDown { for_ms: random.ms(500, 5 * 60_000) },
        _ => Step::StepClock { desk, by_ms: random.ms(-2 * 3_600_000, 2 * 3_600_000) },
    }
}
