//! Signed key and revocation lists with versions and deltas, for any verifier without log-in.

use super::{
    answer::{Answer, Query},
    state::Centre,
};
use crate::{clock, store::postgres::ListKind, store::postgres::PublishedList};
use axum::{
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use rules::{
    issuing::Issued,
    revocation::RevocationFilter,
    wire::{KeyListDelta, ProtocolError, RevocationDelta, TrustAnchors, TrustResponse},
};
use serde::Deserialize;
use std::{
    net::SocketAddr,
    sync::{Arc, PoisonError},
};

#[derive(Deserialize)]
pub(super) struct Since {
    since: Option<u64>,
}

#[utoipa::path(get, path = "/v1/keys", tag = "verification", params(("since" = Option<u64>, Query, description = "Version held")),
    responses((status = 200, body = TrustResponse), (status = 304, description = "Still that version"), (status = 404, description = "None made yet", body = ProtocolError), super::responses::AnyCall))]
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
    responses((status = 200, body = Issued<RevocationFilter>), (status = 304, description = "Still that version"), (status = 404, description = "None made yet", body = ProtocolError), super::responses::AnyCall))]
pub(super) async fn revocations(
    State(centre): State<Arc<Centre>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Query(since): Query<Since>,
    headers: HeaderMap,
) -> Answer<Response> {
    centre.limits.anybody(address.ip())?;
    list(&centre, ListKind::Revocations, &since, &headers).await
}

#[utoipa::path(get, path = "/v1/trust-anchors", tag = "verification", params(("since" = Option<u64>, Query, description = "Version held")),
    responses((status = 200, body = Issued<TrustAnchors>), (status = 304, description = "Still that version"), (status = 404, description = "None made yet", body = ProtocolError), super::responses::AnyCall))]
pub(super) async fn trust_anchors(
    State(centre): State<Arc<Centre>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Query(since): Query<Since>,
    headers: HeaderMap,
) -> Answer<Response> {
    centre.limits.anybody(address.ip())?;
    list(&centre, ListKind::Anchors, &since, &headers).await
}

async fn list(centre: &Centre, kind: ListKind, since: &Since, headers: &HeaderMap) -> Answer<Response> {
    let version = centre.store.published_version(kind).await?;
    if is_held(headers, version) || since.since == Some(version) {
        return Ok(not_modified(version));
    }
    let list = published(centre, kind, version).await?;
    Ok(versioned(version, list.body))
}

fn tag(version: u64) -> String {
    format!("\"{version}\"")
}

fn is_held(headers: &HeaderMap, version: u64) -> bool {
    headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == tag(version).as_bytes())
}

fn not_modified(version: u64) -> Response {
    (StatusCode::NOT_MODIFIED, [(header::ETAG, tag(version))]).into_response()
}

fn versioned(version: u64, body: String) -> Response {
    ([(header::ETAG, tag(version)), (header::CONTENT_TYPE, "application/json".to_owned())], body)
        .into_response()
}

async fn published(centre: &Centre, kind: ListKind, version: u64) -> Answer<PublishedList> {
    let found = centre.store.published(kind, Some(version)).await?;
    found.ok_or_else(|| ProtocolError::NotFound.into())
}

/// Returns the signed changes to the key list since a version. Each difference is signed once,
/// because signing is expensive.
#[utoipa::path(get, path = "/v1/keys/delta", tag = "verification", params(("since" = u64, Query, description = "Version held")),
    responses((status = 200, body = Issued<KeyListDelta>), (status = 304, description = "The difference that `If-None-Match` names is still the newest"), (status = 404, description = "No such version, or one of more than a day ago: fetch the list", body = ProtocolError), super::responses::AnyCall))]
pub(super) async fn keys_delta(
    State(centre): State<Arc<Centre>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Query(since): Query<Since>,
    headers: HeaderMap,
) -> Answer<Response> {
    centre.limits.anybody(address.ip())?;
    let since = since.since.ok_or(ProtocolError::Malformed)?;
    let version = centre.store.published_version(ListKind::Keys).await?;
    if is_held(&headers, version) {
        return Ok(not_modified(version));
    }
    let signed =
        centre.key_deltas.lock().unwrap_or_else(PoisonError::into_inner).get(&(since, version)).cloned();
    if let Some(body) = signed {
        return Ok(versioned(version, body));
    }
    published(&centre, ListKind::Keys, since).await?;
    let desks = centre.store.keys_since(since).await?;
    let delta = KeyListDelta { since, version, made_at: clock::now(), class: centre.keys.class, desks };
    let body = serde_json::to_string(&centre.sign(delta)?).map_err(|_| ProtocolError::Unavailable)?;
    centre.key_deltas.lock().unwrap_or_else(PoisonError::into_inner).put((since, version), body.clone());
    Ok(versioned(version, body))
}

#[utoipa::path(get, path = "/v1/revocations/delta", tag = "verification", params(("since" = u64, Query, description = "Version of the filter held")),
    responses((status = 200, body = Issued<RevocationDelta>), (status = 304, description = "Still that version"), (status = 404, description = "Not the newest filter: fetch it", body = ProtocolError), super::responses::AnyCall))]
pub(super) async fn revocations_delta(
    State(centre): State<Arc<Centre>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Query(since): Query<Since>,
    headers: HeaderMap,
) -> Answer<Response> {
    centre.limits.anybody(address.ip())?;
    let since = since.since.ok_or(ProtocolError::Malformed)?;
    if since != centre.store.published_version(ListKind::Revocations).await? {
        return Err(ProtocolError::NotFound.into());
    }
    let version = centre.store.published_version(ListKind::RevocationDelta).await?;
    if is_held(&headers, version) {
        return Ok(not_modified(version));
    }
    // Only the newest delta is kept, and a newer one may just have replaced it.
    let delta =
        centre.store.published(ListKind::RevocationDelta, None).await?.ok_or(ProtocolError::NotFound)?;
    Ok(versioned(delta.version, delta.body))
}
