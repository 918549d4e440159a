//! What clerk and citizen see when something goes wrong, screen by screen: the table of the
//! handbook.

use super::masked::with_printer;
use super::*;
use ::counter::view::{CitizenStage, PrintState};
use fixture::until;

/// What both windows show.
async fn seen(bench: &Bench) -> (Step, CitizenStage) {
    let told = bench.counter.case.citizen_window().await.unwrap();
    (bench.settled().await.step, told.stage)
}

async fn awaits_sheet(bench: &Bench) -> bool {
    bench.counter.case.citizen_window().await.unwrap().awaits_sheet
}

/// A case whose citizen is asked to compare.
async fn confirming(bench: &Bench) {
    bench.serve(&senior(1)).await;
    bench.counter.actions.begin(Action::Apply, None).await.unwrap();
}

#[tokio::test]
async fn a_printer_in_trouble_stops_no_case_and_nobody_is_told_to_take_a_sheet_that_is_not_there() {
    for (jams, code) in [(false, "printer_paper_out"), (true, "printer_paper_jam")] {
        let (bench, printer) = with_printer().await;
        bench.log_in(CLERK).await;
        let trouble = |on| if jams { printer.jam(on) } else { printer.take_paper_out(on) };
        trouble(true);
        confirming(&bench).await;
        assert_eq!(seen(&bench).await, (Step::Confirm, CitizenStage::PleaseCheck));
        bench.counter.actions.confirm(agreed()).await.unwrap();
        until(async || bench.settled().await.done.unwrap().prints[0].state == PrintState::Stopped).await;
        let print = bench.settled().await.done.unwrap().prints.remove(0);
        assert_eq!(print.trouble.unwrap().code, code);
        assert_eq!(seen(&bench).await, (Step::Done, CitizenStage::Done));
        assert!(awaits_sheet(&bench).await, "{code}: the sheet is not there yet");
        trouble(false);
        until(async || !awaits_sheet(&bench).await).await;
        assert_eq!(bench.settled().await.done.unwrap().prints[0].state, PrintState::Completed);
    }
}

#[tokio::test]
async fn with_the_printer_off_the_code_is_issued_and_its_print_has_failed() {
    let (bench, printer) = with_printer().await;
    bench.log_in(CLERK).await;
    drop(printer);
    confirming(&bench).await;
    assert_eq!(seen(&bench).await, (Step::Confirm, CitizenStage::PleaseCheck));
    bench.counter.actions.confirm(agreed()).await.unwrap();
    until(async || bench.settled().await.done.unwrap().prints[0].state == PrintState::Failed).await;
    let print = bench.settled().await.done.unwrap().prints.remove(0);
    assert_eq!(print.trouble.unwrap().code, "printer_unreachable");
    assert!(awaits_sheet(&bench).await);
    bench.counter.case.next_citizen().await.unwrap();
    assert_eq!(seen(&bench).await, (Step::Waiting, CitizenStage::TakeCard));
}

#[tokio::test]
async fn a_card_that_is_lifted_ends_a_case_without_action_and_no_other() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    bench.lift().await;
    assert_eq!(seen(&bench).await, (Step::Waiting, CitizenStage::Welcome));
    confirming(&bench).await;
    bench.lift().await;
    assert_eq!(seen(&bench).await, (Step::Confirm, CitizenStage::PleaseCheck));
    bench.counter.actions.confirm(agreed()).await.unwrap();
    assert_eq!(seen(&bench).await, (Step::Done, CitizenStage::Done));
}

#[tokio::test]
async fn another_card_disturbs_nothing_that_is_being_confirmed_and_is_noticed() {
    let (bench, other) = (Bench::open().await, senior(2));
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    // Nothing was begun: whoever comes is in front.
    assert!(bench.serve(&other).await.citizen.unwrap().masked_number == other.masked());
    bench.lift().await;

    confirming(&bench).await;
    assert!(!bench.settled().await.another_card);
    bench.lift().await;
    let view = bench.lay(&other, "李四").await;
    assert_eq!((view.step, view.another_card), (Step::Confirm, true));
    assert_eq!(view.citizen.unwrap().masked_number, senior(1).masked());
    assert_eq!(seen(&bench).await, (Step::Confirm, CitizenStage::PleaseCheck));
    assert!(!bench.lift().await.another_card);

    // What is done is closed by the next card.
    bench.counter.actions.confirm(agreed()).await.unwrap();
    let case = bench.settled().await.case_number.unwrap();
    assert_eq!(bench.serve(&other).await.citizen.unwrap().masked_number, other.masked());
    assert_eq!(bench.state_of(&case).await, CaseState::Closed);
}

#[tokio::test]
async fn a_lock_closes_the_citizen_window_and_keeps_every_screen() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    let locks = async |step, told| {
        bench.counter.session.lock().await.unwrap();
        assert_eq!(bench.counter.case.citizen_window().await.unwrap().stage, CitizenStage::Closed);
        bench.counter.session.unlock(PASSWORD.to_owned().into(), None).await.unwrap();
        assert_eq!(seen(&bench).await, (step, told));
    };
    locks(Step::Waiting, CitizenStage::Welcome).await;
    bench.serve(&senior(1)).await;
    locks(Step::Citizen, CitizenStage::InProgress).await;
    bench.counter.actions.begin(Action::Apply, None).await.unwrap();
    locks(Step::Confirm, CitizenStage::PleaseCheck).await;
    bench.counter.actions.confirm(agreed()).await.unwrap();
    locks(Step::Done, CitizenStage::Done).await;
}

#[tokio::test]
async fn a_program_that_ends_while_somebody_compares_has_done_nothing_and_asks_for_the_card_again() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    confirming(&bench).await;
    bench.desk.store().close().await;
    let counter = Counter::open(bench.folder.path().to_owned()).await;
    let bench = Bench { desk: counter.desk().unwrap(), counter, ..bench };
    assert_eq!(bench.counter.case.citizen_window().await.unwrap().stage, CitizenStage::Closed);
    bench.log_in(CLERK).await;
    assert_eq!(seen(&bench).await, (Step::Waiting, CitizenStage::Welcome));
    assert!(bench.suspended().await.is_empty());
    let person = bench.serve(&senior(1)).await;
    assert!(person.timeline.is_empty() && person.case_number.is_none(), "{person:?}");
}
