//! The listening server.

use crate::{api, config::Config, origin, state::Portal};
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderName, HeaderValue, StatusCode, Uri, header},
    middleware,
    response::Response,
    routing::get,
};
use std::{io::Write as _, sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tower_http::{compression::CompressionLayer, set_header::SetResponseHeaderLayer, timeout::TimeoutLayer};

/// Largest body of a request, in bytes: room for a remark.
const BODY_LIMIT: usize = 4 * 1024;
/// Longest time for a request.
const REQUEST: Duration = Duration::from_secs(20);
/// Interval at which ended sessions are forgotten.
const SWEEP: Duration = Duration::from_secs(60);

/// Serves until a stop signal. Prints the address once requests are taken.
///
/// # Errors
/// Any failure to read key, authorities or pages, or to bind the address.
pub(crate) async fn run(config: Config) -> anyhow::Result<()> {
    let listen = config.listen;
    let portal = Arc::new(Portal::new(config)?);
    let listener = TcpListener::bind(listen).await?;
    announce(&listener)?;
    tokio::spawn(sweep(Arc::clone(&portal)));
    axum::serve(listener, router(portal)).with_graceful_shutdown(stopped()).await?;
    Ok(())
}

fn router(portal: Arc<Portal>) -> Router {
    let requests = api::router()
        .layer(middleware::from_fn_with_state(Arc::clone(&portal), origin::only_ours))
        .layer(fixed(header::CACHE_CONTROL, "no-store"));
    // Answers about people are not compressed: their length would tell of them.
    let files = get(file).layer(CompressionLayer::new());
    Router::new()
        .nest("/portal/api", requests)
        .route("/healthz", get(|| async { "ok" }))
        .fallback_service(files.with_state(Arc::clone(&portal)))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .with_state(portal)
}

async fn file(State(portal): State<Arc<Portal>>, uri: Uri) -> Response {
    portal.pages.answer(uri.path())
}

fn fixed(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// Prints the address for the process that started this one.
fn announce(listener: &TcpListener) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on http://{}", listener.local_addr()?)?;
    out.flush()
}

async fn sweep(portal: Arc<Portal>) {
    let mut rounds = tokio::time::interval(SWEEP);
    loop {
        rounds.tick().await;
        portal.sessions.sweep();
    }
}

/// Waits for a stop signal of a service manager or a terminal.
async fn stopped() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
