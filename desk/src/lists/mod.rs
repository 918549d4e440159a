//! What the lists show: the day (日结), the queue (同步队列), conflicts (冲突), the audit (审计), the
//! board (看板).

mod audit;
mod board;
mod conflicts;
mod day;
mod queue;

pub use audit::AuditTrail;
pub use board::{Board, Remembered};
pub use conflicts::Conflicts;
pub use day::{Days, Journal};
pub use queue::Queue;

use crate::{core::Core, session::Sessions};
use std::sync::Arc;

/// The lists of a desk, each with its own questions.
pub struct Lists {
    /// What was done on a day.
    pub day: Days,
    /// Operations and what the centre decided on them.
    pub queue: Queue,
    /// Operations the centre did not take as they were.
    pub conflicts: Conflicts,
    /// The audit log.
    pub audit: AuditTrail,
    /// The board of the site.
    pub board: Board,
}

impl Lists {
    pub(crate) fn new(core: &Arc<Core>, session: &Arc<Sessions>) -> Self {
        Self {
            day: Days::new(core.clone()),
            queue: Queue::new(core.clone()),
            conflicts: Conflicts::new(core.clone()),
            audit: AuditTrail::new(core.clone()),
            board: Board::new(core.clone(), session.clone()),
        }
    }
}
