//! V1–V5: who gets a kit of whose views, what bounds it, and what somebody sees of it.

use crate::{
    alarms::alarms,
    common::client::{Centre, case_number, ok},
};
use central_fixture::desk::{self, Desk, Holder, senior};
use reqwest::{Response, StatusCode};
use rules::{
    Refusal,
    life::Action,
    person::IdNumber,
    visit::{SheetCount, VisitGround},
    wire::{
        BoardResponse, LookUpProof, OperatorAuthResponse, RosterRequest, VisitAnswer, VisitPerson,
        VisitRequest, VisitResponse, VisitReturnRequest, VisitReturnResponse,
    },
};
use serde_json::Value;
use std::fmt::Write as _;
use uuid::Uuid;

const SHEETS: SheetCount = SheetCount { taken: 9, good: 3, spoilt: 1, open: 0, unused: 4 };

async fn refusal(response: Response) -> String {
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    response.json::<Value>().await.unwrap()["code"].as_str().unwrap().to_owned()
}

/// A site with a desk and people who log in there.
struct Scene {
    centre: Centre,
    desk: Desk,
    device: String,
}

impl Scene {
    async fn set(name: &str, variables: &[(&str, &str)]) -> Self {
        let centre = Centre::start_with(name, variables).await;
        let (desk, _) = centre.enrol(1).await;
        let device = centre.device_token(&desk).await;
        Self { centre, desk, device }
    }

    async fn clerk(&self, device: &str, number: &str) -> String {
        let password = self.centre.staff(number, "clerk").await;
        let session: OperatorAuthResponse =
            ok(self.centre.operator_login(device, number, &password).await).await;
        session.token.token.into_exposed()
    }

    /// Lets the registry know a citizen, by a code that the desk issues.
    async fn known(&mut self, person: u32) -> Holder {
        let holder = senior(person);
        let issue = self.desk.issue(&holder, Action::Apply, central::clock::now(), None);
        self.centre.push(&self.desk, &self.device, vec![issue]).await;
        holder
    }

    async fn take(&self, token: &str, visit: Uuid, people: &[(IdNumber, VisitGround)]) -> Response {
        let people =
            people.iter().map(|(number, ground)| VisitPerson { number: number.clone(), ground: *ground });
        let case_number = case_number(desk::SITE, 1);
        let request = VisitRequest { visit, case_number, people: people.collect() };
        self.centre.post("/v1/visits", Some(token), &request).await
    }

    async fn bring_back(&self, token: &str, visit: Uuid, sheets: SheetCount) -> Response {
        let request = VisitReturnRequest { visit, served: 2, sheets };
        self.centre.post("/v1/visits/return", Some(token), &request).await
    }

    async fn rows(&self, statement: &str) -> String {
        self.centre.postgres.query(statement).await.unwrap()
    }
}

fn typed(person: u32) -> (IdNumber, VisitGround) {
    (senior(person).number, VisitGround::Typed)
}

