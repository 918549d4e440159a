//! A case that waits for its card, and what ends the waiting.

use super::*;

#[tokio::test]
async fn a_case_taken_up_by_its_number_keeps_it_when_the_card_is_laid() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    let (_, case) = bench.begin_correction().await;
    bench.counter.case.suspend().await.unwrap();
    bench.lift().await;
    assert_eq!(bench.suspended().await, [case.as_str()]);

    let found = bench.counter.case.resume(case.clone()).await.unwrap();
    assert_eq!(found.failure.unwrap().code, "lay_card_again");
    assert_eq!(found.case_number.as_ref(), Some(&case));
    let seated = bench.serve(&senior(1)).await;
    assert_eq!((seated.case_number.as_ref(), seated.failure), (Some(&case), None));
    assert_eq!(bench.begin_correction().await.1, case, "no second number");
    assert_eq!(bench.desk.case.unfinished(None).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_case_taken_up_waits_again_when_somebody_else_comes_or_nobody() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    let (_, case) = bench.begin_correction().await;
    bench.counter.case.suspend().await.unwrap();
    bench.lift().await;

    bench.counter.case.resume(case.clone()).await.unwrap();
    assert_eq!(bench.state_of(&case).await, CaseState::Open);
    let other = bench.serve(&senior(2)).await;
    assert_eq!(other.case_number, None);
    assert_eq!(bench.suspended().await, [case.as_str()]);

    bench.lift().await;
    bench.counter.case.resume(case.clone()).await.unwrap();
    bench.counter.case.next_citizen().await.unwrap();
    assert_eq!(bench.suspended().await, [case.as_str()]);

    // Lifted before it was read, it still waits for its card; taken up behind somebody's back it
    // puts theirs aside.
    bench.counter.case.resume(case.clone()).await.unwrap();
    bench.counter.case.handle_card_event(CardEvent::CardFound { reader: reader() }).await;
    bench.lift().await;
    assert_eq!(bench.serve(&senior(1)).await.case_number.as_ref(), Some(&case));
    bench.lift().await;
    bench.serve(&senior(2)).await;
    let (_, second) = bench.begin_correction().await;
    bench.counter.case.resume(case.clone()).await.unwrap();
    assert_eq!(bench.suspended().await, [second.as_str()]);
}

#[tokio::test]
async fn a_case_whose_card_is_lifted_waits_and_is_found_by_the_card() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    let (_, case) = bench.begin_correction().await;
    let gone = bench.lift().await;
    assert_eq!((gone.step, gone.case_number), (Step::Waiting, None));
    assert_eq!(bench.suspended().await, [case.as_str()]);
    assert_eq!(bench.serve(&senior(1)).await.case_number.as_ref(), Some(&case));
    assert_eq!(bench.state_of(&case).await, CaseState::Open);

    // Another clerk reads the same card: what was put aside is not theirs.
    bench.gives_place_to(OTHER_CLERK).await;
    assert_eq!(bench.suspended().await, [case.as_str()]);
    assert_eq!(bench.serve(&senior(1)).await.case_number, None);
    bench.gives_place_to(CLERK).await;
    assert_eq!(bench.serve(&senior(1)).await.case_number.as_ref(), Some(&case));
}

#[tokio::test]
async fn the_next_card_closes_a_case_that_is_done() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    let done = bench.issue(agreed(), Action::Apply).await;
    let case = done.case_number.unwrap();
    assert_eq!((done.step, bench.state_of(&case).await), (Step::Done, CaseState::Open));
    bench.lift().await;
    assert_eq!(bench.state_of(&case).await, CaseState::Open, "the sheet is still to be handed over");
    assert_eq!(bench.serve(&senior(2)).await.case_number, None);
    assert_eq!(bench.state_of(&case).await, CaseState::Closed);

    // So does whoever sits down next.
    let done = bench.issue(agreed(), Action::Apply).await;
    bench.gives_place_to(OTHER_CLERK).await;
    assert_eq!(bench.state_of(&done.case_number.unwrap()).await, CaseState::Closed);
    assert!(bench.suspended().await.is_empty());
}
