//! Deterministic simulation of desks and centre.
//!
//! The deciding parts are real: `desk::sync::machine`, the desk's clock, `rules`,
//! `central::machine`, and the centre's adapters between machines and store. Instead of threads,
//! sockets and SQL there are in-memory stores, which pass the same contract tests as the databases,
//! and one queue of events in simulated time. The order of events is drawn from a seed. So a run of
//! hours takes a moment, and the same seed gives exactly the same run.
//!
//! `docs/simulation.md` explains what is simulated, what is not, and how to read a failure.

pub mod books;
pub mod city_audit;
pub mod city_store;
pub mod faulty_store;
pub mod hostile;
pub mod invariants;
pub mod memory_log;
pub mod people;
pub mod plan;
pub mod random;
pub mod scan;
pub mod shrink;
pub mod simulated_centre;
pub mod simulated_desk;
pub mod thief;
pub mod trace;
pub mod world;

use invariants::Violation;
use plan::Plan;
use world::{Counts, World};

/// Outcome of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Number of events, operations and faults.
    pub counts: Counts,
    /// Digest of the trace: the same for the same plan.
    pub digest: String,
    /// Broken invariants; normally none.
    pub violations: Vec<Violation>,
    /// Lines of the trace, if requested.
    pub lines: Vec<String>,
}

/// Reason why a run could not be made at all.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// A fixed key is not valid.
    #[error("key: {0}")]
    Key(#[from] rules::keys::KeyError),
    /// The centre's in-memory store failed by itself.
    #[error("centre's store: {0}")]
    CentreStore(#[from] central::store::StoreError),
    /// A desk's in-memory store failed by itself.
    #[error("desk's store: {0}")]
    DeskStore(#[from] desk::DeskError),
}

/// Runs a plan to its end and checks the invariants.
///
/// # Errors
/// [`SimulationError`] if the run could not be made; broken invariants are in the report.
pub fn run(plan: &Plan, keep_lines: bool) -> Result<Report, SimulationError> {
    let mut world = World::new(plan)?;
    world.trace.lines = keep_lines.then(Vec::new);
    futures::executor::block_on(async {
        world.run().await?;
        let violations = invariants::check(&world).await?;
        Ok(Report {
            counts: world.counts,
            digest: world.trace.digest(),
            violations,
            lines: world.trace.lines.take().unwrap_or_default(),
        })
    })
}
