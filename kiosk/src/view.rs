//! What the page is shown.

use crate::{
    failure::{Sentence, Trouble},
    printing::PrintState,
    visit::{Ending, Step, Visit, Way, Work},
};
use axum::body::Bytes;
use rules::{correction::Field, failure::KioskFailure, life::Action, wire::ChannelView};
use serde::Serialize;

/// Devices and line, as far as they decide what can be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Health {
    pub(crate) has_reader: bool,
    pub(crate) has_scanner: bool,
    pub(crate) printer: Option<KioskFailure>,
    pub(crate) centre: Option<Trouble>,
}

impl Health {
    /// Returns what does not work, the most serious first.
    fn troubles(&self) -> Vec<Sentence> {
        let reader = (!self.has_reader).then_some(KioskFailure::ReaderAway);
        let scanner = (!self.has_scanner).then_some(KioskFailure::ScannerAway);
        let devices = [self.printer.clone(), reader, scanner].into_iter().flatten().map(Trouble::from);
        self.centre.iter().cloned().chain(devices).map(|trouble| Sentence::from(&trouble)).collect()
    }
}

/// All that the page knows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct View {
    /// Grows with every change; a page that has none yet says 0.
    pub(crate) number: u64,
    terminal: String,
    practice: bool,
    step: StepView,
    card_left: Option<Sentence>,
    card_present: bool,
    troubles: Vec<Sentence>,
    can_print: bool,
    /// Ways to log in that work now.
    ways: Vec<Way>,
    ending: Option<Ending>,
    /// Seconds until the visit ends, once they are few.
    leaves_in: Option<u64>,
    #[serde(skip)]
    pub(crate) photo: Option<Bytes>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "at", rename_all = "snake_case")]
enum StepView {
    Start,
    LogIn,
    Waiting { way: Way },
    Working { work: Work },
    Holder { holder: ChannelView },
    Done { action: Action, print: Option<PrintView>, goes_on: bool },
    Window { number: String, field: Field, print: PrintView },
    Refused { why: Sentence, goes_on: bool, can_report: bool },
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct PrintView {
    is_over: bool,
    failure: Option<Sentence>,
    can_print_again: bool,
}

/// What all views share.
pub(crate) struct Frame<'a> {
    pub(crate) terminal: &'a str,
    pub(crate) practice: bool,
    pub(crate) health: &'a Health,
    pub(crate) leaves_in: Option<u64>,
}

impl View {
    pub(crate) fn of(visit: &Visit, frame: &Frame<'_>) -> Self {
        let health = frame.health;
        let online = health.centre.is_none();
        let mut ways = Vec::new();
        if online && health.has_reader {
            ways.push(Way::IdCard);
        }
        if online && health.has_scanner {
            ways.extend([Way::SuishenCode, Way::RelativeCode]);
        }
        Self {
            number: 1,
            terminal: frame.terminal.to_owned(),
            practice: frame.practice,
            step: step(visit),
            card_left: visit.card_left.then(|| Sentence::from(&KioskFailure::CardLeft)),
            card_present: visit.card_present,
            troubles: health.troubles(),
            can_print: health.printer.is_none(),
            ways,
            ending: visit.ending,
            leaves_in: frame.leaves_in,
            photo: visit.held.as_ref().and_then(|held| held.photo.clone()),
        }
    }
}

fn step(visit: &Visit) -> StepView {
    let print_view = |print: &PrintState| PrintView {
        is_over: print.is_over(),
        failure: print.failure().as_ref().map(Sentence::from),
        can_print_again: *print == PrintState::NotPrinted,
    };
    match &visit.step {
        Step::Start => StepView::Start,
        Step::LogIn => StepView::LogIn,
        Step::Waiting(way) => StepView::Waiting { way: *way },
        Step::Working(work) => StepView::Working { work: *work },
        Step::Holder => match &visit.held {
            Some(held) => StepView::Holder { holder: held.record.clone() },
            None => StepView::Start,
        },
        Step::Done { action, print } => StepView::Done {
            action: *action,
            print: print.as_ref().map(print_view),
            goes_on: visit.held.is_some(),
        },
        Step::Window { ticket, print } => StepView::Window {
            number: ticket.number.clone(),
            field: ticket.field,
            print: PrintView { can_print_again: false, ..print_view(print) },
        },
        Step::Refused(failure) => StepView::Refused {
            why: failure.into(),
            goes_on: visit.held.is_some(),
            can_report: visit.can_report_card(),
        },
    }
}
