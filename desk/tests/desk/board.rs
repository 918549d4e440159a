//! The board at a desk: asked for by a supervisor's own token, and remembered without a line.

use super::authority::audited;
use desk::{clock::ManualClock, store::audit::Event};
use fixture::{Fixture, clerk, logged_in_once, record, supervisor, told_of};
use rules::{
    At,
    authority::StaffRecord,
    permission::Role,
    wire::{BoardCasesRequest, BoardDays, BoardDesk, BoardDeskState, BoardResponse, Figure, FigureKey},
};
use std::sync::Arc;

const TODAY: BoardDays =
    BoardDays { from: rules::Day::constant(2026, 11, 30), through: rules::Day::constant(2026, 11, 30) };

/// A desk with a supervisor at the screen who logged in with the centre.
async fn supervised() -> (Fixture, Arc<ManualClock>) {
    let clock = ManualClock::new(At(jiff::Timestamp::now().as_millisecond()));
    let fixture = Fixture::with_clock(clock.clone()).await;
    told_of(&fixture, vec![record("2001", &[Role::Supervisor]), record("1001", &[Role::Clerk])]).await;
    logged_in_once(&fixture.desk, &["2001"]).await;
    let desk = BoardDesk {
        desk_number: 3,
        name: String::new(),
        state: BoardDeskState::Reached,
        last_contact: None,
        told: None,
        spoilt_today: 2,
        kit_ends_at: None,
    };
    show(&fixture, desk);
    (fixture, clock)
}

/// The centre shows this desk, and figures of any days.
fn show(fixture: &Fixture, desk: BoardDesk) {
    let mut mind = fixture.centre.mind();
    mind.board = BoardResponse { desks: vec![desk], server_time: At(0) };
    mind.figures = vec![Figure { key: FigureKey::All, done: 5, refused: 1, held: 0, spoilt: 2 }];
}

/// The centre dismisses somebody, and the desk has not heard of it.
fn dismiss(fixture: &Fixture, number: &str) {
    let mut mind = fixture.centre.mind();
    let dismissed = StaffRecord { active: false, ..mind.staff[number].clone() };
    mind.staff.insert(number.to_owned(), dismissed);
}

#[tokio::test]
async fn without_a_line_the_board_is_what_the_centre_said_last() {
    let (mut fixture, clock) = supervised().await;
    let desk = fixture.desk.clone();
    let operator = desk.session.operator().unwrap();
    let fresh = desk.lists.board.desks(&operator).await.unwrap();
    assert!(fresh.not_newer.is_none());
    assert_eq!(fresh.answer.desks[0].spoilt_today, 2);
    desk.lists.board.figures(&operator, TODAY).await.unwrap();
    let cases = BoardCasesRequest { days: TODAY, key: FigureKey::All, outcome: None };
    desk.lists.board.cases(&operator, &cases).await.unwrap();

    fixture.centre.stop().await;
    clock.advance(60_000);
    let old = desk.lists.board.desks(&operator).await.unwrap();
    assert_eq!(old.not_newer.unwrap().code(), "centre_connection_refused");
    assert_eq!((old.answer, old.at), (fresh.answer, fresh.at));
    let old = desk.lists.board.figures(&operator, TODAY).await.unwrap();
    assert_eq!(old.answer.figures[0].done, 5);
    // Other days were never asked for, and cases are not kept.
    let other = BoardDays { from: TODAY.from, through: rules::Day::constant(2026, 12, 1) };
    assert_eq!(
        desk.lists.board.figures(&operator, other).await.unwrap_err().code(),
        "centre_connection_refused"
    );
    assert_eq!(
        desk.lists.board.cases(&operator, &cases).await.unwrap_err().code(),
        "centre_connection_refused"
    );
}

#[tokio::test]
async fn s5_a_clerk_sees_nothing_of_the_board_not_even_what_is_remembered() {
    let (fixture, _) = supervised().await;
    let desk = &fixture.desk;
    desk.lists.board.desks(&desk.session.operator().unwrap()).await.unwrap();
    let clerk = clerk(desk);
    assert_eq!(desk.lists.board.desks(&clerk).await.unwrap_err().code(), "not_permitted");
    assert_eq!(desk.lists.board.figures(&clerk, TODAY).await.unwrap_err().code(), "not_permitted");
    assert_eq!(desk.lists.board.staff_names(&clerk).await.unwrap_err().code(), "not_permitted");
    assert_eq!(desk.lists.board.note_export(&clerk, TODAY).await.unwrap_err().code(), "not_permitted");
    let cases = BoardCasesRequest { days: TODAY, key: FigureKey::All, outcome: None };
    assert_eq!(desk.lists.board.cases(&clerk, &cases).await.unwrap_err().code(), "not_permitted");
    assert!(audited(desk, Event::BoardExported).await.is_empty());
    desk.lists.board.note_export(&supervisor(desk), TODAY).await.unwrap();
    assert_eq!(audited(desk, Event::BoardExported).await, ["ok"]);
}

#[tokio::test]
async fn whoever_the_centre_shows_nothing_is_shown_nothing_old() {
    let (fixture, _) = supervised().await;
    let desk = &fixture.desk;
    let operator = desk.session.operator().unwrap();
    desk.lists.board.desks(&operator).await.unwrap();
    dismiss(&fixture, "2001");
    assert_eq!(desk.lists.board.desks(&operator).await.unwrap_err().code(), "centre_refused");
}

#[tokio::test]
async fn a_supervisor_without_a_token_sees_the_last_board_and_is_told_to_log_in() {
    let (fixture, clock) = supervised().await;
    let desk = &fixture.desk;
    let operator = desk.session.operator().unwrap();
    desk.lists.board.desks(&operator).await.unwrap();
    // The centre's token ends before the session does.
    clock.advance(11 * 60_000);
    let old = desk.lists.board.desks(&operator).await.unwrap();
    assert_eq!(old.not_newer.unwrap().code(), "board_needs_log_in");
}
