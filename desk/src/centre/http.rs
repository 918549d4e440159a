//! HTTP to the centre: one client, TLS with the site's own authority, errors sorted into what can
//! be done about them.

use crate::{error::DeskError, line::OfflineReason};
use reqwest::{
    Certificate, Client, RequestBuilder, Response, StatusCode, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::RETRY_AFTER,
    tls,
};
use rules::wire::ProtocolError;
use serde::de::DeserializeOwned;
use std::{
    error::Error,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use uuid::Uuid;

#[cfg(test)]
mod tests;

/// Longest time to connect.
const CONNECT: Duration = Duration::from_secs(3);
/// Longest time for one call. A push waits for verdicts at the centre for up to 1.5 s.
const CALL: Duration = Duration::from_secs(20);
/// Header with the id of a request.
const REQUEST_ID: &str = "x-request-id";
/// Longest body that is read, bytes: the revocation filter of a city with room to grow. A blob is
/// at most 8 MiB.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// Why a call to the centre failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Nobody answers: why.
    #[error("unreachable: {0:?}")]
    Unreachable(OfflineReason),
    /// It answers and asks for patience.
    #[error("busy")]
    Busy {
        /// What `Retry-After` says, ms.
        retry_after_ms: Option<i64>,
    },
    /// It answers and refuses.
    #[error(transparent)]
    Refused(ProtocolError),
    /// What it answers is not understood here.
    #[error("malformed answer: {0}")]
    Malformed(&'static str),
}

impl From<CallError> for DeskError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Unreachable(why) => Self::CentreUnreachable(why),
            CallError::Busy { .. } => Self::CentreBusy,
            CallError::Refused(ProtocolError::EnrolmentCode) => Self::EnrolmentCode,
            CallError::Refused(ProtocolError::Quarantined) => Self::Quarantined,
            CallError::Refused(ProtocolError::Revoked) => Self::Revoked,
            CallError::Refused(ProtocolError::Fenced { .. }) => Self::Fenced,
            CallError::Refused(ProtocolError::Refused { code }) => Self::Refused(code),
            CallError::Refused(ProtocolError::Unauthenticated) => Self::CentreRefused("unauthenticated"),
            CallError::Refused(ProtocolError::Forbidden) => Self::CentreRefused("forbidden"),
            CallError::Refused(_) => Self::CentreRefused("refused"),
            CallError::Malformed(why) => Self::CentreRefused(why),
        }
    }
}

/// Returns a client for this centre.
///
/// # Errors
/// Returns [`DeskError::CentreAddress`] or [`DeskError::CentreAuthority`] if the address or the
/// certificate authority cannot be used.
pub(super) fn client(url: &str, authority: Option<&str>) -> Result<(Client, Url), DeskError> {
    let base = Url::parse(url).map_err(|_| DeskError::CentreAddress)?;
    // The provider is chosen once per process; a second choice of the same one changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .connect_timeout(CONNECT)
        .timeout(CALL)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .dns_resolver(Arc::new(SystemNames))
        .user_agent(concat!("suishen-counter/", env!("CARGO_PKG_VERSION")));
    match (base.scheme(), authority) {
        ("https", Some(pem)) => {
            let authority = Certificate::from_pem_bundle(pem.as_bytes());
            let authority = authority.map_err(|_| DeskError::CentreAuthority)?;
            // Only the site's own authority counts, not whatever the machine trusts.
            builder =
                builder.https_only(true).tls_certs_only(authority).tls_version_min(tls::Version::TLS_1_3);
        }
        ("https", None) => return Err(DeskError::CentreAuthority),
        // Without TLS only to this machine: the site's TLCP gateway, or the practice centre.
        ("http", _) if is_loopback(&base) => {}
        _ => return Err(DeskError::CentreAddress),
    }
    let client = builder.build().map_err(|_| DeskError::CentreAuthority)?;
    Ok((client, base))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Sends and sorts the outcome: a response with a good status, or why not. Each request has an id,
/// under which the logs of desk and centre name the same refusal.
pub(super) async fn send(request: RequestBuilder) -> Result<Response, CallError> {
    let id = Uuid::new_v4();
    let outcome = exchange(request.header(REQUEST_ID, id.to_string())).await;
    match &outcome {
        // The line says that once, when it breaks.
        Ok(_) | Err(CallError::Unreachable(_)) => {}
        Err(error) => tracing::info!(request = %id, ?error, "the centre did not do as asked"),
    }
    outcome
}

async fn exchange(request: RequestBuilder) -> Result<Response, CallError> {
    let response = request.send().await.map_err(|error| network(&error))?;
    let status = response.status();
    if status.is_success()
        || status == StatusCode::NOT_MODIFIED
        || status == StatusCode::RANGE_NOT_SATISFIABLE
    {
        return Ok(response);
    }
    Err(refusal(status, response).await)
}

fn network(error: &reqwest::Error) -> CallError {
    let reason = reason_of(error);
    // The address may name a blob, and is left out.
    let cause = causes(error).last();
    tracing::debug!(?reason, cause = cause.map(tracing::field::display), "no answer of the centre");
    CallError::Unreachable(reason)
}

fn reason_of(error: &reqwest::Error) -> OfflineReason {
    if error.is_timeout() {
        return OfflineReason::Timeout;
    }
    let found = |cause: &(dyn Error + 'static)| {
        if cause.is::<UnknownName>() {
            return Some(OfflineReason::NameUnknown);
        }
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return Some(tls_reason(tls));
        }
        let refused = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        (refused == Some(io::ErrorKind::ConnectionRefused)).then_some(OfflineReason::Refused)
    };
    causes(error).find_map(found).unwrap_or(OfflineReason::Connection)
}

