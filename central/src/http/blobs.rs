//! Upload and download of evidence and photos.
//!
//! Pieces are addressed by `Content-Range`; `Range: bytes=0-LAST` of the answer says how
//! much has arrived.

use super::{
    answer::{Answer, Refused},
    caller::{Device, Reader},
    state::Centre,
};
use crate::{
    audit::{Event, event::Viewed},
    blobs::{BlobError, LARGEST_BYTES},
    clock,
    store::{Store as _, postgres::Upload},
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use rules::{DeviceNumber, Refusal, correction::Digest, transfer::TransferBlob, wire::ProtocolError};
use std::sync::Arc;

/// Part of a blob that a `PUT` carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it, without a `Content-Range`.
    Whole,
    /// `bytes START-END/TOTAL`.
    Piece {
        /// Offset of its first byte.
        start: u64,
        /// Length of the whole blob, in bytes.
        total: u64,
    },
    /// `bytes */TOTAL`: asks for the offset to resume from.
    Question,
}

/// Reads the `Content-Range` of an upload; `None` if it cannot be.
#[must_use]
pub fn part(headers: &HeaderMap) -> Option<Part> {
    let Some(value) = headers.get(header::CONTENT_RANGE) else { return Some(Part::Whole) };
    let (range, total) = value.to_str().ok()?.strip_prefix("bytes ")?.split_once('/')?;
    let total = total.parse().ok()?;
    if range == "*" {
        return Some(Part::Question);
    }
    let (start, end) = range.split_once('-')?;
    let (start, end): (u64, u64) = (start.parse().ok()?, end.parse().ok()?);
    (start <= end && end < total).then_some(Part::Piece { start, total })
}

fn digest(text: &str) -> Answer<Digest> {
    text.parse().map_err(|_| ProtocolError::Malformed.into())
}

#[utoipa::path(put, path = "/v1/blobs/{sm3}", tag = "blobs", security(("desk" = [])), params(("sm3" = String, Path, description = "64 hexadecimal digits", pattern = "^[0-9a-f]{64}$"), ("Content-Range" = Option<String>, Header, description = "`bytes START-END/TOTAL`, or `bytes */TOTAL` to ask where to go on")),
    request_body(content = String, content_type = "application/octet-stream"),
    responses((status = 200, description = "There already"), (status = 201, description = "Complete"), (status = 202, description = "`Range` says what is there"),
        (status = 416, description = "Does not follow; `Range` says what is there"), (status = 422, description = "Not the bytes of the digest, or the desk's quota is used", body = ProtocolError), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn put(
    State(centre): State<Arc<Centre>>,
    Device(device): Device,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    let digest = digest(&name)?;
    let part = part(&headers).ok_or(ProtocolError::Malformed)?;
    centre.check_in_service(device.device, device.epoch).await?;
    if centre.blobs.is_kept(&digest).await.map_err(refused)? {
        note(&centre, &digest, device.device).await?;
        return Ok(StatusCode::OK.into_response());
    }
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or("application/octet-stream");
    let total = match part {
        Part::Whole => Some(body.len() as u64),
        Part::Piece { total, .. } => Some(total),
        Part::Question => None,
    };
    if let Some(total) = total.filter(|total| *total <= LARGEST_BYTES) {
        reserve(&centre, device.device, &digest, total).await?;
    }
    let outcome = match part {
        Part::Whole if body.len() as u64 > LARGEST_BYTES => Err(BlobError::TooLarge),
        Part::Whole => centre.blobs.put(&digest, media_type, &body).await.map(|()| true),
        Part::Piece { start, total } => {
            centre.blobs.take(device.device.0, &digest, media_type, start, total, &body).await
        }
        Part::Question => Ok(false),
    };
    match outcome {
        Ok(true) => {
            centre.store.complete_upload(device.device, &digest).await?;
            note(&centre, &digest, device.device).await?;
            Ok(StatusCode::CREATED.into_response())
        }
        Ok(false) => Ok(standing(StatusCode::ACCEPTED, centre.blobs.received(device.device.0, &digest))),
        Err(BlobError::Offset(received)) => Ok(standing(StatusCode::RANGE_NOT_SATISFIABLE, received)),
        Err(BlobError::Digest) => {
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Json(ProtocolError::Malformed)).into_response())
        }
        Err(error) => Err(refused(error)),
    }
}

/// Keeps a whole blob of the desk `of`, which another desk hands on, within that one's quota. The
/// carrier has not seen it, and its site may not read it.
pub(super) async fn keep(
    centre: &Centre,
    blob: &TransferBlob,
    of: DeviceNumber,
    carrier: DeviceNumber,
) -> Answer<()> {
    if !centre.blobs.is_kept(&blob.digest).await.map_err(refused)? {
        let total = blob.bytes.len() as u64;
        if total > LARGEST_BYTES {
            return Err(ProtocolError::TooLarge.into());
        }
        reserve(centre, carrier, &blob.digest, total).await?;
        centre.blobs.put(&blob.digest, &blob.media_type, &blob.bytes).await.map_err(refused)?;
    }
    note(centre, &blob.digest, of).await
}

