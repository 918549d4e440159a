//! How a case ends: closed when nothing is left to do, suspended otherwise.

use super::masked::with_printer;
use super::*;
use ::counter::view::{CitizenStage, DeviceKind, Paper, PrintState};
use fixture::until;

#[tokio::test]
async fn a_case_that_ended_with_the_notice_is_closed_when_the_card_is_lifted() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    bench.serve(&number("19800101", 1)).await;
    let case = bench.counter.papers.print(Paper::Notice).await.unwrap().case_number.unwrap();
    bench.lift().await;
    assert_eq!(bench.state_of(&case).await, CaseState::Closed);
    assert!(bench.suspended().await.is_empty());

    // What was begun beside it still waits.
    bench.serve(&senior(1)).await;
    bench.begin_correction().await;
    let case = bench.counter.papers.print(Paper::Notice).await.unwrap().case_number.unwrap();
    bench.lift().await;
    assert_eq!(bench.suspended().await, [case]);
}

#[tokio::test]
async fn the_citizen_window_asks_for_a_card_that_still_lies_there_and_says_what_is_being_done() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    let told = async || bench.counter.case.citizen_window().await.unwrap().stage;
    bench.serve(&senior(1)).await;
    assert_eq!(told().await, CitizenStage::InProgress);
    let (id, _) = bench.begin_correction().await;
    bench.counter.correction.attend(Some(id.clone())).await.unwrap();
    assert_eq!(told().await, CitizenStage::Correcting);
    bench.counter.correction.attend(None).await.unwrap();
    bench.counter.correction.withdraw(id).await.unwrap();
    bench.issue(agreed(), Action::Apply).await;
    assert_eq!(told().await, CitizenStage::Done);
    bench.counter.case.next_citizen().await.unwrap();
    assert_eq!(told().await, CitizenStage::TakeCard);
    bench.lift().await;
    assert_eq!(told().await, CitizenStage::Welcome);

    // Offline nobody knows yet who between 18 and 59 may hold a code.
    bench.serve(&number("19800101", 1)).await;
    assert_eq!(told().await, CitizenStage::InProgress);
    bench.counter.papers.print(Paper::Notice).await.unwrap();
    assert_eq!(told().await, CitizenStage::TakeNotice);
}

#[tokio::test]
async fn who_may_not_hold_a_code_is_not_told_to_wait() {
    let of_forty = number("19800101", 1);
    let bench = Bench::with_registered(&[&of_forty]).await;
    bench.serve(&of_forty).await;
    assert_eq!(bench.counter.case.citizen_window().await.unwrap().stage, CitizenStage::NotEligible);
}

#[tokio::test]
async fn a_sheet_without_paper_is_cancelled_with_its_case_and_shown_until_the_next_one_comes_out() {
    let (bench, printer) = with_printer().await;
    bench.log_in(CLERK).await;
    printer.take_paper_out(true);
    bench.serve(&senior(1)).await;
    bench.issue(agreed(), Action::Apply).await;
    let print = async || bench.settled().await.done.unwrap().prints[0].state;
    until(async || print().await == PrintState::Stopped).await;
    let trouble = async || {
        let devices = bench.counter.session.status().await.unwrap().devices;
        let printer = devices.into_iter().find(|one| one.kind == DeviceKind::Printer).unwrap();
        printer.trouble.map(|failure| failure.code)
    };
    assert_eq!(trouble().await.as_deref(), Some("printer_paper_out"));
    assert!(!printer.was_cancelled(), "its citizen waits for it");

    bench.counter.case.next_citizen().await.unwrap();
    until(async || printer.was_cancelled()).await;
    printer.take_paper_out(false);
    until(async || trouble().await.as_deref() == Some("print_left")).await;
    bench.lift().await;
    bench.serve(&senior(2)).await;
    bench.issue(agreed(), Action::Apply).await;
    until(async || print().await == PrintState::Completed).await;
    assert_eq!(trouble().await, None);
}
