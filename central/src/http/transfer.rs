//! Parts of another desk's outbox (离线数据导入), which a desk hands on without being able to
//! read them (C3).

use super::{
    answer::{Answer, SealedBody},
    blobs,
    caller::Device,
    push::{permit, take},
    state::Centre,
};
use crate::clock;
use axum::{Json, extract::State};
use rules::{
    sealing::SealedHeader,
    transfer::{Part, TransferError},
    wire::{ProtocolError, SealedResponse},
};
use std::sync::Arc;

#[utoipa::path(post, path = "/v1/sync/sealed", tag = "sync", security(("desk" = [])), request_body(content = String, content_type = "application/octet-stream", description = "One part of a transfer file, sealed to the centre's sealing key"),
    responses((status = 200, body = SealedResponse), (status = 422, description = "The desk's quota of evidence is used", body = ProtocolError), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn sealed(
    State(centre): State<Arc<Centre>>,
    Device(carrier): Device,
    SealedBody(body): SealedBody,
) -> Answer<Json<SealedResponse>> {
    let permit = permit(&centre, carrier.device).await?;
    let unreadable = |error: TransferError| {
        metrics::counter!("central_sealed_parts_refused_total").increment(1);
        tracing::warn!(carrier = carrier.device.0, %error, "a sealed part is refused");
        ProtocolError::Malformed
    };
    let header = SealedHeader::read(&body).map_err(|_| unreadable(TransferError::Damaged))?;
    match Part::open(&body, &centre.keys.sealing.opening).map_err(unreadable)? {
        // Its own signature says whose the batch is.
        Part::Operations(request) => {
            take(&centre, &request, carrier.device).await?;
        }
        Part::Blob(blob) => {
            centre.check_in_service(carrier.device, carrier.epoch).await?;
            blobs::keep(&centre, &blob, header.device, carrier.device).await?;
        }
    }
    drop(permit);
    Ok(Json(SealedResponse { server_time: clock::now() }))
}
