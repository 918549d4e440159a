//! What is wrong with desks, for whoever keeps three thousand of them at work.

use crate::{
    config::Config,
    store::postgres::{DeskState, ListedDesk},
};
use rules::{At, program::RequiredProgram};

/// What somebody must see to at a desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum DeskProblem {
    /// Was not heard of for longer than desks are switched off.
    Silent,
    /// Works with an older program than is required.
    Old,
    /// Has less free disk than the threshold.
    Disk,
    /// Had the line, and an operation that waited longer than the threshold.
    Queue,
    /// Has a device in trouble.
    Device,
    /// Its clock differs from the centre's by more than is tolerated (L10).
    Clock,
}

impl DeskProblem {
    /// All problems, in the order of the list.
    pub const ALL: [Self; 6] = [Self::Silent, Self::Old, Self::Disk, Self::Queue, Self::Device, Self::Clock];

    /// Returns the name in lists and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Old => "old",
            Self::Disk => "disk",
            Self::Queue => "queue",
            Self::Device => "device",
            Self::Clock => "clock",
        }
    }
}

/// What desks are held against.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Thresholds and policy.
    pub config: &'a Config,
    /// Oldest program that may issue codes; its days of grace make no difference here.
    pub required: Option<RequiredProgram>,
    /// Time of the comparison.
    pub now: At,
}

impl Expected<'_> {
    /// Returns what is wrong with a desk in service. A silent desk is judged by its last word too,
    /// which may say why it is silent.
    #[must_use]
    pub fn problems(&self, desk: &ListedDesk) -> Vec<DeskProblem> {
        let alarms = &self.config.alarms;
        let state = desk.state(alarms.silent_after_ms(), self.now);
        if !matches!(state, DeskState::AtWork | DeskState::Silent(_)) {
            return Vec::new();
        }
        let told = desk.heartbeat.as_ref();
        let is = |problem: DeskProblem| match problem {
            DeskProblem::Silent => matches!(state, DeskState::Silent(_)),
            DeskProblem::Old => {
                let program = told.map(|(_, heartbeat)| heartbeat.program);
                program.zip(self.required).is_some_and(|(program, required)| program < required.version)
            }
            DeskProblem::Disk => {
                let free = told.and_then(|(_, heartbeat)| heartbeat.disk_free);
                free.is_some_and(|free| free < alarms.desk_disk_bytes())
            }
            DeskProblem::Queue => told.is_some_and(|(told_at, heartbeat)| {
                let oldest = heartbeat.oldest_waiting;
                oldest.is_some_and(|oldest| told_at.since_ms(oldest) > alarms.desk_queue_ms())
            }),
            DeskProblem::Device => {
                told.is_some_and(|(_, heartbeat)| !heartbeat.troubles.as_slice().is_empty())
            }
            DeskProblem::Clock => told.is_some_and(|(_, heartbeat)| {
                heartbeat.clock_ahead_ms.saturating_abs() > self.config.policy.clock_tolerance_ms
            }),
        };
        DeskProblem::ALL.into_iter().filter(|problem| is(*problem)).collect()
    }
}
