//! `load`: the recovery storm and the verification load, against the real program and a real PostgreSQL, on this machine.
//!
//! Every figure is measured in the same run as what it is compared with.

mod copy;
mod data;
#[expect(clippy::unwrap_used, clippy::panic, dead_code, reason = "the desk of the centre's own tests")]
#[path = "../../../central/tests/common/desk.rs"]
mod desk;
mod lookup;
mod report;
mod storm;
mod verify;

use anyhow::Context as _;
use central::store::postgres::PgStore;
use clap::Parser;
use report::say;
use rig::{RigFolder, central::Central, postgres::Postgres};
use std::time::Duration;

/// Figures of the centre under load.
#[derive(Debug, Parser)]
struct Arguments {
    /// Desks that come back at once.
    #[arg(long, default_value_t = 3_000)]
    desks: u32,
    /// Operations each has queued.
    #[arg(long, default_value_t = 200)]
    operations: u32,
    /// Seconds of verification load; 0 = none.
    #[arg(long, default_value_t = 10)]
    verify_seconds: u64,
    /// Clients that verify or look up at the same time.
    #[arg(long, default_value_t = 16)]
    scanners: usize,
    /// Codes to add before verifying again, to see whether the rate stays flat; 0 = none.
    #[arg(long, default_value_t = 0)]
    more_codes: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    // Chosen once per process; the line here is plain HTTP, but the client wants one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = RigFolder::new("load")?;
    let postgres = Postgres::start(&folder).await?;
    let central = Central::start(&folder, &postgres).await?;
    let store = PgStore::connect(&postgres.url(), 8).await?;
    let keys = central::keys::load(&folder.path().join("central").join("keys")).context("keys")?;

    let plan = data::Plan { desks: arguments.desks, operations: arguments.operations };
    data::population(&store, &plan, &keys).await?;
    let desks = data::desks(&store, &plan, &keys).await?;
    let copied = copy::baseline(&store, &desks).await?;
    say("COPY of the same rows into an indexed log", plan.total(), copied)?;

    let outcome = storm::run(&central.url(), desks, &store, plan.total()).await?;
    outcome.print(plan.total(), copied)?;
    outcome.check(&store, plan.total()).await?;

    if arguments.verify_seconds > 0 {
        let time = Duration::from_secs(arguments.verify_seconds);
        verify::measure(&central.url(), &postgres, &store, &keys, time, arguments.scanners).await?;
        if arguments.more_codes > 0 {
            verify::add_codes(&postgres, arguments.more_codes).await?;
            verify::measure(&central.url(), &postgres, &store, &keys, time, arguments.scanners).await?;
        }
    }
    Ok(())
}
