//! Accounts of staff: keys under passwords, second factors, tokens that end, and decisions on what
//! is listed for review (A1, A2, A5–A7).

use crate::common::client::{Centre, PASSWORD, ok};
use central_fixture::desk::{DAY, Desk, SITE, senior};
use reqwest::{Response, StatusCode};
use rules::Refusal;
use rules::{
    At, Sensitive, StaffNumber,
    authority::{StaffRecord, WrappedKey},
    issuing::Issued,
    keys::{Signed, Signer as _, SoftwareKey},
    life::{Action, CodeState},
    wire::{
        Change, ChangePasswordRequest, ChangesResponse, KeyChange, OperatorAuthResponse, ProtocolError,
        PushResponse, Verdict,
    },
};
use serde_json::json;
use totp_rs::{Algorithm, Builder, Secret};

const CLERK: &str = "10001";
const TOTP_SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn clerk() -> StaffNumber {
    CLERK.parse().unwrap()
}

/// Adds the clerk by the command, with a password; returns it.
async fn added(centre: &Centre) -> String {
    let arguments = ["staff", "add", "--number", CLERK, "--name", "测试", "--site", SITE, "--role", "clerk"];
    let arguments = [&arguments[..], &["--password-stdin"]].concat();
    centre.central.command_with_input(&arguments, PASSWORD).await.unwrap();
    PASSWORD.to_owned()
}

/// Logs the clerk in.
async fn logged_in(centre: &Centre, device: &str, password: &str) -> OperatorAuthResponse {
    ok(centre.operator_login(device, CLERK, password).await).await
}

/// Opens the clerk's key as a desk does.
fn opened(session: &OperatorAuthResponse, trust: &rules::issuing::Trust, password: &str) -> SoftwareKey {
    session.credential.open(trust, &Sensitive::new(password.to_owned())).unwrap()
}

/// A view of the registry, as a proof that a token is good.
async fn view(centre: &Centre, token: &OperatorAuthResponse) -> StatusCode {
    let token = token.token.token.expose();
    let status = centre.look_up(token, 1, &senior(1).number).await.status();
    // Evidence is shown and withheld by the same rules.
    let blob = format!("/v1/blobs/{}", rules::digest::Digest::of(b"nothing"));
    assert_eq!(centre.get(&blob, Some(token)).await.status(), status);
    status
}

fn change(key: &SoftwareKey, new: &[u8; 32], at: At, password: &str) -> ChangePasswordRequest {
    let public_key = SoftwareKey::from_bytes(new).unwrap().public_key();
    let change = KeyChange { staff: clerk(), public_key, at };
    let password = Sensitive::new(password.to_owned());
    ChangePasswordRequest {
        change: Signed::sign(change, key).unwrap(),
        wrapped_key: WrappedKey::wrap(new, &clerk(), &password, [5; 16], [6; 24]).unwrap(),
    }
}

