//! What a run is made of: what people do and what breaks, all of it drawn from the seed before the run begins, so that steps can be taken out
//! one by one until only those are left that make a run fail.

use crate::random::Random;

/// How long people work and things break, ms of simulated time. Runs begin a quarter of an hour before midnight: the business day turns within.
pub const WORK_MS: i64 = 30 * 60_000;

/// A deliberate break: a rule switched off, to show that the checks notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Break {
    /// Desks throw the centre's receipts away.
    ReceiptsIgnored,
    /// The centre takes batches without looking at their chain.
    ChainCheckOff,
    /// The centre does not look whether the holder has had a code that day (L3).
    DayLimitOff,
    /// Desks pass over the news that a code has ended.
    CodeNewsIgnored,
    /// A desk whose loss or void was refused has the code live again, whatever the centre told of it.
    EndsForgotten,
}

impl Break {
    /// Every one.
    pub const ALL: [Self; 5] = [
        Self::ReceiptsIgnored,
        Self::ChainCheckOff,
        Self::DayLimitOff,
        Self::CodeNewsIgnored,
        Self::EndsForgotten,
    ];
}

/// What a clerk does for a citizen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Whichever of `apply`, `reapply` and `reissue` fits.
    Issue,
    /// 挂失
    ReportLoss,
    /// 二次打印
    Reprint,
    /// 作废, by the supervisor.
    Void,
    /// A sheet is in hand.
    Printed,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A clerk serves a citizen; `again` = the key is pressed twice.
    Serve {
        /// At which desk.
        desk: usize,
        /// Whom.
        citizen: usize,
        /// How.
        service: Service,
        /// The same press once more.
        again: bool,
    },
    /// The desk's program dies and is started again.
    Crash {
        /// Which desk.
        desk: usize,
        /// Down for so long.
        down_ms: i64,
        /// The machine restarts too: its monotonic clock begins again.
        reboot: bool,
    },
    /// Nothing gets through between the desk and the centre.
    Cut {
        /// Which desk.
        desk: usize,
        /// For so long.
        for_ms: i64,
    },
    /// The centre is away.
    CentreDown {
        /// For so long.
        for_ms: i64,
    },
    /// Somebody sets the desk's wall clock.
    StepClock {
        /// Which desk.
        desk: usize,
        /// By so much.
        by_ms: i64,
    },
    /// An image of the desk's disk is taken …
    Image {
        /// Which desk.
        desk: usize,
    },
    /// … and put back.
    Restore {
        /// Which desk.
        desk: usize,
    },
}

/// How often things go wrong by themselves, per mille.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// A message is lost.
    pub lost: u64,
    /// A request arrives twice.
    pub repeated: u64,
    /// A message is late, by up to half a minute: later than its answer is waited for, and after those sent later.
    pub late: u64,
    /// The desk's program dies after one effect and before the next.
    pub desk_dies: u64,
    /// The centre dies before or after one call of its store and before the next.
    pub centre_dies: u64,
    /// The desk's disk is full for one write.
    pub disk_full: u64,
}

impl Rates {
    /// Nothing goes wrong.
    pub const NONE: Self = Self { lost: 0, repeated: 0, late: 0, desk_dies: 0, centre_dies: 0, disk_full: 0 };
}

/// A run before it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Of which everything random in the run is drawn.
    pub seed: u64,
    /// How many desks.
    pub desks: usize,
    /// How many citizens: few, so that they meet at several desks.
    pub citizens: usize,
    /// How often things go wrong by themselves.
    pub rates: Rates,
    /// What happens when, ms from the beginning, in order.
    pub steps: Vec<(i64, Step)>,
    /// What is switched off.
    pub broken: Option<Break>,
}

impl Plan {
    /// The plan of a seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let (desks, citizens) = (2 + random.index(4), 2 + random.index(6));
        // A third of the runs goes without each kind of trouble: what hides behind it is seen there.
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
        steps.sort_by_key(|(at, _)| *at);
        Self { seed, desks, citizens, rates, steps, broken: None }
    }

    /// The same with a rule switched off.
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
