//! The signed lists of keys and revoked codes, for verifying without a line.

use super::Centre;
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use central::{clock, http::Answer};
use rules::{
    keys::Class,
    revocation::RevocationFilter,
    wire::{ProtocolError, TrustResponse},
};
use serde::Serialize;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Centre>> {
    Router::new().route("/v1/keys", get(keys)).route("/v1/revocations", get(revocations))
}

async fn keys(State(centre): State<Arc<Centre>>, headers: HeaderMap) -> Answer<Response> {
    let list = centre.key_list(clock::now());
    versioned(&headers, list.version, || {
        Ok(TrustResponse { keys: centre.sign(list)?, class: Class::Practice })
    })
}

async fn revocations(State(centre): State<Arc<Centre>>, headers: HeaderMap) -> Answer<Response> {
    let citizens = centre.store.citizens();
    let codes = citizens.iter().flat_map(|citizen| &citizen.codes).map(|issued| &issued.code);
    let serials: Vec<_> = codes.filter(|code| code.state.is_revoked()).map(|code| code.serial).collect();
    // A revoked code never comes back, so the number of them only grows.
    let version = 1 + serials.len() as u64;
    versioned(&headers, version, || {
        let filter = RevocationFilter::build(&serials, version, clock::now(), Class::Practice);
        centre.sign(filter.map_err(|_| ProtocolError::Unavailable)?)
    })
}

/// Answers with a list, unless the caller holds its version.
fn versioned<T: Serialize>(
    headers: &HeaderMap,
    version: u64,
    list: impl FnOnce() -> Answer<T>,
) -> Answer<Response> {
    let tag = format!("\"{version}\"");
    let is_held = headers.get(header::IF_NONE_MATCH).is_some_and(|held| held.as_bytes() == tag.as_bytes());
    let tag = [(header::ETAG, tag)];
    if is_held {
        return Ok((StatusCode::NOT_MODIFIED, tag).into_response());
    }
    Ok((tag, Json(list()?)).into_response())
}