/// Reserves room within the desk's quotas of count, bytes and blobs that no operation names.
async fn reserve(centre: &Centre, device: DeviceNumber, digest: &Digest, total: u64) -> Answer<()> {
    let (today, limits) = (clock::now().day(), &centre.config.limits);
    if centre.store.reserve_upload(device, digest, total, today, limits).await? == Upload::Reserved {
        return Ok(());
    }
    metrics::counter!("central_uploads_over_quota_total").increment(1);
    tracing::warn!(device = device.0, "upload refused: the desk's quota is used");
    Err(ProtocolError::Refused { code: Refusal::EvidenceQuotaUsed }.into())
}

/// Notes that a blob is here, and wakes a worker: an approval may have waited for it. Also for one
/// that was here, because the database may have been restored to an older state.
async fn note(centre: &Centre, digest: &Digest, device: DeviceNumber) -> Answer<()> {
    centre.store.note_blob(digest, device).await?;
    centre.note_taken(0);
    Ok(())
}

/// Returns the answer that says in `Range` how many bytes are here.
#[must_use]
pub fn standing(status: StatusCode, received: u64) -> Response {
    match received.checked_sub(1) {
        Some(last) => (status, [(header::RANGE, format!("bytes=0-{last}"))]).into_response(),
        None => status.into_response(),
    }
}

#[utoipa::path(get, path = "/v1/blobs/{sm3}", tag = "blobs", security(("operator" = [])), params(("sm3" = String, Path, description = "64 hexadecimal digits", pattern = "^[0-9a-f]{64}$")),
    responses((status = 200, description = "The bytes, under the media type they were put with", content_type = "application/octet-stream"), (status = 404, description = "Not there, or not this site's to read", body = ProtocolError), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn get(
    State(centre): State<Arc<Centre>>,
    Reader { claims, is_auditor }: Reader,
    Path(name): Path<String>,
) -> Answer<Response> {
    let digest = digest(&name)?;
    // N-2: evidence of this site, for an auditor of any; or a photo of somebody looked up today.
    let site = (!is_auditor).then_some(&claims.site);
    let may_read = centre.store.is_evidence_of(site, &digest).await?
        || centre.store.is_photo_of_looked_up(&claims.looker(), clock::now().day(), &digest).await?;
    let viewed = || Viewed { device: claims.device, operator: claims.staff(), subject: digest.clone() };
    if !may_read {
        // What is nobody's evidence is no secret, and fills no log.
        if centre.store.is_evidence_of(None, &digest).await? {
            centre.store.record(clock::now(), &Event::EvidenceRefused(viewed())).await?;
            tracing::warn!(target: "audit", device = claims.device.0, operator = claims.operator(), blob = %digest, "evidence refused");
        }
        return Err(ProtocolError::NotFound.into());
    }
    let blob = centre.blobs.get(&digest).await.map_err(refused)?;
    centre.store.record(clock::now(), &Event::Evidence(viewed())).await?;
    // Audit trail of viewed evidence (S6).
    tracing::info!(target: "audit", device = claims.device.0, operator = claims.operator(), blob = %digest, "evidence viewed");
    Ok(([(header::CONTENT_TYPE, blob.media_type)], blob.bytes).into_response())
}

fn refused(error: BlobError) -> Refused {
    match error {
        BlobError::NotFound => ProtocolError::NotFound.into(),
        BlobError::TooLarge => ProtocolError::TooLarge.into(),
        BlobError::Offset(_) => ProtocolError::Malformed.into(),
        BlobError::Digest | BlobError::Store(_) => {
            tracing::error!(%error, "blob store failed");
            ProtocolError::Unavailable.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(range: &'static str) -> Option<Part> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_RANGE, axum::http::HeaderValue::from_static(range));
        part(&headers)
    }

    #[test]
    fn content_ranges_are_parsed_as_in_rfc_9110() {
        assert_eq!(part(&HeaderMap::new()), Some(Part::Whole));
        assert_eq!(with("bytes 0-99/200"), Some(Part::Piece { start: 0, total: 200 }));
        assert_eq!(with("bytes */200"), Some(Part::Question));
        assert_eq!(with("bytes 100-99/200"), None);
        assert_eq!(with("bytes 0-200/200"), None);
        assert_eq!(with("bytes 0-1/*"), None);
        assert_eq!(with("items 0-1/2"), None);
    }
}
