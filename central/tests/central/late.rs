//! A5: an operation that was heard of too late has its effect once it is accepted, and the audit
//! log explains it.

use crate::common::client::{Centre, ok};
use central::store::{NewVersion, Store as _};
use central_fixture::desk::{DAY, senior, serial_of};
use rules::{
    life::Action,
    op::OpBody,
    wire::{PushResponse, Verdict},
};
use std::time::Duration;

const CLERK: &str = "10001";
const PATIENCE: Duration = Duration::from_secs(30);

/// Dismisses the clerk a day ago, as far as the centre's clock goes.
async fn dismiss_yesterday(centre: &Centre) {
    let (store, keys) = (centre.store().await, centre.keys());
    let account = store.account(&CLERK.parse().unwrap()).await.unwrap().unwrap();
    let now = central::clock::now();
    let mut next: NewVersion = account.next(now.plus_ms(-DAY));
    next.record.active = false;
    store.put_staff(next, |record| keys.sign(record, "staff record")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a5_an_accepted_loss_ends_the_code_and_the_log_agrees() {
    let centre = Centre::start("central-late").await;
    centre.staff(CLERK, "clerk").await;
    let (mut desk, enrolled) = centre.enrol(1).await;
    centre.make_key_older(&desk, &enrolled, 3 * DAY).await;
    let token = centre.device_token(&desk).await;
    let holders = [1, 2].map(senior);
    let long_ago = central::clock::now().plus_ms(-2 * DAY);
    let issues = holders.each_ref().map(|holder| desk.issue(holder, Action::Apply, long_ago, None));
    let serial = serial_of(&issues[0]);
    let pushed: PushResponse = centre.push(&desk, &token, issues.to_vec()).await;
    let applied = Verdict::Applied { action: Some(Action::Apply) };
    let verdicts = pushed.results.unwrap().value;
    assert!(verdicts.iter().all(|receipt| receipt.verdict == applied), "{verdicts:?}");

    dismiss_yesterday(&centre).await;
    let loss = OpBody::ReportLoss { serial, agent: None, consequence_confirmed: true };
    let at = long_ago.plus_ms(60_000);
    let loss = desk.operation(&holders[0].number, at, loss);
    // Today's rules refuse it whoever decides: the holder has a code of that day.
    let again = desk.issue(&holders[1], Action::Apply, at, None);
    let pushed: PushResponse = centre.push(&desk, &token, vec![loss, again]).await;
    let verdicts = pushed.results.unwrap().value;
    assert!(verdicts.iter().all(|receipt| receipt.verdict == Verdict::Late), "{verdicts:?}");

    let device = desk.device.to_string();
    let accept = async |seq: &str| {
        let arguments = ["review", "decide", &device, "1", seq, "--accept", "--reason", "called the window"];
        centre.central.command(&arguments).await.map_err(|error| error.to_string())
    };
    let state = format!("SELECT state FROM code WHERE serial = '\\x{serial}'");
    let before = centre.postgres.query(&state).await.unwrap();
    accept("3").await.unwrap();
    assert_ne!(centre.postgres.query(&state).await.unwrap(), before, "the code has ended");
    let refused = accept("4").await.unwrap_err();
    assert!(refused.contains("the rules do not allow it now"), "{refused}");
    let waits = "SELECT count(*) FROM review WHERE seq = 4 AND decision IS NULL";
    assert_eq!(centre.postgres.query(waits).await.unwrap(), "1", "it can still be refused");
    let receipts: rules::wire::ResultsResponse =
        ok(centre.get("/v1/sync/results?after=2", Some(&token)).await).await;
    assert_eq!(receipts.results.unwrap().value[0].verdict, Verdict::Late, "its receipt stands");

    tokio::time::timeout(PATIENCE, async {
        while centre.postgres.query("SELECT count(*) FROM audit_event").await.unwrap() != "0" {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await
    .unwrap();
    // It finds the one row that this test edited, the older key, and nothing else.
    let found = centre.central.command(&["audit", "verify"]).await.unwrap_err().to_string();
    assert!(found.contains("certificate of desk") && found.contains("1 rows differ"), "{found}");
}
