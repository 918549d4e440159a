//! HTTP to the centre: TLS with the site's own authority only, bodies up to a limit.

use anyhow::{Context as _, ensure};
use reqwest::{Certificate, Client, RequestBuilder, Response, StatusCode, Url, redirect, tls};
use rules::{
    At, Refusal,
    wire::{Channel, ProtocolError},
};
use std::{net::IpAddr, path::Path, time::Duration};

/// Longest time to connect.
const CONNECT: Duration = Duration::from_secs(3);
/// Longest time for one call: somebody stands before the screen.
const CALL: Duration = Duration::from_secs(15);
/// Longest answer that is read, in bytes: a sheet with a photo.
const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// Why a call to the centre failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Nothing reached it.
    #[error("not reached")]
    Away,
    /// It was asked, and its answer did not come.
    #[error("the answer was lost")]
    Lost,
    /// It is asked too often.
    #[error("busy")]
    Busy,
    /// It cannot do it now. Whether something was done is not known.
    #[error("unavailable")]
    Unavailable,
    /// It does not take this program any more.
    #[error("this program is out of service")]
    OutOfService,
    /// Session or log-in token are none, or have ended.
    #[error("not authenticated")]
    Unauthenticated,
    /// The person may not ask this.
    #[error("not permitted")]
    Forbidden,
    /// There is none, such as a photo.
    #[error("not found")]
    NotFound,
    /// A rule refuses.
    #[error("refused: {}", .0.code())]
    Refused(Refusal),
    /// This machine's clock is off; the centre's is here.
    #[error("the clock is off")]
    ClockOff(At),
    /// The centre did not understand the request.
    #[error("not understood")]
    Malformed,
    /// The centre's answer is none that this program knows.
    #[error("an answer that cannot be read")]
    Unreadable,
}

/// Where the centre is, with the client that reaches it.
pub struct Address {
    pub(crate) client: Client,
    base: Url,
}

impl Address {
    /// Returns the address: `https://` with the authorities of the centre's certificate (PEM), or
    /// `http://` on this machine's loopback. `program` is name and version, for the centre's log.
    ///
    /// # Errors
    /// If the address is another, or the authorities cannot be used.
    pub fn new(url: &str, authority: Option<&Path>, program: &'static str) -> anyhow::Result<Self> {
        let base = Url::parse(url).context("the centre's address")?;
        let is_safe = match base.scheme() {
            "https" => authority.is_some(),
            "http" => is_loopback(&base),
            _ => false,
        };
        ensure!(is_safe, "the centre's address: only https with its authority, or this machine");
        let authority = authority.filter(|_| base.scheme() == "https");
        Ok(Self { client: client(authority, program, tls::Version::TLS_1_3)?, base })
    }

    pub(crate) fn path(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    pub(crate) fn channel_path(&self, channel: Channel, call: &str) -> Url {
        self.path(&["v1", "channels", channel.name(), call])
    }
}

/// Returns a client that follows nobody elsewhere. Over TLS it trusts the given authorities alone.
///
/// # Errors
/// If the authorities cannot be used.
pub fn client(
    authority: Option<&Path>,
    program: &'static str,
    lowest: tls::Version,
) -> anyhow::Result<Client> {
    // The provider is chosen once per process; a second choice of the same one changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .connect_timeout(CONNECT)
        .timeout(CALL)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .user_agent(program);
    if let Some(path) = authority {
        let pem = std::fs::read(path).with_context(|| path.display().to_string())?;
        let authorities = Certificate::from_pem_bundle(&pem).with_context(|| path.display().to_string())?;
        builder = builder.tls_certs_only(authorities).tls_version_min(lowest);
    }
    Ok(builder.build()?)
}

/// Returns whether an address is on this machine.
pub fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Reads a body up to the limit; `None` if it is longer or breaks off.
pub async fn body(mut response: Response) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.ok()? {
        if bytes.len() + piece.len() > BODY_LIMIT {
            return None;
        }
        bytes.extend_from_slice(&piece);
    }
    Some(bytes)
}

/// Sends a request and returns the body of a good answer.
pub(crate) async fn exchange(request: RequestBuilder) -> Result<Vec<u8>, CallError> {
    let lost = |error: reqwest::Error| {
        // The kind alone: an address in an error is of no use here.
        tracing::warn!(timeout = error.is_timeout(), connect = error.is_connect(), "no answer of the centre");
        if error.is_connect() { CallError::Away } else { CallError::Lost }
    };
    let response = request.send().await.map_err(lost)?;
    let status = response.status();
    let body = body(response).await.ok_or(CallError::Lost)?;
    if status.is_success() {
        return Ok(body);
    }
    let told = serde_json::from_slice::<ProtocolError>(&body).map(refusal);
    let error = told.unwrap_or(match status {
        StatusCode::UNAUTHORIZED => CallError::Unauthenticated,
        StatusCode::FORBIDDEN => CallError::Forbidden,
        StatusCode::NOT_FOUND => CallError::NotFound,
        StatusCode::TOO_MANY_REQUESTS => CallError::Busy,
        status if status.is_server_error() => CallError::Unavailable,
        _ => CallError::Unreadable,
    });
    tracing::info!(%error, "the centre did not do as asked");
    Err(error)
}

/// Returns why the centre did not do as asked, from the body of its answer.
fn refusal(told: ProtocolError) -> CallError {
    match told {
        ProtocolError::Refused { code } => CallError::Refused(code),
        ProtocolError::ClockOff { server_time } => CallError::ClockOff(server_time),
        ProtocolError::Revoked => CallError::OutOfService,
        ProtocolError::Unauthenticated => CallError::Unauthenticated,
        ProtocolError::Forbidden => CallError::Forbidden,
        ProtocolError::NotFound => CallError::NotFound,
        ProtocolError::Busy => CallError::Busy,
        ProtocolError::Unavailable => CallError::Unavailable,
        _ => CallError::Malformed,
    }
}
