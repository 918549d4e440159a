//! Lists of the office: journal, queue, calls, conflicts, board, accounts and audit trail.

mod accounts;
mod audit;
mod board;
mod calls;
mod conflicts;
mod figures;
mod journal;
mod queue;
mod tally;

pub use accounts::Accounts;
pub use audit::Audit;
pub use board::Board;
pub use calls::Calls;
pub use conflicts::Conflicts;
pub use journal::Journal;
pub use queue::Queue;

use crate::{core::Core, printing::Printing, view::PageInput};
use desk::store::Page;
use std::sync::Arc;

/// The lists, one component for each.
pub struct Lists {
    /// The day's journal (日结).
    pub journal: Journal,
    /// The outbox of this desk (同步).
    pub queue: Queue,
    /// Calls to citizens who were away (回访).
    pub calls: Calls,
    /// Conflicts with the centre.
    pub conflicts: Conflicts,
    /// The board of the site (看板).
    pub board: Board,
    /// Staff accounts of the site.
    pub accounts: Accounts,
    /// The audit trail of this desk.
    pub audit: Audit,
}

impl Lists {
    pub(crate) fn new(core: &Arc<Core>, printing: &Arc<Printing>) -> Self {
        Self {
            journal: Journal::new(core.clone(), printing.clone()),
            queue: Queue::new(core.clone()),
            calls: Calls::new(core.clone()),
            conflicts: Conflicts::new(core.clone(), printing.clone()),
            board: Board::new(core.clone()),
            accounts: Accounts::new(core.clone()),
            audit: Audit::new(core.clone()),
        }
    }
}

pub(crate) const fn store_page(page: &PageInput) -> Page {
    Page { offset: page.offset, limit: page.limit }
}
