//! The day (日结): what was done at this desk and what is left open.

use crate::{
    core::Core,
    error::DeskError,
    session::Operator,
    store::{
        self,
        case_file::{CaseFile, CaseState},
        print_job::{InHand, PrintJob},
        service::ServiceRecord,
    },
};
use rules::{Day, correction::overdue_before, op::OperationKind, permission::Duty, window::Paper};
use std::sync::Arc;

/// One day at this desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// Day in Shanghai that is listed.
    pub day: Day,
    /// Cases opened that day, oldest first.
    pub cases: Vec<CaseFile>,
    /// Prints asked for that day, oldest first.
    pub prints: Vec<PrintJob>,
    /// How the cases were served, in their order.
    pub services: Vec<ServiceRecord>,
    /// Cases put aside at this desk, of any day.
    pub open: Vec<CaseFile>,
    /// Operations of that day by kind.
    pub operations: Vec<(OperationKind, u32)>,
    /// Operations of that day the centre has not decided on.
    pub waiting: u32,
    /// Conflicts nobody has dealt with, of any day.
    pub open_conflicts: u32,
    /// Corrections that are not finished, of any day.
    pub open_corrections: u32,
    /// Those of them older than five working days.
    pub overdue_corrections: u32,
}

impl Journal {
    /// Counts the code sheets that came out: the clerk had them in hand, good or spoilt, or the
    /// printer said that they are printed.
    pub fn printed_sheets(&self) -> usize {
        let came_out = |print: &&PrintJob| {
            print.confirmed.is_some() || print.spooler_state.as_deref() == Some("completed")
        };
        self.sheets().filter(came_out).count()
    }

    /// Returns code sheets found spoilt, oldest first. A spoilt receipt or notice is none.
    pub fn spoilt_sheets(&self) -> impl Iterator<Item = &PrintJob> {
        self.sheets().filter(|print| print.confirmed == Some(InHand::Spoilt))
    }

    /// Counts the code sheets found spoilt.
    pub fn spoilt(&self) -> usize {
        self.spoilt_sheets().count()
    }

    /// Counts the code sheets confirmed good.
    pub fn good_sheets(&self) -> usize {
        self.sheets().filter(|print| print.confirmed == Some(InHand::Good)).count()
    }

    fn sheets(&self) -> impl Iterator<Item = &PrintJob> {
        self.prints.iter().filter(|print| print.paper == Paper::Sheet)
    }
}

/// Component for the day.
pub struct Days {
    core: Arc<Core>,
}

impl Days {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Returns the journal of a day.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] if no role of the operator allows it, and a
    /// database error if the store fails.
    pub async fn journal(&self, operator: &Operator, day: Day) -> Result<Journal, DeskError> {
        operator.may(Duty::Journal)?;
        let now = self.core.clock.read().at;
        let mut read = self.core.store.read().await?;
        let mut open = store::case_file::unfinished(&mut read, None).await?;
        open.retain(|case| case.state == CaseState::Suspended);
        let (open_corrections, overdue_corrections) =
            store::correction::unfinished(&mut read, overdue_before(now)).await?;
        Ok(Journal {
            day,
            cases: store::case_file::of_day(&mut read, day).await?,
            prints: store::print_job::of_day(&mut read, day).await?,
            services: store::service::of_day(&mut read, day).await?,
            open,
            operations: store::queue::kinds_of_day(&mut read, day).await?,
            waiting: store::queue::waiting_of_day(&mut read, day).await?,
            open_conflicts: store::conflict::open_count(&mut read).await?,
            open_corrections,
            overdue_corrections,
        })
    }
}
