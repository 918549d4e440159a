//! Scanners.

use crate::{
    Place,
    client::Connection,
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

/// Times each side is measured, in turn, so that a disturbance of the machine hits both.
const ROUNDS: u32 = 3;
/// Scans of one gate: each scanner has its rate, and a hundred at a time stand for one.
const SCANS_OF_A_GATE: usize = 100;

/// Scans beside look-ups; returns the scans a second.
pub(crate) async fn measure(
    place: &Place,
    sheets: &[String],
    scanners: usize,
    pgbench: &Pgbench,
) -> anyhow::Result<f64> {
    // Once through: the first scan of a sheet also checks its signature. After that the rate is that of sheets seen before.
    let first = once(place, sheets, scanners).await?;
    let (mut looked_up, mut again) = (Looked::default(), Scanned::default());
    let mut took = Processor::default();
    for _ in 0..ROUNDS {
        looked_up.add(pgbench.run(place).await?);
        let before = Processor::now(place, Some(&place.centre.central))?;
        let scanning = Scanners::start(place, sheets, scanners)?;
        tokio::time::sleep(pgbench.time).await;
        again.add(scanning.stop().await?);
        took += Processor::now(place, Some(&place.centre.central))?.since(before);
    }
    line(&format!("verification with {} codes", pgbench.codes))?;
    looked_up.print("  pgbench, by primary key")?;
    first.print("  first scans")?;
    again.print("  scans")?;
    took.print(again.count())?;
    let (by_time, by_processor) = (
        again.per_second() / looked_up.per_second(),
        looked_up.took.as_secs_f64() / float(looked_up.count) * float(again.count())
            / took.total().as_secs_f64(),
    );
    line(&format!(
        "  scans over pgbench: {by_time:.2} by time (goal 0.8), {by_processor:.2} by processor time"
    ))?;
    Ok(again.per_second())
}

/// What was scanned.
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

    pub(crate) fn print(&self, what: &str) -> anyhow::Result<()> {
        let mut times = self.times.clone();
        let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
        line(&format!("{what}: {} = {:.0}/s, p50 {p50:?}, p99 {p99:?}", times.len(), self.per_second()))
    }
}

/// Scanners at work.
pub(crate) struct Scanners {
    tasks: JoinSet<anyhow::Result<Vec<Duration>>>,
    is_over: Arc<AtomicBool>,
    begin: Instant,
}

/// Names every scanner of the run.
static GATES: AtomicU32 = AtomicU32::new(0);

impl Scanners {
    /// Begins to scan the sheets, over and over, in the order pgbench looks them up: none.
    pub(crate) fn start(place: &Place, sheets: &[String], scanners: usize) -> anyhow::Result<Self> {
        Self::scan(place, sheets, scanners, usize::MAX, |_, sheets| rand::random_range(0..sheets))
    }

    /// `order` picks the sheet of a scan, of so many.
    fn scan(
        place: &Place,
        sheets: &[String],
        scanners: usize,
        scans: usize,
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
                for index in (scanner..scans).step_by(scanners) {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    times.push(gate.scan(&sheets[order(index, sheets.len())]).await?);
                }
                Ok(times)
            });
        }
        Ok(Self { tasks, is_over, begin })
    }

    /// Ends and tells.
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
    Scanners::scan(place, sheets, scanners, sheets.len(), |index, _| index)?.ended().await
}

/// One gate with its scanner.
struct Gate {
    connection: Connection,
    name: String,
    scans: usize,
}

impl Gate {
    async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self { connection: Connection::open(address, "/v1/verify").await?, name: String::new(), scans: 0 })
    }

    async fn scan(&mut self, sheet: &str) -> anyhow::Result<Duration> {
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

/// A `VerifyRequest` without copies of its texts.
#[derive(Serialize)]
struct Scan<'a> {
    payload: &'a str,
    scanner: &'a str,
    place: &'a str,
}

/// What is looked at of a `VerifyResponse`.
#[derive(Deserialize)]
struct Answered {
    answer: VerifyAnswer,
}
