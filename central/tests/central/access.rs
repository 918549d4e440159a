//! Access of operators, lockout, rate limits and enrolment codes.

use crate::common::client::{Centre, ok};
use central_fixture::desk::{self, senior};
use reqwest::StatusCode;
use rules::{
    DeviceNumber, Sensitive,
    correction::Digest,
    keys::Signer as _,
    life::Action,
    policy::KEY_LIFE_MS,
    wire::{EnrolRequest, OperatorAuthResponse, ProtocolError, VerifyRequest},
};
use std::sync::Arc;

/// A token may be hours old, so permission is checked at every request.
#[tokio::test(flavor = "multi_thread")]
async fn s5_permission_is_checked_at_each_request_and_viewed_evidence_is_logged() {
    let centre = Centre::start("central-viewers").await;
    let (mut desk, _) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    let mut operators = Vec::new();
    for (number, role) in
        [("10001", "clerk"), ("10002", "supervisor"), ("40001", "auditor"), ("30001", "system-admin")]
    {
        let password = centre.staff(number, role).await;
        let session: OperatorAuthResponse = ok(centre.operator_login(&token, number, &password).await).await;
        operators.push((number, session.token.token.into_exposed()));
    }
    let holder = senior(1);
    let issue = desk.issue(&holder, Action::Apply, central::clock::now(), None);
    centre.push(&desk, &token, vec![issue]).await;
    let scan = b"a page".to_vec();
    let blob = format!("/v1/blobs/{}", Digest::of(&scan));
    let put = centre.client.put(centre.url(&blob)).bearer_auth(&token).body(scan).send().await.unwrap();
    assert_eq!(put.status(), StatusCode::CREATED);
    for (number, session) in &operators {
        let (serves, audits) = (number.starts_with('1'), *number == "40001");
        let expected = |may: bool| if may { StatusCode::OK } else { StatusCode::FORBIDDEN };
        let view = centre.look_up(session, 1, &holder.number).await.status();
        assert_eq!(view, expected(serves), "{number} looks up");
        let seen = centre.get(&blob, Some(session)).await.status();
        assert_eq!(seen, expected(serves || audits), "{number} reads evidence");
    }
    let log = centre.central.log().unwrap();
    let traces = log.lines().filter(|line| line.contains("evidence viewed"));
    let traces: Vec<&str> = traces.filter(|line| line.contains(&Digest::of(b"a page").to_string())).collect();
    assert_eq!(traces.len(), 3, "S6: one for each who saw it, none for those who did not");
    assert!(traces.iter().any(|line| line.contains("10002")));
    // A disabled account loses access, although its token has not expired.
    centre.central.command(&["staff", "disable", "10001"]).await.unwrap();
    let session = &operators[0].1;
    assert_eq!(centre.look_up(session, 1, &holder.number).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(centre.get(&blob, Some(session)).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_concurrent_guesses_all_count() {
    let centre = Arc::new(Centre::start("central-guesses").await);
    let password = centre.staff("10001", "clerk").await;
    let (desk, _) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    ok::<OperatorAuthResponse>(centre.operator_login(&token, "10001", &password).await).await;
    let mut guesses = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (centre, token) = (Arc::clone(&centre), token.clone());
        guesses.spawn(async move { centre.operator_login(&token, "10001", "wrong").await.status() });
    }
    assert!(guesses.join_all().await.iter().all(|status| *status == StatusCode::UNAUTHORIZED));
    let counted = centre.postgres.query("SELECT failures FROM staff WHERE number = '10001'").await.unwrap();
    assert_eq!(counted, "5", "the fifth locks, and while it is locked nothing is a try");
    let right = centre.operator_login(&token, "10001", &password).await;
    assert_eq!(right.status(), StatusCode::UNAUTHORIZED, "locked");
    // Fifteen minutes later the lock has ended.
    centre
        .postgres
        .query("UPDATE staff SET last_failure_at = last_failure_at - 15 * 60 * 1000")
        .await
        .unwrap();
    ok::<OperatorAuthResponse>(centre.operator_login(&token, "10001", &password).await).await;
    assert_eq!(centre.postgres.query("SELECT failures FROM staff").await.unwrap(), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_guesses_at_a_desk_of_another_site_do_not_lock_the_account() {
    let centre = Centre::start("central-elsewhere-guesses").await;
    let password = centre.staff("10001", "clerk").await;
    centre
        .central
        .command(&["site", "add", "--site", "310104", "--name", "徐汇区行政服务中心"])
        .await
        .unwrap();
    let (desk, _) = centre.enrol(1).await;
    let (stranger, _) = centre.enrol_at("310104", 2).await;
    let (token, elsewhere) = (centre.device_token(&desk).await, centre.device_token(&stranger).await);
    for guess in ["wrong", "wrong", "wrong", "wrong", "wrong", &password] {
        let refused = centre.operator_login(&elsewhere, "10001", guess).await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(centre.postgres.query("SELECT failures FROM staff").await.unwrap(), "0");
    ok::<OperatorAuthResponse>(centre.operator_login(&token, "10001", &password).await).await;
}

/// A name the caller chooses neither gains a rate nor uses up somebody else's.
#[tokio::test(flavor = "multi_thread")]
async fn rates_apply_to_proven_callers_or_addresses() {
    let limits = [
        ("SUISHEN_CENTRAL_LIMITS__DEVICE_PER_MINUTE", "10"),
        ("SUISHEN_CENTRAL_LIMITS__ASSERTION_PER_MINUTE", "40"),
        ("SUISHEN_CENTRAL_LIMITS__ANYBODY_PER_MINUTE", "30"),
    ];
    let centre = Centre::start_with("central-proven", &limits).await;
    let (desk, _) = centre.enrol(1).await;
    // A caller without the desk's key names the desk more often than its rate allows.
    let mut stranger = desk::Desk::new(desk.device, desk.epoch);
    stranger.key = rules::keys::SoftwareKey::from_bytes(&[42; 32]).unwrap();
    for _ in 0..20 {
        assert_eq!(centre.assert(&stranger, 0).await.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(centre.assert(&desk, 0).await.status(), StatusCode::OK, "its own rate is untouched");
    let mut statuses = Vec::new();
    for _ in 0..30 {
        statuses.push(centre.assert(&stranger, 0).await.status());
    }
    assert_eq!(statuses.last(), Some(&StatusCode::TOO_MANY_REQUESTS), "and an address has an end");

    let mut busy = 0;
    for scanner in 0..40 {
        let (payload, place) = ("no code".to_owned(), "北门".to_owned());
        let request =
            VerifyRequest { payload, scanner: format!("scanner {scanner}"), place, register: false };
        let status = centre.post("/v1/verify", None, &request).await.status();
        busy += u32::from(status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(busy > 0, "a new name each time is no way around");
    for path in ["/v1/keys", "/v1/revocations", "/v1/keys/delta?since=0", "/v1/revocations/delta?since=1"] {
        assert_eq!(centre.get(path, None).await.status(), StatusCode::TOO_MANY_REQUESTS, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_with_a_wrong_clock_is_told_the_time_and_a_revoked_one_is_refused() {
    let centre = Centre::start("central-clock-off").await;
    centre.staff("10001", "clerk").await;
    let (mut desk, _) = centre.enrol(1).await;
    let day = desk::DAY;
    for off in [day, -day, i64::MIN, i64::MAX] {
        let refused = centre.assert(&desk, off).await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        let ProtocolError::ClockOff { server_time } = refused.json().await.unwrap() else { panic!("{off}") };
        assert!(server_time.since_ms(central::clock::now()).abs() < 60_000);
    }
    // A caller without the key does not learn the time.
    let mut stranger = desk::Desk::new(desk.device, desk.epoch);
    stranger.key = rules::keys::SoftwareKey::from_bytes(&[42; 32]).unwrap();
    let refused = centre.assert(&stranger, day).await;
    assert_eq!(refused.json::<ProtocolError>().await.unwrap(), ProtocolError::Unauthenticated);

    let token = centre.device_token(&desk).await;
    centre.central.command(&["desk", "revoke", &desk.device.to_string()]).await.unwrap();
    let issue = desk.issue(&senior(1), Action::Apply, central::clock::now(), None);
    let refused = centre.post("/v1/sync/push", Some(&token), &desk.push(vec![issue])).await;
    assert_eq!(refused.json::<ProtocolError>().await.unwrap(), ProtocolError::Revoked);
    assert_eq!(centre.assert(&desk, 0).await.json::<ProtocolError>().await.unwrap(), ProtocolError::Revoked);
    assert!(!centre.central.log().unwrap().contains("quarantine"), "nobody is alarmed for nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_revoking_or_quarantining_a_desk_voids_its_invitation() {
    let centre = Centre::start("central-void-codes").await;
    centre.staff("10001", "clerk").await;
    let enrols = async |code: String, desk: &desk::Desk| {
        let public_key = desk.key.public_key();
        let request = EnrolRequest {
            code: Sensitive::new(code),
            public_key,
            program: "test".to_owned(),
            protection: rules::window::KeyProtection::Tpm,
        };
        centre.post("/v1/desks/enrol", None, &request).await.status()
    };
    let (revoked, _) = centre.enrol(1).await;
    let code = centre.invite(1).await;
    centre.central.command(&["desk", "revoke", &revoked.device.to_string()]).await.unwrap();
    assert_eq!(enrols(code, &revoked).await, StatusCode::FORBIDDEN);
    let again = desk::Desk::new(DeviceNumber(1), 99);
    assert_eq!(enrols(centre.invite(1).await, &revoked).await, StatusCode::FORBIDDEN, "its key is retired");
    assert_eq!(enrols(centre.invite(1).await, &again).await, StatusCode::OK, "invited since");

    let (mut copied, _) = centre.enrol(2).await;
    let code = centre.invite(2).await;
    let token = centre.device_token(&copied).await;
    let mut copy = copied.copied();
    let now = central::clock::now();
    let ops = vec![copied.issue(&senior(1), Action::Apply, now, None)];
    centre.push(&copied, &token, ops).await;
    let other = copy.issue(&senior(2), Action::Apply, now, None);
    let fork = copy.push(vec![other]);
    for _ in 0..2 {
        let refused = centre.post("/v1/sync/push", Some(&token), &fork).await;
        assert_eq!(refused.json::<ProtocolError>().await.unwrap(), ProtocolError::Quarantined);
    }
    assert_eq!(enrols(code, &copied).await, StatusCode::FORBIDDEN);
    let code = centre.invite(2).await;
    let refused = centre.post("/v1/sync/push", Some(&token), &fork).await;
    assert_eq!(refused.json::<ProtocolError>().await.unwrap(), ProtocolError::Quarantined);
    let again = desk::Desk::new(DeviceNumber(2), 98);
    assert_eq!(enrols(code, &again).await, StatusCode::OK, "invited since, whatever the copy sends");
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_a_certificate_that_expires_soon_is_listed_and_logged() {
    let mut centre = Centre::start("central-certificate-ends").await;
    let (desk, enrolled) = centre.enrol(1).await;
    let (other, _) = centre.enrol(2).await;
    let listed = centre.central.command(&["desk", "list"]).await.unwrap();
    let until = format!("\t{}\t", enrolled.certificate.value.not_after.day());
    assert_eq!(
        listed.lines().filter(|line| line.contains(&until) && line.contains("\tat work\t")).count(),
        2,
        "{listed}"
    );
    assert_eq!(listed.matches("\tKey sealed by the TPM\t").count(), 2, "C1: {listed}");
    centre.make_key_older(&desk, &enrolled, KEY_LIFE_MS - 4 * desk::DAY).await;
    let soon = enrolled.certificate.value.not_after.plus_ms(4 * desk::DAY - KEY_LIFE_MS);
    let listed = centre.central.command(&["desk", "list"]).await.unwrap();
    assert!(listed.contains(&format!("\t{}\t", soon.day())), "{listed}");
    assert_eq!(listed.matches("\tsilent since ").count(), 1, "{listed}");
    centre.central.start_again(&centre.folder).await.unwrap();
    let said = async || centre.central.log().unwrap().contains("has not renewed its key").then_some(());
    rig::process::until("warning", std::time::Duration::from_secs(30), said).await.unwrap();
    let log = centre.central.log().unwrap();
    let devices: Vec<&str> = log.lines().filter(|line| line.contains("has not renewed its key")).collect();
    assert!(devices.iter().all(|line| line.contains(&format!("\"device\":{}", desk.device))), "{devices:?}");
    assert!(
        !devices.iter().any(|line| line.contains(&format!("\"device\":{}", other.device))),
        "{devices:?}"
    );
}
