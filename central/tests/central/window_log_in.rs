//! Codes on phones at a window (I2): checked once with the log-in service's word, and named by what
//! is done on them.

use crate::common::{
    client::{Centre, case_number, ok},
    machine::register,
};
use central_fixture::desk::{self, Holder, number, senior};
use reqwest::{Response, StatusCode};
use rig::login::LoginService;
use rules::{
    Refusal,
    life::Action,
    op::Operation,
    proof::{Proof, ShownBy},
    wire::{
        CitizenView, LookUpProof, OperatorAuthResponse, RelativesResponse, ResultsResponse, Verdict,
        WINDOW_LOGIN_PREFIX, WindowLogInResponse,
    },
};
use serde_json::{Value, json};
use uuid::Uuid;

async fn refusal(response: Response) -> String {
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    response.json::<Value>().await.unwrap()["code"].as_str().unwrap().to_owned()
}

/// Returns what the phone of `person` shows for a client: their own code, or that of `holder`.
async fn shown(service: &LoginService, client: &str, person: &Holder, holder: Option<&Holder>) -> String {
    let holder = holder.map(|holder| holder.number.expose());
    let text = service.token(client, person.number.expose(), holder, 60).await.unwrap();
    text.strip_prefix(WINDOW_LOGIN_PREFIX).unwrap_or(&text).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn i2_a_code_on_a_phone_is_good_once_at_one_desk_and_for_whom_it_shows() {
    let (centre, service) = Centre::start_with_logins("central-window-log-in", &[]).await;
    let password = centre.staff("10001", "clerk").await;
    let (mut desk, _) = centre.enrol(1).await;
    let device = centre.device_token(&desk).await;
    let session: OperatorAuthResponse = ok(centre.operator_login(&device, "10001", &password).await).await;
    let clerk = session.token.token.into_exposed();
    let grandmother = senior(1);
    let grandfather = Holder::new(number("19400101", 5), "李建国");
    let son = Holder::new(number("19700101", 7), "李强");
    let bound = json!([{ "number": son.number.expose(), "relation": "子" }]);
    register(&centre, &[(&grandmother, json!([])), (&grandfather, bound), (&son, json!([]))]).await;
    let log_in =
        async |token: &str| centre.post("/v1/log-ins", Some(&clerk), &json!({ "token": token })).await;

    // Nobody is looked up on a code that was not checked.
    let case = case_number(desk::SITE, 1);
    let look_up = async || centre.look_up_with(&clerk, &case, LookUpProof::Code, &grandmother.number).await;
    assert_eq!(refusal(look_up().await).await, "log_in_not_known");
    // A kiosk's token is none of a window, nor is a text that nobody signed.
    let of_kiosk = shown(&service, "kiosk", &grandmother, None).await;
    for token in [of_kiosk.as_str(), "x.y", ""] {
        assert_eq!(refusal(log_in(token).await).await, "log_in_not_accepted");
    }
    let own = shown(&service, "window", &grandmother, None).await;
    let answer: WindowLogInResponse = ok(log_in(&own).await).await;
    assert_eq!((&answer.number, answer.agent), (&grandmother.number, None));
    let view: CitizenView = ok(look_up().await).await;
    assert!(view.registered);
    assert_eq!(refusal(log_in(&own).await).await, "log_in_used");

    // 亲属码: the son's phone shows his father's code, and he is named.
    let relative = shown(&service, "window", &son, Some(&grandfather)).await;
    let relative: WindowLogInResponse = ok(log_in(&relative).await).await;
    assert_eq!(relative.number, grandfather.number);
    let agent = relative.agent.unwrap();
    assert_eq!((agent.number, agent.name), (son.number.clone(), son.name.clone()));
    let stranger = shown(&service, "window", &son, Some(&grandmother)).await;
    assert_eq!(refusal(log_in(&stranger).await).await, "not_bound");

    // I3: the son's own view opens the list of those for whom he may act, and one of them.
    let case = case_number(desk::SITE, 1);
    let ask = async |case: &rules::case_number::CaseNumber, chosen: Value| {
        let body = json!({ "agent": son.number.expose(), "case_number": case, "chosen": chosen });
        centre.post("/v1/relatives", Some(&clerk), &body).await
    };
    assert_eq!(refusal(ask(&case, Value::Null).await).await, "look_up_without_case");
    let case =
        rules::case_number::CaseNumber::new(&desk::SITE.parse().unwrap(), central::clock::now().day(), 1, 77)
            .unwrap();
    let looked_up = centre.look_up_with(&clerk, &case, LookUpProof::Card, &son.number).await;
    assert_eq!(looked_up.status(), StatusCode::OK);
    let listed: RelativesResponse = ok(ask(&case, Value::Null).await).await;
    assert_eq!((listed.relatives.len(), listed.chosen), (1, None));
    let place = |name: &str| json!({ "place": 0, "masked_name": name });
    assert_eq!(refusal(ask(&case, place("王**")).await).await, "not_bound");
    let chosen: RelativesResponse = ok(ask(&case, place(&listed.relatives[0].masked_name)).await).await;
    assert_eq!(chosen.chosen, Some(grandfather.number.clone()));
    // N-1, D2: the number is on record as a look-up, and counts once with the view that follows.
    let of_operator = "SELECT (SELECT count(*) FROM look_up WHERE proof = 'bound' AND outcome = 'named'),
                              (SELECT sum(citizens) FROM look_up_count WHERE proof = 'bound')";
    assert_eq!(centre.postgres.query(of_operator).await.unwrap(), "1|1");
    let next = case_number(desk::SITE, 1);
    let viewed = centre.look_up_with(&clerk, &next, LookUpProof::Bound, &grandfather.number).await;
    assert_eq!(viewed.status(), StatusCode::OK);
    assert_eq!(centre.postgres.query(of_operator).await.unwrap(), "1|1");
    let leaves = "SELECT (SELECT count(*) FROM audit_event WHERE kind = 'look_up')
                       + (SELECT count(*) FROM audit_leaf WHERE kind = 'look_up')";
    assert_eq!(centre.postgres.query(leaves).await.unwrap(), "4", "two by themselves, one named and viewed");
    // The agent is still in front of whoever looked them up, and of nobody else.
    assert_eq!(ask(&case, Value::Null).await.status(), StatusCode::OK);
    let password = centre.staff("10002", "clerk").await;
    let session: OperatorAuthResponse = ok(centre.operator_login(&device, "10002", &password).await).await;
    let colleague = session.token.token.into_exposed();
    let body = json!({ "agent": son.number.expose(), "case_number": case, "chosen": null });
    let overheard = centre.post("/v1/relatives", Some(&colleague), &body).await;
    assert_eq!(refusal(overheard).await, "look_up_without_case");

    // What is done on a code names its log-in; one that nobody made proves nothing.
    let on = |desk: &mut desk::Desk, holder: &Holder, log_in: Uuid, shown_by: ShownBy| -> Operation {
        desk.proof = Proof::Code { log_in, shown_by };
        desk.issue(holder, Action::Apply, central::clock::now(), None)
    };
    let by_son = ShownBy::Relative { agent: Box::new(son.number.clone()) };
    let operations = vec![
        on(&mut desk, &grandmother, Uuid::from_u128(7), ShownBy::Citizen),
        on(&mut desk, &grandfather, relative.log_in, ShownBy::Citizen),
        on(&mut desk, &grandfather, relative.log_in, by_son),
        on(&mut desk, &grandmother, answer.log_in, ShownBy::Citizen),
    ];
    centre.push(&desk, &device, operations).await;
    let mut verdicts = Vec::new();
    while verdicts.len() < 4 {
        let results: ResultsResponse = ok(centre.get("/v1/sync/results?after=0", Some(&device)).await).await;
        let receipts = results.results.map(|signed| signed.value).unwrap_or_default();
        verdicts = receipts.into_iter().map(|receipt| receipt.verdict).collect();
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let unknown = Verdict::Rejected { code: Refusal::LogInNotKnown };
    assert_eq!(verdicts[..2], [unknown.clone(), unknown]);
    let applied = Verdict::Applied { action: Some(Action::Reapply) };
    assert_eq!(verdicts[2..], [applied.clone(), applied]);
}
