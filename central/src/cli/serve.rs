//! `serve`: runs the server.

use super::{connect, read_keys, record};
use crate::{
    blobs::Blobs,
    clock,
    config::Config,
    health::Health,
    http::{Centre, server},
    store::{StoreError, postgres::Schema},
};
use anyhow::{Context as _, bail};
use rules::{DeviceNumber, SiteCode, issuing::Purpose, keys::DeskKey};
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Upper bounds of the latency buckets, in seconds; fixed, so that figures of several processes can
/// be added up.
const SECONDS: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0];

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    log()?;
    let keys = read_keys(&config)?;
    keys.check(clock::now())?;
    let store = connect(&config, &keys).await?;
    if let Schema::Behind(missing) = store.schema().await? {
        bail!(
            "the database lacks {missing} migration(s) of this version: run `suishen-central migrate` as the owner of the tables"
        );
    }
    record(&store, "serve", env!("CARGO_PKG_VERSION")).await?;
    for record_of in keys.records() {
        let subject = format!("{} {}", record_of.purpose, record_of.public_key.key_id());
        record(&store, "issuing key", &subject).await?;
    }
    let codes = keys.issuers.get(Purpose::Codes).context("issuing key for codes")?.record.value.clone();
    let own = DeskKey {
        public_key: codes.public_key,
        device: DeviceNumber::CENTRE,
        epoch: 1,
        site: SiteCode::CENTRE,
        class: keys.class,
        not_before: codes.from,
        not_after: codes.to,
        retired_at: None,
        compromised_since: None,
    };
    let certify = |key| keys.sign(key, "certificate");
    match store.put_own_key(own, clock::now(), certify).await {
        Err(StoreError::Conflict) => bail!("the key for codes in this folder was replaced by a newer one"),
        outcome => outcome?,
    }
    if store.announce_policy(&config.policy).await? {
        tracing::info!("policy changed; announced to every site");
    }
    let blobs = Blobs::open(&config.blobs, config.blobs_s3_bucket.as_deref(), &keys.blob).context("blobs")?;
    let health = Health::open(&config.health).context("provider of health state")?;
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new()
        .set_buckets(&SECONDS)
        .and_then(|builder| builder.install_recorder())
        .context("metrics")?;
    crate::http::describe_metrics();
    let centre = Arc::new(Centre::new(config, keys, store, blobs, health, metrics));
    let ends = CancellationToken::new();
    tokio::spawn(end_on_signal(ends.clone()));
    server::serve(centre, ends).await
}

/// Logs JSON lines to standard error, filtered by `RUST_LOG`. Log lines hold no personal data:
/// handlers log references, device and staff numbers, and errors carry no values.
fn log() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    tracing_subscriber::registry()
        .with(filter)
        .with(fmt::layer().json().with_writer(std::io::stderr))
        .try_init()
        .context("log")
}

async fn end_on_signal(ends: CancellationToken) {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("received a stop signal");
    ends.cancel();
}
