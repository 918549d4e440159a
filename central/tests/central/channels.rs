//! Portal and kiosk against the real server, driven by its OpenAPI document alone.

use crate::common::{
    client::{Centre, ok},
    machine::{Machine, card, register},
};
use central_fixture::desk::{DAY, Holder, number, senior, serial_of};
use reqwest::StatusCode;
use rules::{
    correction::Dismissal,
    life::Action,
    op::OpBody,
    wire::{Change, ChangesResponse},
};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_serves_all_three_log_ins_and_actions() {
    let (centre, service) = Centre::start_with_logins("central-kiosk", &[]).await;
    centre.staff("10001", "clerk").await;
    let (mut desk, enrolled) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    let (grandmother, grandfather) = (senior(1), Holder::new(number("19400101", 5), "李建国"));
    let son = Holder::new(number("19700101", 7), "李强");
    let bound = json!([{ "number": son.number.expose(), "relation": "子" }]);
    register(&centre, &[(&grandmother, json!([])), (&grandfather, bound), (&son, json!([]))]).await;
    let kiosk = Machine::at(&centre, "kiosk").await;

    // 身份证登录: the holder's own card.
    let (session, view) = kiosk.session(card(&grandmother, "王秀英")).await;
    assert_eq!(view["name"], json!("王秀英"));
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
    let login_token = async |person: &Holder, holder: Option<&Holder>| {
        let holder = holder.map(|holder| holder.number.expose());
        let token = service.token("kiosk", person.number.expose(), holder, 60).await.unwrap();
        json!({ "method": "login_token", "token": token })
    };
    let (session, _) = kiosk.session(login_token(&grandfather, None).await).await;
    let code: Value = ok(kiosk.call("reissue", Some(&session), confirmed.clone()).await).await;
    assert_ne!(code["serial"], old.to_string());
    let second = kiosk.call("reissue", Some(&session), confirmed.clone()).await;
    assert_eq!(second.status(), StatusCode::UNPROCESSABLE_ENTITY);

    // 亲属码登录: the son handles his father's code and reports the name as wrong.
    let (session, view) = kiosk.session(login_token(&son, Some(&grandfather)).await).await;
    assert_eq!(view["relatives"][0]["relation"], "子");
    let escalate = json!({"field": "name", "remark": "名字里的字不对"});
    let filed: Value = ok(kiosk.call("escalate", Some(&session), Some(escalate.clone())).await).await;
    let twice = kiosk.call("escalate", Some(&session), Some(escalate)).await;
    assert_eq!(twice.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let stranger = login_token(&son, Some(&grandmother)).await;
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

    // The window closes it without a correction, and the citizen sees why.
    let view: Value = ok(kiosk.call("view", Some(&session), None).await).await;
    assert_eq!((&view["reports"][0]["open"], &view["reports"][0]["dismissed"]), (&json!(true), &json!(null)));
    let id = filed["id"].as_str().unwrap().parse().unwrap();
    let body = OpBody::EscalationDismissed { id, reason: Dismissal::RegisteredRightly };
    let dismissed = desk.operation(&grandfather.number, central::clock::now(), body);
    centre.push(&desk, &token, vec![dismissed]).await;
    let view: Value = ok(kiosk.call("view", Some(&session), None).await).await;
    let report = &view["reports"][0];
    assert_eq!((&report["id"], &report["open"]), (&filed["id"], &json!(false)));
    assert_eq!(report["dismissed"], "registered_rightly");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_a_wrong_registry_name_is_sent_to_the_window_and_may_report_it() {
    let centre = Centre::start("central-wrong-name").await;
    let (desk, _) = centre.enrol(1).await;
    let holder = senior(1);
    register(&centre, &[(&holder, json!([]))]).await;
    let kiosk = Machine::at(&centre, "kiosk").await;
    let refused = kiosk.call("login", None, Some(card(&holder, "王秀瑛"))).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let told = json!({ "error": "refused", "code": "go_to_window" });
    assert_eq!(refused.json::<Value>().await.unwrap(), told, "no name, no photo, no codes");
    let report = |name: &str| json!({ "number": holder.number.expose(), "name": name });
    let filed: Value = ok(kiosk.call("report_card", None, Some(report("王秀瑛"))).await).await;
    let _: Value = ok(kiosk.call("report_card", None, Some(report("王秀瑛"))).await).await;
    let token = centre.device_token(&desk).await;
    let changes: ChangesResponse = ok(centre.get("/v1/sync/changes?cursor=0", Some(&token)).await).await;
    let escalations: Vec<String> = changes
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Escalation(one) => Some(one.id.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(escalations, [filed["id"].as_str().unwrap()], "the window hears of it once");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_accepts_login_tokens_and_refuses_cards() {
    let (centre, service) = Centre::start_with_logins("central-portal", &[]).await;
    let holder = senior(1);
    register(&centre, &[(&holder, json!([]))]).await;
    let portal = Machine::at(&centre, "portal").await;
    for operation in ["login", "report_card"] {
        let mut body = card(&holder, "王秀英");
        if operation == "report_card" {
            body.as_object_mut().unwrap().remove("method");
        }
        let refused = portal.call(operation, None, Some(body)).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "what is printed on a card is no log-in");
    }
    let token = async |seconds| {
        let token = service.token("portal", holder.number.expose(), None, seconds).await.unwrap();
        json!({ "method": "login_token", "token": token })
    };
    let (session, view) = portal.session(token(60).await).await;
    assert_eq!(view["name"], json!("王秀英"));
    let code: Value =
        ok(portal.call("apply", Some(&session), Some(json!({ "confirmed": true }))).await).await;
    assert_eq!(code["standing"], "live");
    // One token is valid for too long, the other has expired.
    for seconds in [3_600, -1] {
        let refused = portal.call("login", None, Some(token(seconds).await)).await;
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
