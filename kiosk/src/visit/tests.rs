use super::*;
use rules::Refusal;

fn held(offers: &[(Action, Option<Refusal>)]) -> Held {
    let offers = offers.iter().map(|&(action, refusal)| Offer { action, refusal }).collect();
    let record = ChannelView {
        name: Sensitive::new("王秀英".to_owned()),
        masked_number: "310***********1427".to_owned(),
        has_photo: false,
        code: None,
        offers,
        reports: Vec::new(),
        relatives: Vec::new(),
    };
    Held { session: Sensitive::new("session".to_owned()), record, photo: None }
}

fn card() -> Result<CardRequest, KioskFailure> {
    let (number, name) = ("11010519491231002X".to_owned(), "测试样例".to_owned());
    Ok(CardRequest { number: Sensitive::new(number), name: Sensitive::new(name) })
}

/// Returns a visit of somebody who logged in with a card, which lies on the reader.
fn with_holder(offers: &[(Action, Option<Refusal>)]) -> Visit {
    let mut visit = Visit::new();
    visit.command(Command::Begin).unwrap();
    visit.command(Command::Choose { way: Way::IdCard }).unwrap();
    visit.card_found();
    assert!(matches!(visit.card_read(card()), Some(Task::LogInByCard(_))));
    visit.logged_in(Ok(held(offers)));
    assert!(matches!(visit.step, Step::Holder));
    visit
}

fn refused(visit: &Visit) -> &Trouble {
    match &visit.step {
        Step::Refused(trouble) => trouble,
        _ => panic!("not refused"),
    }
}

#[test]
fn a_card_that_is_taken_ends_the_visit_and_everything_about_it_is_forgotten() {
    let mut visit = with_holder(&[(Action::Apply, None)]);
    let (generation, left) = (visit.generation, visit.watch_leaving());
    visit.card_removed();
    assert!(visit.is_free() && visit.held.is_none() && visit.card.is_none());
    assert_eq!(visit.ending, Some(Ending::CardTaken));
    assert!(visit.generation > generation, "what comes late is dropped");
    assert!(*left.borrow(), "a stuck sheet is cancelled");
}

#[test]
fn a_card_left_behind_logs_nobody_in_until_it_was_lifted() {
    let mut visit = with_holder(&[]);
    visit.end(Some(Ending::TimedOut));
    assert!(visit.card_left);
    visit.command(Command::Begin).unwrap();
    assert!(visit.command(Command::Choose { way: Way::IdCard }).unwrap().is_none(), "it is not read again");
    assert!(visit.card_read(card()).is_none());
    assert!(visit.card_left, "and it is still said");
    visit.card_removed();
    assert!(!visit.card_left && matches!(visit.step, Step::Waiting(Way::IdCard)));
    visit.card_found();
    assert!(visit.card_read(card()).is_some());
}

#[test]
fn a_card_that_lies_there_already_is_read_when_its_citizen_chooses_so() {
    let mut visit = Visit::new();
    visit.card_found();
    assert!(visit.card_read(card()).is_none(), "nobody asked for it");
    visit.command(Command::Begin).unwrap();
    let task = visit.command(Command::Choose { way: Way::IdCard }).unwrap();
    assert!(matches!(task, Some(Task::ReadCardAgain)));
}

#[test]
fn codes_and_cards_count_only_where_they_are_waited_for() {
    let code = || Ok(Sensitive::new("code".to_owned()));
    let mut visit = with_holder(&[]);
    assert!(visit.scanned(code()).is_none() && visit.card_read(card()).is_none());
    let mut visit = Visit::new();
    assert!(visit.scanned(code()).is_none());
    visit.command(Command::Begin).unwrap();
    visit.command(Command::Choose { way: Way::RelativeCode }).unwrap();
    assert!(visit.card_read(card()).is_none());
    assert!(matches!(visit.scanned(code()), Some(Task::LogInByCode(_))));
    visit.card_removed();
    assert!(!visit.is_free(), "a card that is not theirs ends nothing");
}

#[test]
fn nothing_is_done_that_the_centre_does_not_offer() {
    let mut visit = with_holder(&[
        (Action::Reissue, Some(Refusal::AlreadyIssuedToday)),
        (Action::Reprint, None),
        (Action::ReportLoss, None),
    ]);
    assert!(visit.command(Command::Act { action: Action::Reissue }).is_err());
    assert!(visit.command(Command::Act { action: Action::Void }).is_err());
    let task = visit.command(Command::Act { action: Action::ReportLoss }).unwrap();
    assert!(matches!(task, Some(Task::Act(_, Action::ReportLoss))));
    assert!(visit.command(Command::Act { action: Action::ReportLoss }).is_err(), "a second finger");
}

#[test]
fn a_new_code_is_printed_at_once_and_again_when_it_was_not() {
    let mut visit = with_holder(&[(Action::Apply, None)]);
    visit.command(Command::Act { action: Action::Apply }).unwrap();
    let task = visit.acted(Action::Apply, Ok(Arc::new(held(&[(Action::Reprint, None)]))));
    assert!(matches!(task, Some(Task::Print(_, Action::Apply))));
    assert!(visit.command(Command::PrintAgain).is_err(), "it is on its way");
    visit.printed(PrintState::NotPrinted);
    assert!(matches!(visit.command(Command::PrintAgain), Ok(Some(Task::Print(_, Action::Apply)))));
    visit.printed(PrintState::Printed);
    visit.command(Command::GoOn).unwrap();
    assert!(matches!(visit.step, Step::Holder));
}

#[test]
fn a_loss_prints_nothing() {
    let mut visit = with_holder(&[(Action::ReportLoss, None)]);
    visit.command(Command::Act { action: Action::ReportLoss }).unwrap();
    assert!(visit.acted(Action::ReportLoss, Ok(Arc::new(held(&[])))).is_none());
    assert!(matches!(visit.step, Step::Done { print: None, .. }));
}

#[test]
fn who_does_not_know_whether_it_was_done_logs_in_again() {
    let mut visit = with_holder(&[(Action::Apply, None)]);
    visit.command(Command::Act { action: Action::Apply }).unwrap();
    assert!(visit.acted(Action::Apply, Err(KioskFailure::OutcomeUnknown.into())).is_none());
    assert!(visit.held.is_none(), "the offers on screen may not be true any more");
    visit.command(Command::Back).unwrap();
    assert!(visit.is_free());
}

#[test]
fn n3_a_card_that_differs_can_only_be_reported() {
    let mut visit = with_holder(&[]);
    visit.end(None);
    visit.card_removed();
    visit.command(Command::Begin).unwrap();
    visit.command(Command::Choose { way: Way::IdCard }).unwrap();
    visit.card_found();
    visit.card_read(card());
    visit.logged_in(Err(KioskFailure::GoToWindow.into()));
    assert!(visit.can_report_card());
    assert_eq!(refused(&visit), &Trouble::Kiosk(KioskFailure::GoToWindow));
    assert!(visit.command(Command::Act { action: Action::Apply }).is_err());
    assert!(matches!(visit.command(Command::ReportCard), Ok(Some(Task::ReportCard(_)))));
}

#[test]
fn a_card_that_was_not_read_may_be_laid_again() {
    let mut visit = Visit::new();
    visit.command(Command::Begin).unwrap();
    visit.command(Command::Choose { way: Way::IdCard }).unwrap();
    visit.card_found();
    visit.card_read(Err(KioskFailure::CardNotRead));
    assert_eq!(refused(&visit), &Trouble::Kiosk(KioskFailure::CardNotRead));
    visit.card_removed();
    visit.card_found();
    assert!(visit.card_read(card()).is_some());
}
