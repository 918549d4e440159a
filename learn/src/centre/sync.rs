//! Batches in, receipts and changes out.

use super::{Caller, Centre};
use axum::{
    Json, Router,
    extract::{Query, State},
    http::HeaderMap,
    routing::{get, post},
};
use central::{clock, http::Answer, store::Store as _, sync};
use rules::{
    SiteCode,
    issuing::Issued,
    op::BATCH_LIMIT,
    wire::{Change, ChangesResponse, ProtocolError, PushRequest, PushResponse, Receipt, ResultsResponse},
};
use std::{collections::HashMap, sync::Arc};

const CHANGES_AT_A_TIME: usize = 200;

pub(super) fn routes() -> Router<Arc<Centre>> {
    Router::new()
        .route("/v1/sync/push", post(push))
        .route("/v1/sync/results", get(results))
        .route("/v1/sync/changes", get(changes))
}

async fn push(
    State(centre): State<Arc<Centre>>,
    headers: HeaderMap,
    Json(request): Json<PushRequest>,
) -> Answer<Json<PushResponse>> {
    let caller = centre.caller(&headers)?;
    let received_through = sync::push(&centre.store, &centre.rulebook, &request, clock::now()).await?;
    centre.decide().await?;
    let after = request.batch.first_seq.saturating_sub(1);
    Ok(Json(PushResponse {
        received_through,
        applied_through: centre.store.decided_through(caller.device, caller.epoch).await?,
        results: centre.receipts(caller, after, request.batch.ops.len()).await?,
        server_time: clock::now(),
        next_after_ms: 0,
    }))
}

async fn results(
    State(centre): State<Arc<Centre>>,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, u64>>,
) -> Answer<Json<ResultsResponse>> {
    let caller = centre.caller(&headers)?;
    centre.decide().await?;
    let after = query.get("after").copied().unwrap_or(0);
    Ok(Json(ResultsResponse {
        results: centre.receipts(caller, after, BATCH_LIMIT).await?,
        applied_through: centre.store.decided_through(caller.device, caller.epoch).await?,
        received_through: centre.received_through(caller).await?,
        server_time: clock::now(),
    }))
}

async fn changes(
    State(centre): State<Arc<Centre>>,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, u64>>,
) -> Answer<Json<ChangesResponse>> {
    let caller = centre.caller(&headers)?;
    let newest = centre.store.newest(&SiteCode::PRACTICE).await?;
    let cursor = query.get("cursor").copied().unwrap_or(0).min(newest);
    let mut news = centre.store.changes(&SiteCode::PRACTICE, cursor, CHANGES_AT_A_TIME + 1).await?;
    let more = news.len() > CHANGES_AT_A_TIME;
    news.truncate(CHANGES_AT_A_TIME);
    let last = news.last().map_or(cursor, |(position, _)| *position);
    let policy = (cursor == 0).then(|| Change::Policy(Box::new(centre.rulebook.policy.clone())));
    Ok(Json(ChangesResponse {
        changes: policy.into_iter().chain(news.into_iter().map(|(_, change)| change)).collect(),
        cursor: last,
        more,
        newest: newest.max(last),
        received_through: centre.received_through(caller).await?,
        server_time: clock::now(),
    }))
}

impl Centre {
    async fn receipts(
        &self,
        Caller { device, epoch }: Caller,
        after: u64,
        limit: usize,
    ) -> Answer<Option<Issued<Vec<Receipt>>>> {
        let receipts = self.store.results(device, epoch, after, limit).await?;
        if receipts.is_empty() { Ok(None) } else { self.sign(receipts).map(Some) }
    }

    async fn received_through(&self, Caller { device, epoch }: Caller) -> Answer<u64> {
        let head = self.store.head(device, epoch).await?.ok_or(ProtocolError::Unauthenticated)?;
        Ok(head.received_through)
    }
}
