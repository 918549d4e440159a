//! Scanners at the gates of a city.

use crate::{
    Place,
    client::Connection,
    codes,
    lookup::{Looked, Pgbench},
    processor::Processor,
    report::{float, line, percentile, rate},
};
use anyhow::ensure;
use outage::centre::address;
use rules::wire::VerifyAnswer;
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Number of rounds. Measurements alternate, so that a disturbance of the machine affects all.
const ROUNDS: u32 = 6;
/// Number of scans under one scanner name, which stays below the scanner's rate limit.
const SCANS_OF_A_GATE: usize = 100;

/// A centre under scan, with the results so far.
pub(crate) struct Scanning<'a> {
    place: &'a Place,
    sheets: Vec<String>,
    scanners: usize,
    pgbench: Pgbench,
    first: Scanned,
    looked_up: Looked,
    again: Scanned,
    took: Processor,
}

impl<'a> Scanning<'a> {
    /// Creates the codes and scans each sheet once, because a first scan also checks the signature.
    /// Later rounds measure sheets seen before.
    pub(crate) async fn prepare(place: &'a Place, scanners: usize, pgbench: Pgbench) -> anyhow::Result<Self> {
        let sheets = codes::fill(place, pgbench.codes).await?;
        let first = once(place, &sheets, scanners).await?;
        let (looked_up, again, took) = (Looked::default(), Scanned::default(), Processor::default());
        Ok(Self { place, sheets, scanners, pgbench, first, looked_up, again, took })
    }

    /// Measures lookups, then scans.
    async fn round(&mut self) -> anyhow::Result<()> {
        let place = self.place;
        self.looked_up.add(self.pgbench.run(place).await?);
        let before = Processor::now(place, Some(&place.centre.central))?;
        let scanning = Scanners::start(place, &self.sheets, self.scanners)?;
        tokio::time::sleep(self.pgbench.time).await;
        self.again.add(scanning.stop().await?);
        self.took += Processor::now(place, Some(&place.centre.central))?.since(before);
        Ok(())
    }

    fn print(&self) -> anyhow::Result<()> {
        let Self { pgbench, first, looked_up, again, took, .. } = self;
        line(&format!("verification with {} codes", pgbench.codes))?;
        looked_up.print("  pgbench, by primary key")?;
        first.print("  first scans")?;
        again.print("  scans")?;
        took.print(again.count())?;
        let by_time = again.per_second() / looked_up.per_second();
        let by_processor = looked_up.took.as_secs_f64() / float(looked_up.count) / self.processor_each();
        line(&format!(
            "  scans over pgbench: {by_time:.2} by time (goal 0.8), {by_processor:.2} by processor time"
        ))
    }

    /// Returns the processor time per scan, in seconds.
    fn processor_each(&self) -> f64 {
        self.took.total().as_secs_f64() / float(self.again.count())
    }
}

/// Measures few codes and all of a city's in alternation.
pub(crate) async fn measure(mut few: Scanning<'_>, mut all: Scanning<'_>) -> anyhow::Result<()> {
    for _ in 0..ROUNDS {
        few.round().await?;
        all.round().await?;
    }
    few.print()?;
    all.print()?;
    line(&format!(
        "verification with few codes over that with all: {:.2} by time (goal at most 1.3), {:.2} by processor time; pgbench itself {:.2}",
        few.again.per_second() / all.again.per_second(),
        all.processor_each() / few.processor_each(),
        few.looked_up.per_second() / all.looked_up.per_second(),
    ))
}

/// Result of scans.
#[derive(Default)]
pub(crate) struct Scanned {
    times: Vec<Duration>,
    lasted: Duration,
}

impl Scanned {
    fn count(&self) -> u64 {
        u64::try_from(self.times.len()).unwrap_or(u64::MAX)
    }

    fn per_second(&self) -> f64 {
        rate(self.count(), self.lasted)
    }

    fn add(&mut self, other: Self) {
        self.times.extend(other.times);
        self.lasted += other.lasted;
    }

    /// Adds one scan, which with all around it lasted `lasted`.
    pub(crate) fn push(&mut self, time: Duration, lasted: Duration) {
        self.times.push(time);
        self.lasted += lasted;
    }

    pub(crate) fn print(&self, what: &str) -> anyhow::Result<()> {
        let mut times = self.times.clone();
        let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
        line(&format!("{what}: {} = {:.0}/s, p50 {p50:?}, p99 {p99:?}", times.len(), self.per_second()))
    }
}

