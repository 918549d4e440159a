//! HTTP to the centre: one client, TLS with the site's own authority only.

use super::refusal;
use crate::config::CentreConfig;
use anyhow::{Context as _, bail};
use reqwest::{Certificate, Client, RequestBuilder, StatusCode, Url, tls};
use rules::{
    At, Refusal,
    wire::{ChannelEnrolRequest, ChannelEnrolResponse, ProtocolError},
};
use std::{net::IpAddr, path::Path, time::Duration};

const CONNECT: Duration = Duration::from_secs(3);
/// Longest time for one call: somebody stands before the screen.
const CALL: Duration = Duration::from_secs(15);
/// Longest answer that is read, bytes: a sheet or a photo.
const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// Why a call to the centre failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallError {
    /// Nothing reached it.
    #[error("not reached")]
    Away,
    /// It was asked, and its answer did not come.
    #[error("the answer was lost")]
    Lost,
    #[error("busy")]
    Busy,
    /// It does not take this kiosk any more.
    #[error("this kiosk is out of service")]
    OutOfService,
    /// Session or log-in token are none, or have ended.
    #[error("not authenticated")]
    Unauthenticated,
    #[error("not permitted")]
    Forbidden,
    #[error("not found")]
    NotFound,
    #[error("refused: {}", .0.code())]
    Refused(Refusal),
    /// This machine's clock is off; the centre's is here.
    #[error("the clock is off")]
    ClockOff(At),
    #[error("not understood")]
    Malformed,
}

pub(super) fn client(folder: &Path, config: &CentreConfig) -> anyhow::Result<(Client, Url)> {
    let base = Url::parse(&config.url).context("the centre's address")?;
    // The provider is chosen once per process; a second choice of the same one changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .connect_timeout(CONNECT)
        .timeout(CALL)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("suishen-kiosk/", env!("CARGO_PKG_VERSION")));
    match base.scheme() {
        "https" => {
            let pem = std::fs::read(folder.join("ca.pem")).context("ca.pem, the authority of the centre")?;
            let authority = Certificate::from_pem_bundle(&pem).context("ca.pem")?;
            builder =
                builder.https_only(true).tls_certs_only(authority).tls_version_min(tls::Version::TLS_1_3);
        }
        "http" if is_loopback(&base) => {}
        _ => bail!("the centre's address begins with https://"),
    }
    Ok((builder.build()?, base))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

pub(super) fn path(base: &Url, path: &str) -> Result<Url, CallError> {
    base.join(path).map_err(|_| CallError::Malformed)
}

/// Enrols a kiosk, the one call without a token.
pub(crate) async fn enrol(
    folder: &Path,
    config: &CentreConfig,
    request: &ChannelEnrolRequest,
) -> anyhow::Result<ChannelEnrolResponse> {
    let (client, base) = client(folder, config)?;
    let url = path(&base, "/v1/channels/kiosk/enrol")?;
    let answer = exchange(client.post(url).json(request)).await?;
    Ok(serde_json::from_slice(&answer)?)
}

/// Sends a request and returns the body of a good answer.
pub(super) async fn exchange(request: RequestBuilder) -> Result<Vec<u8>, CallError> {
    let lost = |error: reqwest::Error| {
        if error.is_connect() { CallError::Away } else { CallError::Lost }
    };
    let mut response = request.send().await.map_err(lost)?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|_| CallError::Lost)? {
        if body.len() + piece.len() > BODY_LIMIT {
            return Err(CallError::Malformed);
        }
        body.extend_from_slice(&piece);
    }
    if status.is_success() {
        return Ok(body);
    }
    let told = serde_json::from_slice::<ProtocolError>(&body).map(refusal);
    let error = told.unwrap_or(match status {
        StatusCode::UNAUTHORIZED => CallError::Unauthenticated,
        StatusCode::FORBIDDEN => CallError::Forbidden,
        StatusCode::NOT_FOUND => CallError::NotFound,
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => CallError::Busy,
        _ => CallError::Malformed,
    });
    tracing::info!(%error, "the centre did not do as asked");
    Err(error)
}
