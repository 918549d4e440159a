//! Exchanges one IPP request and reply over HTTP or HTTPS.
//!
//! Anything may answer at a printer's address. The parser of the `ipp` crate trusts the inner
//! lengths of values with a language, and nests collections without limit. A reply is therefore
//! checked before it is parsed.

use std::io::{Cursor, Read as _};
use std::sync::Arc;
use std::time::Duration;

use ipp::parser::IppParser;
use ipp::prelude::{IppRequestResponse, Uri};
use ipp::reader::IppReader;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};
use ureq::{Agent, Timeout};

use super::PrinterError;
use super::request::Request;

const CONNECT_LIMIT: Duration = Duration::from_secs(3);
/// Largest reply, in bytes. All attributes of a large printer take about 30 kB.
const REPLY_LIMIT_BYTES: u64 = 1 << 20;
/// Largest nesting of collections; the deepest known is three.
const DEPTH_LIMIT: usize = 8;
const HEADER_LENGTH: usize = 8;

const END_OF_ATTRIBUTES: u8 = 0x03;
const GROUPS: std::ops::RangeInclusive<u8> = 0x01..=0x0A;
const BEGIN_COLLECTION: u8 = 0x34;
const END_COLLECTION: u8 = 0x37;
const TEXT_WITH_LANGUAGE: u8 = 0x35;
const NAME_WITH_LANGUAGE: u8 = 0x36;

/// Who must have signed the certificate of an encrypted printer: these, or whom the system trusts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Authority(Option<Arc<[Vec<u8>]>>);

impl Authority {
    /// Reads the certificates of a PEM file.
    pub(crate) fn of(pem: &[u8]) -> Result<Self, PrinterError> {
        let certificates: Arc<[Vec<u8>]> = parse_pem(pem)
            .filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate.der().to_vec()),
                _ => None,
            })
            .collect();
        if certificates.is_empty() { Err(PrinterError::BadAuthority) } else { Ok(Self(Some(certificates))) }
    }

    fn roots(&self) -> RootCerts {
        match &self.0 {
            None => RootCerts::PlatformVerifier,
            Some(certificates) => {
                let certificates = certificates.iter().map(|der| Certificate::from_der(der).to_owned());
                RootCerts::new_with_certs(&certificates.collect::<Vec<_>>())
            }
        }
    }
}

/// Sends a request from a blocking thread. A refusal becomes an error.
pub(crate) async fn send(
    uri: &Uri,
    authority: Authority,
    request: Request,
    limit: Duration,
) -> Result<IppRequestResponse, PrinterError> {
    let url = http_address(uri)?;
    let sent = tokio::task::spawn_blocking(move || exchange(&url, &authority, request, limit)).await;
    decode(&sent.map_err(|_| PrinterError::Protocol)??)
}

/// Returns the HTTP address: `ipp` is HTTP on port 631, `ipps` HTTPS on the same.
fn http_address(uri: &Uri) -> Result<String, PrinterError> {
    const IPP_PORT: u16 = 631;
    let authority = uri.authority().ok_or(PrinterError::BadAddress)?;
    let (scheme, own_port) = match uri.scheme_str() {
        Some("ipp") => ("http", true),
        Some("ipps") => ("https", true),
        Some("https") => ("https", false),
        _ => ("http", false),
    };
    let port = if own_port && uri.port_u16().is_none() { format!(":{IPP_PORT}") } else { String::new() };
    Ok(format!("{scheme}://{authority}{port}{}", uri.path()))
}

fn exchange(
    url: &str,
    authority: &Authority,
    request: Request,
    limit: Duration,
) -> Result<Vec<u8>, PrinterError> {
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(authority.roots())
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let agent = Agent::new_with_config(
        Agent::config_builder()
            .tls_config(tls.build())
            .timeout_connect(Some(CONNECT_LIMIT))
            .timeout_global(Some(limit))
            // A printer is at this desk or in this building, whatever proxy the
            // site uses otherwise.
            .proxy(None)
            .max_redirects(0)
            .build(),
    );
    let mut body = Vec::new();
    request.into_inner().into_read().read_to_end(&mut body).map_err(|_| PrinterError::Protocol)?;
    let mut response = agent
        .post(url)
        .header("content-type", "application/ipp")
        .send(&body[..])
        .map_err(|error| http_error(&error))?;
    response
        .body_mut()
        .with_config()
        .limit(REPLY_LIMIT_BYTES)
        .read_to_vec()
        .map_err(|error| http_error(&error))
}

fn http_error(error: &ureq::Error) -> PrinterError {
    match error {
        ureq::Error::StatusCode(404) => PrinterError::NotFound,
        ureq::Error::StatusCode(401 | 403) => PrinterError::NotAuthorised,
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => PrinterError::Unreachable,
        ureq::Error::Timeout(_) => PrinterError::TimedOut,
        error if refuses_certificate(error) => PrinterError::CertificateRefused,
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => PrinterError::TimedOut,
        ureq::Error::Io(_) | ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => {
            PrinterError::Unreachable
        }
        _ => PrinterError::Protocol,
    }
}

/// Returns whether the handshake failed for the printer's certificate.
fn refuses_certificate(error: &ureq::Error) -> bool {
    let of_tls = match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => error.get_ref().and_then(|carried| carried.downcast_ref()),
        _ => None,
    };
    matches!(of_tls, Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented))
}

/// Parses any reply. A refusal becomes an error.
pub(crate) fn decode(reply: &[u8]) -> Result<IppRequestResponse, PrinterError> {
    if !is_well_formed(reply) {
        return Err(PrinterError::Protocol);
    }
    let response = IppParser::new(IppReader::new(Cursor::new(reply.to_vec())))
        .parse()
        .map_err(|_| PrinterError::Protocol)?;
    match response.header().status_code() {
        status if status.is_success() => Ok(response),
        status => Err(PrinterError::from_status(status)),
    }
}

/// Returns whether the attributes end properly and no value exceeds its bounds.
fn is_well_formed(reply: &[u8]) -> bool {
    let Some(mut rest) = reply.get(HEADER_LENGTH..) else { return false };
    let mut depth = 0_usize;
    while let Some((tag, after)) = rest.split_first() {
        rest = after;
        if *tag == END_OF_ATTRIBUTES {
            return true;
        }
        if GROUPS.contains(tag) {
            continue;
        }
        let Some(value) = counted(&mut rest).and_then(|_name| counted(&mut rest)) else { return false };
        match *tag {
            BEGIN_COLLECTION => depth += 1,
            END_COLLECTION => depth = depth.saturating_sub(1),
            TEXT_WITH_LANGUAGE | NAME_WITH_LANGUAGE if !has_language(value) => return false,
            _ => {}
        }
        if depth > DEPTH_LIMIT {
            return false;
        }
    }
    false
}

fn has_language(value: &[u8]) -> bool {
    let mut rest = value;
    counted(&mut rest).and_then(|_language| counted(&mut rest)).is_some()
}

/// Takes a two-byte length and as many bytes.
fn counted<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<2>()?;
    let (content, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    *rest = after;
    Some(content)
}
