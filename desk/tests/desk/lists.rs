//! What the day says of its sheets, and who may print what.

use desk::store::print_job::{InHand, NewPrint};
use fixture::{Fixture, administrator, auditor, clerk, senior, wish};
use rules::{Refusal, window::Paper};

const fn paper(paper: Paper) -> NewPrint<'static> {
    NewPrint { case_number: None, serial: None, paper }
}

#[tokio::test]
async fn whoever_checks_the_devices_prints_a_test_page_and_nothing_else() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    for operator in [administrator(desk), clerk(desk)] {
        let id = desk.printing.ask(&operator, &paper(Paper::TestPage)).await.unwrap();
        desk.printing.confirm(&operator, id, InHand::Good).await.unwrap();
    }
    let refused = Refusal::NotPermitted.code();
    let refusal = desk.printing.ask(&auditor(desk), &paper(Paper::TestPage)).await.unwrap_err();
    assert_eq!(refusal.code(), refused);
    for other in [Paper::Sheet, Paper::Receipt, Paper::Notice, Paper::DayReport] {
        let refusal = desk.printing.ask(&administrator(desk), &paper(other)).await.unwrap_err();
        assert_eq!(refusal.code(), refused, "{other:?}");
        let id = desk.printing.ask(&clerk(desk), &paper(other)).await.unwrap();
        let refusal = desk.printing.confirm(&administrator(desk), id, InHand::Good).await.unwrap_err();
        assert_eq!(refusal.code(), refused, "{other:?}");
    }
    let journal = desk.lists.day.journal(&clerk(desk), desk.read_clock().at.day()).await.unwrap();
    let kept = journal.prints.iter().filter(|print| print.paper == Paper::TestPage).count();
    assert_eq!(kept, 2, "kept as what they are");
}

#[tokio::test]
async fn only_code_sheets_that_came_out_are_sheets() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let request = wish(desk, &senior(1)).await;
    let issued = desk.issue.new_code(&clerk(desk), &request).await.unwrap();
    for (which, printer, in_hand) in [
        (Paper::Sheet, "completed", Some(InHand::Good)),
        (Paper::Sheet, "cancelled", Some(InHand::Spoilt)),
        (Paper::Sheet, "completed", None),
        (Paper::Sheet, "failed", None),
        (Paper::Receipt, "completed", Some(InHand::Spoilt)),
        (Paper::DayReport, "completed", Some(InHand::Good)),
    ] {
        let serial = (which == Paper::Sheet).then_some(issued.serial);
        let new = NewPrint { case_number: Some(&request.case_number), serial, paper: which };
        let id = desk.printing.ask(&clerk(desk), &new).await.unwrap();
        desk.printing.record_state(id, printer, "none").await.unwrap();
        if let Some(in_hand) = in_hand {
            desk.printing.confirm(&clerk(desk), id, in_hand).await.unwrap();
        }
    }
    let journal = desk.lists.day.journal(&clerk(desk), desk.read_clock().at.day()).await.unwrap();
    assert_eq!((journal.printed_sheets(), journal.spoilt(), journal.good_sheets()), (3, 1, 1));
}
