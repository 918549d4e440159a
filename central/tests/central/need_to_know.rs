//! Attacks with a clerk's token and a desk's key: citizens without a case, other sites' evidence,
//! blobs without end (N-1, N-2).

use crate::common::{
    client::{Centre, case_number, ok},
    correcting::{EVIDENCE, MAKER, commanded, draft, opened},
};
use central_fixture::desk::{self, Desk, Holder, senior};
use reqwest::StatusCode;
use rules::{
    correction::{CorrectionCommand, Digest},
    life::Action,
    person::IdNumber,
    wire::{Change, ChangesResponse, CitizenView, LookUpProof, OperatorAuthResponse, ReleaseResponse},
};
use serde_json::{Value, json};
use uuid::Uuid;

const OTHER_SITE: &str = "310104";
const BUDGETS: [(&str, &str); 2] =
    [("SUISHEN_CENTRAL_LOOK_UPS__CARD", "5"), ("SUISHEN_CENTRAL_LOOK_UPS__TYPED", "2")];

async fn log_in(centre: &Centre, device: &str, number: &str, password: &str) -> String {
    let session: OperatorAuthResponse = ok(centre.operator_login(device, number, password).await).await;
    session.token.token.into_exposed()
}

/// Lets the centre know a citizen, by a code that a desk issues.
async fn known(centre: &Centre, desk: &mut Desk, token: &str, person: u32) -> Holder {
    let holder = senior(person);
    let issue = desk.issue(&holder, Action::Apply, central::clock::now(), None);
    centre.push(desk, token, vec![issue]).await;
    holder
}

