//! I5: institutions, their agents and rosters, as an administrator registers them and a desk asks.

use crate::common::client::{Centre, case_number, ok};
use central_fixture::desk::{self, Desk, senior};
use reqwest::StatusCode;
use rules::{
    institution::{InstitutionKind, RosterId},
    life::Action,
    op::{Agent, AgentRole, OpBody},
    person::Name,
    proof::{ChipCard, Proof},
    wire::{
        CitizenView, LookUpProof, OperatorAuthResponse, ResultsResponse, RosterRequest, RosterResponse,
        Verdict,
    },
};
use serde_json::Value;
use std::fmt::Write as _;

/// Registers a nursing home with these people, and an agent; returns its identifier.
async fn nursing_home(centre: &Centre, people: &[u32], agent: u32) -> String {
    let add =
        ["institution", "add", "--kind", "nursing-home", "--name", "阳光养老院", "--address", "某路1号"];
    let id = centre.central.command(&add).await.unwrap().trim().to_owned();
    centre.import_roster(&id, people).await;
    let agent = format!("{} 李四\n", senior(agent).number.expose());
    centre.central.command_with_input(&["institution", "agent", "add", &id], &agent).await.unwrap();
    id
}

impl Centre {
    async fn import_roster(&self, institution: &str, people: &[u32]) -> String {
        let mut text = "身份证号,姓名\n".to_owned();
        for person in people {
            writeln!(text, "{},王秀英", senior(*person).number.expose()).unwrap();
        }
        let file = self.folder.path().join("roster.csv");
        std::fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        self.central.command(&["institution", "roster", "import", institution, file]).await.unwrap()
    }

    async fn rosters(&self, token: &str, agent: u32) -> reqwest::Response {
        let request = RosterRequest { agent: senior(agent).number, case_number: case_number(desk::SITE, 1) };
        self.post("/v1/institutions", Some(token), &request).await
    }
}