fn refusals(response: &VisitResponse) -> Vec<Option<Refusal>> {
    let refusal = |answer: &VisitAnswer| match answer {
        VisitAnswer::View(_) => None,
        VisitAnswer::Refused(refusal) => Some(*refusal),
    };
    response.people.iter().map(refusal).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn v1_each_person_of_a_kit_has_a_ground_that_the_centre_checks_again() {
    let mut scene = Scene::set("central-visits", &[]).await;
    let clerk = scene.clerk(&scene.device, "10001").await;
    for person in [1, 2, 3] {
        scene.known(person).await;
    }
    let centre = &scene.centre;
    let add =
        ["institution", "add", "--kind", "nursing-home", "--name", "阳光养老院", "--address", "某路1号"];
    let id = centre.central.command(&add).await.unwrap().trim().to_owned();
    let file = centre.folder.path().join("roster.csv");
    let mut text = "身份证号,姓名\n".to_owned();
    writeln!(text, "{},王秀英", senior(3).number.expose()).unwrap();
    std::fs::write(&file, text).unwrap();
    centre.central.command(&["institution", "roster", "import", &id, file.to_str().unwrap()]).await.unwrap();
    let agent = format!("{} 李四\n", senior(9).number.expose());
    centre.central.command_with_input(&["institution", "agent", "add", &id], &agent).await.unwrap();

    let people = [
        typed(1),
        typed(50),
        (senior(2).number, VisitGround::Today),
        (senior(3).number, VisitGround::Roster),
    ];
    assert_eq!(scene.take(&scene.device, Uuid::now_v7(), &people).await.status(), StatusCode::FORBIDDEN);
    let visit = Uuid::now_v7();
    let first: VisitResponse = ok(scene.take(&clerk, visit, &people).await).await;
    let expected =
        [None, Some(Refusal::VisitNotRegistered), Some(Refusal::VisitNotToday), Some(Refusal::NotOnRoster)];
    assert_eq!(refusals(&first), expected, "nobody was here today, and no roster was shown");
    let VisitAnswer::View(view) = &first.people[0] else { panic!() };
    assert_eq!((view.codes.len(), view.symbol.is_some()), (1, true), "what another copy needs");
    let hours = first.ends_at.since_ms(first.server_time) / 3_600_000;
    assert!((23..=24).contains(&hours), "{hours}");

    // Shown at this window today; an agent laid the card. The same request again is the same kit.
    let looked_up =
        centre.look_up_with(&clerk, &case_number(desk::SITE, 1), LookUpProof::Card, &senior(2).number).await;
    assert_eq!(looked_up.status(), StatusCode::OK);
    let roster = RosterRequest { agent: senior(9).number, case_number: case_number(desk::SITE, 1) };
    assert_eq!(centre.post("/v1/institutions", Some(&clerk), &roster).await.status(), StatusCode::OK);
    let again: VisitResponse = ok(scene.take(&clerk, visit, &people).await).await;
    assert_eq!(refusals(&again), [None, expected[1], None, None]);
    assert_eq!(again.ends_at, first.ends_at, "no time is gained");
    let other = scene.take(&clerk, visit, &people[..1]).await;
    assert_eq!(refusal(other).await, "visit_out", "the same visit with another list");

    let shown = "SELECT count(*) FROM look_up WHERE proof = 'visit' AND outcome = 'shown'";
    assert_eq!(scene.rows(shown).await, "4", "each view is a look-up");
    let leaves = "SELECT count(*) FROM audit_event WHERE kind IN ('visit_taken', 'visit_back')
                  UNION ALL SELECT count(*) FROM audit_leaf WHERE kind IN ('visit_taken', 'visit_back')";
    let kept =
        async || scene.rows(leaves).await.lines().map(|line| line.parse::<u32>().unwrap()).sum::<u32>();
    assert_eq!(kept().await, 1);

    // It comes back once, to the desk that took it.
    let (elsewhere, _) = scene.centre.enrol(2).await;
    let elsewhere = scene.centre.device_token(&elsewhere).await;
    let colleague = scene.clerk(&elsewhere, "10002").await;
    assert_eq!(scene.bring_back(&colleague, visit, SHEETS).await.status(), StatusCode::NOT_FOUND);
    let too_many = SheetCount { unused: 6, ..SHEETS };
    assert_eq!(refusal(scene.bring_back(&clerk, visit, too_many).await).await, "visit_sheets_off");
    let back: VisitReturnResponse = ok(scene.bring_back(&clerk, visit, SHEETS).await).await;
    let twice: VisitReturnResponse = ok(scene.bring_back(&clerk, visit, SHEETS).await).await;
    assert_eq!(back.returned_at, twice.returned_at);
    assert_eq!(kept().await, 2, "taken and back");
    let listed = scene.centre.central.command(&["visit", "list"]).await.unwrap();
    assert!(listed.contains("\treturned ") && listed.contains(&format!("\t2\t1\t{visit}")), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn v1_a_thief_with_a_clerks_token_takes_no_kit_of_the_city() {
    let variables = [("SUISHEN_CENTRAL_LOOK_UPS__VISIT", "15")];
    let mut scene = Scene::set("central-visits-theft", &variables).await;
    let clerk = scene.clerk(&scene.device, "10001").await;
    for person in 0..25 {
        scene.known(person).await;
    }
    let city: Vec<_> = (0..5_000).map(typed).collect();
    assert_eq!(refusal(scene.take(&clerk, Uuid::now_v7(), &city).await).await, "visit_too_large");
    assert_eq!(refusal(scene.take(&clerk, Uuid::now_v7(), &city[..21]).await).await, "visit_too_large");
    let on_no_roster: Vec<_> = (0..60).map(|person| (senior(person).number, VisitGround::Roster)).collect();
    let visit = Uuid::now_v7();
    let none: VisitResponse = ok(scene.take(&clerk, visit, &on_no_roster).await).await;
    assert!(refusals(&none).iter().all(|refused| *refused == Some(Refusal::NotOnRoster)));

    // One kit is out, whatever it holds; the next one only after it came back.
    assert_eq!(refusal(scene.take(&clerk, Uuid::now_v7(), &city[..20]).await).await, "visit_out");
    ok::<VisitReturnResponse>(scene.bring_back(&clerk, visit, SheetCount::default()).await).await;
    let visit = Uuid::now_v7();
    let some: VisitResponse = ok(scene.take(&clerk, visit, &city[..20]).await).await;
    let shown = refusals(&some).iter().filter(|refused| refused.is_none()).count();
    assert_eq!(shown, 15, "the budget of the day");
    ok::<VisitReturnResponse>(scene.bring_back(&clerk, visit, SheetCount::default()).await).await;
    let more: VisitResponse = ok(scene.take(&clerk, Uuid::now_v7(), &city[20..25]).await).await;
    assert!(refusals(&more).iter().all(|refused| *refused == Some(Refusal::LookUpBudgetUsed)));

    // At another desk the same clerk has none either, and somebody sees all of it.
    let (elsewhere, _) = scene.centre.enrol(2).await;
    let elsewhere = scene.centre.device_token(&elsewhere).await;
    let session: OperatorAuthResponse = {
        let password = scene.centre.staff("10003", "clerk").await;
        ok(scene.centre.operator_login(&elsewhere, "10003", &password).await).await
    };
    let colleague = session.token.token.into_exposed();
    assert_eq!(
        refusal(scene.take(&colleague, Uuid::now_v7(), &city[..1]).await).await,
        "look_up_without_case",
        "the case is another window's"
    );
    let listed = alarms(&scene.centre, "kits_refused", 1).await;
    assert!(listed.contains("\tkits_refused\t"), "{listed}");
    let refused = "SELECT count(*) FROM look_up WHERE proof = 'visit' AND outcome = 'over_budget'";
    assert_eq!(scene.rows(refused).await, "10", "each is a row");
    let taken = scene.rows("SELECT string_agg(people::text, ' ' ORDER BY taken_at) FROM visit").await;
    assert_eq!(taken, "60 20 5");
}

#[tokio::test(flavor = "multi_thread")]
async fn v4_a_kit_that_did_not_come_back_is_an_alarm_and_a_lost_desk_bars_its_clerk_from_nothing() {
    let mut scene = Scene::set("central-visits-overdue", &[]).await;
    let clerk = scene.clerk(&scene.device, "10001").await;
    scene.known(1).await;
    let visit = Uuid::now_v7();
    ok::<VisitResponse>(scene.take(&clerk, visit, &[typed(1)]).await).await;
    scene.rows("UPDATE visit SET taken_at = taken_at - 90000000, ends_at = ends_at - 90000000").await;
    let listed = alarms(&scene.centre, "kit_overdue", 1).await;
    assert!(listed.contains("\t10001\t1 people, ended "), "{listed}");
    let listed = scene.centre.central.command(&["visit", "list"]).await.unwrap();
    assert!(listed.contains("\toverdue\t"), "{listed}");
    assert_eq!(scene.rows("SELECT count(*) FROM alarm WHERE kind = 'kit_overdue'").await, "1", "once");
    // The supervisors of the site see it too.
    let password = scene.centre.staff("20001", "supervisor").await;
    let supervisor = scene.centre.operator_login(&scene.device, "20001", &password).await;
    let supervisor = ok::<OperatorAuthResponse>(supervisor).await.token.token.into_exposed();
    let board: BoardResponse = ok(scene.centre.get("/v1/board", Some(&supervisor)).await).await;
    let overdue = board.desks[0].kit_ends_at.unwrap();
    assert!(overdue < board.server_time);

    // The desk is revoked; its clerk goes on at another one.
    let (elsewhere, _) = scene.centre.enrol(2).await;
    let token = scene.centre.device_token(&elsewhere).await;
    let session: OperatorAuthResponse =
        ok(scene.centre.operator_login(&token, "10001", crate::common::client::PASSWORD).await).await;
    let there = session.token.token.into_exposed();
    let request = |visit| VisitRequest {
        visit,
        case_number: case_number(desk::SITE, 2),
        people: vec![VisitPerson { number: senior(1).number, ground: VisitGround::Typed }],
    };
    let two = scene.centre.post("/v1/visits", Some(&there), &request(Uuid::now_v7())).await;
    assert_eq!(refusal(two).await, "visit_out", "one kit for an operator, at whatever desk");
    let device = scene.desk.device.to_string();
    scene.centre.central.command(&["desk", "revoke", &device]).await.unwrap();
    let taken = scene.centre.post("/v1/visits", Some(&there), &request(Uuid::now_v7())).await;
    assert_eq!(taken.status(), StatusCode::OK);
}
