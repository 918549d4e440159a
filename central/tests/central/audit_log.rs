//! D2: what happens at the centre becomes leaves of a log that only grows, as any witness sees.

use crate::common::{
    client::{Centre, ok},
    correcting::{EVIDENCE, draft, opened},
    machine::{Machine, card, register},
};
use central_fixture::desk::senior;
use reqwest::StatusCode;
use rules::{
    audit::{HistoryError, TreeHead},
    correction::Digest,
    issuing::Issued,
    life::Action,
    wire::{ConsistencyResponse, EnrolResponse, OperatorAuthResponse},
};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

/// Longest wait for the sequencer, which works once a second.
const PATIENCE: Duration = Duration::from_secs(30);

async fn head(centre: &Centre, enrolled: &EnrolResponse) -> Option<TreeHead> {
    let answer = centre.get("/v1/audit/head", None).await;
    if answer.status() == StatusCode::NOT_FOUND {
        return None;
    }
    let signed: Issued<TreeHead> = ok(answer).await;
    Some(signed.verify(&enrolled.trust()).unwrap().clone())
}

/// Waits until no event waits and the log has as many leaves as the newest head says.
async fn settled(centre: &Centre, enrolled: &EnrolResponse) -> TreeHead {
    let whole = async || {
        let waiting = centre.postgres.query("SELECT count(*) FROM audit_event").await.ok()?;
        let leaves = centre.postgres.query("SELECT count(*) FROM audit_leaf").await.ok()?;
        let head = head(centre, enrolled).await?;
        (waiting == "0" && leaves == head.size.to_string()).then_some(head)
    };
    rig::process::until("events in the log", PATIENCE, whole).await.unwrap()
}

async fn proof(centre: &Centre, old: &TreeHead, new: &TreeHead) -> Vec<Digest> {
    let path = format!("/v1/audit/consistency?from={}&to={}", old.size, new.size);
    ok::<ConsistencyResponse>(centre.get(&path, None).await).await.proof
}

