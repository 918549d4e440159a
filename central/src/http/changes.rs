//! The change feed of a desk's site.

use super::{
    answer::{Answer, Query},
    caller::Device,
    state::Centre,
};
use crate::{clock, store::Store as _};
use axum::{Json, extract::State};
use rules::wire::{Change, ChangesResponse};
use serde::Deserialize;
use std::sync::Arc;

/// Largest number of changes in one answer.
const CHANGES_AT_A_TIME: usize = 200;

#[derive(Deserialize)]
pub(super) struct Cursor {
    #[serde(default)]
    cursor: u64,
}

/// Returns the changes of the desk's site after the cursor. The first call starts with the policy
/// in force, which the feed may not contain yet. A later change of policy is announced in the feed.
#[utoipa::path(get, path = "/v1/sync/changes", tag = "sync", security(("desk" = [])), params(("cursor" = Option<u64>, Query)),
    responses((status = 200, body = ChangesResponse), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn changes(
    State(centre): State<Arc<Centre>>,
    Device(device): Device,
    Query(Cursor { cursor }): Query<Cursor>,
) -> Answer<Json<ChangesResponse>> {
    let head = centre.check_in_service(device.device, device.epoch).await?;
    let newest = centre.store.newest(&device.site).await?;
    // A desk that has read further than there is read it from a centre that was restored since. It
    // notices, and begins anew.
    let cursor = cursor.min(newest);
    let mut news = centre.store.changes(&device.site, cursor, CHANGES_AT_A_TIME + 1).await?;
    let more = news.len() > CHANGES_AT_A_TIME;
    news.truncate(CHANGES_AT_A_TIME);
    let last = news.last().map_or(cursor, |(position, _)| *position);
    let policy = (cursor == 0).then(|| Change::Policy(Box::new(centre.config.policy.clone())));
    let changes = policy.into_iter().chain(news.into_iter().map(|(_, change)| change)).collect();
    Ok(Json(ChangesResponse {
        changes,
        cursor: last,
        more,
        newest: newest.max(last),
        received_through: head.received_through,
        server_time: clock::now(),
    }))
}
