//! The board as a supervisor sees it, and its files.

use super::*;
use ::counter::view::{BoardFormat, BoardSpan, FiguresInput};
use rules::{
    At,
    wire::{BoardDesk, BoardDeskState, BoardResponse, BoardTold, Channel, DeviceTrouble, Figure, FigureKey},
};
use std::{os::unix::fs::PermissionsExt as _, path::Path};

/// A counter with a supervisor at the screen, and a centre that shows a board.
async fn supervised() -> Bench {
    let bench = Bench::online().await;
    let now = At(jiff::Timestamp::now().as_millisecond());
    let failure = "printer_paper_out".to_owned().try_into().unwrap();
    let trouble = DeviceTrouble { device: rules::window::DeviceKind::Printer, failure };
    let told = BoardTold {
        at: now,
        staff: Some(CLERK.parse().unwrap()),
        waiting: 2,
        oldest_waiting: Some(now.plus_ms(-90_000)),
        conflicts: 1,
        troubles: vec![trouble].try_into().unwrap(),
    };
    let desk = BoardDesk {
        desk_number: bench.desk.identity().desk_number,
        name: String::new(),
        state: BoardDeskState::Reached,
        last_contact: Some(now),
        told: Some(told),
        spoilt_today: 1,
        kit_ends_at: Some(now.plus_ms(-3_600_000)),
    };
    show(&bench.centre, BoardResponse { desks: vec![desk], server_time: now });
    bench.log_in(SUPERVISOR).await;
    bench
}

/// The centre shows this board, and figures of any days.
fn show(centre: &TestCentre, board: BoardResponse) {
    let figure = |key| Figure { key, done: 4, refused: 0, held: 0, spoilt: 1 };
    let mut mind = centre.mind();
    mind.board = board;
    mind.figures = vec![
        figure(FigureKey::All),
        figure(FigureKey::Channel { channel: Channel::Counter }),
        figure(FigureKey::Staff { staff: CLERK.parse().unwrap() }),
    ];
}

fn today() -> FiguresInput {
    FiguresInput { span: BoardSpan::Day, day: None }
}

#[tokio::test]
async fn the_board_names_people_and_says_troubles_in_words() {
    let bench = supervised().await;
    let board = &bench.counter.lists.board;
    let view = board.view().await.unwrap();
    let [desk] = &view.desks[..] else { panic!("{view:?}") };
    assert!(desk.is_here && view.not_newer.is_none());
    assert_eq!(desk.staff.as_deref(), Some(CLERK));
    assert!(desk.staff_name.as_ref().is_some_and(|name| !name.is_empty()));
    assert_eq!(desk.oldest_seconds, Some(90));
    assert_eq!(desk.kit.as_ref().unwrap().overdue_seconds, Some(3600));
    assert!(desk.troubles[0].sentence.zh.contains("纸"), "{view:?}");
    let figures = board.figures(today()).await.unwrap();
    let of_clerk = figures.figures.iter().find(|figure| matches!(figure.key, FigureKey::Staff { .. }));
    assert!(of_clerk.unwrap().label.is_some());
    let wrong = FiguresInput { day: Some("30 November".to_owned()), ..today() };
    assert_eq!(board.figures(wrong).await.unwrap_err().code, "not_a_day");
}

#[tokio::test]
async fn figures_are_exported_for_this_user_alone_with_numbers_in_place_of_names() {
    let bench = supervised().await;
    let board = &bench.counter.lists.board;
    let name = board.view().await.unwrap().desks[0].staff_name.clone().unwrap();
    let folder = bench.folder.path().join("board");
    bench.gives_place_to(CLERK).await;
    assert_eq!(board.export(today(), BoardFormat::Csv).await.unwrap_err().code, "not_permitted");
    assert!(!folder.exists());

    bench.gives_place_to(SUPERVISOR).await;
    let csv = board.export(today(), BoardFormat::Csv).await.unwrap();
    let text = std::fs::read_to_string(&csv).unwrap();
    assert!(text.contains(&format!("\"{CLERK}\",\"4\"")) && !text.contains(&name), "{text}");
    let xlsx = board.export(today(), BoardFormat::Xlsx).await.unwrap();
    assert!(std::fs::read(&xlsx).unwrap().starts_with(b"PK"));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(csv.as_ref()), mode(xlsx.as_ref()), mode(&folder)), (0o600, 0o600, 0o700));
}
