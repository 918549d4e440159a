//! Connections that say nothing, from one address: the centre answers the others.

use crate::common::client::Centre;
use rcgen::{CertificateParams, KeyPair};
use reqwest::{Client, StatusCode};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::net::{TcpSocket, TcpStream};

/// Open files of the centre.
const OPEN_FILES: u32 = 1_024;
/// Silent connections a second.
const EACH_SECOND: u32 = 200;
/// Seconds of the attack, and the variable for a longer one.
const SECONDS: u64 = 6;
const LONGER: &str = "SILENT_CONNECTIONS_SECONDS";

/// Connects from an address of its own and says nothing.
async fn silent(to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from(([127, 0, 0, 2], 0)))?;
    socket.connect(to).await
}

/// Holds silent connections, each for half a minute.
async fn attack(to: SocketAddr, until: Instant) -> usize {
    let mut held: Vec<(Instant, TcpStream)> = Vec::new();
    let mut made = 0;
    let mut tick = tokio::time::interval(Duration::from_secs(1) / EACH_SECOND);
    while Instant::now() < until {
        tick.tick().await;
        if let Ok(Ok(connection)) = tokio::time::timeout(Duration::from_secs(1), silent(to)).await {
            held.push((Instant::now(), connection));
            made += 1;
        }
        held.retain(|(since, _)| since.elapsed() < Duration::from_secs(30));
    }
    made
}

/// Lets this test hold as many connections as it opens.
fn raise_own_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn s8_silent_connections_from_one_address_leave_the_centre_answering_others() {
    raise_own_limit();
    let mut centre = Centre::start("central-silent").await;
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    let file = |name: &str, text: String| {
        let path = centre.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (certificate, key) = (file("tls.pem", certificate.pem()), file("tls.key", key.serialize_pem()));
    centre.central.limit_open_files(OPEN_FILES);
    let tls = [
        ("SUISHEN_CENTRAL_TLS__CERTIFICATE", certificate.as_str()),
        ("SUISHEN_CENTRAL_TLS__KEY", key.as_str()),
    ];
    let served = centre.central.another("tls", &centre.folder, &tls).await.unwrap();
    let url = served.url();
    let address: SocketAddr = url.trim_start_matches("https://").parse().unwrap();
    let client = || {
        let builder = Client::builder().no_proxy().danger_accept_invalid_certs(true);
        builder.timeout(Duration::from_secs(5)).build().unwrap()
    };
    let seconds = std::env::var(LONGER).ok().and_then(|text| text.parse().ok()).unwrap_or(SECONDS);
    let until = Instant::now() + Duration::from_secs(seconds);
    let attacker = tokio::spawn(attack(address, until));
    let mut answers = 0;
    while Instant::now() < until {
        // Each with a connection of its own, as desks that come back.
        let answer = client().get(format!("{url}/readyz")).send().await.expect("the centre answers");
        assert_eq!(answer.status(), StatusCode::OK, "with its database");
        answers += 1;
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let made = attacker.await.unwrap();
    assert!(made > usize::try_from(OPEN_FILES).unwrap(), "more than the centre has files: {made}");
    assert!(answers > 2, "{answers}");
    let figures = served.metrics().await.unwrap();
    assert!(figures.contains("central_connections_refused_total{reason=\"address\"}"), "{figures}");
    assert!(served.log().unwrap().contains("connection refused"), "and somebody is told");
}
