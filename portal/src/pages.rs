//! The files of the page (`web/dist`), read once at the start, with strict headers.
//!
//! No request reaches the disk, so no path can leave the folder.

use anyhow::{Context as _, ensure};
use axum::{
    body::Bytes,
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use std::{collections::HashMap, path::Path};

/// What the page may do: its own files and requests, and pictures that it was given.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Folders of the built pages that belong to this one. Files in the second are named by content.
const FOLDERS: [&str; 2] = ["portal", "assets"];

/// The files by path.
pub(crate) struct Pages(HashMap<String, File>);

struct File {
    content_type: &'static str,
    bytes: Bytes,
}

impl Pages {
    /// Reads the page's files.
    ///
    /// # Errors
    /// If the page was not built, or a file cannot be read.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut files = HashMap::new();
        for name in FOLDERS {
            let below = folder.join(name);
            let entries = std::fs::read_dir(&below).with_context(|| below.display().to_string())?;
            for entry in entries {
                let entry = entry?;
                let path = format!("/{name}/{}", entry.file_name().to_string_lossy());
                if let Some(content_type) = content_type(&path) {
                    let bytes = std::fs::read(entry.path())?.into();
                    files.insert(path, File { content_type, bytes });
                }
            }
        }
        ensure!(files.contains_key("/portal/index.html"), "{}: the page is missing", folder.display());
        Ok(Self(files))
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

fn content_type(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => return None,
    })
}
