//! The client for centre and log-in service, and bodies up to a limit.

use anyhow::Context as _;
use reqwest::{Certificate, Client, Response, redirect, tls};
use std::{path::Path, time::Duration};

/// Longest time to connect.
const CONNECT: Duration = Duration::from_secs(3);
/// Longest time for one call; a sheet is drawn meanwhile.
const CALL: Duration = Duration::from_secs(15);
/// Longest body that is read, in bytes: a sheet with a photo.
const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// Returns the client. Over TLS it trusts only the given authorities.
///
/// # Errors
/// If the file of authorities cannot be used.
pub(crate) fn client(authority: Option<&Path>) -> anyhow::Result<Client> {
    // The provider is chosen once per process; a second choice of the same one changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .connect_timeout(CONNECT)
        .timeout(CALL)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("suishen-portal/", env!("CARGO_PKG_VERSION")));
    if let Some(path) = authority {
        let pem = std::fs::read(path).with_context(|| path.display().to_string())?;
        let authorities = Certificate::from_pem_bundle(&pem)?;
        builder = builder.tls_certs_only(authorities).tls_version_min(tls::Version::TLS_1_2);
    }
    Ok(builder.build()?)
}

/// Reads a body up to the limit; `None` if it is longer or breaks off.
pub(crate) async fn body(mut response: Response) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.ok()? {
        if bytes.len() + piece.len() > BODY_LIMIT {
            return None;
        }
        bytes.extend_from_slice(&piece);
    }
    Some(bytes)
}
