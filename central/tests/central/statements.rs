//! A3: a session's statement is kept as it was signed. One with a wrong signature that comes first,
//! as a thief with the desk's line could send it, keeps the good one out of nothing.

use crate::common::client::{Centre, ok};
use central_fixture::desk::senior;
use rules::{
    life::Action,
    wire::{PushResponse, Verdict},
};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn a3_a_forged_statement_that_comes_first_leaves_room_for_the_good_one() {
    let centre = Centre::start("central-statements").await;
    centre.staff("10001", "clerk").await;
    let (mut desk, _) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    let now = central::clock::now().plus_ms(-1_000);
    let holders = [1, 2].map(senior);
    let first = desk.issue(&holders[0], Action::Apply, now, None);
    // Whoever has the desk's key signs it with the batch.
    let mut proofs = desk.push(vec![first.clone()]).sessions;
    proofs[0].statement.signature = "0".repeat(128);
    let forged = desk.push_with(vec![first], proofs);
    let pushed: PushResponse = ok(centre.post("/v1/sync/push", Some(&token), &forged).await).await;
    assert_eq!(pushed.results.unwrap().value[0].verdict, Verdict::Unproven);
    let second = desk.issue(&holders[1], Action::Apply, now, None);
    let pushed: PushResponse = centre.push(&desk, &token, vec![second]).await;
    let applied = Verdict::Applied { action: Some(Action::Apply) };
    assert_eq!(pushed.results.unwrap().value.last().unwrap().verdict, applied);

    tokio::time::timeout(PATIENCE, async {
        while centre.postgres.query("SELECT count(*) FROM audit_event").await.unwrap() != "0" {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await
    .unwrap();
    centre.central.command(&["audit", "verify"]).await.unwrap();
}
