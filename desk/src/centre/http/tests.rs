//! What a desk makes of a centre whose TLS is not right.

use super::*;
use crate::{centre::Centre, sync::machine::RequestFailure};
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair, date_time_ymd};
use rules::{
    Sensitive,
    keys::{Signer as _, SoftwareKey},
    window::KeyProtection,
    wire::EnrolRequest,
};
use rustls::{
    ServerConfig, ServerConnection, Stream,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
};
use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

/// A centre at an address of this machine, with an authority and a certificate of its own.
struct Tls {
    url: String,
    authority: String,
    /// Everything that was said to it.
    heard: Heard,
}

type Heard = Arc<Mutex<Vec<u8>>>;

impl Tls {
    /// Starts a centre with a certificate of these years.
    fn start(first_year: i32, last_year: i32) -> Self {
        Self::named("127.0.0.1", rustls::DEFAULT_VERSIONS, first_year, last_year)
    }

    /// Starts a centre with a certificate for another host.
    fn of_host(name: &str) -> Self {
        Self::named(name, rustls::DEFAULT_VERSIONS, 2020, 2999)
    }

    /// Starts a centre that speaks only this version of TLS.
    fn speaking(version: &'static rustls::SupportedProtocolVersion) -> Self {
        Self::named("127.0.0.1", &[version], 2020, 2999)
    }

    fn named(
        name: &str,
        versions: &[&'static rustls::SupportedProtocolVersion],
        first_year: i32,
        last_year: i32,
    ) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(first_year, 1, 1);
        params.not_after = date_time_ymd(last_year, 12, 31);
        let certificate = params.signed_by(&key, &issuer).unwrap().der().clone();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let config = server(versions, certificate, &key);
        let heard = Heard::default();
        let ear = Arc::clone(&heard);
        // Ends with the test's process.
        thread::spawn(move || answer(&listener, &config, &ear));
        Self { url, authority: issuer.pem(), heard }
    }

    async fn asked(&self, authority: &str) -> Result<StatusCode, CallError> {
        let (client, base) = client(&self.url, Some(authority)).unwrap();
        send(client.get(base)).await.map(|response| response.status())
    }

    fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard.lock().unwrap()).into_owned()
    }
}

fn enrolment() -> EnrolRequest {
    EnrolRequest {
        code: Sensitive::new("ENROL-ME".to_owned()),
        public_key: SoftwareKey::from_bytes(&[7; 32]).unwrap().public_key(),
        program: String::new(),
        protection: KeyProtection::KeyFile,
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
fn answer(listener: &TcpListener, config: &Arc<ServerConfig>, heard: &Heard) {
    for socket in listener.incoming() {
        let (mut socket, config) = (socket.unwrap(), Arc::clone(config));
        let mut connection = ServerConnection::new(config).unwrap();
        let mut stream = Stream::new(&mut connection, &mut socket);
        let mut said = [0; 4096];
        if let Ok(length) = stream.read(&mut said) {
            heard.lock().unwrap().extend(&said[..length]);
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
    let old = Tls::speaking(&rustls::version::TLS12);
    assert_eq!(old.asked(&old.authority).await, Err(UNREACHABLE));
    let new = Tls::speaking(&rustls::version::TLS13);
    assert_eq!(new.asked(&new.authority).await, Ok(StatusCode::OK));
    // Nor is it told the one-time code of an enrolment.
    for centre in [&old, &new] {
        assert!(Centre::enrol(&centre.url, Some(&centre.authority), &enrolment()).await.is_err());
    }
    assert_eq!(old.heard(), "");
    assert!(new.heard().contains("POST /v1/desks/enrol"), "it would have been heard: {}", new.heard());
}

/// What is found at an address instead of the centre, and the word for it.
fn faults() -> Vec<(String, String, OfflineReason, &'static str)> {
    let good = Tls::start(2020, 2999);
    let (expired, begins) = (Tls::start(2020, 2021), Tls::start(2998, 2999));
    let elsewhere = Tls::of_host("elsewhere.invalid");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = format!("https://{}", closed.local_addr().unwrap());
    drop(closed);
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let unencrypted = format!("https://{}", plain.local_addr().unwrap());
    thread::spawn(move || {
        for socket in plain.incoming() {
            let _ = socket.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        }
    });
    // It takes the connection and never says a word; it is never closed.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mute = format!("https://{}", silent.local_addr().unwrap());
    std::mem::forget(silent);
    let authority = good.authority;
    vec![
        (gone, authority.clone(), OfflineReason::Refused, "centre_connection_refused"),
        (mute, authority.clone(), OfflineReason::Timeout, "centre_timeout"),
        (
            good.url,
            expired.authority.clone(),
            OfflineReason::CertificateForeign,
            "centre_certificate_foreign",
        ),
        (expired.url, expired.authority, OfflineReason::CertificateExpired, "centre_certificate_expired"),
        (
            begins.url,
            begins.authority,
            OfflineReason::CertificateNotYetValid,
            "centre_certificate_not_yet_valid",
        ),
        (unencrypted, authority, OfflineReason::PlainHttp, "centre_plain_http"),
        (
            elsewhere.url,
            elsewhere.authority,
            OfflineReason::CertificateOtherName,
            "centre_certificate_other_name",
        ),
    ]
}

#[tokio::test]
async fn each_fault_of_network_and_certificate_has_its_own_words_in_service_and_at_enrolment() {
    let mut words = std::collections::BTreeSet::new();
    let faults = faults();
    let count = faults.len();
    for (url, authority, reason, code) in faults {
        let (client, base) = client(&url, Some(&authority)).unwrap();
        let error = send(client.get(base)).await.unwrap_err();
        assert_eq!(error, CallError::Unreachable(reason), "{url}");
        assert_eq!(RequestFailure::from(error.clone()), RequestFailure::Unreachable(reason));
        let shown = DeskError::from(error);
        assert_eq!(shown.code(), code);
        for language in [rules::Language::Chinese, rules::Language::English] {
            words.insert(shown.failure().message(language).into_owned());
        }
        let error = Centre::enrol(&url, Some(&authority), &enrolment()).await.unwrap_err();
        assert_eq!(error.code(), code, "{url}");
    }
    assert_eq!(words.len(), 2 * count, "no two faults share their words");
    let all: std::collections::BTreeSet<_> =
        OfflineReason::ALL.map(|reason| DeskError::CentreUnreachable(reason).code()).into();
    assert_eq!(all.len(), count + 2, "these, an unknown host, and `centre_unreachable` for the rest");
}

/// A label has 63 characters at most, so the system's resolver knows at once that nobody has this
/// name. TLS would refuse to ask for it.
#[tokio::test]
async fn a_host_that_no_name_service_knows_has_its_own_words() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let nowhere = format!("http://{}.invalid", "a".repeat(64));
    let client = Client::builder().no_proxy().dns_resolver(Arc::new(SystemNames)).build().unwrap();
    let error = send(client.get(nowhere)).await.unwrap_err();
    assert_eq!(error, CallError::Unreachable(OfflineReason::NameUnknown));
    assert_eq!(DeskError::from(error).code(), "centre_name_unknown");
}