async fn refusal(response: reqwest::Response) -> String {
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    response.json::<Value>().await.unwrap()["code"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn n_1_a_clerk_reaches_nobody_without_a_case_of_this_desk() {
    let centre = Centre::start("central-cases").await;
    let password = centre.staff("10001", "clerk").await;
    let (mut desk, _) = centre.enrol(1).await;
    let device = centre.device_token(&desk).await;
    let clerk = log_in(&centre, &device, "10001", &password).await;
    let first = known(&centre, &mut desk, &device, 1).await;
    let second = known(&centre, &mut desk, &device, 2).await;
    let path = "/v1/citizens";
    assert_eq!(centre.get(path, Some(&clerk)).await.status(), StatusCode::METHOD_NOT_ALLOWED);
    let without = json!({ "number": first.number, "proof": "card" });
    let without = centre.post(path, Some(&clerk), &without).await;
    assert_eq!(without.status(), StatusCode::BAD_REQUEST);
    let look_up =
        async |case, citizen: &IdNumber| centre.look_up_with(&clerk, &case, LookUpProof::Card, citizen).await;
    // A case of another window, another site, or of long ago.
    let old = rules::case_number::CaseNumber::new(&desk::SITE.parse().unwrap(), day(-40), 1, 5).unwrap();
    for foreign in [case_number(desk::SITE, 2), case_number(OTHER_SITE, 1), old] {
        assert_eq!(refusal(look_up(foreign, &first.number).await).await, "look_up_without_case");
    }
    let case = case_number(desk::SITE, 1);
    let view: CitizenView = ok(look_up(case.clone(), &first.number).await).await;
    assert_eq!(view.number, first.number);
    // One case is not good for two citizens.
    assert_eq!(refusal(look_up(case, &second.number).await).await, "look_up_without_case");
    // The list of a home visit has a request of its own.
    let next = case_number(desk::SITE, 1);
    let visit = centre.look_up_with(&clerk, &next, LookUpProof::Visit, &second.number).await;
    assert_eq!(visit.status(), StatusCode::FORBIDDEN);
    let rows = "SELECT outcome || ' ' || count(*) FROM look_up GROUP BY outcome ORDER BY outcome";
    let rows = centre.postgres.query(rows).await.unwrap();
    assert_eq!(rows, "anothers_case 1\nno_case 3\nshown 1", "each try is a row");
}

fn day(days: i64) -> rules::Day {
    central::clock::now().plus_ms(days * desk::DAY).day()
}

#[tokio::test(flavor = "multi_thread")]
async fn n_1_an_operator_looks_up_no_more_citizens_a_day_than_a_supervisor_releases() {
    let centre = Centre::start_with("central-budget", &BUDGETS).await;
    let (desk, _) = centre.enrol(1).await;
    let device = centre.device_token(&desk).await;
    let mut tokens = Vec::new();
    for (number, role) in [("10001", "clerk"), ("10002", "clerk"), ("20001", "supervisor")] {
        let password = centre.staff(number, role).await;
        tokens.push(log_in(&centre, &device, number, &password).await);
    }
    let [clerk, colleague, supervisor] = &tokens[..] else { panic!() };
    let look_up = async |token: &str, proof, person: u32| {
        let citizen = senior(person).number;
        centre.look_up_with(token, &case_number(desk::SITE, 1), proof, &citizen).await
    };
    // Nobody knows these people; asking after them counts all the same.
    for person in [1, 2, 3, 4, 5, 5, 1] {
        assert_eq!(look_up(clerk, LookUpProof::Card, person).await.status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(refusal(look_up(clerk, LookUpProof::Card, 6).await).await, "look_up_budget_used");
    // Typed numbers have their own, smaller budget, and so has each operator.
    for person in [11, 12] {
        assert_eq!(look_up(clerk, LookUpProof::Typed, person).await.status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(refusal(look_up(clerk, LookUpProof::Typed, 13).await).await, "look_up_budget_used");
    assert_eq!(look_up(colleague, LookUpProof::Card, 6).await.status(), StatusCode::NOT_FOUND);

    let release = async |token: &str, operator: &str| {
        centre.post("/v1/lookups/release", Some(token), &json!({ "operator": operator })).await
    };
    assert_eq!(release(clerk, "10001").await.status(), StatusCode::FORBIDDEN, "nobody releases themselves");
    assert_eq!(release(colleague, "10001").await.status(), StatusCode::FORBIDDEN, "a clerk releases nobody");
    assert_eq!(release(supervisor, "20001").await.status(), StatusCode::FORBIDDEN);
    assert_eq!(release(supervisor, "99999").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(release(&device, "10001").await.status(), StatusCode::FORBIDDEN, "a desk's key is nobody");
    let released: ReleaseResponse = ok(release(supervisor, "10001").await).await;
    assert_eq!(released.releases, 1);
    assert_eq!(look_up(clerk, LookUpProof::Card, 6).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(look_up(clerk, LookUpProof::Typed, 13).await.status(), StatusCode::NOT_FOUND);
    let rows = "SELECT supervisor FROM look_up_release";
    assert_eq!(centre.postgres.query(rows).await.unwrap(), "20001");
}

/// Uploads a blob whole; returns the answer.
async fn put(centre: &Centre, token: &str, bytes: &[u8]) -> reqwest::Response {
    let path = format!("/v1/blobs/{}", Digest::of(bytes));
    centre.client.put(centre.url(&path)).bearer_auth(token).body(bytes.to_vec()).send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn n_2_another_site_sees_neither_a_correction_nor_its_evidence() {
    let centre = Centre::start("central-other-site").await;
    let name = ["site", "add", "--site", OTHER_SITE, "--name", "徐汇区行政服务中心"];
    centre.central.command(&name).await.unwrap();
    let (mut here, _) = centre.enrol(1).await;
    let (there, _) = centre.enrol_at(OTHER_SITE, 2).await;
    let (device, elsewhere) = (centre.device_token(&here).await, centre.device_token(&there).await);
    let mut tokens = Vec::new();
    for (site, device, number, role) in [
        (desk::SITE, &device, MAKER, "clerk"),
        (desk::SITE, &device, "20001", "supervisor"),
        (OTHER_SITE, &elsewhere, "10009", "clerk"),
        (OTHER_SITE, &elsewhere, "20009", "supervisor"),
        (OTHER_SITE, &elsewhere, "40009", "auditor"),
    ] {
        let password = centre.staff_at(site, number, &[role]).await;
        tokens.push(log_in(&centre, device, number, &password).await);
    }
    let holder = known(&centre, &mut here, &device, 1).await;
    let correction = draft(Uuid::from_u128(7), &holder, "王秀瑛", 1);
    here.operator = MAKER.parse().unwrap();
    let now = central::clock::now();
    let bodies = [opened(&correction, &holder), commanded(correction.id, CorrectionCommand::Submit)];
    let ops = bodies.map(|body| here.operation(&holder.number, now, body)).to_vec();
    let last = ops[1].seq;
    let pushed = centre.push(&here, &device, ops).await;
    let verdicts = pushed.results.unwrap();
    assert!(verdicts.value.iter().any(|receipt| receipt.seq == last), "decided");
    assert_eq!(put(&centre, &device, EVIDENCE).await.status(), StatusCode::CREATED);

    let evidence = format!("/v1/blobs/{}", Digest::of(EVIDENCE));
    let view = async |token: &str, site: &str, window| {
        let case = case_number(site, window);
        let view = centre.look_up_with(token, &case, LookUpProof::Card, &holder.number).await;
        ok::<CitizenView>(view).await.corrections.len()
    };
    for token in &tokens[..2] {
        assert_eq!(view(token, desk::SITE, 1).await, 1, "the site that makes it");
        assert_eq!(centre.get(&evidence, Some(token)).await.status(), StatusCode::OK);
    }
    for token in &tokens[2..4] {
        assert_eq!(view(token, OTHER_SITE, 2).await, 0);
        assert_eq!(centre.get(&evidence, Some(token)).await.status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(centre.get(&evidence, Some(&tokens[4])).await.status(), StatusCode::OK, "an auditor");
    // A desk that says it uploads the blob has not shown that it has it.
    let claim =
        centre.client.put(centre.url(&evidence)).bearer_auth(&elsewhere).body("x").send().await.unwrap();
    assert_eq!(claim.status(), StatusCode::OK, "there already");
    assert_eq!(centre.get(&evidence, Some(&tokens[2])).await.status(), StatusCode::NOT_FOUND);
    let is_told = async |token: &str| {
        let changes: ChangesResponse = ok(centre.get("/v1/sync/changes?cursor=0", Some(token)).await).await;
        changes.changes.iter().any(|change| matches!(change, Change::Correction(_)))
    };
    assert!(is_told(&device).await, "the approvers of its own site");
    assert!(!is_told(&elsewhere).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn n_2_a_photo_is_shown_to_whoever_looked_its_citizen_up() {
    let centre = Centre::start("central-photo").await;
    let password = centre.staff("10001", "clerk").await;
    let (desk, _) = centre.enrol(1).await;
    let device = centre.device_token(&desk).await;
    let clerk = log_in(&centre, &device, "10001", &password).await;
    let holder = senior(1);
    let photo = b"a face";
    std::fs::write(centre.folder.path().join("photo.jpg"), photo).unwrap();
    let line = json!({ "number": holder.number.expose(), "name": holder.name.expose(), "household": true,
        "photo": "photo.jpg" });
    let people = centre.folder.path().join("people.jsonl");
    std::fs::write(&people, line.to_string()).unwrap();
    centre.central.command(&["import-population", people.to_str().unwrap()]).await.unwrap();
    let path = format!("/v1/blobs/{}", Digest::of(photo));
    assert_eq!(centre.get(&path, Some(&clerk)).await.status(), StatusCode::NOT_FOUND);
    let view: CitizenView = ok(centre.look_up(&clerk, 1, &holder.number).await).await;
    assert_eq!(view.photo, Some(Digest::of(photo)));
    assert_eq!(centre.get(&path, Some(&clerk)).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn s8_a_desk_uploads_no_blobs_without_end() {
    let limits = [
        ("SUISHEN_CENTRAL_LIMITS__BLOBS_PER_DAY", "6"),
        ("SUISHEN_CENTRAL_LIMITS__BLOB_BYTES_UNNAMED", "10000"),
        ("SUISHEN_CENTRAL_LIMITS__BLOB_BYTES_PER_DAY", "31000"),
    ];
    let centre = Centre::start_with("central-quota", &limits).await;
    centre.staff(MAKER, "clerk").await;
    let (mut desk, _) = centre.enrol(1).await;
    let (other, _) = centre.enrol(2).await;
    let (device, neighbour) = (centre.device_token(&desk).await, centre.device_token(&other).await);
    let blob = |number: u8, length: usize| vec![number; length];
    // Nobody named these: 10,000 bytes are all.
    assert_eq!(put(&centre, &device, &blob(1, 6_000)).await.status(), StatusCode::CREATED);
    assert_eq!(refusal(put(&centre, &device, &blob(2, 6_000)).await).await, "evidence_quota_used");
    assert_eq!(put(&centre, &device, &blob(1, 6_000)).await.status(), StatusCode::OK, "there already");
    assert_eq!(put(&centre, &neighbour, &blob(2, 6_000)).await.status(), StatusCode::CREATED);
    // A piece reserves the whole, so that unfinished uploads count.
    let piece = centre.client.put(centre.url(&format!("/v1/blobs/{}", Digest::of(&blob(3, 6_000)))));
    let piece = piece.bearer_auth(&device).header("content-range", "bytes 0-0/6000").body("x").send();
    assert_eq!(refusal(piece.await.unwrap()).await, "evidence_quota_used");

    // Evidence that an operation of this desk names is held up by the day's limits only.
    let holder = known(&centre, &mut desk, &device, 1).await;
    let named: Vec<Vec<u8>> = (10..16).map(|number| blob(number, 6_000)).collect();
    let mut correction = draft(Uuid::from_u128(7), &holder, "王秀瑛", 1);
    let piece = correction.content.evidence[0].clone();
    let pieces =
        named.iter().map(|bytes| rules::correction::Evidence { digest: Digest::of(bytes), ..piece.clone() });
    correction.content.evidence = pieces.collect();
    desk.operator = MAKER.parse().unwrap();
    let operation = desk.operation(&holder.number, central::clock::now(), opened(&correction, &holder));
    centre.push(&desk, &device, vec![operation]).await;
    for bytes in &named[..4] {
        assert_eq!(put(&centre, &device, bytes).await.status(), StatusCode::CREATED);
    }
    assert_eq!(refusal(put(&centre, &device, &named[4]).await).await, "evidence_quota_used", "bytes a day");
    assert_eq!(put(&centre, &device, &blob(4, 1)).await.status(), StatusCode::CREATED, "the sixth");
    assert_eq!(refusal(put(&centre, &device, &blob(5, 1)).await).await, "evidence_quota_used", "blobs a day");
    assert!(centre.central.log().unwrap().contains("the desk's quota is used"), "and somebody is told");
}
