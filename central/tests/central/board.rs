//! The board of a site: who sees it, and whether its numbers and the cases behind them agree.

use crate::common::{
    client::{Centre, case_number, ok},
    correcting::{EVIDENCE, MAKER, commanded, draft, opened},
    machine::{Machine, card, register},
};
use central_fixture::desk::{self, Desk, MINUTE, senior, serial_of};
use reqwest::{Response, StatusCode};
use rig::process::until;
use rules::{
    At,
    correction::CorrectionCommand,
    keys::Class,
    life::Action,
    op::{OpBody, OperationKind},
    program::ProgramVersion,
    window::{DeviceKind, KeyProtection},
    wire::{
        BoardCasesRequest, BoardCasesResponse, BoardDays, BoardDeskState, BoardResponse, Channel,
        DeviceTrouble, Figure, FigureKey, FigureOutcome, FiguresResponse, Heartbeat, OperatorAuthResponse,
    },
};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

const OTHER_SITE: &str = "310104";
const PATIENCE: Duration = Duration::from_secs(60);

fn today() -> BoardDays {
    let day = central::clock::now().day();
    BoardDays { from: day, through: day }
}

impl Centre {
    /// Logs a new member of staff in at a desk of their site.
    async fn log_in_at(&self, site: &str, device: &str, number: &str, role: &str) -> String {
        let password = self.staff_at(site, number, &[role]).await;
        let session: OperatorAuthResponse = ok(self.operator_login(device, number, &password).await).await;
        session.token.token.into_exposed()
    }

    async fn board_answers(&self, token: &str) -> [Response; 3] {
        let cases = BoardCasesRequest { days: today(), key: FigureKey::All, outcome: None };
        [
            self.get("/v1/board", Some(token)).await,
            self.post("/v1/board/figures", Some(token), &today()).await,
            self.post("/v1/board/cases", Some(token), &cases).await,
        ]
    }

    async fn figures(&self, token: &str) -> FiguresResponse {
        ok(self.post("/v1/board/figures", Some(token), &today()).await).await
    }

    async fn cases(&self, token: &str, key: FigureKey, outcome: Option<FigureOutcome>) -> BoardCasesResponse {
        let request = BoardCasesRequest { days: today(), key, outcome };
        ok(self.post("/v1/board/cases", Some(token), &request).await).await
    }

    /// Returns the figures as soon as so many operations are decided.
    async fn figures_of(&self, token: &str, operations: u32) -> FiguresResponse {
        let all = |figures: &FiguresResponse| {
            let all = &figures.figures[0];
            all.done + all.refused + all.held + all.spoilt
        };
        let counted = async || Some(self.figures(token).await).filter(|figures| all(figures) == operations);
        until("everything is counted", PATIENCE, counted).await.unwrap()
    }
}

fn numbers(figures: &FiguresResponse, key: &FigureKey) -> Option<[u32; 4]> {
    let figure = figures.figures.iter().find(|figure| figure.key == *key)?;
    let Figure { done, refused, held, spoilt, .. } = *figure;
    Some([done, refused, held, spoilt])
}

#[tokio::test(flavor = "multi_thread")]
async fn h3_the_board_is_for_supervisors_of_the_site_and_not_for_a_desk_key() {
    let centre = Centre::start("central-board").await;
    let add = ["site", "add", "--site", OTHER_SITE, "--name", "徐汇区行政服务中心"];
    centre.central.command(&add).await.unwrap();
    let (mut here, _) = centre.enrol(1).await;
    let (there, _) = centre.enrol_at(OTHER_SITE, 2).await;
    let (device, elsewhere) = (centre.device_token(&here).await, centre.device_token(&there).await);
    let supervisor = centre.log_in_at(desk::SITE, &device, "20001", "supervisor").await;
    let foreign = centre.log_in_at(OTHER_SITE, &elsewhere, "20009", "supervisor").await;
    let mut others = Vec::new();
    for (number, role) in
        [(MAKER, "clerk"), ("30001", "system-admin"), ("50001", "security-admin"), ("40001", "auditor")]
    {
        others.push((role, centre.log_in_at(desk::SITE, &device, number, role).await));
    }
    here.case_number = Some(case_number(desk::SITE, 1).to_string());
    let issue = here.issue(&senior(1), Action::Apply, central::clock::now(), None);
    centre.push(&here, &device, vec![issue]).await;
    centre.figures_of(&supervisor, 1).await;

    // Whoever stole the key of a desk is a desk, and nobody.
    for response in centre.board_answers(&device).await {
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
    }
    for (role, token) in others {
        for response in centre.board_answers(&token).await {
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{role}");
        }
    }
    // A supervisor of another site sees that site, and no way to ask for this one.
    let board: BoardResponse = ok(centre.get("/v1/board", Some(&foreign)).await).await;
    assert_eq!(board.desks.iter().map(|desk| desk.desk_number).collect::<Vec<_>>(), [2]);
    assert_eq!(numbers(&centre.figures(&foreign).await, &FigureKey::All), Some([0, 0, 0, 0]));
    for key in [FigureKey::All, FigureKey::Desk { desk_number: 1 }] {
        assert_eq!(centre.cases(&foreign, key, None).await.total, 0);
    }
    let days = json!({ "from": today().from, "through": today().through, "site": desk::SITE });
    let asked = centre.post("/v1/board/figures", Some(&foreign), &days).await;
    assert_eq!(asked.status(), StatusCode::BAD_REQUEST);
    // What is shown of a case is its number, and nothing about the citizen.
    let cases = centre.cases(&supervisor, FigureKey::All, None).await;
    let text = serde_json::to_string(&cases).unwrap();
    assert!(text.contains(here.case_number.as_deref().unwrap()), "{text}");
    for secret in [senior(1).number.expose().to_owned(), senior(1).name.expose().to_owned()] {
        assert!(!text.contains(secret.as_str()), "{text}");
    }
    // A year of figures at once is refused.
    let year = BoardDays { from: "2026-01-01".parse().unwrap(), through: "2026-12-31".parse().unwrap() };
    let asked = centre.post("/v1/board/figures", Some(&supervisor), &year).await;
    assert_eq!(asked.status(), StatusCode::BAD_REQUEST);
}

