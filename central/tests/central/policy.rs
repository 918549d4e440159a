//! A changed policy reaches desks that are enrolled already.

use crate::common::client::{Centre, ok};
use rules::{
    Policy,
    wire::{Change, ChangesResponse},
};

/// Returns the policies among the changes after `cursor`, and the next cursor.
async fn news(centre: &Centre, token: &str, cursor: u64) -> (Vec<Policy>, u64) {
    let path = format!("/v1/sync/changes?cursor={cursor}");
    let news: ChangesResponse = ok(centre.get(&path, Some(token)).await).await;
    let policies = news.changes.into_iter().filter_map(|change| match change {
        Change::Policy(policy) => Some(*policy),
        _ => None,
    });
    (policies.collect(), news.cursor)
}

#[tokio::test(flavor = "multi_thread")]
async fn l11_a_changed_policy_is_announced_to_enrolled_desks_once() {
    let mut centre = Centre::start("central-policy").await;
    centre.staff("10001", "clerk").await;
    let (desk, _) = centre.enrol(1).await;
    let token = centre.device_token(&desk).await;
    let (first, cursor) = news(&centre, &token, 0).await;
    assert_eq!(first, [Policy::default()]);
    assert!(cursor > 0);
    assert_eq!(news(&centre, &token, cursor).await.0, [], "nothing new");

    centre.central.stop();
    let other = [("SUISHEN_CENTRAL_POLICY__OFFLINE_LIMIT_HOURS", "24")];
    centre.central = centre.central.another("stricter", &centre.folder, &other).await.unwrap();
    let (changed, cursor) = news(&centre, &token, cursor).await;
    assert_eq!(changed, [Policy { offline_limit_hours: 24, ..Policy::default() }]);
    centre.central.start_again(&centre.folder).await.unwrap();
    assert_eq!(news(&centre, &token, cursor).await.0, [], "the same numbers are no news");
}
