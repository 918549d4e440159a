//! Liveness, readiness and metrics.

use super::state::Centre;
use axum::{
    extract::{MatchedPath, Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

/// Reports that the process answers.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, description = "The process answers", body = String)))]
pub(super) async fn alive() -> &'static str {
    "alive"
}

/// Reports whether the database answers too.
#[utoipa::path(get, path = "/readyz", tag = "operation", responses((status = 200, description = "The database answers", body = String), (status = 503, description = "It does not", body = String)))]
pub(super) async fn ready(State(centre): State<Arc<Centre>>) -> (StatusCode, &'static str) {
    match centre.store.ping().await {
        Ok(()) => (StatusCode::OK, "ready"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "database"),
    }
}

/// Returns the metrics as Prometheus text.
pub(super) async fn metrics(State(centre): State<Arc<Centre>>) -> Response {
    let figure = |value: usize| f64::from(u32::try_from(value).unwrap_or(u32::MAX));
    metrics::gauge!("central_operations_waiting").set(figure(centre.backlog.load(Ordering::Relaxed)));
    let pushes =
        centre.config.limits.pushes_at_a_time.saturating_sub(centre.push_permits.available_permits());
    metrics::gauge!("central_pushes_now").set(figure(pushes));
    metrics::gauge!("central_pushes_in_line").set(figure(centre.in_line.load(Ordering::Relaxed)));
    ([("content-type", "text/plain; version=0.0.4")], centre.metrics.render()).into_response()
}

/// Counts and times every request by its route; a path could name a citizen.
pub(super) async fn count(request: Request, next: Next) -> Response {
    let route: Arc<str> =
        request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).into();
    let begin = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_str().to_owned();
    metrics::histogram!("central_request_seconds", "route" => Arc::clone(&route))
        .record(begin.elapsed().as_secs_f64());
    metrics::counter!("central_requests_total", "route" => route, "status" => status).increment(1);
    response
}
