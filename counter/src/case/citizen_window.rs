//! The case as the citizen window (客显) shows it.

use super::{
    answer::{Asked, Matter},
    stage::{Done, InFront, Stage},
    state::Case,
    view::citizen,
};
use crate::{
    format::day_text,
    view::{
        AskedCorrectionView, CitizenStage, CitizenWindowView, Confirmation, Paper, PrintState, PrintView,
    },
};
use rules::{
    eligibility::{Eligibility, Shortfall},
    life::Action,
};

/// Returns the view of the citizen. Full name and portrait are shown only while they are compared
/// (L8).
pub(crate) fn citizen_window(
    case: &Case,
    site_name: String,
    desk_number: u16,
    practice: bool,
    open: bool,
    prints: &[PrintView],
) -> CitizenWindowView {
    let stage = if open { citizen_stage(case) } else { CitizenStage::Closed };
    let card = match stage {
        CitizenStage::PleaseCheck
        | CitizenStage::InProgress
        | CitizenStage::Correcting
        | CitizenStage::CheckCorrection
        | CitizenStage::NotEligible
        | CitizenStage::TakeNotice
        | CitizenStage::Done => case.in_front().map(|person| citizen(&person.card_holder, Some(person))),
        CitizenStage::Closed
        | CitizenStage::Welcome
        | CitizenStage::Reading
        | CitizenStage::TakeCard
        | CitizenStage::Trouble => None,
    };
    let checking = stage == CitizenStage::PleaseCheck;
    let done = match &case.stage {
        Stage::Done(_, done) => Some(done),
        _ => None,
    };
    CitizenWindowView {
        revision: 0,
        stage,
        site_name,
        desk_number,
        practice,
        name: card.as_ref().map(|card| if checking { card.name.clone() } else { card.masked_name.clone() }),
        masked_number: card.as_ref().map(|card| card.masked_number.clone()),
        portrait: card.filter(|_| checking).and_then(|card| card.portrait),
        action: match &case.stage {
            Stage::Confirming(_, confirming) | Stage::Working(_, confirming) => Some(confirming.action),
            Stage::Done(_, done) => Some(done.action),
            _ => None,
        },
        valid_through: done.and_then(|done| done.valid_through).map(day_text),
        confirmation: done.map(|done| done.confirmation),
        awaits_sheet: stage == CitizenStage::Done
            && done.is_some_and(|done| has_sheet(done))
            && !is_printed(prints),
        answer: case.asked_now().map(Asked::state).filter(|_| open),
        correction: asked_correction(case).filter(|_| stage == CitizenStage::CheckCorrection),
    }
}

/// Tells whether the action ends with a code sheet.
fn has_sheet(done: &Done) -> bool {
    let is_refused = done.confirmation == Confirmation::Refused;
    !is_refused && (done.action.makes_code() || done.action == Action::Reprint)
}

/// Tells whether the last code sheet came out of the printer and is not said to be spoilt.
fn is_printed(prints: &[PrintView]) -> bool {
    let last = prints.iter().rfind(|print| print.paper == Paper::Sheet);
    last.is_some_and(|print| print.state == PrintState::Completed && print.good != Some(false))
}

fn is_asked_about_correction(case: &Case) -> bool {
    case.asked_now().is_some_and(|asked| matches!(asked.matter, Matter::Correction(_)))
}

fn asked_correction(case: &Case) -> Option<AskedCorrectionView> {
    match &case.asked_now()?.matter {
        Matter::Action(_) => None,
        Matter::Correction(about) => Some(AskedCorrectionView {
            field: about.field,
            before: about.before.clone(),
            after: about.after.clone(),
        }),
    }
}

/// Where the window is, without anything about a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub stage: CitizenStage,
    /// Somebody is in front, or their card is being read.
    pub is_served: bool,
    /// Number of the case in hand, once it has one.
    pub case_number: Option<String>,
    /// Answer of the centre, once something is done.
    pub result: Option<Confirmation>,
}

/// Returns where the window is.
pub(super) fn seen(case: &Case, open: bool) -> Seen {
    Seen {
        stage: if open { citizen_stage(case) } else { CitizenStage::Closed },
        is_served: !matches!(case.stage, Stage::Waiting),
        case_number: case.number.clone(),
        result: match &case.stage {
            Stage::Done(_, done) => Some(done.confirmation),
            _ => None,
        },
    }
}

/// Returns what the citizen is told now. It says nothing that is not so.
fn citizen_stage(case: &Case) -> CitizenStage {
    match &case.stage {
        Stage::Waiting | Stage::Known(_) if case.failure.is_some() => CitizenStage::Trouble,
        // Whose card this is has been served, or nobody: it is read again only when asked for.
        Stage::Waiting if case.card_present => CitizenStage::TakeCard,
        Stage::Waiting => CitizenStage::Welcome,
        Stage::Reading(_) => CitizenStage::Reading,
        Stage::Known(_) | Stage::Done(..) if is_asked_about_correction(case) => CitizenStage::CheckCorrection,
        Stage::Known(_) | Stage::Done(..) if case.is_held() => CitizenStage::Correcting,
        Stage::Known(_) if case.notified => CitizenStage::TakeNotice,
        Stage::Known(person) if may_hold_none(person) => CitizenStage::NotEligible,
        Stage::Known(_) | Stage::Working(..) => CitizenStage::InProgress,
        Stage::Confirming(..) => CitizenStage::PleaseCheck,
        Stage::Done(..) => CitizenStage::Done,
    }
}

/// Tells whether the citizen has no code and may not get one, as far as is known here.
fn may_hold_none(person: &InFront) -> bool {
    let eligibility = person.citizen.holder.eligibility;
    let is_known = !matches!(eligibility, Eligibility::NotEligible { shortfall: Shortfall::NotKnownOffline });
    is_known && matches!(eligibility, Eligibility::NotEligible { .. }) && person.live_code().is_none()
}

/// Returns the view of a window at which nobody works.
pub(crate) const fn closed_window() -> CitizenWindowView {
    CitizenWindowView {
        revision: 0,
        stage: CitizenStage::Closed,
        site_name: String::new(),
        desk_number: 0,
        practice: false,
        name: None,
        masked_number: None,
        portrait: None,
        action: None,
        valid_through: None,
        confirmation: None,
        awaits_sheet: false,
        answer: None,
        correction: None,
    }
}