async fn count(centre: &Centre, kind: &str) -> String {
    let question = format!("SELECT count(*) FROM audit_leaf WHERE kind = '{kind}'");
    centre.postgres.query(&question).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn d2_what_happens_becomes_leaves_and_every_head_extends_the_one_before() {
    let centre = Centre::start("central-audit-log").await;
    let password = centre.staff("10001", "clerk").await;
    let (mut desk, enrolled) = centre.enrol(1).await;
    let first = settled(&centre, &enrolled).await;
    for (kind, expected) in [("account", "1"), ("desk_invited", "1"), ("desk_enrolled", "1"), ("key", "2")] {
        assert_eq!(count(&centre, kind).await, expected, "{kind}");
    }

    let device = centre.device_token(&desk).await;
    let OperatorAuthResponse { token: operator, .. } =
        ok(centre.operator_login(&device, "10001", &password).await).await;
    let holder = senior(1);
    let now = central::clock::now();
    let issue = desk.issue(&holder, Action::Apply, now, None);
    let correction = draft(Uuid::from_u128(7), &holder, "王秀瑛", 1);
    let begun = desk.operation(&holder.number, now, opened(&correction, &holder));
    centre.push(&desk, &device, vec![issue, begun]).await;
    let seen = centre.look_up(operator.token.expose(), 1, &holder.number).await;
    assert_eq!(seen.status(), StatusCode::OK);
    centre.upload(&device, EVIDENCE).await;
    let path = format!("/v1/blobs/{}", Digest::of(EVIDENCE));
    assert_eq!(centre.get(&path, Some(operator.token.expose())).await.status(), StatusCode::OK);
    centre.central.command(&["staff", "disable", "10001"]).await.unwrap();
    centre.central.command(&["desk", "revoke", &desk.device.to_string()]).await.unwrap();
    let second = settled(&centre, &enrolled).await;
    for (kind, expected) in [
        ("batch", "1"),
        ("verdicts", "1"),
        ("look_up", "1"),
        ("evidence", "1"),
        ("account", "2"),
        ("desk_revoked", "1"),
        ("key", "3"),
    ] {
        assert_eq!(count(&centre, kind).await, expected, "{kind}");
    }
    let kept = centre.postgres.query("SELECT count(*) FROM batch_proof").await.unwrap();
    assert_eq!(kept, "1", "with the desk's signature");

    let shown = proof(&centre, &first, &second).await;
    assert_eq!(second.check_extends(&first, &shown), Ok(()));
    let rewritten = TreeHead { root: Digest::of(b"another past"), ..first.clone() };
    assert_eq!(second.check_extends(&rewritten, &shown), Err(HistoryError::Rewritten));
    let too_large = format!("/v1/audit/consistency?from=1&to={}", second.size + 1_000);
    assert_eq!(centre.get(&too_large, None).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(centre.get("/v1/audit/consistency?from=2&to=1", None).await.status(), StatusCode::NOT_FOUND);
    let bodies = centre.postgres.query("SELECT string_agg(body, ' ') FROM audit_leaf").await.unwrap();
    for secret in [holder.number.expose(), holder.name.expose(), &password] {
        assert!(!bodies.contains(secret), "no personal data in a leaf");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d2_portal_and_kiosk_leave_their_log_ins_and_acts() {
    let centre = Centre::start("central-audit-channel").await;
    let (_, enrolled) = centre.enrol(1).await;
    let holder = senior(2);
    register(&centre, &[(&holder, json!([]))]).await;
    let kiosk = Machine::named(&centre, "kiosk", "k").await;
    let (session, _) = kiosk.session(card(&holder, holder.name.expose())).await;
    let applied = kiosk.call("apply", Some(&session), Some(json!({ "confirmed": true }))).await;
    assert_eq!(applied.status(), StatusCode::OK);
    settled(&centre, &enrolled).await;
    let of = async |kind: &str| {
        let question = format!("SELECT body FROM audit_leaf WHERE kind = '{kind}'");
        centre.postgres.query(&question).await.unwrap()
    };
    let (login, act) = (of("channel_login").await, of("channel_act").await);
    let reference = centre.postgres.query("SELECT encode(citizen_ref, 'hex') FROM citizen").await.unwrap();
    assert!(login.contains("\"client\":\"k\"") && login.contains(&reference), "{login}");
    assert!(act.contains("\"action\":\"apply\"") && act.contains("\"state\":\"live\""), "{act}");
    assert!(!login.contains(holder.number.expose()));
}

#[tokio::test(flavor = "multi_thread")]
async fn d2_an_event_that_was_written_by_sql_becomes_no_leaf() {
    let centre = Centre::start("central-audit-forged").await;
    centre.staff("10001", "clerk").await;
    let (_, enrolled) = centre.enrol(1).await;
    let before = settled(&centre, &enrolled).await;
    // One made up, and one copied with its seal from the log's way.
    centre
        .postgres
        .query(
            "INSERT INTO audit_event (id, at, kind, body, seal)
             SELECT gen_random_uuid(), at, kind, replace(body, 'clerk', 'security_admin'), decode(repeat('00', 32), 'hex')
             FROM audit_leaf WHERE kind = 'account'
             UNION ALL SELECT id, at, kind, body, NULL FROM audit_leaf WHERE kind = 'account'",
        )
        .await
        .unwrap();
    let found = async || (settled(&centre, &enrolled).await.size > before.size).then_some(());
    rig::process::until("the alarms", PATIENCE, found).await.unwrap();
    assert_eq!(count(&centre, "account").await, "1", "the true one alone");
    let log = centre.central.log().unwrap();
    assert!(log.contains("event account was not sealed here"), "{log}");
    let alarms = centre.central.command(&["alarm", "list"]).await.unwrap();
    assert_eq!(alarms.matches("\taudit_log\t").count(), 2, "{alarms}");
}

#[tokio::test(flavor = "multi_thread")]
async fn d2_nothing_is_appended_to_a_log_that_was_cut_or_rewritten() {
    for (edit, told) in [
        ("DELETE FROM audit_leaf WHERE position = (SELECT max(position) FROM audit_leaf)", "another size"),
        ("UPDATE audit_node SET hash = decode(repeat('00', 32), 'hex')", "another root"),
        ("DELETE FROM audit_head", "heads are gone"),
    ] {
        let centre = Centre::start("central-audit-cut-one").await;
        let (_, enrolled) = centre.enrol(1).await;
        settled(&centre, &enrolled).await;
        centre.postgres.query(edit).await.unwrap();
        centre.central.command(&["site", "add", "--site", "310102", "--name", "x"]).await.unwrap();
        let found = async || centre.central.log().ok()?.contains(told).then_some(());
        rig::process::until(told, PATIENCE, found).await.unwrap();
        assert_ne!(centre.postgres.query("SELECT count(*) FROM audit_event").await.unwrap(), "0");
    }
}

/// Key of the lock of whoever appends to the log.
const LOCK: u64 = 0x5353_4d03;

#[tokio::test(flavor = "multi_thread")]
async fn d2_a_log_that_is_held_up_by_sql_is_an_alarm() {
    let centre = Centre::start("central-audit-held").await;
    let (_, enrolled) = centre.enrol(1).await;
    settled(&centre, &enrolled).await;
    let hold = format!("SELECT pg_advisory_lock({LOCK}), pg_sleep(600)");
    let held = centre.postgres.query(&hold);
    let told = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        centre.central.command(&["site", "add", "--site", "310102", "--name", "x"]).await.unwrap();
        let alarms = async || centre.central.command(&["alarm", "list"]).await.unwrap();
        assert!(!alarms().await.contains("audit_log"), "a moment is nothing");
        centre.postgres.query("UPDATE audit_event SET at = at - 120000").await.unwrap();
        let found = async || alarms().await.contains("events wait to be appended").then_some(());
        rig::process::until("the alarm", PATIENCE, found).await.unwrap();
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!(alarms().await.matches("\taudit_log\t").count(), 1, "told once");
    };
    tokio::select! {
        ended = held => panic!("the lock was not held: {ended:?}"),
        () = told => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d2_a_head_is_signed_every_minute_though_nothing_happened() {
    let mut centre = Centre::start("central-heads").await;
    centre.central.stop();
    let (store, keys) = (centre.store().await, centre.keys());
    let sign = |head| keys.sign(head, "audit head");
    let began = central::clock::now();
    let turn = async |ms| {
        let appended = store.append_events(&keys.trust, began.plus_ms(ms), sign).await.unwrap();
        assert_eq!(appended.broken, None);
        appended.head.unwrap()
    };
    while store.append_events(&keys.trust, began, sign).await.unwrap().leaves > 0 {}
    let head = turn(0).await;
    assert_eq!(turn(1_000).await, head, "nothing happened");
    let next = turn(head.at.plus_ms(60_000).since_ms(began)).await;
    assert_eq!((next.size, &next.root, next.at), (head.size, &head.root, head.at.plus_ms(60_000)));
}
