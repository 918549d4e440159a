//! Portal and kiosk against the real server, driven by its OpenAPI document alone.

use crate::common::client::{Centre, ok};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use central_fixture::desk::{self, DAY, Holder, number, senior, serial_of};
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{Response, StatusCode};
use rules::{
    life::Action,
    wire::{Change, ChangesResponse},
};
use serde_json::{Value, json};

/// A channel client that knows the server only by its OpenAPI document.
struct Machine<'a> {
    centre: &'a Centre,
    channel: &'static str,
    document: Value,
    key: String,
}

impl<'a> Machine<'a> {
    async fn at(centre: &'a Centre, channel: &'static str) -> Self {
        let arguments = ["channel", "add", "--channel", channel, "--name", channel, "--site", desk::SITE];
        let key = centre.central.command(&arguments).await.unwrap().trim().to_owned();
        let document = ok(centre.get("/v1/openapi.json", None).await).await;
        Self { centre, channel, document, key }
    }

    async fn call(&self, operation: &str, session: Option<&str>, body: Option<Value>) -> Response {
        let paths = self.document["paths"].as_object().unwrap();
        let found = paths.iter().find_map(|(path, methods)| {
            let (method, described) = methods
                .as_object()?
                .iter()
                .find(|(_, one)| one["operationId"] == operation && one["tags"] == json!(["channels"]))?;
            Some((
                path.replace("{channel}", self.channel),
                method.to_uppercase(),
                described["responses"].clone(),
            ))
        });
        let (path, method, responses) = found.expect("the document describes the operation");
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.centre.client.request(method, self.centre.url(&path)).bearer_auth(&self.key);
        if let Some(session) = session {
            request = request.header("x-session", session);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16().to_string();
        assert!(responses.get(&status).is_some(), "{operation}: {status} is not in the document");
        response
    }

    async fn session(&self, body: Value) -> (String, Value) {
        let answer: Value = ok(self.call("login", None, Some(body)).await).await;
        (answer["session"].as_str().unwrap().to_owned(), answer["view"].clone())
    }

    /// Builds the token of the city's log-in service, as the citizen's phone shows it.
    fn login_token(&self, claims: &Value) -> String {
        let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims).unwrap());
        let mut mac = Hmac::<sm3::Sm3>::new_from_slice(self.key.as_bytes()).unwrap();
        mac.update(format!("login token {text}").as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }
}

/// Imports people into the registry, each with their bound relatives.
async fn register(centre: &Centre, people: &[(&Holder, Value)]) {
    let lines: Vec<String> = people
        .iter()
        .map(|(holder, relatives)| {
            let (number, name) = (holder.number.expose(), holder.name.expose());
            json!({ "number": number, "name": name, "household": true, "relatives": relatives }).to_string()
        })
        .collect();
    let file = centre.folder.path().join("people.jsonl");
    std::fs::write(&file, lines.join("\n")).unwrap();
    let imported = centre.central.command(&["import-population", file.to_str().unwrap()]).await.unwrap();
    assert_eq!(imported.trim(), format!("{} people", people.len()));
}

