//! The files of the page, with strict headers.

use anyhow::Context as _;
use axum::{
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use channel::PageFiles;
use std::path::Path;

/// What the page may do: its own files and requests, and pictures that it was given.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The files, with the answers to requests for them.
pub(crate) struct Pages(PageFiles);

impl Pages {
    /// Reads the page's files.
    ///
    /// # Errors
    /// If the page was not built, or a file cannot be read.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let files = PageFiles::read(folder, "portal");
        Ok(Self(files.with_context(|| format!("the page in {}", folder.display()))?))
    }

    /// Returns the answer to a request for a file.
    pub(crate) fn answer(&self, path: &str) -> Response {
        let path = match path {
            "/" | "/portal" => return Redirect::temporary("/portal/").into_response(),
            "/portal/" => "/portal/index.html",
            path => path,
        };
        let Some(file) = self.0.get(path) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let kept = if path.starts_with("/assets/") { "max-age=31536000, immutable" } else { "no-cache" };
        let headers = [
            (header::CONTENT_TYPE, file.content_type),
            (header::CACHE_CONTROL, kept),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            // With no referrer at all some browsers hide the page's origin from its own server.
            (header::REFERRER_POLICY, "same-origin"),
            (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        ];
        (headers, file.bytes.clone()).into_response()
    }
}
