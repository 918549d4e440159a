//! Deterministic simulation of desks and centre.
//!
//! Everything that decides is the real thing: `desk::sync::machine`, the desk's clock, `rules`, `central::machine` and the centre's adapters between
//! machines and store. Around them, instead of threads, sockets and SQL: stores in memory that pass the same contract tests as the databases,
//! and one queue of events in simulated time, in an order drawn from a seed. So a run of hours takes a moment, and the same seed gives the
//! same run, to the letter.
//!
//! See `docs/simulation.md` for what is simulated, what is not, and how to read a failure.

pub mod faulty_store;
pub mod invariants;
pub mod people;
pub mod plan;
pub mod random;
pub mod shrink;
pub mod simulated_centre;
pub mod simulated_desk;
pub mod trace;
pub mod world;

use invariants::Violation;
use plan::Plan;
use world::{Counts, World};

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What happened, counted.
    pub counts: Counts,
    /// Digest of the trace: the same for the same plan.
    pub digest: String,
    /// What must not be; empty as a rule.
    pub violations: Vec<Violation>,
    /// The trace, when it was asked for.
    pub lines: Vec<String>,
}

/// Why a run could not be made at all.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// A fixed key is none.
    #[error("key: {0}")]
    Key(#[from] rules::keys::KeyError),
    /// The centre's store in memory failed by itself.
    #[error("centre's store: {0}")]
    CentreStore(#[from] central::store::StoreError),
    /// The desk's store in memory failed by itself.
    #[error("desk's store: {0}")]
    DeskStore(#[from] desk::DeskError),
}

/// Runs a plan to its end and looks whether everything is as it must be.
///
/// # Errors
/// When the run could not be made; what it shows is in the report.
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
