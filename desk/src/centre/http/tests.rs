//! What a desk makes of a centre whose TLS is not right.

use super::*;
use crate::sync::machine::RequestFailure;
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig, ServerConnection, Stream,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
};
use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::Arc,
    thread,
};

/// A centre at an address of this machine, with an authority and a certificate of its own.
struct Tls {
    url: String,
    authority: String,
}

impl Tls {
    /// Starts a centre with a certificate of these years.
    fn start(first_year: i32, last_year: i32) -> Self {
        Self::speaking(rustls::DEFAULT_VERSIONS, first_year, last_year)
    }

    /// Starts a centre that speaks only these versions of TLS.
    fn speaking(
        versions: &[&'static rustls::SupportedProtocolVersion],
        first_year: i32,
        last_year: i32,
    ) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.not_before = date_time_ymd(first_year, 1, 1);
        params.not_after = date_time_ymd(last_year, 12, 31);
        let certificate = params.signed_by(&key, &issuer).unwrap().der().clone();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let config = server(versions, certificate, &key);
        // Ends with the test's process.
        thread::spawn(move || answer(&listener, &config));
        Self { url, authority: issuer.pem() }
    }

    async fn asked(&self, authority: &str) -> Result<StatusCode, CallError> {
        let (client, base) = client(&self.url, Some(authority)).unwrap();
        send(client.get(base)).await.map(|response| response.status())
    }
}

fn server(
    versions: &[&'static rustls::SupportedProtocolVersion],
    certificate: CertificateDer<'static>,
    key: &KeyPair,
) -> Arc<ServerConfig> {
    let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let config = ServerConfig::builder_with_protocol_versions(versions).with_no_client_auth();
    Arc::new(config.with_single_cert(vec![certificate], key).unwrap())
}

/// Answers whoever agrees to the certificate.
fn answer(listener: &TcpListener, config: &Arc<ServerConfig>) {
    for socket in listener.incoming() {
        let (mut socket, config) = (socket.unwrap(), Arc::clone(config));
        let mut connection = ServerConnection::new(config).unwrap();
        let mut stream = Stream::new(&mut connection, &mut socket);
        if stream.read(&mut [0; 4096]).is_ok() {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    }
}

const UNREACHABLE: CallError = CallError::Unreachable(OfflineReason::Connection);

#[tokio::test]
async fn a_certificate_of_the_centre_that_has_ended_has_its_own_word() {
    let ended = Tls::start(2020, 2021);
    let error = ended.asked(&ended.authority).await.unwrap_err();
    assert_eq!(error, CallError::Unreachable(OfflineReason::CertificateExpired));
    assert_eq!(
        RequestFailure::from(error.clone()),
        RequestFailure::Unreachable(OfflineReason::CertificateExpired)
    );
    let shown = DeskError::from(error);
    for (language, word) in [(rules::Language::Chinese, "证书已过期"), (rules::Language::English, "expired")]
    {
        assert!(shown.failure().message(language).contains(word), "{shown}");
    }
}

#[tokio::test]
async fn a_certificate_in_force_is_agreed_to() {
    let centre = Tls::start(2020, 2999);
    assert_eq!(centre.asked(&centre.authority).await, Ok(StatusCode::OK));
}

#[tokio::test]
async fn c4_a_centre_that_speaks_only_tls_1_2_is_not_spoken_to() {
    let old = Tls::speaking(&[&rustls::version::TLS12], 2020, 2999);
    assert_eq!(old.asked(&old.authority).await, Err(UNREACHABLE));
    let new = Tls::speaking(&[&rustls::version::TLS13], 2020, 2999);
    assert_eq!(new.asked(&new.authority).await, Ok(StatusCode::OK));
}

#[tokio::test]
async fn other_trouble_with_the_line_is_no_connection() {
    let (centre, other) = (Tls::start(2020, 2999), Tls::start(2020, 2999));
    assert_eq!(centre.asked(&other.authority).await, Err(UNREACHABLE), "of another authority");
    let begins = Tls::start(2998, 2999);
    assert_eq!(begins.asked(&begins.authority).await, Err(UNREACHABLE), "not yet in force");
    // Nobody listens there any more.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = Tls { url: format!("https://{}", listener.local_addr().unwrap()), ..centre };
    drop(listener);
    assert_eq!(gone.asked(&gone.authority).await, Err(UNREACHABLE));
}