async fn refusal(response: reqwest::Response) -> String {
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    response.json::<Value>().await.unwrap()["code"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn i5_a_desk_gets_a_roster_for_its_agent_and_reaches_nobody_outside_of_it() {
    let centre = Centre::start("central-institutions").await;
    let password = centre.staff("10001", "clerk").await;
    let (mut desk, _) = centre.enrol(1).await;
    let device = centre.device_token(&desk).await;
    let session: OperatorAuthResponse = ok(centre.operator_login(&device, "10001", &password).await).await;
    let clerk = session.token.token.into_exposed();
    let id = nursing_home(&centre, &[1, 2, 3], 9).await;

    assert_eq!(refusal(centre.rosters(&clerk, 8).await).await, "no_institution");
    assert_eq!(centre.rosters(&device, 9).await.status(), StatusCode::FORBIDDEN, "a desk's key is nobody");
    // Nobody is looked up on a roster that was not asked for.
    let holder = |person| senior(person);
    for person in [1, 4] {
        let issue = desk.issue(&holder(person), Action::Apply, central::clock::now(), None);
        centre.push(&desk, &device, vec![issue]).await;
    }
    let by_roster = async |person| {
        let case = case_number(desk::SITE, 1);
        centre.look_up_with(&clerk, &case, LookUpProof::Roster, &holder(person).number).await
    };
    assert_eq!(refusal(by_roster(1).await).await, "not_on_roster");

    let answer: RosterResponse = ok(centre.rosters(&clerk, 9).await).await;
    let [home] = &answer.institutions[..] else { panic!("{answer:?}") };
    assert_eq!((home.kind, home.people.len()), (InstitutionKind::NursingHome, 3));
    assert_eq!(home.roster.institution.to_string(), id);
    let view: CitizenView = ok(by_roster(1).await).await;
    assert_eq!(view.codes.len(), 1);
    assert_eq!(refusal(by_roster(4).await).await, "not_on_roster", "somebody else of the city");
    assert_eq!(refusal(by_roster(99).await).await, "not_on_roster", "a number that nobody has");
    let tried = "SELECT count(*) FROM look_up WHERE proof = 'roster' AND outcome = 'not_on_roster'";
    assert_eq!(centre.postgres.query(tried).await.unwrap(), "3", "each try is a row");

    // A wrong line imports nobody, and the roster stays as it was.
    let wrong = centre.folder.path().join("wrong.csv");
    std::fs::write(&wrong, "310000195006010126,王小明\n123,李四\n").unwrap();
    let import = ["institution", "roster", "import", &id, wrong.to_str().unwrap()];
    assert!(centre.central.command(&import).await.is_err());
    let answer: RosterResponse = ok(centre.rosters(&clerk, 9).await).await;
    assert_eq!(answer.institutions[0].people.len(), 3);
    let listed = centre.central.command(&["institution", "list"]).await.unwrap();
    assert!(listed.lines().any(|line| line.ends_with("阳光养老院\t某路1号\t1\t3")), "{listed}");

    // An agent that is ended acts until the end of the day, and one of yesterday not at all.
    let agent = format!("{}\n", senior(9).number.expose());
    centre.central.command_with_input(&["institution", "agent", "end", &id], &agent).await.unwrap();
    assert_eq!(centre.rosters(&clerk, 9).await.status(), StatusCode::OK);
    centre.postgres.query("UPDATE institution_agent SET through_day = 20200101").await.unwrap();
    assert_eq!(refusal(centre.rosters(&clerk, 9).await).await, "no_institution");
}

/// An issue that an institution's agent stands behind.
fn by_agent(desk: &mut Desk, holder: &desk::Holder, agent: u32, roster: RosterId) -> rules::op::Operation {
    let RosterId { institution, list } = roster;
    desk.proof = Proof::Roster { institution, list, agent: Box::new(senior(agent).number) };
    let at = central::clock::now();
    let serial = desk.serial(&holder.number);
    let mut body = desk::issue_body(holder, Action::Apply, serial, at.day(), Some(1));
    if let OpBody::Issue { agent: acting, .. } = &mut body {
        *acting = Some(Box::new(Agent {
            role: AgentRole::Institution,
            number: senior(agent).number,
            name: Name::read("李四").unwrap().name,
            binding_verified: true,
            proof: Vec::new(),
            consent: true,
        }));
    }
    let operation = desk.operation(&holder.number, at, body);
    desk.proof = Proof::Chip { card: ChipCard::Resident };
    operation
}

#[tokio::test(flavor = "multi_thread")]
async fn i5_the_centre_decides_again_who_is_on_a_roster_and_whose_agent_acts() {
    let centre = Centre::start("central-rosters").await;
    centre.staff("10001", "clerk").await;
    let (mut desk, enrolled) = centre.enrol(1).await;
    let device = centre.device_token(&desk).await;
    nursing_home(&centre, &[1, 2, 3], 9).await;
    let (store, agent) = (centre.store().await, senior(9).number);
    let found = store.institutions_of_agent(&agent, central::clock::now().day()).await.unwrap();
    let roster = found[0].roster;
    let holder = |person| senior(person);
    // On the roster; not on it; by somebody who is no agent.
    for (person, agent) in [(1, 9), (4, 9), (2, 8)] {
        let issue = by_agent(&mut desk, &holder(person), agent, roster);
        centre.push(&desk, &device, vec![issue]).await;
    }
    let answer: ResultsResponse = ok(centre.get("/v1/sync/results?after=0", Some(&device)).await).await;
    let receipts = answer.results.unwrap().verify(&enrolled.trust()).unwrap().clone();
    let verdicts: Vec<Verdict> = receipts.into_iter().map(|receipt| receipt.verdict).collect();
    let not_on_roster = Verdict::Rejected { code: rules::Refusal::NotOnRoster };
    assert_eq!(
        verdicts,
        [Verdict::Applied { action: Some(Action::Apply) }, not_on_roster.clone(), not_on_roster]
    );
}
