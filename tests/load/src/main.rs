//! `load` measures the centre under the load of a city, with the real server and a real PostgreSQL
//! on this machine.
//!
//! Every figure is measured in the same run as its baseline. Lost or doubled operations and 5xx
//! answers end the run with an error. Speed never does, because it depends on the machine as much
//! as on the program.

mod apart;
mod client;
mod codes;
mod copy;
mod drain;
mod fleet;
mod guards;
mod lookup;
mod people;
mod processor;
mod report;
mod scan;
mod storm;

use anyhow::Context as _;
use central::{keys::Keys, store::postgres::PgStore};
use clap::{Parser, ValueEnum};
use fleet::{Fleet, Plan};
use outage::centre::Centre;
use scan::Scanning;
use std::time::Duration;

/// Figures of the centre under load.
#[derive(Debug, Parser)]
struct Arguments {
    /// Parts to measure.
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "verification,guards,apart,storm,mixed,drain"
    )]
    parts: Vec<Part>,
    /// Number of desks that come back at once.
    #[arg(long, default_value_t = 3_000)]
    desks: u32,
    /// Number of queued operations per desk.
    #[arg(long, default_value_t = 200)]
    operations: u32,
    /// Number of people in the registry.
    #[arg(long, default_value_t = 1_000_000)]
    people: u32,
    /// Number of codes in the city.
    #[arg(long, default_value_t = 10_000_000)]
    codes: u32,
    /// Duration of each verification measurement, in seconds.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Number of concurrent scanners.
    #[arg(long, default_value_t = 64)]
    scanners: usize,
    /// Number of guards who scan beside the one whose page is measured.
    #[arg(long, default_value_t = 1_000)]
    guards: usize,
    /// Number of scans on that page.
    #[arg(long, default_value_t = 500)]
    page_scans: usize,
    /// Number of concurrent pgbench clients; more do not look up faster.
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// Number of operations in the outbox of the one real desk.
    #[arg(long, default_value_t = 10_000)]
    queued: u16,
}

/// A part of the measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Scans with few codes and with all, compared with lookups by primary key.
    Verification,
    /// A guard's page beside the API alone, while the guards of a city scan.
    Guards,
    /// Ingest alone, compared with COPY; then apply alone.
    Apart,
    /// The recovery storm: all desks at once.
    Storm,
    /// A smaller storm while scanners scan.
    Mixed,
    /// One real desk with a long outbox.
    Drain,
}

/// The centre, with direct access to its store and keys for preparing and counting.
struct Place {
    centre: Centre,
    store: PgStore,
    keys: Keys,
}

impl Place {
    async fn start(name: &str) -> anyhow::Result<Self> {
        let pages = practice::guard::built_pages().display().to_string();
        let settings = [
            ("SUISHEN_CENTRAL_PAGES", pages.as_str()),
            // All scanners of the city share one address here, and one guard never rests.
            ("SUISHEN_CENTRAL_LIMITS__ANYBODY_PER_MINUTE", "1000000000"),
            ("SUISHEN_CENTRAL_LIMITS__SCANNER_PER_MINUTE", "1000000000"),
        ];
        let mut centre = Centre::start_with(name, &settings).await?;
        // Follows docs/central.md: the codes of a city fit into the database's memory. All other
        // settings are PostgreSQL's defaults.
        centre.postgres.query("ALTER SYSTEM SET shared_buffers = '4GB'").await?;
        centre.postgres.start_again(&centre.folder).await?;
        let store = centre.store().await?;
        let keys = centre.keys().context("keys")?;
        Ok(Self { centre, store, keys })
    }
}

/// Number of codes that the codes of a city are compared with.
const FEW_CODES: u32 = 10_000;
/// Divisor of the fleet that comes back while scanners scan.
const MIXED_SHARE: u32 = 6;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    // The client needs a TLS provider, although the line here is plain HTTP.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut place = Place::start("load").await?;
    let (full, mixed) = (arguments.plan(1), arguments.plan(MIXED_SHARE));
    people::import(&place, arguments.people.max(full.people() * 2 + mixed.people())).await?;
    let wanted = |part| arguments.parts.contains(&part);

    if wanted(Part::Verification) {
        verification(&place, &arguments).await?;
    }
    // The codes exist already if verification was measured before.
    let sheets = if wanted(Part::Verification) {
        codes::sheets(&place, arguments.codes)?
    } else if wanted(Part::Guards) || wanted(Part::Mixed) {
        codes::fill(&place, arguments.codes).await?
    } else {
        Vec::new()
    };
    if wanted(Part::Guards) {
        guards::measure(&place, &sheets, arguments.guards, arguments.page_scans).await?;
    }
    if wanted(Part::Apart) {
        let fleet = Fleet::enrol(&place, 1, full, 0).await?;
        apart::measure(&mut place, fleet).await?;
    }
    if wanted(Part::Storm) {
        let fleet = Fleet::enrol(&place, 2, full, full.people()).await?;
        let outcome = storm::run(&place, &fleet).await?;
        outcome.print("storm", full.total())?;
        storm::check(&place, &fleet).await?;
    }
    if wanted(Part::Mixed) {
        let fleet = Fleet::enrol(&place, 3, mixed, full.people() * 2).await?;
        mixed_load(&place, &fleet, &arguments, &sheets).await?;
    }
    if wanted(Part::Drain) {
        drain::measure(&place, arguments.queued).await?;
    }
    Ok(())
}

impl Arguments {
    fn plan(&self, share: u32) -> Plan {
        Plan { desks: self.desks / share, operations: self.operations }
    }
}

/// Measures verification with ten thousand codes and with those of a city. Each has its own centre
/// and database, so that rounds can alternate.
async fn verification(place: &Place, arguments: &Arguments) -> anyhow::Result<()> {
    let small = Place::start("load-few").await?;
    let pgbench = |codes| lookup::Pgbench {
        clients: arguments.clients,
        time: Duration::from_secs(arguments.seconds),
        codes,
    };
    let few = Scanning::prepare(&small, arguments.scanners, pgbench(FEW_CODES)).await?;
    let all = Scanning::prepare(place, arguments.scanners, pgbench(arguments.codes)).await?;
    scan::measure(few, all).await
}

/// Measures a fleet that comes back while scanners scan.
async fn mixed_load(
    place: &Place,
    fleet: &Fleet,
    arguments: &Arguments,
    sheets: &[String],
) -> anyhow::Result<()> {
    let scanning = scan::Scanners::start(place, sheets, arguments.scanners)?;
    let outcome = storm::run(place, fleet).await?;
    let scanned = scanning.stop().await?;
    outcome.print("storm while scanners scan", fleet.plan.total())?;
    scanned.print("  scans meanwhile")?;
    storm::check(place, fleet).await
}
