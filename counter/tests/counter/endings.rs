//! How a case ends: closed when nothing is left to do, suspended otherwise.

use super::*;
use ::counter::view::Paper;

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
