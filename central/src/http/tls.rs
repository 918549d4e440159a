//! The server's TLS certificate: read, read again when its files change, and watched for its end.

use crate::{clock, config::Tls};
use anyhow::Context as _;
use axum_server::tls_rustls::RustlsConfig;
use picky_asn1_x509::{Certificate, validity::Time};
use rules::At;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    version::TLS13,
};
use std::{path::Path, sync::Arc, time::Duration, time::SystemTime};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

/// Interval of looking at the files.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// Time before the certificate's end from which the log warns, in milliseconds: 30 days.
const ENDS_SOON_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// Looks between two warnings: one day.
const WARN_EVERY: u32 = 24 * 60 * 6;

/// S8: configures TLS 1.3 only.
pub fn config(files: &Tls) -> anyhow::Result<Arc<ServerConfig>> {
    let chain = CertificateDer::pem_file_iter(&files.certificate)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(&files.key)?;
    let provider = Arc::new(ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Takes up a changed certificate without a restart: when the files change, and on SIGHUP. A
/// certificate that cannot be used is logged, and the one before goes on.
pub(super) async fn watch(files: Tls, served: RustlsConfig, ends: CancellationToken) {
    let mut hangup = match signal(SignalKind::hangup()) {
        Ok(hangup) => hangup,
        Err(error) => return tracing::error!(%error, "the TLS certificate is not watched"),
    };
    let mut tick = interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut seen, mut looks) = (state(&files), 0);
    loop {
        let told = async {
            tokio::select! {
                _ = tick.tick() => false,
                _ = hangup.recv() => true,
            }
        };
        let Some(is_told) = ends.run_until_cancelled(told).await else { return };
        let now = state(&files);
        if is_told || now != seen {
            match config(&files) {
                Ok(config) => {
                    served.reload_from_config(config);
                    (seen, looks) = (now, 0);
                    tracing::info!("the TLS certificate was read again");
                }
                // Certificate and key may be half exchanged: the next look tries again.
                Err(error) => {
                    tracing::error!(%error, "the new TLS certificate cannot be used; the old one goes on")
                }
            }
        }
        if looks % WARN_EVERY == 0 {
            warn(&files.certificate);
        }
        looks += 1;
    }
}

/// When both files were changed last.
fn state(files: &Tls) -> [Option<SystemTime>; 2] {
    [&files.certificate, &files.key].map(|file| std::fs::metadata(file).and_then(|is| is.modified()).ok())
}

fn warn(certificate: &Path) {
    match ends_at(certificate) {
        Ok(end) => {
            #[expect(clippy::cast_precision_loss, reason = "a gauge of seconds")]
            metrics::gauge!("central_tls_certificate_end_seconds").set((end.0 / 1000) as f64);
            if end < clock::now().plus_ms(ENDS_SOON_MS) {
                tracing::warn!(end = %end.day(), "the TLS certificate ends soon");
            }
        }
        Err(error) => tracing::warn!(%error, "the end of the TLS certificate cannot be read"),
    }
}

/// Returns the last instant of the first certificate in a file.
fn ends_at(certificate: &Path) -> anyhow::Result<At> {
    let der = CertificateDer::from_pem_file(certificate)?;
    let read: Certificate = picky_asn1_der::from_bytes(&der).map_err(|error| anyhow::anyhow!("{error}"))?;
    let (year, month, day, hour, minute, second) = match &read.tbs_certificate.validity.not_after {
        Time::Utc(at) => (at.year(), at.month(), at.day(), at.hour(), at.minute(), at.second()),
        Time::Generalized(at) => (at.year(), at.month(), at.day(), at.hour(), at.minute(), at.second()),
    };
    let part = i8::try_from;
    let civil = jiff::civil::DateTime::new(
        i16::try_from(year)?,
        part(month)?,
        part(day)?,
        part(hour)?,
        part(minute)?,
        part(second)?,
        0,
    )?;
    let at = jiff::tz::Offset::UTC.to_timestamp(civil).context("date")?;
    Ok(At(at.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_certificate_is_read_from_its_file() -> Result<(), Box<dyn std::error::Error>> {
        let mut params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()])?;
        params.not_after = rcgen::date_time_ymd(2031, 5, 6);
        let certificate = params.self_signed(&rcgen::KeyPair::generate()?)?;
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("certificate.pem");
        std::fs::write(&file, certificate.pem())?;
        assert_eq!(ends_at(&file)?.civil().to_string(), "2031-05-06T08:00:00");
        Ok(())
    }
}
