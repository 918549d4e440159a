//! A case is found again by the number on its papers.

use super::*;
use ::counter::view::{FormField, PageInput};
use rules::case_number::CaseNumber;

fn page(text: &str) -> PageInput {
    PageInput { offset: 0, limit: 10, text: Some(text.to_owned()) }
}

#[tokio::test]
async fn a_number_is_typed_as_it_is_printed_or_without_the_dashes() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    let shown = bench.issue(agreed(), Action::Apply).await.case_number.unwrap();
    let number: CaseNumber = shown.parse().unwrap();
    assert_eq!(shown, number.grouped());
    bench.counter.case.suspend().await.unwrap();
    bench.lift().await;
    for typed in [format!(" {shown} "), number.as_str().to_owned(), shown.replace('-', " ")] {
        let found = bench.counter.case.resume(typed).await.unwrap();
        assert_eq!(found.case_number.as_ref(), Some(&shown));
        bench.counter.case.suspend().await.unwrap();
    }
    let queue = bench.counter.lists.queue.page(page(&shown[7..]), None).await.unwrap();
    assert_eq!(queue.rows.iter().map(|row| row.case_number.as_ref()).collect::<Vec<_>>(), [Some(&shown)]);

    bench.gives_place_to(SUPERVISOR).await;
    let journal = bench.counter.lists.journal.day(None).await.unwrap();
    assert_eq!(journal.cases[0].case_number, shown);
}

#[tokio::test]
async fn a_mistyped_number_and_an_unknown_one_are_told_apart_beside_the_field() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    let shown = bench.begin_correction().await.1;
    let number: CaseNumber = shown.parse().unwrap();
    let elsewhere =
        CaseNumber::new(&"310199".parse().unwrap(), rules::Day::new(2026, 1, 1).unwrap(), 1, number.tenth())
            .unwrap();
    let mistyped = shown.replacen("-0", "-1", 1);
    for (typed, code) in [
        (mistyped, "case_number_malformed"),
        ("31".to_owned(), "case_number_malformed"),
        (elsewhere.grouped(), "case_unknown"),
    ] {
        let failure = bench.counter.case.resume(typed).await.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.field), (code, Some(FormField::CaseNumber)));
    }
}

/// A counter where one citizen got a code and left, and the number of their case.
async fn after_one_citizen() -> (Bench, String) {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    let closed = bench.issue(agreed(), Action::Apply).await.case_number.unwrap();
    bench.counter.case.next_citizen().await.unwrap();
    bench.lift().await;
    (bench, closed)
}

#[tokio::test]
async fn a_closed_case_is_not_taken_up_again_and_one_without_a_citizen_is_given_to_no_card() {
    let (bench, closed) = after_one_citizen().await;
    let failure = bench.counter.case.resume(closed.clone()).await.unwrap_err();
    assert_eq!((failure.code.as_str(), failure.field), ("case_closed", Some(FormField::CaseNumber)));
    assert_eq!(bench.state_of(&closed).await, CaseState::Closed);
    assert_eq!(bench.serve(&senior(2)).await.case_number, None);
    bench.lift().await;

    // Retention takes the citizen out of old cases.
    let operator = bench.desk.session.operator().unwrap();
    let nobodys = bench.desk.case.open(&operator, None).await.unwrap();
    bench.counter.case.resume(nobodys.grouped()).await.unwrap();
    assert_eq!(bench.serve(&senior(2)).await.case_number, None);
    assert_eq!(bench.state_of(nobodys.as_str()).await, CaseState::Suspended);
}

#[tokio::test]
async fn a_case_is_found_by_its_last_digits_and_by_name_and_a_closed_one_is_shown_as_closed() {
    let (bench, closed) = after_one_citizen().await;
    bench.serve(&senior(2)).await;
    let (id, suspended) = bench.begin_correction().await;
    bench.counter.case.suspend().await.unwrap();
    bench.lift().await;

    let found = async |typed: &str| match bench.counter.case.find(typed.to_owned()).await {
        Ok(rows) => rows.into_iter().map(|row| (row.case_number, row.state)).collect::<Vec<_>>(),
        Err(failure) => {
            assert_eq!(failure.field, Some(FormField::CaseNumber), "{typed}");
            vec![(failure.code, CaseState::Open)]
        }
    };
    let (is_closed, is_suspended) =
        ((closed.clone(), CaseState::Closed), (suspended.clone(), CaseState::Suspended));
    assert_eq!(found(&closed[closed.len() - 9..]).await, std::slice::from_ref(&is_closed));
    assert_eq!(
        found(&format!(" {} ", suspended.replace('-', " "))).await,
        std::slice::from_ref(&is_suspended)
    );
    assert_eq!(found(&closed[..10]).await, [is_suspended, is_closed.clone()], "newest first");
    // The name of an issued code is known; nobody has handed in the correction yet.
    assert_eq!(found("张演练").await, [is_closed]);
    let refused = async |typed: &str| found(typed).await.remove(0).0;
    assert_eq!(refused("赵演练").await, "case_unknown");
    assert_eq!(refused("012").await, "case_number_malformed");
    let mistyped = closed.replacen("-0", "-1", 1);
    assert_eq!(refused(&mistyped).await, "case_number_malformed");
    assert!(bench.desk.case.draft(&format!("correction name {id}")).await.unwrap().is_some());
}