/// Returns the word for what TLS found wrong with the centre.
const fn tls_reason(error: &rustls::Error) -> OfflineReason {
    use rustls::CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet, NotValidYetContext,
    };
    match error {
        rustls::Error::InvalidCertificate(wrong) => match wrong {
            Expired | ExpiredContext { .. } => OfflineReason::CertificateExpired,
            NotValidYet | NotValidYetContext { .. } => OfflineReason::CertificateNotYetValid,
            NotValidForName | NotValidForNameContext { .. } => OfflineReason::CertificateOtherName,
            // Of another authority, of none, or none that may speak for a server.
            _ => OfflineReason::CertificateForeign,
        },
        // What arrived is not TLS at all.
        rustls::Error::InvalidMessage(_) => OfflineReason::PlainHttp,
        _ => OfflineReason::Connection,
    }
}

/// Returns an error and everything it comes from, however deep. An I/O error is not the source of
/// what it carries: it shows it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause: &&'a (dyn Error + 'static)| {
        let carried = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match carried {
            Some(carried) => Some(carried as &(dyn Error + 'static)),
            None => cause.source(),
        }
    })
}

/// The system's names, with an error of its own for one that no service knows.
struct SystemNames;

#[derive(Debug, thiserror::Error)]
#[error("no name service knows the host: {0}")]
struct UnknownName(io::Error);

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let addresses: Vec<SocketAddr> = found.map_err(UnknownName)?.collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

async fn refusal(status: StatusCode, response: Response) -> CallError {
    let retry_after_ms = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<u32>().ok())
        .map(|seconds| i64::from(seconds) * 1000);
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        return CallError::Busy { retry_after_ms };
    }
    let told: Result<ProtocolError, _> = json(response).await;
    match (told, status) {
        (Ok(ProtocolError::Busy | ProtocolError::Unavailable), _) => CallError::Busy { retry_after_ms },
        (Ok(error), _) => CallError::Refused(error),
        (Err(_), status) if status.is_server_error() => CallError::Busy { retry_after_ms },
        (Err(_), StatusCode::UNAUTHORIZED) => CallError::Refused(ProtocolError::Unauthenticated),
        (Err(_), StatusCode::FORBIDDEN) => CallError::Refused(ProtocolError::Forbidden),
        (Err(_), StatusCode::NOT_FOUND) => CallError::Refused(ProtocolError::NotFound),
        (Err(_), StatusCode::PAYLOAD_TOO_LARGE) => CallError::Refused(ProtocolError::TooLarge),
        (Err(_), _) => CallError::Refused(ProtocolError::Malformed),
    }
}

/// Reads the body, up to a limit.
pub(super) async fn body(mut response: Response) -> Result<Vec<u8>, CallError> {
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| network(&error))? {
        if bytes.len() + piece.len() > BODY_LIMIT {
            return Err(CallError::Malformed("too long"));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// Reads the body as a value.
pub(super) async fn json<T: DeserializeOwned>(response: Response) -> Result<T, CallError> {
    serde_json::from_slice(&body(response).await?).map_err(|_| CallError::Malformed("not understood"))
}
