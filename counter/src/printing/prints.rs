//! The prints of the case in hand, and those of cases that were left before the printer was done
//! with them. No I/O here.

use super::is_over;
use crate::{
    format::time_text,
    view::{Failure, Paper, PrintState, PrintView},
};
use drivers::printer::PrintJob;
use rules::{At, failure::CounterFailure, life::Serial};
use uuid::Uuid;

/// A paper that was sent to the printer, until the clerk has accounted for it.
#[derive(Debug)]
pub(super) struct Print {
    pub id: Uuid,
    pub paper: Paper,
    pub serial: Option<Serial>,
    asked_at: At,
    pub state: PrintState,
    trouble: Option<Failure>,
    pub good: Option<bool>,
    pub job: Option<PrintJob>,
    cancelled: bool,
    /// Its case was left.
    left: bool,
    /// It was stuck in the printer when its case had been left: a sheet of somebody who has gone
    /// may lie in the tray.
    left_stuck: bool,
}

impl Print {
    /// Returns a print that is being sent.
    pub(super) const fn new(id: Uuid, paper: Paper, serial: Option<Serial>, asked_at: At) -> Self {
        Self {
            id,
            paper,
            serial,
            asked_at,
            state: PrintState::Sending,
            trouble: None,
            good: None,
            job: None,
            cancelled: false,
            left: false,
            left_stuck: false,
        }
    }

    /// Returns the problem that keeps it from coming out of the printer, or what the clerk has to
    /// look for after it was left.
    fn shown_trouble(&self) -> Option<Failure> {
        if self.left_stuck && is_over(self.state) {
            return Some(CounterFailure::PrintLeft.into());
        }
        let is_blocked = matches!(self.state, PrintState::Stopped | PrintState::Cancelling);
        self.trouble.clone().filter(|_| is_blocked)
    }

    /// Notes that it is stuck although its case was left. Returns the job, which is to be
    /// cancelled: it would come out in front of the next citizen.
    fn stuck_job(&mut self) -> Option<PrintJob> {
        let is_stuck = matches!(self.state, PrintState::Stopped | PrintState::Held);
        if !(self.left && is_stuck) {
            return None;
        }
        self.left_stuck = true;
        self.job.clone()
    }

    /// Takes the printer's state. The printer does not report that a cancelled job is still
    /// printing.
    fn set_state(&mut self, state: PrintState, trouble: Option<Failure>) {
        self.state = if self.cancelled && !is_over(state) { PrintState::Cancelling } else { state };
        self.trouble = trouble;
    }

    fn view(&self) -> PrintView {
        PrintView {
            id: self.id.to_string(),
            paper: self.paper,
            asked_at: time_text(self.asked_at),
            state: self.state,
            trouble: self.trouble.clone(),
            good: self.good,
        }
    }
}

/// All prints that are not accounted for yet.
#[derive(Debug, Default)]
pub(super) struct Prints(Vec<Print>);

impl Prints {
    pub(super) fn add(&mut self, print: Print) {
        self.0.push(print);
    }

    pub(super) fn get(&self, id: Uuid) -> Option<&Print> {
        self.0.iter().find(|print| print.id == id)
    }

    pub(super) fn get_mut(&mut self, id: Uuid) -> Option<&mut Print> {
        self.0.iter_mut().find(|print| print.id == id)
    }

    /// Returns the prints of the case in hand.
    pub(super) fn views(&self) -> Vec<PrintView> {
        self.0.iter().filter(|print| !print.left).map(Print::view).collect()
    }

    /// Returns the trouble that the status line shows.
    pub(super) fn trouble(&self) -> Option<Failure> {
        self.0.iter().find_map(Print::shown_trouble)
    }

    /// Leaves the prints of the case in hand. Those the printer is not done with are followed
    /// further. Returns the jobs that are stuck and are to be cancelled.
    pub(super) fn leave(&mut self) -> Vec<(Uuid, PrintJob)> {
        self.0.retain(|print| print.left || !is_over(print.state));
        let all = self.0.iter_mut();
        all.filter_map(|print| {
            let was_left = std::mem::replace(&mut print.left, true);
            print.stuck_job().filter(|_| !was_left).map(|job| (print.id, job))
        })
        .collect()
    }

    /// Takes the printer's state of a print. Returns the job if it is to be cancelled.
    pub(super) fn set_state(
        &mut self,
        id: Uuid,
        state: PrintState,
        trouble: Option<Failure>,
    ) -> Option<PrintJob> {
        let print = self.get_mut(id)?;
        print.set_state(state, trouble);
        let to_cancel = print.stuck_job();
        // A sheet that comes out is seen by the clerk, who then sees what else lies in the tray.
        let came_out = state == PrintState::Completed;
        self.0.retain(|print| !print.left || !is_over(print.state) || (print.left_stuck && !came_out));
        to_cancel
    }

    pub(super) fn mark_cancelled(&mut self, id: Uuid) {
        if let Some(print) = self.get_mut(id) {
            print.cancelled = true;
            print.set_state(print.state, print.trouble.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drivers::printer::Printer;

    fn with_one(n: u128, prints: &mut Prints) -> Uuid {
        let id = Uuid::from_u128(n);
        let mut print = Print::new(id, Paper::Sheet, None, At(0));
        print.job = Some(Printer::at("ipp://localhost/ipp/print").unwrap().existing_job(7));
        prints.add(print);
        id
    }

    fn paper_out() -> Option<Failure> {
        Some(CounterFailure::PrintSending.into()) // any trouble of the printer
    }

    fn shown(prints: &Prints) -> Option<String> {
        prints.trouble().map(|failure| failure.code)
    }

    #[test]
    fn a_stuck_sheet_is_cancelled_when_its_case_is_left_and_stays_shown_until_paper_comes_out() {
        let mut prints = Prints::default();
        let stuck = with_one(1, &mut prints);
        assert_eq!(prints.set_state(stuck, PrintState::Stopped, paper_out()), None, "its citizen waits");
        let to_cancel: Vec<_> = prints.leave().into_iter().map(|(id, _)| id).collect();
        assert_eq!(to_cancel, [stuck]);
        prints.mark_cancelled(stuck);
        assert!(prints.views().is_empty() && prints.leave().is_empty());
        assert_eq!(shown(&prints).as_deref(), Some("print_sending"));
        prints.set_state(stuck, PrintState::Cancelled, None);
        assert_eq!(shown(&prints).as_deref(), Some("print_left"));

        let next = with_one(2, &mut prints);
        prints.set_state(next, PrintState::Printing, None);
        assert_eq!(shown(&prints).as_deref(), Some("print_left"));
        prints.set_state(next, PrintState::Completed, None);
        assert_eq!((shown(&prints), prints.views().len()), (None, 1));
    }

    #[test]
    fn a_sheet_that_gets_stuck_after_its_case_was_left_is_cancelled_and_one_that_comes_out_is_forgotten() {
        let mut prints = Prints::default();
        let (late, fine) = (with_one(1, &mut prints), with_one(2, &mut prints));
        assert!(prints.leave().is_empty(), "both are still printing");
        assert_eq!(prints.set_state(fine, PrintState::Completed, None), None);
        assert!(prints.get(fine).is_none());
        assert!(prints.set_state(late, PrintState::Stopped, paper_out()).is_some());
        // It came out although it was to be cancelled: the clerk is told to look.
        prints.mark_cancelled(late);
        prints.set_state(late, PrintState::Cancelled, None);
        assert_eq!(shown(&prints).as_deref(), Some("print_left"));
    }
}
