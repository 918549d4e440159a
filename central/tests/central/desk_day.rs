//! The real server over HTTP: one day of a desk.

use crate::common::client::{Centre, ok};
use central_fixture::desk::{self, DAY, Holder, senior, serial_of};
use reqwest::{Response, StatusCode};
use rules::{
    correction::Digest,
    health::HealthAnswer,
    issuing::Issued,
    keys::KeyList,
    life::Action,
    op::OpBody,
    payload::{Claims, encode},
    revocation::RevocationFilter,
    wire::{
        Change, ChangesResponse, CitizenView, OperatorAuthResponse, ProtocolError, ResultsResponse,
        TrustResponse, Verdict, VerifyAnswer, VerifyRequest, VerifyResponse,
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_enrols_pushes_and_gets_receipts() {
    let centre = Centre::start("central-desk").await;
    let password = centre.staff("10001", "clerk").await;
    let (mut desk, enrolled) = centre.enrol(3).await;
    let token = centre.device_token(&desk).await;
    let holder = senior(1);
    let now = central::clock::now();

    // Online work takes the same path as offline work; the receipt just comes at once.
    let issue = desk.issue(&holder, Action::Apply, now, Some(0));
    let serial = serial_of(&issue);
    let claims = desk.claims(&issue);
    let pushed = centre.push(&desk, &token, vec![issue]).await;
    let roll = pushed.results.unwrap();
    let receipts = roll.verify(&enrolled.trust()).unwrap();
    assert_eq!(receipts[0].verdict, Verdict::Applied { action: Some(Action::Apply) });
    assert_eq!((pushed.received_through, pushed.applied_through), (1, 1));
    let again: ResultsResponse = ok(centre.get("/v1/sync/results?after=0", Some(&token)).await).await;
    assert_eq!(again.results.unwrap().value, *receipts);

    // Reading the registry needs a logged-in operator.
    assert_eq!(centre.look_up(&token, 3, &holder.number).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(
        centre.operator_login(&token, "10001", "wrong password").await.status(),
        StatusCode::UNAUTHORIZED
    );
    // A NUL cannot be stored in the database.
    assert_eq!(centre.operator_login(&token, "a\0", &password).await.status(), StatusCode::BAD_REQUEST);
    let operator: OperatorAuthResponse = ok(centre.operator_login(&token, "10001", &password).await).await;
    let operator = operator.token.token.expose();
    let view: CitizenView = ok(centre.look_up(operator, 3, &holder.number).await).await;
    assert_eq!(view.codes.len(), 1);
    assert_eq!(view.codes[0].serial, serial);

    // The account was announced to the desks of the site.
    let changes: ChangesResponse = ok(centre.get("/v1/sync/changes?cursor=0", Some(&token)).await).await;
    assert!(
        changes
            .changes
            .iter()
            .any(|change| matches!(change, Change::Staff(staff) if staff.value.number.as_str() == "10001"))
    );
    assert!(changes.changes.iter().any(|change| matches!(change, Change::Policy(_))));

    assert_eq!(view.symbol, Some(encode(&claims, &desk.key).unwrap()), "for a copy anywhere");

    verification_follows_the_life_of_the_code(&centre, &mut desk, &token, &holder, claims, &enrolled).await;
    evidence_is_uploaded_in_pieces(&centre, &token, operator).await;
    s4_five_failures_lock(&centre, &token, &password).await;
    strangers_are_refused(&centre).await;
}

async fn scan(centre: &Centre, payload: &str) -> VerifyResponse {
    let request = VerifyRequest {
        payload: payload.to_owned(),
        scanner: "保安甲".to_owned(),
        place: "北门".to_owned(),
        register: true,
    };
    ok(centre.post("/v1/verify", None, &request).await).await
}

async fn verification_follows_the_life_of_the_code(
    centre: &Centre,
    desk: &mut desk::Desk,
    token: &str,
    holder: &Holder,
    claims: Claims,
    enrolled: &rules::wire::EnrolResponse,
) {
    let now = central::clock::now();
    let serial = claims.serial;
    let text = encode(&claims, &desk.key).unwrap();
    let answer = scan(centre, &text).await;
    assert_eq!(answer.answer, VerifyAnswer::Valid);
    assert_eq!(answer.masked_name.as_deref(), Some("王**"));
    assert!(answer.watermark.contains("保安甲") && answer.watermark.contains("北门"), "M6");
    assert!(answer.registration_reference.is_some(), "M7");
    assert_eq!(answer.health, HealthAnswer::NoProvider, "M6");
    // L9: a validly signed code that may still be on its way is provisional, and not valid.
    let other = desk.serial(&holder.number);
    let unheard = encode(&Claims { serial: other, ..claims.clone() }, &desk.key).unwrap();
    let answer = scan(centre, &unheard).await;
    assert_eq!(answer.answer, VerifyAnswer::Provisional);
    assert!(answer.registration_reference.is_none());
    assert_eq!(scan(centre, "https://example.org").await.answer, VerifyAnswer::Foreign);
    let live = Claims { class: rules::keys::Class::Live, ..claims.clone() };
    assert_eq!(
        scan(centre, &encode(&live, &desk.key).unwrap()).await.answer,
        VerifyAnswer::OtherClass,
        "S11"
    );
    let stranger = rules::keys::SoftwareKey::from_bytes(&[42; 32]).unwrap();
    assert_eq!(scan(centre, &encode(&claims, &stranger).unwrap()).await.answer, VerifyAnswer::WrongSignature);
    assert_eq!(scan(centre, &text[..text.len() - 9]).await.answer, VerifyAnswer::Damaged);
    // A stolen key cannot extend a code on record.
    let longer = Claims { expires_at: claims.expires_at.plus_ms(DAY), ..claims.clone() };
    let answer = scan(centre, &encode(&longer, &desk.key).unwrap()).await;
    assert_eq!((answer.answer, answer.masked_name), (VerifyAnswer::WrongSignature, None));

    // L2: a lost code never verifies, and offline verifiers learn of it.
    let before: Issued<RevocationFilter> = ok(centre.get("/v1/revocations", None).await).await;
    let loss = desk.operation(
        &holder.number,
        now,
        OpBody::ReportLoss { serial, agent: None, consequence_confirmed: true },
    );
    let pushed = centre.push(desk, token, vec![loss]).await;
    assert_eq!(pushed.results.unwrap().value[0].verdict, Verdict::Applied { action: None });
    assert_eq!(scan(centre, &text).await.answer, VerifyAnswer::Lost);
    let version = before.value.version;
    let path = format!("/v1/revocations/delta?since={version}");
    let delta = loop {
        let delta: Issued<rules::wire::RevocationDelta> = ok(centre.get(&path, None).await).await;
        if delta.value.version > version {
            break delta;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    assert_eq!(delta.verify(&enrolled.trust()).unwrap().revoked, [serial]);
    let unchanged = centre.get(&format!("/v1/revocations?since={version}"), None).await;
    assert_eq!(unchanged.status(), StatusCode::NOT_MODIFIED, "the whole filter is made seldom");
    let older = centre.get(&format!("/v1/revocations/delta?since={}", version - 1), None).await;
    assert_eq!(older.status(), StatusCode::NOT_FOUND, "who holds another filter fetches the newest");
    let keys: TrustResponse = ok(centre.get("/v1/keys", None).await).await;
    let list: &KeyList = keys.keys.verify(&enrolled.trust()).unwrap();
    assert!(list.desks.iter().any(|key| key.device == desk.device), "the desk's key is published");
}

async fn evidence_is_uploaded_in_pieces(centre: &Centre, token: &str, operator: &str) {
    let bytes: Vec<u8> = (0..3_000_u32).map(|index| (index % 251) as u8).collect();
    let path = format!("/v1/blobs/{}", Digest::of(&bytes));
    let put = async |range: &str, body: &[u8]| -> Response {
        let request = centre.client.put(centre.url(&path)).bearer_auth(token).header("content-range", range);
        request.header("content-type", "image/jpeg").body(body.to_vec()).send().await.unwrap()
    };
    let first = put("bytes 0-999/3000", &bytes[..1000]).await;
    assert_eq!(
        (first.status(), first.headers()["range"].to_str().unwrap()),
        (StatusCode::ACCEPTED, "bytes=0-999")
    );
    // After a broken connection the desk asks where to resume.
    let asked = put("bytes */3000", &[]).await;
    assert_eq!(asked.headers()["range"], "bytes=0-999");
    assert_eq!(put("bytes 2000-2999/3000", &bytes[2000..]).await.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(put("bytes 1000-2999/3000", &bytes[1000..]).await.status(), StatusCode::CREATED);
    assert_eq!(put("bytes 0-999/3000", &bytes[..1000]).await.status(), StatusCode::OK);
    assert_eq!(centre.get(&path, Some(token)).await.status(), StatusCode::FORBIDDEN);
    let found = centre.get(&path, Some(operator)).await;
    assert_eq!(found.headers()["content-type"], "image/jpeg");
    assert_eq!(found.bytes().await.unwrap(), bytes);
}

async fn s4_five_failures_lock(centre: &Centre, token: &str, password: &str) {
    for _ in 0..5 {
        let refused = centre.operator_login(token, "10001", "wrong password").await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(centre.operator_login(token, "10001", password).await.status(), StatusCode::UNAUTHORIZED);
    centre.central.command(&["staff", "disable", "10001"]).await.unwrap();
}

async fn strangers_are_refused(centre: &Centre) {
    for path in ["/v1/sync/results", "/v1/sync/changes", "/v1/channels/kiosk/view"] {
        let refused = centre.get(path, Some("not.a-token")).await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(refused.json::<ProtocolError>().await.unwrap(), ProtocolError::Unauthenticated);
    }
    let nonsense = centre.client.post(centre.url("/v1/verify")).body("{").send().await.unwrap();
    assert_eq!(nonsense.status(), StatusCode::BAD_REQUEST);
    for (scanner, place) in [("", "北门"), ("保安甲", " ")] {
        let scan =
            serde_json::json!({ "payload": "x", "scanner": scanner, "place": place, "register": false });
        assert_eq!(centre.post("/v1/verify", None, &scan).await.status(), StatusCode::BAD_REQUEST);
    }
    let large = vec![b' '; 32 * 1024];
    let large = centre.client.post(centre.url("/v1/verify")).body(large).send().await.unwrap();
    assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(centre.get("/v1/nothing", None).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(centre.get("/readyz", None).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_every_process_notices_a_retired_key() {
    let centre = Centre::start("central-retired").await;
    // The other process publishes less often, so the first one publishes the change.
    let seldom = [("SUISHEN_CENTRAL_PUBLISH_EVERY_S", "3")];
    let other = centre.central.another("other", &centre.folder, &seldom).await.unwrap();
    let (mut desk, enrolled) = centre.enrol(1).await;
    let holder = senior(1);
    // Dated by a clock that is slightly ahead, so that the key ends before the date.
    let issued_at = central::clock::now().plus_ms(120_000);
    let claims = Claims {
        issuer: enrolled.issuer.clone(),
        issued_at,
        expires_at: issued_at.plus_ms(DAY),
        serial: desk.serial(&holder.number),
        masked_name: holder.name.masked(),
        masked_number: holder.number.masked(),
        class: rules::keys::Class::Practice,
    };
    let payload = encode(&claims, &desk.key).unwrap();
    let scan = async || {
        let (scanner, place) = ("保安甲".to_owned(), "北门".to_owned());
        let request = VerifyRequest { payload: payload.clone(), scanner, place, register: false };
        let url = format!("{}/v1/verify", other.url());
        let answer = centre.client.post(url).json(&request).send().await.unwrap();
        ok::<VerifyResponse>(answer).await.answer
    };
    assert_eq!(scan().await, VerifyAnswer::Provisional);
    centre.central.command(&["desk", "revoke", &desk.device.to_string()]).await.unwrap();
    let refused = async || (scan().await == VerifyAnswer::WrongSignature).then_some(());
    rig::process::until("the key's end", std::time::Duration::from_secs(30), refused).await.unwrap();
}

#[test]
fn the_committed_openapi_document_is_up_to_date() {
    let committed = include_str!("../../openapi.json");
    assert!(
        committed == central::http::document(),
        "write it anew: suishen-central openapi > central/openapi.json"
    );
}