/// Returns the body of a log-in by card.
fn card(holder: &Holder, name: &str) -> Value {
    json!({ "method": "id_card", "number": holder.number.expose(), "name": name })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_serves_all_three_log_ins_and_actions() {
    let centre = Centre::start("central-kiosk").await;
    centre.staff("10001", "clerk").await;
    let (mut desk, enrolled) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    let index_key = Centre::index_key(&enrolled);
    let (grandmother, grandfather) =
        (senior(1), Holder::new(number("19400101", 5), "李建国").with_key(&index_key));
    let grandmother = grandmother.with_key(&index_key);
    let son = Holder::new(number("19700101", 7), "李强");
    let bound = json!([{ "number": son.number.expose(), "relation": "子" }]);
    register(&centre, &[(&grandmother, json!([])), (&grandfather, bound), (&son, json!([]))]).await;
    let kiosk = Machine::at(&centre, "kiosk").await;

    // 身份证登录: the holder's own card.
    let (session, view) = kiosk.session(card(&grandmother, "王秀英")).await;
    assert_eq!((&view["name"], &view["name_differs"]), (&json!("王秀英"), &json!(false)));
    assert_eq!(view["offers"][0], json!({"action": "apply", "refusal": null}));
    // L8: issuing needs confirmation. Then 申领.
    let unconfirmed = kiosk.call("apply", Some(&session), Some(json!({"confirmed": false}))).await;
    assert_eq!(unconfirmed.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let confirmed = Some(json!({"confirmed": true}));
    let code: Value = ok(kiosk.call("apply", Some(&session), confirmed.clone()).await).await;
    assert_eq!(code["standing"], "live");
    let sheet = kiosk.call("download", Some(&session), None).await;
    assert_eq!(sheet.status(), StatusCode::OK);
    assert!(sheet.bytes().await.unwrap().starts_with(b"%PDF"));
    // 挂失, then 补领: a second issue on the same day is refused (L3).
    let lost: Value = ok(kiosk.call("loss", Some(&session), confirmed.clone()).await).await;
    assert_eq!(lost["standing"], "lost");
    let second = kiosk.call("reissue", Some(&session), confirmed.clone()).await;
    assert_eq!(second.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let refused = json!({"error": "refused", "code": "already_issued_today"});
    assert_eq!(second.json::<Value>().await.unwrap(), refused);

    // 随申办登录: 补领 supersedes a code the counter issued yesterday, once a day.
    centre.make_key_older(&desk, &enrolled, 2 * DAY).await;
    let yesterday = central::clock::now().plus_ms(-DAY);
    let issue = desk.issue(&grandfather, Action::Apply, yesterday, None);
    let old = serial_of(&issue);
    centre.push(&desk, &token, vec![issue]).await;
    let expires_at = central::clock::now().plus_ms(60_000).0;
    let claims = json!({"number": grandfather.number.expose(), "expires_at": expires_at});
    let (session, _) =
        kiosk.session(json!({"method": "login_token", "token": kiosk.login_token(&claims)})).await;
    let code: Value = ok(kiosk.call("reissue", Some(&session), confirmed.clone()).await).await;
    assert_ne!(code["serial"], old.to_string());
    let second = kiosk.call("reissue", Some(&session), confirmed.clone()).await;
    assert_eq!(second.status(), StatusCode::UNPROCESSABLE_ENTITY);

    // 亲属码登录: the son handles his father's code and reports the name as wrong.
    let claims = json!({"number": son.number.expose(), "holder_number": grandfather.number.expose(), "expires_at": expires_at});
    let (session, view) =
        kiosk.session(json!({"method": "login_token", "token": kiosk.login_token(&claims)})).await;
    assert_eq!(view["relatives"][0]["relation"], "子");
    let escalate = json!({"field": "name", "remark": "名字里的字不对"});
    let filed: Value = ok(kiosk.call("escalate", Some(&session), Some(escalate.clone())).await).await;
    let twice = kiosk.call("escalate", Some(&session), Some(escalate)).await;
    assert_eq!(twice.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let stranger = json!({"number": son.number.expose(), "holder_number": grandmother.number.expose(), "expires_at": expires_at});
    let stranger = json!({"method": "login_token", "token": kiosk.login_token(&stranger)});
    assert_eq!(kiosk.call("login", None, Some(stranger)).await.status(), StatusCode::FORBIDDEN, "E9");

    // The desk learns that its code was superseded at the kiosk and that an escalation was filed.
    let changes: ChangesResponse = ok(centre.get("/v1/sync/changes?cursor=0", Some(&token)).await).await;
    let superseded =
        |change: &Change| matches!(change, Change::CodeChanged { code, .. } if code.serial == old);
    assert!(changes.changes.iter().any(superseded));
    let told = changes.changes.iter().find_map(|change| match change {
        Change::Escalation(escalation) => Some(escalation.id.to_string()),
        _ => None,
    });
    assert_eq!(told.as_deref(), filed["id"].as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_a_wrong_registry_name_logs_in_at_the_kiosk_and_escalates() {
    let centre = Centre::start("central-wrong-name").await;
    let (desk, enrolled) = centre.enrol(1).await;
    let index_key = Centre::index_key(&enrolled);
    let (holder, daughter) =
        (senior(1).with_key(&index_key), Holder::new(number("19700101", 9), "王芳").with_key(&index_key));
    // The daughter may act for her mother, whose name is wrong in the registry.
    let bound = json!([{ "number": daughter.number.expose(), "relation": "女" }]);
    register(&centre, &[(&holder, bound), (&daughter, json!([]))]).await;
    let kiosk = Machine::at(&centre, "kiosk").await;
    let (session, view) = kiosk.session(card(&holder, "王秀瑛")).await;
    assert_eq!((&view["name"], &view["name_differs"]), (&json!("王秀英"), &json!(true)));
    let view: Value = ok(kiosk.call("view", Some(&session), None).await).await;
    assert_eq!(view["name_differs"], json!(true), "until the session ends");
    let escalate = json!({ "field": "name" });
    let filed: Value = ok(kiosk.call("escalate", Some(&session), Some(escalate)).await).await;
    let token = centre.device_token(&desk).await;
    let changes: ChangesResponse = ok(centre.get("/v1/sync/changes?cursor=0", Some(&token)).await).await;
    let told = changes.changes.iter().any(
        |change| matches!(change, Change::Escalation(one) if Some(one.id.to_string().as_str()) == filed["id"].as_str()),
    );
    assert!(told, "the window hears of it");
    // A person who is not in the registry cannot log in with a card.
    let stranger = kiosk.call("login", None, Some(card(&senior(2), "王秀英"))).await;
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);

    // `name_differs` refers to the daughter's own card, whoever's code she handles.
    let (session, view) = kiosk.session(card(&daughter, "王方")).await;
    assert_eq!(view["name_differs"], json!(true));
    let mother = json!({ "citizen_ref": holder.citizen_ref });
    let switched: Value = ok(kiosk.call("switch", Some(&session), Some(mother)).await).await;
    assert_eq!(switched["view"]["name_differs"], json!(false));
    let session = switched["session"].as_str().unwrap().to_owned();
    let herself = json!({ "citizen_ref": daughter.citizen_ref });
    let back: Value = ok(kiosk.call("switch", Some(&session), Some(herself)).await).await;
    assert_eq!(back["view"]["name_differs"], json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_accepts_login_tokens_and_refuses_cards() {
    let centre = Centre::start("central-portal").await;
    let holder = senior(1);
    register(&centre, &[(&holder, json!([]))]).await;
    let portal = Machine::at(&centre, "portal").await;
    let refused = portal.call("login", None, Some(card(&holder, "王秀英"))).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN, "what is printed on a card is no log-in");
    let expires_at = central::clock::now().plus_ms(60_000).0;
    let claims = json!({ "number": holder.number.expose(), "expires_at": expires_at });
    let token = |claims: &Value| json!({ "method": "login_token", "token": portal.login_token(claims) });
    let (session, view) = portal.session(token(&claims)).await;
    assert_eq!(view["name_differs"], json!(false));
    let code: Value =
        ok(portal.call("apply", Some(&session), Some(json!({ "confirmed": true }))).await).await;
    assert_eq!(code["standing"], "live");
    // One token is valid for too long, the other has expired.
    for expires_in_ms in [3_600_000, -1_000] {
        let expires_at = central::clock::now().plus_ms(expires_in_ms).0;
        let claims = json!({ "number": holder.number.expose(), "expires_at": expires_at });
        let refused = portal.call("login", None, Some(token(&claims))).await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_whose_photo_cannot_be_read_is_not_counted_as_a_copy() {
    let centre = Centre::start("central-kiosk-photo").await;
    let holder = senior(1);
    let (number, name) = (holder.number.expose(), holder.name.expose());
    let photo = b"no picture, printed without";
    std::fs::write(centre.folder.path().join("photo.jpg"), photo).unwrap();
    let line = json!({ "number": number, "name": name, "household": true, "photo": "photo.jpg" });
    let people = centre.folder.path().join("people.jsonl");
    std::fs::write(&people, line.to_string()).unwrap();
    centre.central.command(&["import-population", people.to_str().unwrap()]).await.unwrap();
    let kiosk = Machine::at(&centre, "kiosk").await;
    let (session, _) = kiosk.session(card(&holder, name)).await;
    let _: Value = ok(kiosk.call("apply", Some(&session), Some(json!({"confirmed": true}))).await).await;
    let copies = async || centre.postgres.query("SELECT copies FROM code").await.unwrap();
    let before = copies().await;

    let digest = rules::correction::Digest::of(photo).to_string();
    let kept = centre.folder.path().join("central/blobs/kept").join(&digest[..2]).join(&digest[2..]);
    let whole = std::fs::read(&kept).unwrap();
    std::fs::write(&kept, &whole[..whole.len() - 1]).unwrap();
    let refused = kiosk.call("download", Some(&session), None).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(copies().await, before);
    // A photo that was never delivered does not fail the request.
    std::fs::remove_file(&kept).unwrap();
    let sheet = kiosk.call("download", Some(&session), None).await;
    assert_eq!(sheet.status(), StatusCode::OK);
    assert_ne!(copies().await, before);
}
