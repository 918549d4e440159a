//! One citizen's visit to the kiosk: a machine without I/O.
//!
//! It says at which step a visit is, what a touch or a card may do there, and what is forgotten
//! when it ends: everything.

use crate::{failure::Trouble, printing::PrintState};
use axum::body::Bytes;
use rules::{
    Sensitive,
    correction::Field,
    failure::KioskFailure,
    life::Action,
    op::CitizenRef,
    wire::{CardRequest, ChannelView, Offer},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::watch;

/// A way to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// With the ID card (身份证登录).
    IdCard,
    /// With the code of the citizen's phone (随申办登录).
    SuishenCode,
    /// With a relative's code (亲属码登录).
    RelativeCode,
}

/// What the citizen touched.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Command {
    /// The entry 离线随申码.
    Begin,
    Choose {
        way: Way,
    },
    Back,
    /// Issue, report a loss or print again, after it was confirmed (L6, L8).
    Act {
        action: Action,
    },
    /// Name or photo are wrong.
    Wrong {
        field: Field,
    },
    /// The card does not agree with the records: tell the window.
    ReportCard,
    /// Act for this one of the relatives.
    ActFor {
        place: usize,
    },
    PrintAgain,
    /// Go on with the same holder.
    GoOn,
    End,
    /// Somebody is still here.
    Touch,
}

/// What the terminal does for a visit.
#[derive(Clone)]
pub(crate) enum Task {
    ReadCardAgain,
    LogInByCard(CardRequest),
    LogInByCode(Sensitive<String>),
    Act(Arc<Held>, Action),
    /// Fetch and print the sheet, after this action.
    Print(Arc<Held>, Action),
    ActFor(Arc<Held>, CitizenRef),
    Report(Arc<Held>, Field),
    ReportCard(CardRequest),
}

/// A holder whose session is open.
pub(crate) struct Held {
    pub(crate) session: Sensitive<String>,
    pub(crate) record: ChannelView,
    pub(crate) photo: Option<Bytes>,
}

/// A report that the window gets, and what its ticket says.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    /// Last digits of the report's id.
    pub(crate) number: String,
    pub(crate) field: Field,
    pub(crate) masked_name: String,
    pub(crate) masked_number: String,
}

/// What a visit waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Work {
    Reading,
    LoggingIn,
    Acting,
    Reporting,
}

#[derive(Clone)]
pub(crate) enum Step {
    Start,
    LogIn,
    Waiting(Way),
    Working(Work),
    Holder,
    Done { action: Action, print: Option<PrintState> },
    Window { ticket: Ticket, print: PrintState },
    Refused(Trouble),
}

/// Why the last visit ended without its citizen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
    TimedOut,
    CardTaken,
}

/// The visit in front of the kiosk.
pub(crate) struct Visit {
    pub(crate) step: Step,
    pub(crate) held: Option<Arc<Held>>,
    /// The card it began with; what its report says.
    card: Option<CardRequest>,
    /// It ends when its card is taken.
    by_card: bool,
    pub(crate) card_present: bool,
    /// The card on the reader belongs to a visit that has ended.
    pub(crate) card_left: bool,
    pub(crate) ending: Option<Ending>,
    /// Counts visits and their tasks: the outcome of an earlier one is dropped.
    pub(crate) generation: u64,
    /// Tells prints that their citizen has left.
    left: watch::Sender<bool>,
}

impl Visit {
    pub(crate) fn new() -> Self {
        Self {
            step: Step::Start,
            held: None,
            card: None,
            by_card: false,
            card_present: false,
            card_left: false,
            ending: None,
            generation: 0,
            left: watch::channel(false).0,
        }
    }

    /// Returns whether nobody is served.
    pub(crate) const fn is_free(&self) -> bool {
        matches!(self.step, Step::Start)
    }

    /// Returns whether a card that does not agree with the records can be reported.
    pub(crate) const fn can_report_card(&self) -> bool {
        matches!(self.step, Step::Refused(Trouble::Kiosk(KioskFailure::GoToWindow))) && self.card.is_some()
    }

    pub(crate) fn watch_leaving(&self) -> watch::Receiver<bool> {
        self.left.subscribe()
    }

    /// Ends the visit and forgets everything about it.
    pub(crate) fn end(&mut self, ending: Option<Ending>) {
        let card_left = self.card_present && (self.by_card || self.card_left);
        self.left.send_replace(true);
        let (generation, card_present) = (self.generation + 1, self.card_present);
        *self = Self { generation, card_present, card_left, ending, ..Self::new() };
    }

    fn work(&mut self, work: Work, task: Task) -> Option<Task> {
        self.generation += 1;
        self.step = Step::Working(work);
        Some(task)
    }

    pub(crate) fn refuse(&mut self, trouble: impl Into<Trouble>) {
        self.step = Step::Refused(trouble.into());
    }

