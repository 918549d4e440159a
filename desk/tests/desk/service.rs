//! Tickets, times and ratings of cases.

use desk::service::{CalledTicket, Sitting};
use fixture::{Fixture, clerk, senior};
use rules::At;

#[tokio::test]
async fn a_rating_is_bound_to_a_case_of_this_desk_once() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let case = desk.case.open(&clerk(desk), Some(&desk.citizen_ref(&senior(1)))).await.unwrap();
    let rate =
        async |number: &str, score| desk.service.rate(number, score).await.map_err(|error| error.code());
    assert_eq!(rate("310000202611230010000000", 5).await, Err("case_unknown"));
    rate(case.as_str(), 4).await.unwrap();
    rate(case.as_str(), 4).await.unwrap();
    assert_eq!(rate(case.as_str(), 5).await, Err("case_rated"), "the first rating stays");
    let journal = desk.lists.day.journal(&clerk(desk), case.day().unwrap()).await.unwrap();
    assert_eq!(journal.services[0].rating, Some(4));
}

#[tokio::test]
async fn a_case_keeps_its_first_ticket_and_the_time_of_all_its_sittings() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let case = desk.case.open(&clerk(desk), None).await.unwrap();
    let sitting = |ticket: &str| Sitting {
        case_number: case.as_str().to_owned(),
        begun_at: At(1),
        ticket: Some(CalledTicket { ticket: ticket.to_owned(), called_at: At(0), waited_seconds: Some(60) }),
    };
    for (ticket, served_ms) in [("A1", 2_000), ("B7", 3_000)] {
        desk.service.begin(&sitting(ticket)).await.unwrap();
        desk.service.end(case.as_str(), served_ms).await.unwrap();
    }
    let journal = desk.lists.day.journal(&clerk(desk), case.day().unwrap()).await.unwrap();
    let [record] = &journal.services[..] else { panic!("one case") };
    assert_eq!((record.ticket.as_deref(), record.waited_seconds), (Some("A1"), Some(60)));
    assert_eq!((record.served_ms, record.rating), (5_000, None));
}

#[tokio::test]
async fn what_is_open_from_any_day_is_in_the_journal_of_each() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let case = desk.case.open(&clerk(desk), None).await.unwrap();
    desk.case.suspend(&clerk(desk), case.as_str()).await.unwrap();
    let other_day = case.day().unwrap().tomorrow().unwrap();
    let journal = desk.lists.day.journal(&clerk(desk), other_day).await.unwrap();
    assert!(journal.cases.is_empty());
    assert_eq!(
        journal.open.iter().map(|case| case.case_number.as_str()).collect::<Vec<_>>(),
        [case.as_str()]
    );
}
