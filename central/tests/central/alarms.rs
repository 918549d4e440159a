//! N-4: what is above a threshold is an alarm: a row, a line in the log and a count.

use crate::common::client::{Centre, ok};
use central_fixture::desk::{senior, serial_of};
use reqwest::StatusCode;
use rules::{
    life::Action,
    op::OpBody,
    wire::{OperatorAuthResponse, PushRequest},
};
use std::time::Duration;

pub(crate) async fn alarms(centre: &Centre, kind: &str, expected: usize) -> String {
    let listed = async || {
        let listed = centre.central.command(&["alarm", "list"]).await.ok()?;
        (listed.matches(&format!("\t{kind}\t")).count() >= expected).then_some(listed)
    };
    rig::process::until(kind, Duration::from_secs(60), listed).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn n4_failed_log_ins_reprints_and_look_ups_out_of_hours_are_alarms_above_their_thresholds() {
    let thresholds = [
        ("SUISHEN_CENTRAL_ALARMS__FAILED_LOGINS_PER_DAY", "2"),
        ("SUISHEN_CENTRAL_ALARMS__REPRINTS_PER_DAY", "1"),
        ("SUISHEN_CENTRAL_ALARMS__OFFICE_OPENS", "0"),
        ("SUISHEN_CENTRAL_ALARMS__OFFICE_CLOSES", "0"),
    ];
    let centre = Centre::start_with("central-alarms", &thresholds).await;
    let password = centre.staff("10001", "clerk").await;
    let (mut desk, _) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    let OperatorAuthResponse { token: operator, .. } =
        ok(centre.operator_login(&token, "10001", &password).await).await;
    // What is typed may be anything: a number of nobody's is kept nowhere.
    for staff in ["10001", "10001", "10001", "77771", "77772", "77773"] {
        let refused = centre.operator_login(&token, staff, "wrong").await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    }
    let listed = alarms(&centre, "failed_logins", 2).await;
    assert!(listed.contains("\t10001\t3 on ") && !listed.contains("7777"), "{listed}");

    let holder = senior(1);
    let now = central::clock::now().plus_ms(-1_000);
    let issue = desk.issue(&holder, Action::Apply, now, None);
    let reprint = OpBody::Reprint { serial: serial_of(&issue), agent: None };
    let mut ops = vec![issue];
    ops.extend((0..3).map(|_| desk.operation(&holder.number, now, reprint.clone())));
    centre.push(&desk, &token, ops).await;
    let listed = alarms(&centre, "reprints", 1).await;
    assert!(listed.contains("\t10001\t3 on "), "{listed}");

    for _ in 0..2 {
        let seen = centre.look_up(operator.token.expose(), 1, &holder.number).await;
        assert_eq!(seen.status(), StatusCode::OK);
    }
    alarms(&centre, "look_ups_out_of_hours", 1).await;

    // Once a day each.
    tokio::time::sleep(Duration::from_secs(6)).await;
    let listed = alarms(&centre, "failed_logins", 2).await;
    assert_eq!(listed.lines().count(), 1 + 4, "{listed}");
    let figures = centre.central.metrics().await.unwrap();
    for line in ["{kind=\"failed_logins\"} 2", "{kind=\"reprints\"} 1", "{kind=\"look_ups_out_of_hours\"} 1"]
    {
        assert!(figures.contains(&format!("central_alarms_total{line}")), "{line} is missing in {figures}");
    }
    assert!(centre.central.log().unwrap().contains("\"message\":\"alarm\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn n4_s7_a_batch_in_another_desks_name_is_refused_and_an_alarm_about_who_sent_it() {
    let centre = Centre::start("central-alarm-malformed").await;
    centre.staff("10001", "clerk").await;
    let (mut desk, _) = centre.enrol(1).await;
    let (thief, _) = centre.enrol(2).await;
    let token = centre.device_token(&thief).await;
    let now = central::clock::now().plus_ms(-1_000);
    let issue = desk.issue(&senior(1), Action::Apply, now, None);
    let mut push: PushRequest = desk.push(vec![issue]);
    push.signature = thief.push(push.batch.ops.clone()).signature;
    for _ in 0..2 {
        let refused = centre.post("/v1/sync/push", Some(&token), &push).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    }
    let listed = alarms(&centre, "malformed", 1).await;
    assert!(listed.contains(&format!("\t{}\t", thief.device)), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn n4_s7_a_quarantine_is_one_alarm() {
    let centre = Centre::start("central-alarm-quarantine").await;
    centre.staff("10001", "clerk").await;
    let (mut desk, _) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    let mut copy = desk.copied();
    let now = central::clock::now().plus_ms(-1_000);
    let first = desk.issue(&senior(1), Action::Apply, now, None);
    centre.push(&desk, &token, vec![first]).await;
    let other = copy.issue(&senior(2), Action::Apply, now, None);
    let push: PushRequest = copy.push(vec![other]);
    for _ in 0..3 {
        let refused = centre.post("/v1/sync/push", Some(&token), &push).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    }
    let listed = alarms(&centre, "quarantine", 1).await;
    assert_eq!(listed.matches("\tquarantine\t").count(), 1, "{listed}");

    // D3: a row that has no event, because that was removed or the row was made up.
    centre.postgres.query("INSERT INTO alarm (at, kind, detail) VALUES (0, 'reprints', '')").await.unwrap();
    let found = centre.central.command(&["audit", "verify"]).await.unwrap_err().to_string();
    assert!(found.contains("alarms of kind reprints: 1 in the table, 0 in the log"), "{found}");
}
