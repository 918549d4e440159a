//! S8: TLS 1.3 with the site's own authority, from the enrolment on.

use outage::{
    books::agree,
    centre::Centre,
    window::{Window, senior},
};
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use std::path::{Path, PathBuf};

/// Creates an authority and a certificate for 127.0.0.1. Returns the files of authority,
/// certificate and key.
fn authority(folder: &Path, name: &str) -> [PathBuf; 3] {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &issuer).unwrap();
    let paths = ["ca", "crt", "key"].map(|end| folder.join(format!("{name}.{end}.pem")));
    std::fs::write(&paths[0], issuer.pem()).unwrap();
    std::fs::write(&paths[1], certificate.pem()).unwrap();
    std::fs::write(&paths[2], key.serialize_pem()).unwrap();
    paths
}

#[tokio::test(flavor = "multi_thread")]
async fn s8_only_the_sites_own_authority_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let [ca, certificate, key] = authority(folder.path(), "site");
    let [other_ca, ..] = authority(folder.path(), "other");
    let (certificate, key) = (certificate.display().to_string(), key.display().to_string());
    let variables = [
        ("SUISHEN_CENTRAL_TLS__CERTIFICATE", certificate.as_str()),
        ("SUISHEN_CENTRAL_TLS__KEY", key.as_str()),
    ];
    let centre = Centre::start("outage-tls").await.unwrap();
    let secure = centre.central.another("central-tls", &centre.folder, &variables).await.unwrap();
    let mut window = Window::enrol_over_tls(&centre, 1, &secure.url(), &ca).await.unwrap();
    window.online();
    window.serve(&senior(1).unwrap()).await.unwrap();
    window.drained().await.unwrap();
    assert_eq!(agree(&centre, &window).await.unwrap().len(), 2);

    // Another authority is not trusted, and plain HTTP is not understood.
    assert!(Window::enrol_over_tls(&centre, 2, &secure.url(), &other_ca).await.is_err());
    let plain = secure.url().replace("https://", "http://");
    assert!(Window::enrol(&centre, 2, &plain).await.is_err());
}
