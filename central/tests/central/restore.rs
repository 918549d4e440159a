//! What a desk is told so that it notices when the centre was put back to an earlier state, and
//! what the centre believes of what it had forgotten.

use crate::common::client::{Centre, ok};
use central_fixture::desk::senior;
use reqwest::StatusCode;
use rules::{
    At,
    authority::StaffRecord,
    issuing::Issued,
    keys::KeyList,
    life::Action,
    permission::Role,
    wire::{
        Change, ChangesResponse, RestoreResponse, Restored, ResultsResponse, Testimony, TestimonyResponse,
        TrustResponse,
    },
};

async fn news(centre: &Centre, token: &str, cursor: u64) -> ChangesResponse {
    ok(centre.get(&format!("/v1/sync/changes?cursor={cursor}"), Some(token)).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_poll_is_answered_with_how_far_the_log_is_and_where_the_news_end() {
    let centre = Centre::start("central-polls").await;
    centre.staff("10001", "clerk").await;
    let (mut desk, _) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    let now = central::clock::now();
    let ops = (1..=3).map(|person| desk.issue(&senior(person), Action::Apply, now, None)).collect::<Vec<_>>();
    assert_eq!(news(&centre, &token, 0).await.received_through, 0);
    assert_eq!(centre.push(&desk, &token, ops).await.received_through, 3);
    let results: ResultsResponse = ok(centre.get("/v1/sync/results?after=3", Some(&token)).await).await;
    assert_eq!((results.received_through, results.results), (3, None));
    let all = news(&centre, &token, 0).await;
    assert_eq!((all.received_through, all.newest), (3, all.cursor));

    // A desk that has read on at a centre that was restored since.
    let ahead = news(&centre, &token, all.cursor + 30).await;
    assert_eq!((ahead.newest, ahead.cursor), (all.newest, all.newest), "never the place it asked with");
    assert!(ahead.changes.is_empty());
    centre.staff("10002", "clerk").await;
    let next = news(&centre, &token, all.cursor).await;
    assert!(matches!(&next.changes[..], [Change::Staff(staff)] if staff.value.number.as_str() == "10002"));
    assert_eq!((next.newest, next.cursor), (all.newest + 1, all.newest + 1));
}

/// Puts the account of a clerk back to its first version, as a backup would.
const FORGOTTEN: &str = "
    DELETE FROM staff_version WHERE number = '10001' AND version = 2;
    UPDATE staff SET version = 1, record = v.record, seal = b.seal FROM staff_version v, backup b
    WHERE v.number = staff.number";

async fn record(centre: &Centre, version: u32) -> Issued<StaffRecord> {
    let question = format!("SELECT record FROM staff_version WHERE number = '10001' AND version = {version}");
    serde_json::from_str(&centre.postgres.query(&question).await.unwrap()).unwrap()
}

fn testimony(generation: At, staff: Vec<Issued<StaffRecord>>, keys: Option<Issued<KeyList>>) -> Testimony {
    let keys_version = keys.as_ref().map_or(0, |list| list.value.version);
    Testimony { generation, staff, credentials: Vec::new(), keys_version, keys, keys_delta: None, head: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_centre_believes_its_own_signature_and_nothing_else() {
    let centre = Centre::start("central-testimony").await;
    let command = async |words: &[&str]| centre.central.command(words).await.unwrap();
    centre.staff("10001", "clerk").await;
    centre.postgres.query("CREATE TABLE backup AS SELECT seal FROM staff").await.unwrap();
    command(&["staff", "change", "10001", "--role", "supervisor"]).await;
    let (first, second) = (record(&centre, 1).await, record(&centre, 2).await);
    let (desk, enrolled) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    let none: RestoreResponse = ok(centre.get("/v1/restore", None).await).await;
    assert_eq!(none.restored, None);
    let unasked = testimony(At(0), vec![second.clone()], None);
    let refused = centre.post("/v1/restore", Some(&token), &unasked).await;
    assert_eq!(refused.status(), StatusCode::NOT_FOUND, "nobody said that it was restored");
    let unread = centre.post("/v1/restore", Some(&token), &"no testimony").await;
    assert_eq!(unread.status(), StatusCode::NOT_FOUND, "and nothing is read before somebody does");

    let listed = rig::process::until("the list of keys", std::time::Duration::from_secs(60), async || {
        let answer = centre.get("/v1/keys", None).await;
        if answer.status() == StatusCode::OK { Some(ok::<TrustResponse>(answer).await.keys) } else { None }
    });
    let listed = listed.await.unwrap();

    centre.postgres.query(FORGOTTEN).await.unwrap();
    command(&["restore", "begin"]).await;
    let told: RestoreResponse = ok(centre.get("/v1/restore", None).await).await;
    let Restored { generation, .. } = *told.restored.unwrap().verify(&enrolled.trust()).unwrap();
    let hand_in = async |testimony: &Testimony| {
        ok::<TestimonyResponse>(centre.post("/v1/restore", Some(&token), testimony).await).await
    };
    let version = async || centre.postgres.query("SELECT version FROM staff WHERE number = '10001'").await;

    let mut forged = second.clone();
    forged.value.roles = vec![Role::SecurityAdmin];
    let mut newer = second.clone();
    newer.value.version = 9;
    for wrong in [forged, newer, first.clone()] {
        hand_in(&testimony(generation, vec![wrong], None)).await;
        assert_eq!(version().await.unwrap(), "1");
    }
    let of_another = testimony(generation.plus_ms(1), vec![second.clone()], None);
    let refused = centre.post("/v1/restore", Some(&token), &of_another).await;
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    hand_in(&testimony(generation, vec![second, first], None)).await;
    assert_eq!(version().await.unwrap(), "2");

    // A list of keys counts by its signature too. It is megabytes, so it is asked for.
    let asked =
        hand_in(&Testimony { keys: None, ..testimony(generation, vec![], Some(listed.clone())) }).await;
    assert!(asked.wants_keys);
    let mut retired = listed.clone();
    for key in &mut retired.value.desks {
        key.retired_at = Some(generation);
    }
    assert!(hand_in(&testimony(generation, vec![], Some(retired))).await.wants_keys);
    let revoked = "SELECT count(*) FROM device WHERE revoked_at IS NOT NULL";
    assert_eq!(centre.postgres.query(revoked).await.unwrap(), "0");
    assert!(!hand_in(&testimony(generation, vec![], Some(listed))).await.wants_keys);
    let report = command(&["restore", "report"]).await;
    assert!(report.contains("back\taccount\t10001\tversion 1 → 2"), "{report}");
    assert!(report.contains("desks\t1 of 1 have answered"), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolment_that_was_forgotten_is_taken_up_by_its_certificate_only_after_a_restore() {
    let centre = Centre::start("central-forgotten-desk").await;
    let (desk, enrolled) = centre.enrol(1).await;
    let (other, of_other) = centre.enrol(2).await;
    let device = desk.device;
    let forget = format!(
        "DELETE FROM desk_key WHERE device = {device}; DELETE FROM device_head WHERE device = {device};
         DELETE FROM apply_head WHERE device = {device}; DELETE FROM invitation WHERE device = {device};
         DELETE FROM device WHERE device = {device}"
    );
    centre.postgres.query(&forget).await.unwrap();
    let come = async |certificate, window| centre.assert_at(&desk, certificate, window).await.status();
    let own = Some(&enrolled.certificate);
    assert_eq!(come(own, Some(1)).await, StatusCode::UNAUTHORIZED, "nobody said that it was restored");
    centre.central.command(&["restore", "begin"]).await.unwrap();
    for (certificate, window, what) in [
        (None, Some(1), "no certificate"),
        (Some(&of_other.certificate), Some(1), "another desk's"),
        (own, None, "no window"),
        (own, Some(2), "another desk's window"),
    ] {
        assert_eq!(come(certificate, window).await, StatusCode::UNAUTHORIZED, "{what}");
    }
    let report = centre.central.command(&["restore", "report"]).await.unwrap();
    assert!(report.contains(&format!("lost\tdesk\t{device}\tsite 310101, window 2")), "{report}");
    assert_eq!(come(own, Some(1)).await, StatusCode::OK);
    assert_eq!(come(own, Some(1)).await, StatusCode::OK, "known from now on");
    assert_eq!(centre.assert(&other, 0).await.status(), StatusCode::OK);
    let token = centre.device_token(&desk).await;
    assert_eq!(news(&centre, &token, 0).await.received_through, 0, "it hands in everything again");
}