async fn sent(centre: &Centre, session: &OperatorAuthResponse, request: &ChangePasswordRequest) -> Response {
    centre.post("/v1/auth/password", Some(session.token.token.expose()), request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_log_in_opens_the_key_and_no_secret_leaves_the_centre() {
    let centre = Centre::start("central-accounts").await;
    let password = added(&centre).await;
    let (desk, enrolled) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    let session = logged_in(&centre, &token, &password).await;
    assert!(!session.must_change_password);
    let record = session.credential.record.verify(&enrolled.trust()).unwrap();
    assert_eq!((record.number.as_str(), record.site.as_str(), record.version), (CLERK, SITE, 1));
    assert_eq!(opened(&session, &enrolled.trust(), &password).public_key(), record.public_key);
    let wrong = centre.operator_login(&token, CLERK, "another password").await;
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    // C3: the news of the site hold the signed record, neither wrapped key nor second factor.
    let news = centre.get("/v1/sync/changes?cursor=0", Some(&token)).await.text().await.unwrap();
    let parsed: ChangesResponse = serde_json::from_str(&news).unwrap();
    assert_eq!(parsed.changes.len(), 2, "the policy and the clerk");
    for secret in ["wrapped", "sealed", "salt", "totp", "hash\""] {
        assert!(!news.contains(secret), "{secret}: {news}");
    }
    let kept = centre.postgres.query("SELECT wrapped_key FROM staff").await.unwrap();
    assert!(!kept.contains(&password));
}

/// M4: a token of ten hours survived a new password.
#[tokio::test(flavor = "multi_thread")]
async fn a6_a_new_password_ends_every_token_and_the_old_key() {
    let centre = Centre::start("central-set-password").await;
    let password = added(&centre).await;
    let (desk, enrolled) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    let session = logged_in(&centre, &token, &password).await;
    assert_eq!(view(&centre, &session).await, StatusCode::NOT_FOUND, "the token is good");
    let new = "a pear in the snow".to_owned();
    let reset = ["staff", "reset-password", CLERK, "--password-stdin"];
    centre.central.command_with_input(&reset, &new).await.unwrap();
    assert_eq!(view(&centre, &session).await, StatusCode::UNAUTHORIZED);
    let news = centre.get("/v1/sync/changes?cursor=0", Some(session.token.token.expose())).await;
    assert_eq!(news.status(), StatusCode::UNAUTHORIZED, "nor is it good for what desks do");
    assert_eq!(centre.operator_login(&token, CLERK, &password).await.status(), StatusCode::UNAUTHORIZED);
    let again = logged_in(&centre, &token, &new).await;
    assert_eq!(view(&centre, &again).await, StatusCode::NOT_FOUND);
    let keys = [(&session, &password), (&again, &new)];
    let [old_key, new_key] = keys.map(|(session, password)| opened(session, &enrolled.trust(), password));
    assert_ne!(old_key.public_key(), new_key.public_key());
    let kept = "SELECT count(DISTINCT key_id) FROM staff_version WHERE number = '10001'";
    assert_eq!(centre.postgres.query(kept).await.unwrap(), "2", "the old key verifies old operations");
    centre.central.command(&["staff", "disable", CLERK]).await.unwrap();
    assert_eq!(view(&centre, &again).await, StatusCode::FORBIDDEN);
    assert_eq!(centre.operator_login(&token, CLERK, &new).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a7_a_person_changes_their_own_password_once_with_one_signature() {
    let centre = Centre::start("central-own-password").await;
    let password = centre.staff(CLERK, "clerk").await;
    let (desk, enrolled) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    let session = logged_in(&centre, &token, &password).await;
    let other_session = logged_in(&centre, &token, &password).await;
    let key = opened(&session, &enrolled.trust(), &password);
    let now = central::clock::now();
    let (new, new_password) = ([77; 32], "a pear in the snow");

    let stranger = SoftwareKey::from_bytes(&[9; 32]).unwrap();
    let request = change(&key, &new, now, new_password);
    let cheap = WrappedKey { memory_kib: 8, ..request.wrapped_key.clone() };
    let refused = [
        (change(&stranger, &new, now, new_password), StatusCode::UNAUTHORIZED, "another's signature"),
        (change(&key, &new, now.plus_ms(-DAY), new_password), StatusCode::UNAUTHORIZED, "an old one"),
        (
            change(&key, &central_fixture::people::secret(&clerk()), now, new_password),
            StatusCode::BAD_REQUEST,
            "the same key",
        ),
        (
            ChangePasswordRequest { wrapped_key: cheap, ..request.clone() },
            StatusCode::BAD_REQUEST,
            "cheap to guess",
        ),
    ];
    for (request, status, what) in refused {
        assert_eq!(sent(&centre, &session, &request).await.status(), status, "{what}");
    }
    let changed: OperatorAuthResponse = ok(sent(&centre, &session, &request).await).await;
    assert_eq!(
        opened(&changed, &enrolled.trust(), new_password).public_key().key_id(),
        change(&key, &new, now, "").change.value.public_key.key_id()
    );
    for ended in [&session, &other_session] {
        assert_eq!(view(&centre, ended).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(view(&centre, &changed).await, StatusCode::NOT_FOUND);
    // The same request again, and back to the first key.
    assert_eq!(sent(&centre, &changed, &request).await.status(), StatusCode::UNAUTHORIZED);
    let new_key = SoftwareKey::from_bytes(&new).unwrap();
    let back = change(&new_key, &central_fixture::people::secret(&clerk()), now, &password);
    assert_eq!(
        sent(&centre, &changed, &back).await.status(),
        StatusCode::BAD_REQUEST,
        "nobody has a key twice"
    );
    logged_in(&centre, &token, new_password).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a7_an_outdated_password_permits_changing_it_only() {
    let rotation = [("SUISHEN_CENTRAL_POLICY__PASSWORD_ROTATION_DAYS", "90")];
    let centre = Centre::start_with("central-rotation", &rotation).await;
    let password = centre.staff(CLERK, "clerk").await;
    let (desk, enrolled) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    assert!(!logged_in(&centre, &token, &password).await.must_change_password);
    let older = format!("UPDATE staff SET password_since = password_since - {}", 90 * DAY);
    centre.postgres.query(&older).await.unwrap();
    let session = logged_in(&centre, &token, &password).await;
    assert!(session.must_change_password);
    let outdated = session.token.token.expose();
    for refused in [
        centre.get("/v1/sync/changes", Some(outdated)).await,
        centre.get("/v1/blobs/00", Some(outdated)).await,
        centre.look_up(outdated, 1, &senior(1).number).await,
        centre.post("/v1/lookups/release", Some(outdated), &json!({ "operator": CLERK })).await,
    ] {
        let path = refused.url().path().to_owned();
        let too_old = ProtocolError::Refused { code: Refusal::PasswordTooOld };
        assert_eq!(refused.json::<ProtocolError>().await.unwrap(), too_old, "{path}");
    }
    let key = opened(&session, &enrolled.trust(), &password);
    let request = change(&key, &[77; 32], central::clock::now(), "a pear in the snow");
    let changed: OperatorAuthResponse = ok(sent(&centre, &session, &request).await).await;
    assert!(!changed.must_change_password);
    assert_eq!(view(&centre, &changed).await, StatusCode::NOT_FOUND);
    assert!(!logged_in(&centre, &token, "a pear in the snow").await.must_change_password);
}

/// M3: one code was accepted three times, then the step before.
#[tokio::test(flavor = "multi_thread")]
async fn a2_a_code_of_the_second_factor_is_good_once() {
    let centre = Centre::start("central-totp").await;
    centre.staff(CLERK, "clerk").await;
    centre.second_factor(CLERK, TOTP_SECRET).await;
    let (desk, _) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    let secret = Secret::try_from_base32(TOTP_SECRET).unwrap();
    let totp = Builder::new().with_algorithm(Algorithm::SHA1).with_secret(secret).build_noncompliant();
    let seconds = u64::try_from(central::clock::now().seconds()).unwrap();
    let attempt = async |code: Option<String>| {
        let request = json!({ "staff": CLERK, "password": PASSWORD, "second_factor": code });
        centre.post("/v1/auth/operator", Some(&token), &request).await.status()
    };
    // The step of the next half minute is accepted too, and stays so during the test.
    let (now, next) = (totp.generate(seconds).to_string(), totp.generate(seconds + 30).to_string());
    assert_eq!(attempt(None).await, StatusCode::UNAUTHORIZED);
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let (client, url, token, code) =
            (centre.client.clone(), centre.url("/v1/auth/operator"), token.clone(), next.clone());
        tries.spawn(async move {
            let request = json!({ "staff": CLERK, "password": PASSWORD, "second_factor": code });
            client.post(url).bearer_auth(token).json(&request).send().await.unwrap().status()
        });
    }
    let answers = tries.join_all().await;
    assert_eq!(answers.iter().filter(|status| **status == StatusCode::OK).count(), 1, "{answers:?}");
    assert_eq!(attempt(Some(next)).await, StatusCode::UNAUTHORIZED, "again");
    centre.postgres.query("UPDATE staff SET failures = 0").await.unwrap();
    assert_eq!(attempt(Some(now)).await, StatusCode::UNAUTHORIZED, "the step before");
}

#[tokio::test(flavor = "multi_thread")]
async fn a7_the_command_refuses_weak_passwords() {
    let centre = Centre::start("central-weak").await;
    let add = [
        "staff",
        "add",
        "--number",
        CLERK,
        "--name",
        "测试",
        "--site",
        SITE,
        "--role",
        "clerk",
        "--password-stdin",
    ];
    for weak in ["1234567890", "aaaaaaaaaa", "qwertyuiop", "10001 is my name", "short one"] {
        let refused = centre.central.command_with_input(&add, weak).await.unwrap_err().to_string();
        assert!(refused.contains("password"), "{refused}");
    }
    assert_eq!(centre.postgres.query("SELECT count(*) FROM staff").await.unwrap(), "0");
    centre.central.command_with_input(&add, "a pear in the snow").await.unwrap();
}

/// H5 through the server, and the decision of a security administrator.
#[tokio::test(flavor = "multi_thread")]
async fn a5_what_is_late_is_listed_and_decided_with_a_reason() {
    let centre = Centre::start("central-review").await;
    centre.staff(CLERK, "clerk").await;
    centre.staff("20001", "supervisor").await;
    let (mut desk, enrolled) = centre.enrol(1).await;
    centre.make_key_older(&desk, &enrolled, 3 * DAY).await;
    let token = centre.device_token(&desk).await;
    centre.central.command(&["staff", "disable", CLERK]).await.unwrap();
    // The dismissal was yesterday; what it takes is the time of the desk and of the centre only.
    let yesterday = central::clock::now().plus_ms(-DAY);
    let dismissed = "SELECT record FROM staff_version WHERE version = 2";
    let dismissed: Issued<StaffRecord> =
        serde_json::from_str(&centre.postgres.query(dismissed).await.unwrap()).unwrap();
    let dated = StaffRecord { from: yesterday, ..dismissed.value };
    let dated = serde_json::to_string(&centre.keys().sign(dated, "staff record").unwrap()).unwrap();
    let dated = format!("UPDATE staff_version SET record = '{dated}' WHERE version = 2");
    centre.postgres.query(&dated).await.unwrap();
    let holder = senior(1);
    let issue = desk.issue(&holder, Action::Apply, yesterday.plus_ms(-DAY), None);
    let forged = unproven(&mut desk, &senior(2), yesterday);
    let pushed: PushResponse = centre.push(&desk, &token, vec![issue, forged]).await;
    let receipts = pushed.results.unwrap().value;
    assert_eq!(
        receipts.iter().map(|receipt| &receipt.verdict).collect::<Vec<_>>(),
        [&Verdict::Late, &Verdict::Unproven]
    );

    let listed = centre.central.command(&["review", "list"]).await.unwrap();
    let rows: Vec<Vec<&str>> = listed.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    let device = desk.device.to_string();
    assert_eq!(
        rows.iter().map(|row| row[..5].to_vec()).collect::<Vec<_>>(),
        [[device.as_str(), "1", "1", "late", "-"], [device.as_str(), "1", "2", "unproven", "no_session"],]
    );
    assert_eq!((rows[0][8], rows[0][9], rows[0][10]), (CLERK, "issue", "-"));
    let decide = async |seq: &str, how: &str, reason: &str| {
        let arguments = ["review", "decide", &device, "1", seq, how, "--reason", reason];
        centre.central.command(&arguments).await.map_err(|error| error.to_string())
    };
    for (seq, reason, why) in [
        ("1", " ", "reason"),
        ("2", "checked", "nobody's word stands behind it"),
        ("3", "checked", "does not wait"),
    ] {
        let refused = decide(seq, "--accept", reason).await.unwrap_err();
        assert!(refused.contains(why), "{refused}");
    }
    let codes =
        async || centre.postgres.query("SELECT state FROM code JOIN current_code USING (serial)").await;
    assert_eq!(codes().await.unwrap(), "");
    decide("1", "--accept", "paper log of the\twindow").await.unwrap();
    assert_ne!(codes().await.unwrap(), "", "the sheet counts from now on");
    let news: ChangesResponse = ok(centre.get("/v1/sync/changes?cursor=0", Some(&token)).await).await;
    let is_told =
        |change: &Change| matches!(change, Change::CodeChanged { code, .. } if code.state == CodeState::Live);
    assert!(news.changes.iter().any(is_told), "its desk hears of it");
    decide("2", "--refuse", "nobody was there").await.unwrap();
    assert!(decide("1", "--accept", "changed my mind").await.is_err(), "once");
    let listed = centre.central.command(&["review", "list"]).await.unwrap();
    let ends = |line: &str, end: &str| line.ends_with(end);
    let lines: Vec<&str> = listed.lines().skip(1).collect();
    assert!(
        ends(lines[0], "\t90002\tpaper log of the window") && lines[0].contains("\taccepted "),
        "{listed}"
    );
    assert!(ends(lines[1], "\t90002\tnobody was there") && lines[1].contains("\trefused "), "{listed}");
}

/// An operation of a session that is never proved.
fn unproven(desk: &mut Desk, holder: &central_fixture::desk::Holder, at: At) -> rules::op::Operation {
    desk.operator = "20001".parse().unwrap();
    let operation = desk.issue(holder, Action::Apply, at, None);
    desk.sessions.pop();
    operation
}
