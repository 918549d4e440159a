//! What a desk is told so that it notices when the centre was put back to an earlier state.

use crate::common::client::{Centre, ok};
use central_fixture::desk::senior;
use rules::{
    life::Action,
    wire::{Change, ChangesResponse, ResultsResponse},
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
