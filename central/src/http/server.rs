//! The listening server and its shutdown.

use super::{Centre, connections::Gate, metrics_router, router, sequencer, standby, tls, worker};
use axum_server::{
    Handle, Server,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use std::{io::Write as _, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpSocket, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// Time that running requests get to finish after a stop signal.
const GRACE: Duration = Duration::from_secs(20);

/// Serves until `ends`, then finishes running requests. Prints `listening on URL` with
/// the actual port.
///
/// # Errors
/// Any failure to publish the lists, read the certificate or bind the address.
pub async fn serve(centre: Arc<Centre>, ends: CancellationToken) -> anyhow::Result<()> {
    worker::publish_all(&centre, worker::Afresh::where_revoked(&centre).await?).await?;
    let mut workers = JoinSet::new();
    for _ in 0..centre.config.apply_workers {
        steadily(&mut workers, &centre, &ends, worker::apply);
    }
    steadily(&mut workers, &centre, &ends, worker::watch_backlog);
    steadily(&mut workers, &centre, &ends, worker::watch_certificates);
    steadily(&mut workers, &centre, &ends, worker::watch_fleet);
    steadily(&mut workers, &centre, &ends, worker::watch_counts);
    steadily(&mut workers, &centre, &ends, worker::publish);
    workers.spawn(sequencer::run(Arc::clone(&centre), ends.clone()));
    if centre.store.has_standbys() {
        workers.spawn(standby::watch(Arc::clone(&centre), ends.clone()));
    }
    if let Some(address) = centre.config.metrics_listen {
        let listener = tokio::net::TcpListener::bind(address).await?;
        let served = axum::serve(listener, metrics_router(Arc::clone(&centre)));
        let until = ends.clone();
        workers.spawn(async move {
            let until = async move { until.cancelled().await };
            if let Err(error) = served.with_graceful_shutdown(until).await {
                tracing::error!(%error, "metrics are no longer served");
            }
        });
    }
    let listener = listen(centre.config.listen)?;
    let address = listener.local_addr()?;
    let handle: Handle<SocketAddr> = Handle::new();
    let stopper = handle.clone();
    let until = ends.clone();
    workers.spawn(async move {
        until.cancelled().await;
        if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Stopping]) {
            tracing::warn!(%error, "the service manager was not told");
        }
        stopper.graceful_shutdown(Some(GRACE));
    });
    let service = router(Arc::clone(&centre)).into_make_service_with_connect_info::<SocketAddr>();
    let gate = Gate::new(&centre.config);
    let patience = Duration::from_secs(centre.config.limits.request_timeout_s);
    let first = patience.min(FIRST_WITHIN);
    if let Some(tls) = &centre.config.tls {
        let config = RustlsConfig::from_config(tls::config(tls)?);
        workers.spawn(tls::watch(tls.clone(), config.clone(), ends.clone()));
        let acceptor = RustlsAcceptor::new(config).handshake_timeout(first).acceptor(gate);
        announce("https", address)?;
        let server = axum_server::from_tcp(listener)?.acceptor(acceptor);
        impatient(server, first, patience).handle(handle).serve(service).await?;
    } else {
        announce("http", address)?;
        let server = axum_server::from_tcp(listener)?.acceptor(gate);
        impatient(server, first, patience).handle(handle).serve(service).await?;
    }
    ends.cancel();
    while workers.join_next().await.is_some() {}
    Ok(())
}

/// Runs a worker until the process ends. It begins again when the database has another primary.
fn steadily<F: Future<Output = ()> + Send + 'static>(
    workers: &mut JoinSet<()>,
    centre: &Arc<Centre>,
    ends: &CancellationToken,
    worker: fn(Arc<Centre>, CancellationToken) -> F,
) {
    let (centre, ends) = (Arc::clone(centre), ends.clone());
    workers.spawn(async move {
        while centre.store.steady(worker(Arc::clone(&centre), ends.clone())).await.is_err() {}
    });
}

/// Silence on an HTTP/2 connection after which a ping checks that the peer is alive.
const QUIET: Duration = Duration::from_secs(60);

/// S8: time for the TLS handshake, and again for the first request.
const FIRST_WITHIN: Duration = Duration::from_secs(10);

/// S8: limits how long a silent or half-sent request is waited for. A complete request is finished
/// even if the client hangs up: it will be resent anyway, and watching for the hang-up costs a
/// buffer per request.
fn impatient<A>(
    mut server: Server<SocketAddr, A>,
    first: Duration,
    patience: Duration,
) -> Server<SocketAddr, A> {
    let builder = server.http_builder();
    builder.http1().header_read_timeout(patience).half_close(true);
    builder.http2().keep_alive_interval(QUIET).keep_alive_timeout(patience);
    // Until the first bytes tell HTTP/1 from HTTP/2, neither's own limit applies.
    server.first_request_timeout(first)
}

/// Connections that may wait to be accepted. All desks of the city may reconnect at once; the
/// standard library would let 128 wait and reset the others.
const WAITING: u32 = 4_096;

fn listen(address: SocketAddr) -> std::io::Result<std::net::TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING)?.into_std()
}

/// Prints the address for the process that started this one.
fn announce(scheme: &str, address: SocketAddr) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on {scheme}://{address}")?;
    out.flush()?;
    // A service manager that asked for it learns that requests are taken now.
    sd_notify::notify(&[sd_notify::NotifyState::Ready])
}