    /// Takes a touch. Returns what is to be done, or `Err` if it is not possible at this step, as
    /// where two fingers touched.
    pub(crate) fn command(&mut self, command: Command) -> Result<Option<Task>, ()> {
        Ok(match (command, &self.step) {
            (Command::Touch, _) => None,
            (Command::Begin, Step::Start) => {
                self.ending = None;
                self.step = Step::LogIn;
                None
            }
            (Command::Choose { way }, Step::LogIn) => {
                self.step = Step::Waiting(way);
                (way == Way::IdCard && self.card_present && !self.card_left).then_some(Task::ReadCardAgain)
            }
            (Command::Back, Step::Waiting(_)) => {
                self.step = Step::LogIn;
                None
            }
            (Command::Back, Step::Refused(_)) if self.held.is_some() => {
                self.step = Step::Holder;
                None
            }
            (Command::Back, Step::LogIn | Step::Refused(_)) | (Command::End, _) => {
                self.end(None);
                None
            }
            (Command::Act { action }, Step::Holder) => {
                let held = self.allowed(action).ok_or(())?;
                if action == Action::Reprint {
                    return Ok(self.print_sheet(action));
                }
                self.work(Work::Acting, Task::Act(held, action))
            }
            (Command::PrintAgain, Step::Done { action, print: Some(PrintState::NotPrinted) }) => {
                let action = *action;
                self.print_sheet(action)
            }
            (Command::GoOn, Step::Done { .. }) if self.held.is_some() => {
                self.step = Step::Holder;
                None
            }
            (Command::Wrong { field }, Step::Holder) => {
                let held = self.held.clone().ok_or(())?;
                self.work(Work::Reporting, Task::Report(held, field))
            }
            (Command::ReportCard, Step::Refused(Trouble::Kiosk(KioskFailure::GoToWindow))) => {
                let card = self.card.clone().ok_or(())?;
                self.work(Work::Reporting, Task::ReportCard(card))
            }
            (Command::ActFor { place }, Step::Holder) => {
                let held = self.held.clone().ok_or(())?;
                let relative = held.record.relatives.get(place).ok_or(())?.citizen_ref.clone();
                self.work(Work::LoggingIn, Task::ActFor(held, relative))
            }
            _ => return Err(()),
        })
    }

    /// Returns the holder if the centre offers them this action.
    fn allowed(&self, action: Action) -> Option<Arc<Held>> {
        let held = self.held.clone()?;
        let offered = |offer: &Offer| offer.action == action && offer.refusal.is_none();
        held.record.offers.iter().any(offered).then_some(held)
    }

    /// Begins to print the sheet of the live code.
    pub(crate) fn print_sheet(&mut self, action: Action) -> Option<Task> {
        let held = self.held.clone()?;
        self.generation += 1;
        self.step = Step::Done { action, print: Some(PrintState::Sending) };
        Some(Task::Print(held, action))
    }

    pub(crate) fn card_found(&mut self) {
        self.card_present = true;
        if matches!(self.step, Step::Waiting(Way::IdCard)) && !self.card_left {
            self.step = Step::Working(Work::Reading);
        }
    }

    /// Takes a card that was read. It counts where a card is waited for, and only then.
    pub(crate) fn card_read(&mut self, card: Result<CardRequest, KioskFailure>) -> Option<Task> {
        self.card_present = true;
        let is_awaited = matches!(self.step, Step::Waiting(Way::IdCard) | Step::Working(Work::Reading));
        if !is_awaited || self.card_left {
            return None;
        }
        self.by_card = true;
        match card {
            Ok(card) => {
                self.card = Some(card.clone());
                self.work(Work::LoggingIn, Task::LogInByCard(card))
            }
            Err(failure) => {
                self.refuse(failure);
                None
            }
        }
    }

    /// The card was taken away: whoever logged in with it has left.
    pub(crate) fn card_removed(&mut self) {
        self.card_present = false;
        self.card_left = false;
        match self.step {
            Step::Working(Work::Reading) => self.step = Step::Waiting(Way::IdCard),
            // Who reads why the card was not taken lays it again.
            Step::Refused(Trouble::Kiosk(KioskFailure::CardNotRead | KioskFailure::CardOther)) => {
                self.by_card = false;
                self.step = Step::Waiting(Way::IdCard);
            }
            _ if self.by_card => self.end(Some(Ending::CardTaken)),
            _ => {}
        }
    }

    /// Takes a code that was scanned, where one is waited for.
    pub(crate) fn scanned(&mut self, code: Result<Sensitive<String>, KioskFailure>) -> Option<Task> {
        if !matches!(self.step, Step::Waiting(Way::SuishenCode | Way::RelativeCode)) {
            return None;
        }
        match code {
            Ok(code) => self.work(Work::LoggingIn, Task::LogInByCode(code)),
            Err(failure) => {
                self.refuse(failure);
                None
            }
        }
    }

    pub(crate) fn logged_in(&mut self, outcome: Result<Held, Trouble>) {
        match outcome {
            Ok(held) => {
                self.held = Some(Arc::new(held));
                self.step = Step::Holder;
            }
            Err(failure) => self.refuse(failure),
        }
    }

    /// Takes what became of an action. A new code is printed at once.
    pub(crate) fn acted(&mut self, action: Action, outcome: Result<Arc<Held>, Trouble>) -> Option<Task> {
        match outcome {
            Ok(held) => {
                self.held = Some(held);
                if action == Action::ReportLoss {
                    self.step = Step::Done { action, print: None };
                    return None;
                }
                self.print_sheet(action)
            }
            Err(failure) => {
                if matches!(
                    failure,
                    Trouble::Kiosk(KioskFailure::OutcomeUnknown | KioskFailure::SessionEnded)
                ) {
                    self.held = None;
                }
                self.refuse(failure);
                None
            }
        }
    }

    pub(crate) fn reported(&mut self, outcome: Result<Ticket, Trouble>) {
        match outcome {
            Ok(ticket) => self.step = Step::Window { ticket, print: PrintState::Sending },
            Err(failure) => self.refuse(failure),
        }
    }

    pub(crate) fn printed(&mut self, state: PrintState) {
        match &mut self.step {
            Step::Done { print: Some(print), .. } | Step::Window { print, .. } => *print = state,
            _ => {}
        }
    }

    /// Returns whether something happens without a touch, so that the visit does not end meanwhile.
    pub(crate) const fn is_at_work(&self) -> bool {
        match &self.step {
            Step::Working(_) => true,
            Step::Done { print: Some(print), .. } | Step::Window { print, .. } => {
                matches!(print, PrintState::Sending | PrintState::Printing)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
