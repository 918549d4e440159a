//! Evidence and photos, in memory.

use super::{Answer, Blob, Centre};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::put,
};
use central::{blobs::LARGEST_BYTES, store::Store as _};
use rules::{correction::Digest, wire::ProtocolError};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Centre>> {
    Router::new().route("/v1/blobs/{digest}", put(put_blob).get(get_blob)).layer(DefaultBodyLimit::disable())
}

/// Takes one piece, whose place `Content-Range` says; an empty one asks where to go on.
async fn put_blob(
    State(centre): State<Arc<Centre>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    let caller = centre.caller(&headers)?;
    let digest: Digest = name.parse().map_err(|_| ProtocolError::Malformed)?;
    let (start, total) = range(&headers).ok_or(ProtocolError::Malformed)?;
    if total > LARGEST_BYTES {
        return Err(ProtocolError::TooLarge.into());
    }
    let progress = centre.take_piece(&digest, start, total, &body, &headers);
    if let Piece::Complete(_) = progress {
        centre.store.note_blob(&digest, caller.device).await?;
        // An approval may have waited for it (A4).
        centre.decide().await?;
    }
    let (status, received) = match progress {
        Piece::Complete(status) => return Ok(status.into_response()),
        Piece::Taken(received) => (StatusCode::ACCEPTED, received),
        Piece::Misplaced(received) => (StatusCode::RANGE_NOT_SATISFIABLE, received),
    };
    Ok(match received.checked_sub(1) {
        Some(last) => (status, [(header::RANGE, format!("bytes=0-{last}"))]).into_response(),
        None => status.into_response(),
    })
}

async fn get_blob(
    State(centre): State<Arc<Centre>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    centre.caller(&headers)?;
    let digest: Digest = name.parse().map_err(|_| ProtocolError::Malformed)?;
    let blob = centre.rows().blobs.get(&digest).cloned().ok_or(ProtocolError::NotFound)?;
    Ok(([(header::CONTENT_TYPE, blob.media_type)], blob.bytes).into_response())
}

/// What became of one piece, with the bytes that are here.
enum Piece {
    Complete(StatusCode),
    Taken(usize),
    Misplaced(usize),
}

impl Centre {
    fn take_piece(
        &self,
        digest: &Digest,
        start: Option<usize>,
        total: u64,
        piece: &[u8],
        headers: &HeaderMap,
    ) -> Piece {
        let mut rows = self.rows();
        if rows.blobs.contains_key(digest) {
            return Piece::Complete(StatusCode::OK);
        }
        let held = rows.uploads.entry(digest.clone()).or_default();
        if start.is_some_and(|start| start != held.len()) {
            return Piece::Misplaced(held.len());
        }
        held.extend_from_slice(piece);
        if (held.len() as u64) < total {
            return Piece::Taken(held.len());
        }
        let bytes = rows.uploads.remove(digest).unwrap_or_default();
        if Digest::of(&bytes) != *digest {
            return Piece::Misplaced(0);
        }
        let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or("application/octet-stream").to_owned();
        rows.blobs.insert(digest.clone(), Blob { bytes, media_type });
        Piece::Complete(StatusCode::CREATED)
    }
}

/// Reads `bytes START-END/TOTAL`, or `bytes */TOTAL` as no start.
fn range(headers: &HeaderMap) -> Option<(Option<usize>, u64)> {
    let value = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (place, total) = value.strip_prefix("bytes ")?.split_once('/')?;
    let start = match place.split_once('-') {
        Some((start, _)) => Some(start.parse().ok()?),
        None => None,
    };
    Some((start, total.parse().ok()?))
}
