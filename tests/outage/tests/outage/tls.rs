//! S8: TLS 1.3 with the site's own authority, from the enrolment on.

use desk::sync::{Line, OfflineReason};
use outage::{
    books::agree,
    centre::Centre,
    window::{Window, senior},
};
use rcgen::{CertificateParams, CertifiedIssuer, DnType, KeyPair, date_time_ymd};
use rig::central::Central;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(120);

/// An authority and the key of a centre.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    key: KeyPair,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        // Two authorities of one name would be taken for one another.
        params.distinguished_name.push(DnType::CommonName, name);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { issuer, key: KeyPair::generate().unwrap() }
    }

    /// Certifies the centre's key for a host and these years.
    fn certifies(&self, host: &str, (first, last): (i32, i32)) -> String {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.not_before = date_time_ymd(first, 1, 1);
        params.not_after = date_time_ymd(last, 12, 31);
        params.signed_by(&self.key, &self.issuer).unwrap().pem()
    }
}

/// Creates an authority and a certificate for 127.0.0.1. Returns the files of authority,
/// certificate and key.
fn authority(folder: &Path, name: &str) -> [PathBuf; 3] {
    let authority = Authority::new(name);
    let paths = ["ca", "crt", "key"].map(|end| folder.join(format!("{name}.{end}.pem")));
    std::fs::write(&paths[0], authority.issuer.pem()).unwrap();
    std::fs::write(&paths[1], authority.certifies("127.0.0.1", (2020, 2999))).unwrap();
    std::fs::write(&paths[2], authority.key.serialize_pem()).unwrap();
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

/// Waits until the metric counts so many answers.
async fn answered(central: &Central, route: &str, times: u64) {
    let line = format!("central_requests_total{{route=\"{route}\"");
    tokio::time::timeout(PATIENCE, async {
        loop {
            let metrics = central.metrics().await.unwrap();
            let counts = metrics.lines().filter(|one| one.starts_with(&line));
            let sum: u64 = counts.map(|one| one.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum();
            if sum >= times {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn b4_a_new_authority_reaches_a_desk_without_a_visit() {
    let folder = tempfile::tempdir().unwrap();
    let [old_ca, old_certificate, old_key] = authority(folder.path(), "old");
    let [new_ca, new_certificate, new_key] = authority(folder.path(), "new");
    let at = |name: &str| folder.path().join(name);
    let (certificate, key, bundle) = (at("server.crt"), at("server.key"), at("bundle.pem"));
    std::fs::copy(&old_certificate, &certificate).unwrap();
    std::fs::copy(&old_key, &key).unwrap();
    let both = [&old_ca, &new_ca].map(|file| std::fs::read_to_string(file).unwrap()).concat();
    std::fs::write(&bundle, both).unwrap();
    let texts = [&certificate, &key, &bundle].map(|file| file.display().to_string());
    let variables = [
        ("SUISHEN_CENTRAL_TLS__CERTIFICATE", texts[0].as_str()),
        ("SUISHEN_CENTRAL_TLS__KEY", texts[1].as_str()),
        ("SUISHEN_CENTRAL_CA_BUNDLE", texts[2].as_str()),
    ];
    // Both processes publish, and must say the same.
    let centre = Centre::start_with("outage-authority", &variables[2..]).await.unwrap();
    let mut secure = centre.central.another("central-authority", &centre.folder, &variables).await.unwrap();
    let mut window = Window::enrol_over_tls(&centre, 1, &secure.url(), &old_ca).await.unwrap();
    window.online();
    window.serve(&senior(1).unwrap()).await.unwrap();
    window.drained().await.unwrap();
    // Once for the list, and once by the new authorities, to see whether they fit.
    answered(&secure, "/v1/trust-anchors", 2).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    window.offline().await;

    // The server changes over to the new authority, and the old one is withdrawn.
    std::fs::copy(&new_certificate, &certificate).unwrap();
    std::fs::copy(&new_key, &key).unwrap();
    secure.stop();
    secure.start_again(&centre.folder).await.unwrap();
    window.restart().await.unwrap();
    window.online();
    window.serve(&senior(2).unwrap()).await.unwrap();
    window.drained().await.unwrap();
    assert_eq!(agree(&centre, &window).await.unwrap().len(), 4);
}

/// The centre's own server with each certificate that may go wrong, and its port while it is
/// stopped.
#[tokio::test(flavor = "multi_thread")]
async fn s8_a_window_in_service_says_what_is_wrong_with_the_line_and_works_again_when_it_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let (site, other) = (Authority::new("site"), Authority::new("other"));
    let at = |name: &str| folder.path().join(name);
    let files = [at("ca.pem"), at("server.crt"), at("server.key")];
    std::fs::write(&files[0], site.issuer.pem()).unwrap();
    std::fs::write(&files[2], site.key.serialize_pem()).unwrap();
    let set = |certificate: String| std::fs::write(&files[1], certificate).unwrap();
    let good = || site.certifies("127.0.0.1", (2020, 2999));
    set(good());
    let texts = [&files[1], &files[2]].map(|file| file.display().to_string());
    let variables = [
        ("SUISHEN_CENTRAL_TLS__CERTIFICATE", texts[0].as_str()),
        ("SUISHEN_CENTRAL_TLS__KEY", texts[1].as_str()),
    ];
    let centre = Centre::start("outage-line-words").await.unwrap();
    let mut secure = centre.central.another("central-words", &centre.folder, &variables).await.unwrap();
    let mut window = Window::enrol_over_tls(&centre, 1, &secure.url(), &files[0]).await.unwrap();
    window.online();
    let line_is = async |wanted: Line| {
        let is = async || {
            window.desk.sync().now();
            tokio::time::sleep(Duration::from_millis(50)).await;
            (window.desk.sync().status().line == wanted).then_some(())
        };
        rig::process::until(&format!("{wanted:?}"), PATIENCE, is).await.unwrap();
    };
    line_is(Line::Online).await;
    for (certificate, reason) in [
        (site.certifies("127.0.0.1", (2020, 2021)), OfflineReason::CertificateExpired),
        (site.certifies("127.0.0.1", (2998, 2999)), OfflineReason::CertificateNotYetValid),
        (site.certifies("elsewhere.invalid", (2020, 2999)), OfflineReason::CertificateOtherName),
    ] {
        set(certificate);
        secure.start_again(&centre.folder).await.unwrap();
        line_is(Line::Offline { reason }).await;
    }
    std::fs::write(&files[2], other.key.serialize_pem()).unwrap();
    set(other.certifies("127.0.0.1", (2020, 2999)));
    secure.start_again(&centre.folder).await.unwrap();
    line_is(Line::Offline { reason: OfflineReason::CertificateForeign }).await;
    secure.stop();
    line_is(Line::Offline { reason: OfflineReason::Refused }).await;
    std::fs::write(&files[2], site.key.serialize_pem()).unwrap();
    set(good());
    secure.start_again(&centre.folder).await.unwrap();
    line_is(Line::Online).await;
    window.serve(&senior(1).unwrap()).await.unwrap();
    window.drained().await.unwrap();
}
