//! The pages for phones (`web/dist`): read once at the start, served with strict headers.
//!
//! No path reaches the disk, so none can leave the folder.

use super::{
    answer::{Answer, Refused},
    state::Centre,
};
use axum::{
    body::Bytes,
    extract::{ConnectInfo, State},
    http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use flate2::{Compression, write::GzEncoder};
use rules::wire::ProtocolError;
use sm3::{Digest as _, Sm3};
use std::{
    collections::HashMap,
    io::{self, Write as _},
    net::SocketAddr,
    path::Path,
    sync::Arc,
};

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

/// The files of all pages by path.
#[derive(Default)]
pub(super) struct Pages(HashMap<String, File>);

struct File {
    content_type: &'static str,
    tag: String,
    plain: Bytes,
    gzip: Bytes,
}

impl Pages {
    /// Reads a folder with all its files.
    ///
    /// # Errors
    /// [`io::Error`] if a file cannot be read, or is of a kind that no page has.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        let mut pages = Self::default();
        pages.add(folder, "")?;
        if pages.0.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the folder is empty"));
        }
        Ok(pages)
    }

    fn add(&mut self, folder: &Path, above: &str) -> io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let path = format!("{above}/{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                self.add(&entry.path(), &path)?;
            } else {
                self.0.insert(path.clone(), File::read(&entry.path(), &path)?);
            }
        }
        Ok(())
    }
}

impl File {
    fn read(from: &Path, path: &str) -> io::Result<Self> {
        let content_type = content_type(path)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("{path}: unknown kind")))?;
        let plain = std::fs::read(from)?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&plain)?;
        let gzip = encoder.finish()?;
        let digest = Sm3::digest(&plain);
        let tag = format!("\"{}\"", rules::hex::encode(&digest[..8]));
        Ok(Self { content_type, tag, plain: plain.into(), gzip: gzip.into() })
    }
}

fn content_type(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        _ => return None,
    })
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_read_with_all_its_files_and_nothing_unknown() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Pages::read(folder.path()).is_err(), "an empty folder is a mistake");
        let assets = folder.path().join("assets");
        std::fs::create_dir(&assets).unwrap();
        std::fs::write(assets.join("page-1.js"), "let one = 1").unwrap();
        std::fs::write(folder.path().join("index.html"), "<!doctype html>").unwrap();
        let pages = Pages::read(folder.path()).unwrap();
        let mut paths: Vec<&str> = pages.0.keys().map(String::as_str).collect();
        paths.sort_unstable();
        assert_eq!(paths, ["/assets/page-1.js", "/index.html"]);
        std::fs::write(folder.path().join("notes.txt"), "not for everybody").unwrap();
        assert!(Pages::read(folder.path()).is_err());
    }
}
