//! The server takes a new TLS certificate up while it runs.

use crate::common::client::Centre;
use rcgen::{CertificateParams, KeyPair};
use reqwest::{Certificate, Client, tls};
use std::{path::Path, process::Command, time::Duration};

const PATIENCE: Duration = Duration::from_secs(30);

/// Writes a new certificate and its key, and returns a client that trusts it alone.
fn exchange(certificate: &Path, key: &Path) -> Client {
    let pair = KeyPair::generate().unwrap();
    let made = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().self_signed(&pair).unwrap();
    std::fs::write(certificate, made.pem()).unwrap();
    std::fs::write(key, pair.serialize_pem()).unwrap();
    let trusted = Certificate::from_pem(made.pem().as_bytes()).unwrap();
    let builder = Client::builder().no_proxy().tls_certs_only([trusted]).pool_max_idle_per_host(0);
    builder.tls_version_min(tls::Version::TLS_1_3).build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_served_without_a_restart() {
    let centre = Centre::start("central-certificate").await;
    let [certificate, key] = ["server.crt", "server.key"].map(|name| centre.folder.path().join(name));
    let first = exchange(&certificate, &key);
    let (certificate_text, key_text) = (certificate.display().to_string(), key.display().to_string());
    let variables = [
        ("SUISHEN_CENTRAL_TLS__CERTIFICATE", certificate_text.as_str()),
        ("SUISHEN_CENTRAL_TLS__KEY", key_text.as_str()),
    ];
    let secure = centre.central.another("central-secure", &centre.folder, &variables).await.unwrap();
    let url = format!("{}/healthz", secure.url());
    let answers = async |client: &Client| client.get(&url).send().await.is_ok();
    assert!(answers(&first).await);

    // Half exchanged: what cannot be used is left, and the old one goes on.
    let hang_up = || {
        let pid = secure.pid().unwrap().to_string();
        assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
    };
    std::fs::write(&key, "not a key").unwrap();
    hang_up();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(answers(&first).await);

    let second = exchange(&certificate, &key);
    hang_up();
    tokio::time::timeout(PATIENCE, async {
        while !answers(&second).await {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await
    .unwrap();
    assert!(!answers(&first).await);
    // Seen by itself, too.
    let third = exchange(&certificate, &key);
    tokio::time::timeout(PATIENCE, async {
        while !answers(&third).await {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    })
    .await
    .unwrap();
}
