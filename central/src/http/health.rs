//! Liveness, readiness and metrics.

use super::{answer::Refused, state::Centre};
use axum::{
    extract::{MatchedPath, Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use rules::wire::ProtocolError;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Instant,
};
use uuid::Uuid;

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

/// Describes every metric in what Prometheus reads (HELP), and names this build.
pub fn describe() {
    use metrics::{
        Unit, describe_counter as counter, describe_gauge as gauge, describe_histogram as histogram,
    };
    gauge!("central_build_info", "1; the label says which version runs");
    gauge!("central_desks", "Desks by state: at_work, silent, quarantined, revoked, not_enrolled");
    gauge!(
        "central_desk_problems",
        "Desks in service with a problem: silent, old, disk, queue, device, clock"
    );
    gauge!(
        "central_log_partitions_end_seconds",
        Unit::Seconds,
        "Time (Unix) from which the log has no partition and takes nothing"
    );
    gauge!("central_database_connections", "Connections of the pool by state: used, idle");
    gauge!(
        "central_database_servers",
        "Servers of the database by state: primary, standby, detached, silent"
    );
    counter!("central_database_moves_total", "Times that another server became the primary");
    gauge!("central_operations_waiting", "Operations received and not yet decided");
    gauge!("central_pushes_now", "Pushes that are processed");
    gauge!("central_pushes_in_line", "Pushes that wait for a free place");
    histogram!(
        "central_request_seconds",
        Unit::Seconds,
        "Time from a request's head to its answer, by route"
    );
    histogram!("central_apply_seconds", Unit::Seconds, "Time of one transaction that decides");
    counter!("central_requests_total", "Requests by route and status");
    counter!("central_sealed_parts_refused_total", "Sealed parts of an outbox that do not open");
    counter!("central_operations_received_total", "Operations taken into the log");
    counter!("central_operations_decided_total", "Operations decided");
    counter!("central_apply_conflicts_total", "Deciding transactions that met another and were repeated");
    counter!("central_pushes_postponed_total", "Pushes that were told to come back later");
    counter!("central_quarantines_total", "Pushes refused because the desk's disk was restored or copied");
    counter!(
        "central_case_numbers_shared_total",
        "Operations for another citizen than the first of their case number"
    );
    counter!("central_reprints_refused_total", "Reprints above the limit of a code");
    counter!("central_unproven_total", "Operations that nobody's word stands behind");
    counter!("central_late_total", "Operations received after their operator was dismissed or changed roles");
    counter!("central_verifications_total", "Scans by answer");
    counter!("central_health_answers_total", "What the provider of health state said");
    counter!("central_registrations_total", "Redeemed references for tests, by outcome");
    counter!("central_channel_actions_total", "What was done at portal and kiosk, by action");
    counter!("central_channel_refusals_total", "What was refused to portal and kiosk, by reason");
    counter!("central_look_ups_refused_total", "Look-ups of citizens refused, by reason");
    counter!("central_uploads_over_quota_total", "Uploads of evidence refused because a desk sent too much");
    counter!("central_connections_refused_total", "Connections refused, by reason");
    counter!("central_alarms_total", "Alarms by kind");
    counter!("central_audit_leaves_total", "Leaves added to the audit log");
    metrics::gauge!("central_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

/// Returns the metrics as Prometheus text.
pub(super) async fn metrics(State(centre): State<Arc<Centre>>) -> Response {
    let figure = |value: usize| f64::from(u32::try_from(value).unwrap_or(u32::MAX));
    metrics::gauge!("central_operations_waiting").set(figure(centre.backlog.load(Ordering::Relaxed)));
    let pushes =
        centre.config.limits.pushes_at_a_time.saturating_sub(centre.push_permits.available_permits());
    metrics::gauge!("central_pushes_now").set(figure(pushes));
    metrics::gauge!("central_pushes_in_line").set(figure(centre.in_line.load(Ordering::Relaxed)));
    let pool = centre.store.pool();
    let (all, idle) = (usize::try_from(pool.size()).unwrap_or(usize::MAX), pool.num_idle());
    metrics::gauge!("central_database_connections", "state" => "used").set(figure(all.saturating_sub(idle)));
    metrics::gauge!("central_database_connections", "state" => "idle").set(figure(idle));
    ([("content-type", "text/plain; version=0.0.4")], centre.metrics.render()).into_response()
}

/// Header with the id that a desk gives each request.
const REQUEST_ID: &str = "x-request-id";

/// Counts and times every request by its route; a path could name a citizen. A refusal is logged
/// under the id that its desk logs it by. A request that waits for the primary before is given up.
pub(super) async fn count(State(centre): State<Arc<Centre>>, request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).and_then(|id| Uuid::try_parse_ascii(id.as_bytes()).ok());
    let route: Arc<str> =
        request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).into();
    let begin = Instant::now();
    let response = centre.store.steady(next.run(request)).await;
    let response = response.unwrap_or_else(|_| Refused::from(ProtocolError::Unavailable).into_response());
    if let Some(id) = id.filter(|_| is_refusal(response.status())) {
        tracing::info!(request = %id, %route, status = response.status().as_u16(), "refused");
    }
    let status = response.status().as_str().to_owned();
    metrics::histogram!("central_request_seconds", "route" => Arc::clone(&route))
        .record(begin.elapsed().as_secs_f64());
    metrics::counter!("central_requests_total", "route" => route, "status" => status).increment(1);
    response
}

/// Returns whether an answer is logged: a storm of desks that are told to come back is not.
fn is_refusal(status: StatusCode) -> bool {
    let asks_for_patience = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    (status.is_client_error() || status.is_server_error()) && !asks_for_patience
}