/// Scanners at work until they are told to stop.
pub(crate) struct Scanners {
    tasks: JoinSet<anyhow::Result<Vec<Duration>>>,
    is_over: Arc<AtomicBool>,
    begin: Instant,
}

/// Counter that gives every scanner of the run a name.
static GATES: AtomicU32 = AtomicU32::new(0);

impl Scanners {
    /// Starts to scan the sheets in random order, as pgbench looks them up.
    pub(crate) fn start(place: &Place, sheets: &[String], scanners: usize) -> anyhow::Result<Self> {
        Self::at_gates(place, sheets, scanners, Duration::ZERO)
    }

    /// Works as [`Self::start`]; every scanner waits for the next person `pause` long.
    pub(crate) fn at_gates(
        place: &Place,
        sheets: &[String],
        scanners: usize,
        pause: Duration,
    ) -> anyhow::Result<Self> {
        let any = |_, sheets| rand::random_range(0..sheets);
        Self::scan(place, sheets, scanners, usize::MAX, pause, any)
    }

    /// Starts scanners. `order` maps a scan's index and the number of sheets to the sheet it scans.
    fn scan(
        place: &Place,
        sheets: &[String],
        scanners: usize,
        scans: usize,
        pause: Duration,
        order: fn(usize, usize) -> usize,
    ) -> anyhow::Result<Self> {
        let address = address(&place.centre.central)?;
        let sheets: Arc<[String]> = sheets.into();
        let is_over = Arc::new(AtomicBool::new(false));
        let begin = Instant::now();
        let mut tasks = JoinSet::new();
        for scanner in 0..scanners {
            let (sheets, is_over) = (Arc::clone(&sheets), Arc::clone(&is_over));
            tasks.spawn(async move {
                let mut times = Vec::new();
                let mut gate = Gate::open(address).await?;
                // People do not come to all gates at once.
                let mut next = tokio::time::Instant::now() + pause.mul_f64(rand::random());
                for index in (scanner..scans).step_by(scanners) {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    if !pause.is_zero() {
                        tokio::time::sleep_until(next).await;
                        next += pause;
                    }
                    times.push(gate.scan(&sheets[order(index, sheets.len())]).await?);
                }
                Ok(times)
            });
        }
        Ok(Self { tasks, is_over, begin })
    }

    /// Stops the scanners and returns their results.
    pub(crate) async fn stop(self) -> anyhow::Result<Scanned> {
        self.is_over.store(true, Ordering::Relaxed);
        self.ended().await
    }

    async fn ended(mut self) -> anyhow::Result<Scanned> {
        let mut times = Vec::new();
        while let Some(done) = self.tasks.join_next().await {
            times.extend(done??);
        }
        Ok(Scanned { times, lasted: self.begin.elapsed() })
    }
}

async fn once(place: &Place, sheets: &[String], scanners: usize) -> anyhow::Result<Scanned> {
    Scanners::scan(place, sheets, scanners, sheets.len(), Duration::ZERO, |index, _| index)?.ended().await
}

/// A gate with its scanner.
pub(crate) struct Gate {
    connection: Connection,
    name: String,
    scans: usize,
}

impl Gate {
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self { connection: Connection::open(address, "/v1/verify").await?, name: String::new(), scans: 0 })
    }

    pub(crate) async fn scan(&mut self, sheet: &str) -> anyhow::Result<Duration> {
        if self.scans.is_multiple_of(SCANS_OF_A_GATE) {
            self.name = format!("gate {}", GATES.fetch_add(1, Ordering::Relaxed));
        }
        self.scans += 1;
        let scan = Scan { payload: sheet, scanner: &self.name, place: "北门" };
        let begin = Instant::now();
        let answer: Answered = serde_json::from_slice(self.connection.post(&scan).await?)?;
        ensure!(answer.answer == VerifyAnswer::Valid, "a live code is {:?}", answer.answer);
        Ok(begin.elapsed())
    }
}

/// A `VerifyRequest` that borrows its texts.
#[derive(Serialize)]
struct Scan<'a> {
    payload: &'a str,
    scanner: &'a str,
    place: &'a str,
}

/// The checked part of a `VerifyResponse`.
#[derive(Deserialize)]
struct Answered {
    answer: VerifyAnswer,
}
