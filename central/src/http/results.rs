//! Verdicts, delivered as signed receipt batches.

use super::{
    answer::{Answer, Query},
    caller::Device,
    state::Centre,
};
use crate::{clock, store::Store as _};
use axum::{Json, extract::State};
use rules::{
    DeviceNumber,
    issuing::Issued,
    op::BATCH_LIMIT,
    wire::{ProtocolError, Receipt, ResultsResponse},
};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
pub(super) struct After {
    #[serde(default)]
    after: u64,
}

#[utoipa::path(get, path = "/v1/sync/results", tag = "sync", security(("desk" = [])), params(("after" = Option<u64>, Query)),
    responses((status = 200, body = ResultsResponse), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn results(
    State(centre): State<Arc<Centre>>,
    Device(device): Device,
    Query(After { after }): Query<After>,
) -> Answer<Json<ResultsResponse>> {
    let head = centre.store.head(device.device, device.epoch).await?.ok_or(ProtocolError::Unauthenticated)?;
    let applied_through = centre.store.decided_through(device.device, device.epoch).await?;
    let results = if applied_through > after {
        roll(&centre, device.device, device.epoch, after, BATCH_LIMIT).await?
    } else {
        None
    };
    Ok(Json(ResultsResponse {
        results,
        applied_through,
        received_through: head.received_through,
        server_time: clock::now(),
    }))
}

/// Returns the receipts after `after` under one signature, because an SM2 signature costs more than
/// deciding an operation.
pub(super) async fn roll(
    centre: &Centre,
    device: DeviceNumber,
    epoch: u32,
    after: u64,
    limit: usize,
) -> Answer<Option<Issued<Vec<Receipt>>>> {
    let receipts = centre.store.results(device, epoch, after, limit).await?;
    if receipts.is_empty() {
        return Ok(None);
    }
    centre.sign(receipts).map(Some)
}