/// Does what the figures are to count: two codes on one day for one citizen, a spoilt sheet, a
/// loss, a correction that is withdrawn.
async fn work(centre: &Centre, first: &mut Desk, second: &mut Desk) {
    let tokens = [centre.device_token(first).await, centre.device_token(second).await];
    let now = central::clock::now();
    let (one, other) = (senior(1), senior(2));
    first.case_number = Some(case_number(desk::SITE, 1).to_string());
    let issue = first.issue(&one, Action::Apply, now, None);
    let serial = serial_of(&issue);
    let spoilt = first.operation(&one.number, now, OpBody::Printed { serial, good: false });
    let good = first.operation(&one.number, now, OpBody::Printed { serial, good: true });
    let lost = OpBody::ReportLoss { serial, agent: None, consequence_confirmed: true };
    let lost = first.operation(&one.number, now, lost);
    let issue_of_other = first.issue(&other, Action::Apply, now, None);
    centre.upload(&tokens[0], EVIDENCE).await;
    let correction = draft(Uuid::from_u128(7), &other, "王秀瑛", 1);
    let begun = first.operation(&other.number, now, opened(&correction, &other));
    let submit = first.operation(&other.number, now, commanded(correction.id, CorrectionCommand::Submit));
    let later = now.plus_ms(2 * MINUTE);
    let withdraw =
        first.operation(&other.number, later, commanded(correction.id, CorrectionCommand::Withdraw));
    let ops = vec![issue, spoilt, good, lost, issue_of_other, begun, submit, withdraw];
    centre.push(first, &tokens[0], ops).await;
    // L3: the same citizen on the same day at another window.
    let again = second.issue(&other, Action::Apply, now, None);
    centre.push(second, &tokens[1], vec![again]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_number_has_exactly_its_cases_behind_it() {
    let centre = Centre::start("central-figures").await;
    centre.staff(MAKER, "clerk").await;
    let (mut first, _) = centre.enrol(1).await;
    let (mut second, _) = centre.enrol(3).await;
    let device = centre.device_token(&first).await;
    let supervisor = centre.log_in_at(desk::SITE, &device, "20001", "supervisor").await;
    let at_kiosk = senior(5);
    register(&centre, &[(&at_kiosk, json!([]))]).await;
    let kiosk = Machine::at(&centre, "kiosk").await;
    let (session, _) = kiosk.session(card(&at_kiosk, "王秀英")).await;
    let applied = kiosk.call("apply", Some(&session), Some(json!({ "confirmed": true }))).await;
    assert_eq!(applied.status(), StatusCode::OK);
    work(&centre, &mut first, &mut second).await;

    // Seven at the windows, without the good sheet and the step between begin and end; one kiosk.
    let figures = centre.figures_of(&supervisor, 8).await;
    let act = |kind, action| FigureKey::Act { kind, action };
    let reason = "duplicate_same_day".to_owned().try_into().unwrap();
    for (key, expected) in [
        (FigureKey::All, [6, 1, 0, 1]),
        (FigureKey::Channel { channel: Channel::Kiosk }, [1, 0, 0, 0]),
        (FigureKey::Channel { channel: Channel::Counter }, [5, 1, 0, 1]),
        (FigureKey::Desk { desk_number: 3 }, [0, 1, 0, 0]),
        (act(OperationKind::Issue, Some(Action::Apply)), [3, 1, 0, 0]),
        (act(OperationKind::ReportLoss, Some(Action::ReportLoss)), [1, 0, 0, 0]),
        (act(OperationKind::CorrectionWithdrawn, None), [1, 0, 0, 0]),
        (FigureKey::Refusal { reason }, [0, 1, 0, 0]),
    ] {
        assert_eq!(numbers(&figures, &key), Some(expected), "{key:?} {figures:?}");
    }
    let [correction] = &figures.corrections[..] else { panic!("{figures:?}") };
    assert_eq!((correction.begun, correction.decided), (1, 1));
    assert_eq!(correction.median_ms, Some(2 * MINUTE));

    for figure in &figures.figures {
        for (outcome, number) in [
            (FigureOutcome::Done, figure.done),
            (FigureOutcome::Refused, figure.refused),
            (FigureOutcome::Held, figure.held),
            (FigureOutcome::Spoilt, figure.spoilt),
        ] {
            let answer = centre.cases(&supervisor, figure.key.clone(), Some(outcome)).await;
            assert_eq!(answer.total, number, "{:?} {outcome:?}", figure.key);
            assert_eq!(answer.cases.len(), usize::try_from(number).unwrap());
            assert!(answer.cases.iter().all(|case| case.outcome == outcome));
        }
    }
    let begun = FigureKey::Correction { reason: correction.reason };
    assert_eq!(centre.cases(&supervisor, begun, None).await.total, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_that_are_asked_for_at_once_count_everything_once() {
    let centre = Centre::start("central-figures-at-once").await;
    centre.staff(MAKER, "clerk").await;
    let (mut desk, _) = centre.enrol(1).await;
    let device = centre.device_token(&desk).await;
    let supervisor = centre.log_in_at(desk::SITE, &device, "20001", "supervisor").await;
    let ops = (1..=60).map(|person| desk.issue(&senior(person), Action::Apply, central::clock::now(), None));
    let ops: Vec<_> = ops.collect();
    for run in ops.chunks(20) {
        centre.push(&desk, &device, run.to_vec()).await;
    }
    let ask = || centre.figures(&supervisor);
    let (one, two, three, four) = tokio::join!(ask(), ask(), ask(), ask());
    for figures in [one, two, three, four] {
        assert!(numbers(&figures, &FigureKey::All).unwrap()[0] <= 60);
    }
    let figures = centre.figures_of(&supervisor, 60).await;
    assert_eq!(numbers(&figures, &FigureKey::All), Some([60, 0, 0, 0]));
    assert_eq!(centre.postgres.query("SELECT count(*) FROM board_fact").await.unwrap(), "60");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_board_shows_who_is_there_and_which_desk_is_silent() {
    let centre = Centre::start("central-board-desks").await;
    let (first, _) = centre.enrol(1).await;
    let (second, _) = centre.enrol(2).await;
    let device = centre.device_token(&first).await;
    let supervisor = centre.log_in_at(desk::SITE, &device, "20001", "supervisor").await;
    let now = central::clock::now();
    let failure = "printer_paper_out".to_owned().try_into().unwrap();
    let trouble = DeviceTrouble { device: DeviceKind::Printer, failure };
    let heartbeat = |oldest: Option<At>| Heartbeat {
        program: ProgramVersion::THIS,
        class: Class::Practice,
        protection: KeyProtection::Tpm,
        troubles: vec![trouble.clone()].try_into().unwrap(),
        staff: Some("10001".parse().unwrap()),
        conflicts: 2,
        waiting: u32::from(oldest.is_some()),
        oldest_waiting: oldest,
        clock_ahead_ms: 0,
        disk_free: None,
        keys_end: now,
    };
    let store = centre.store().await;
    store.note_heartbeat((first.device, first.epoch), &heartbeat(None), now).await.unwrap();
    let an_hour_ago = now.plus_ms(-60 * MINUTE);
    let old = heartbeat(Some(an_hour_ago));
    store.note_heartbeat((second.device, second.epoch), &old, an_hour_ago).await.unwrap();
    centre.invite(9).await;

    let board: BoardResponse = ok(centre.get("/v1/board", Some(&supervisor)).await).await;
    let states: Vec<_> = board.desks.iter().map(|desk| (desk.desk_number, desk.state)).collect();
    let (reached, silent, new) =
        (BoardDeskState::Reached, BoardDeskState::Silent, BoardDeskState::NotEnrolled);
    assert_eq!(states, [(1, reached), (2, silent), (9, new)]);
    let told = board.desks[0].told.as_ref().unwrap();
    assert_eq!(told.staff.as_ref().unwrap().as_str(), "10001");
    assert_eq!((told.conflicts, told.troubles.as_slice()), (2, &[trouble][..]));
    let told = board.desks[1].told.as_ref().unwrap();
    assert_eq!((told.waiting, told.oldest_waiting, told.at), (1, Some(an_hour_ago), an_hour_ago));
    // One that is taken out of service is no window any more.
    centre.central.command(&["desk", "revoke", &second.device.to_string()]).await.unwrap();
    let board: BoardResponse = ok(centre.get("/v1/board", Some(&supervisor)).await).await;
    assert_eq!(board.desks.len(), 2);
}
