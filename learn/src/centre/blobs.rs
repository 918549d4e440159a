//! Evidence and photos, in memory.

use super::{Blob, Centre};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::put,
};
use central::{
    blobs::LARGEST_BYTES,
    http::{Answer, Part, part, standing},
    store::Store as _,
};
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
    let part = part(&headers).ok_or(ProtocolError::Malformed)?;
    let progress = centre.take_piece(&digest, part, &body, &headers)?;
    if let Piece::Complete(_) = progress {
        centre.store.note_blob(&digest, caller.device).await?;
        // An approval may have waited for it (A4).
        centre.decide().await?;
    }
    Ok(match progress {
        Piece::Complete(status) => status.into_response(),
        Piece::Taken(received) => standing(StatusCode::ACCEPTED, received),
        Piece::Misplaced(received) => standing(StatusCode::RANGE_NOT_SATISFIABLE, received),
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
    Taken(u64),
    Misplaced(u64),
}

impl Centre {
    fn take_piece(
        &self,
        digest: &Digest,
        part: Part,
        piece: &[u8],
        headers: &HeaderMap,
    ) -> Result<Piece, ProtocolError> {
        let mut rows = self.rows();
        if rows.blobs.contains_key(digest) {
            return Ok(Piece::Complete(StatusCode::OK));
        }
        let held = rows.uploads.entry(digest.clone()).or_default();
        let received = held.len() as u64;
        let (start, total) = match part {
            Part::Question => return Ok(Piece::Taken(received)),
            Part::Whole => (0, piece.len() as u64),
            Part::Piece { start, total } => (start, total),
        };
        if total > LARGEST_BYTES {
            return Err(ProtocolError::TooLarge);
        }
        if start != received {
            return Ok(Piece::Misplaced(received));
        }
        held.extend_from_slice(piece);
        if (held.len() as u64) < total {
            return Ok(Piece::Taken(held.len() as u64));
        }
        let bytes = rows.uploads.remove(digest).unwrap_or_default();
        if Digest::of(&bytes) != *digest {
            return Ok(Piece::Misplaced(0));
        }
        let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or("application/octet-stream").to_owned();
        rows.blobs.insert(digest.clone(), Blob { bytes, media_type });
        Ok(Piece::Complete(StatusCode::CREATED))
    }
}
