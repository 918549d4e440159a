//! The signed lists for verifying without a line: keys and revocations, whole or as what changed since.

use super::{Shared, error};
use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use rules::{
    At,
    keys::{Class, DeskKey, KeyList, PublicKey, Signed},
    life::Serial,
    revocation::RevocationFilter,
    wire::{KeyListDelta, ProtocolError, RevocationDelta, TrustResponse},
};
use std::collections::HashMap;

/// What the lists say.
pub struct Lists {
    /// Version of both whole lists.
    pub version: u64,
    /// Revoked when the filter was made.
    pub filtered: Vec<Serial>,
    /// When every key in the list was retired.
    pub retired_at: Option<At>,
    /// Whether it says what changed since a list; otherwise each list is fetched whole.
    pub has_deltas: bool,
    /// Revoked since the filter was made.
    pub revoked: Vec<Serial>,
    /// Desks whose keys are not in the list, only in what changed since.
    pub newcomers: Vec<PublicKey>,
    /// Whole lists given out.
    pub whole: u32,
    /// Deltas given out.
    pub deltas: u32,
}

impl Default for Lists {
    fn default() -> Self {
        Self {
            version: 1,
            filtered: Vec::new(),
            retired_at: None,
            has_deltas: true,
            revoked: Vec::new(),
            newcomers: Vec::new(),
            whole: 0,
            deltas: 0,
        }
    }
}

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/v1/keys", get(keys))
        .route("/v1/keys/delta", get(keys_delta))
        .route("/v1/revocations", get(revocations))
        .route("/v1/revocations/delta", get(revocations_delta))
}

fn desk_key(
    public_key: &PublicKey,
    (device, epoch): (u32, u32),
    class: Class,
    retired_at: Option<At>,
) -> DeskKey {
    DeskKey {
        public_key: public_key.clone(),
        device,
        epoch,
        site: "310101".to_owned(),
        class,
        not_before: At(0),
        not_after: At(i64::MAX / 2),
        retired_at,
    }
}

async fn keys_delta(State(mind): State<Shared>, Query(query): Query<HashMap<String, u64>>) -> Response {
    let mut mind = mind.lock().unwrap();
    if !mind.lists.has_deltas {
        return error(StatusCode::NOT_FOUND, ProtocolError::NotFound);
    }
    mind.lists.deltas += 1;
    let newcomers = mind.lists.newcomers.iter();
    let desks: Vec<DeskKey> = newcomers.map(|key| desk_key(key, (99, 1), mind.class, None)).collect();
    let version = mind.lists.version + desks.len() as u64;
    let delta =
        KeyListDelta { since: query["since"], version, made_at: mind.now(), class: mind.class, desks };
    Json(Signed::sign(delta, &mind.root).unwrap()).into_response()
}

async fn revocations_delta(
    State(mind): State<Shared>,
    Query(query): Query<HashMap<String, u64>>,
) -> Response {
    let mut mind = mind.lock().unwrap();
    if !mind.lists.has_deltas {
        return error(StatusCode::NOT_FOUND, ProtocolError::NotFound);
    }
    mind.lists.deltas += 1;
    let revoked = mind.lists.revoked.clone();
    let version = mind.lists.version + revoked.len() as u64;
    let delta =
        RevocationDelta { since: query["since"], version, made_at: mind.now(), class: mind.class, revoked };
    Json(Signed::sign(delta, &mind.root).unwrap()).into_response()
}

async fn keys(State(mind): State<Shared>) -> Response {
    let mut mind = mind.lock().unwrap();
    mind.lists.whole += 1;
    let retired_at = mind.lists.retired_at;
    let desks = mind.keys.iter().map(|(desk, key)| desk_key(key, *desk, mind.class, retired_at)).collect();
    let list = KeyList { version: mind.lists.version, made_at: mind.now(), class: mind.class, desks };
    Json(TrustResponse { keys: Signed::sign(list, &mind.root).unwrap(), class: mind.class }).into_response()
}

async fn revocations(State(mind): State<Shared>) -> Response {
    let mut mind = mind.lock().unwrap();
    mind.lists.whole += 1;
    let Lists { filtered, version, .. } = &mind.lists;
    let filter = RevocationFilter::build(filtered, *version, mind.now(), mind.class).unwrap();
    Json(Signed::sign(filter, &mind.root).unwrap()).into_response()
}
