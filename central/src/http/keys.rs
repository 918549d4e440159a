//! Key list and revocation list: signed, versioned, for any verifier without log-in, with deltas.

use super::{
    answer::{Answer, Query},
    state::Centre,
};
use crate::{clock, store::postgres::ListKind, store::postgres::PublishedList};
use axum::{
    Json,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use rules::{
    keys::Signed,
    wire::{KeyListDelta, ProtocolError, RevocationDelta},
};
use serde::Deserialize;
use std::{net::SocketAddr, sync::Arc};

#[derive(Deserialize)]
pub(super) struct Since {
    since: Option<u64>,
}

#[utoipa::path(get, path = "/v1/keys", tag = "verification", params(("since" = Option<u64>, Query, description = "Version held")),
    responses((status = 200, body = super::openapi::shapes::TrustResponse), (status = 304, description = "Still that version"), (status = 404, description = "None made yet", body = super::openapi::shapes::Refusal), super::openapi::shapes::AnyCall))]
pub(super) async fn keys(
    State(centre): State<Arc<Centre>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Query(since): Query<Since>,
    headers: HeaderMap,
) -> Answer<Response> {
    centre.limits.anybody(address.ip())?;
    list(&centre, ListKind::Keys, &since, &headers).await
}

#[utoipa::path(get, path = "/v1/revocations", tag = "verification", params(("since" = Option<u64>, Query, description = "Version held")),
    responses((status = 200, body = super::openapi::shapes::SignedRevocationFilter), (status = 304, description = "Still that version"), (status = 404, description = "None made yet", body = super::openapi::shapes::Refusal), super::openapi::shapes::AnyCall))]
pub(super) async fn revocations(
    State(centre): State<Arc<Centre>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Query(since): Query<Since>,
    headers: HeaderMap,
) -> Answer<Response> {
    centre.limits.anybody(address.ip())?;
    list(&centre, ListKind::Revocations, &since, &headers).await
}

async fn list(centre: &Centre, kind: ListKind, since: &Since, headers: &HeaderMap) -> Answer<Response> {
    let version = centre.store.published_version(kind).await?;
    let tag = format!("\"{version}\"");
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == tag.as_bytes());
    if known || since.since == Some(version) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let list = published(centre, kind, version).await?;
    let headers = [(header::ETAG, tag), (header::CONTENT_TYPE, "application/json".to_owned())];
    Ok((headers, list.body).into_response())
}

async fn published(centre: &Centre, kind: ListKind, version: u64) -> Answer<PublishedList> {
    let found = centre.store.published(kind, Some(version)).await?;
    found.ok_or_else(|| ProtocolError::NotFound.into())
}

#[utoipa::path(get, path = "/v1/keys/delta", tag = "verification", params(("since" = u64, Query, description = "Version held")),
    responses((status = 200, body = super::openapi::shapes::SignedKeyListDelta), (status = 404, description = "No such version", body = super::openapi::shapes::Refusal), super::openapi::shapes::AnyCall))]
pub(super) async fn keys_delta(
    State(centre): State<Arc<Centre>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Query(since): Query<Since>,
) -> Answer<Json<Signed<KeyListDelta>>> {
    centre.limits.anybody(address.ip())?;
    let since = since.since.ok_or(ProtocolError::Malformed)?;
    let version = centre.store.published_version(ListKind::Keys).await?;
    if since > version {
        return Err(ProtocolError::NotFound.into());
    }
    let desks = centre.store.keys_since(since).await?;
    let delta = KeyListDelta { since, version, made_at: clock::now(), class: centre.keys.class, desks };
    centre.sign(delta).map(Json)
}

#[utoipa::path(get, path = "/v1/revocations/delta", tag = "verification", params(("since" = u64, Query, description = "Version held")),
    responses((status = 200, body = super::openapi::shapes::SignedRevocationDelta), (status = 404, description = "No such version", body = super::openapi::shapes::Refusal), super::openapi::shapes::AnyCall))]
pub(super) async fn revocations_delta(
    State(centre): State<Arc<Centre>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Query(since): Query<Since>,
) -> Answer<Json<Signed<RevocationDelta>>> {
    centre.limits.anybody(address.ip())?;
    let since = since.since.ok_or(ProtocolError::Malformed)?;
    let version = centre.store.published_version(ListKind::Revocations).await?;
    let from = published(&centre, ListKind::Revocations, since).await?;
    let to = published(&centre, ListKind::Revocations, version).await?;
    let revoked = centre.store.revoked_between(from.made_at, to.made_at).await?;
    let delta = RevocationDelta { since, version, made_at: to.made_at, class: centre.keys.class, revoked };
    centre.sign(delta).map(Json)
}
