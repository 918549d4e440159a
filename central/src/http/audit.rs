//! The audit log's signed head and its consistency proofs (D2), for any witness without log-in.

use super::{
    answer::{Answer, Query},
    state::Centre,
};
use axum::{
    Json,
    extract::{ConnectInfo, State},
};
use rules::{
    audit::TreeHead,
    issuing::Issued,
    wire::{ConsistencyResponse, ProtocolError},
};
use serde::Deserialize;
use std::{net::SocketAddr, sync::Arc};

/// Returns the newest tree head, signed by this centre. A new one is signed whenever leaves were
/// appended, and at least once a minute.
#[utoipa::path(get, path = "/v1/audit/head", tag = "audit",
    responses((status = 200, body = Issued<TreeHead>), (status = 404, description = "None signed yet", body = ProtocolError), super::responses::AnyCall))]
pub(super) async fn head(
    State(centre): State<Arc<Centre>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
) -> Answer<Json<Issued<TreeHead>>> {
    centre.limits.anybody(address.ip())?;
    Ok(Json(centre.store.audit_head().await?.ok_or(ProtocolError::NotFound)?))
}

/// Sizes of two logs, of which the older is the beginning of the newer.
#[derive(Deserialize)]
pub(super) struct Sizes {
    from: u64,
    to: u64,
}

/// Returns the proof that the log of size `to` begins with the log of size `from`.
#[utoipa::path(get, path = "/v1/audit/consistency", tag = "audit", params(("from" = u64, Query, description = "Size of the head held"), ("to" = u64, Query, description = "Size of the newer head")),
    responses((status = 200, body = ConsistencyResponse), (status = 404, description = "The log never had one of these sizes", body = ProtocolError), super::responses::AnyCall))]
pub(super) async fn consistency(
    State(centre): State<Arc<Centre>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Query(Sizes { from, to }): Query<Sizes>,
) -> Answer<Json<ConsistencyResponse>> {
    centre.limits.anybody(address.ip())?;
    let proof = centre.store.audit_consistency(from, to).await?.ok_or(ProtocolError::NotFound)?;
    Ok(Json(ConsistencyResponse { from, to, proof }))
}
