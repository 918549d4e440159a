//! Serves the pages for phones (`web/`) with strict headers.

use super::{
    answer::{Answer, Refused},
    state::Centre,
};
use axum::{
    extract::{ConnectInfo, State},
    http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use rules::wire::ProtocolError;
use std::{net::SocketAddr, sync::Arc};

/// What a page may do: only its own files, this centre's API, the camera's pictures, no framing.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; worker-src 'self'; \
                      connect-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; \
                      manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the symbol's decoder may do, a worker without a page: compile WebAssembly. Browsers older
/// than the word for that know only `unsafe-eval`.
const DECODER_POLICY: &str =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'unsafe-eval'; connect-src 'self'";

/// Names of the decoder's files begin with it; `web/vite.config.ts` gives them.
const DECODER: &str = "/assets/decoder-";

/// Files below it have a hash of their content in the name.
const NAMED_BY_CONTENT: &str = "/assets/";

/// Serves a file of a page, for every path that no call of the API has.
pub(super) async fn serve(
    State(centre): State<Arc<Centre>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Answer<Response> {
    let not_found = || Refused::from(ProtocolError::NotFound);
    if method != Method::GET && method != Method::HEAD {
        return Err(not_found());
    }
    centre.limits.anybody(address.ip())?;
    let files = &centre.pages.0;
    let path = uri.path();
    if files.contains_key(&format!("{path}/index.html")) {
        return Ok(Redirect::temporary(&format!("{path}/")).into_response());
    }
    let index = path.ends_with('/').then(|| format!("{path}index.html"));
    let file = files.get(index.as_deref().unwrap_or(path)).ok_or_else(not_found)?;
    let is_named_by_content = path.starts_with(NAMED_BY_CONTENT);
    let common = [
        (header::ETAG, file.tag.as_str()),
        (header::CACHE_CONTROL, if is_named_by_content { "max-age=31536000, immutable" } else { "no-cache" }),
        (header::VARY, "accept-encoding"),
    ];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|held| held.as_bytes() == file.tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    let policy = if path.starts_with(DECODER) { DECODER_POLICY } else { POLICY };
    let strict = [
        (header::CONTENT_TYPE, file.content_type),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("permissions-policy"), "camera=(self), microphone=(), geolocation=()"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|accepted| accepted.to_str().ok());
    if accepted.is_some_and(|accepted| accepted.contains("gzip")) {
        let encoded = [(header::CONTENT_ENCODING, "gzip")];
        return Ok((common, strict, encoded, file.gzip.clone()).into_response());
    }
    Ok((common, strict, file.plain.clone()).into_response())
}
