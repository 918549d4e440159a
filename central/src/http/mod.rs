//! The HTTP API: JSON over HTTPS, with one file per resource.

mod accounts;
mod answer;
mod assertion;
mod audit;
mod blobs;
mod board;
mod caller;
mod changes;
mod channels;
mod citizen_log_in;
mod citizens;
mod connections;
mod desks;
mod health;
mod institutions;
mod keys;
mod limits;
mod log_in;
mod lookups;
mod openapi;
mod own_account;
mod page_files;
mod pages;
mod push;
mod reference;
mod registration;
mod relatives;
mod responses;
mod restore;
mod results;
mod sealed;
mod sequencer;
pub mod server;
mod standby;
mod state;
mod tls;
mod transfer;
mod verify;
mod visits;
mod worker;

pub use answer::{Answer, Refused};
pub use assertion::Assertion;
pub use blobs::{Part, part, standing};
pub use desks::secret_digest;
pub use health::describe as describe_metrics;
pub use openapi::document;
pub use state::Centre;
pub use tls::config as tls_config;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderName, HeaderValue, StatusCode, header},
    routing::{get, post, put},
};
use std::{sync::Arc, time::Duration};
use tower::ServiceBuilder;
use tower_http::{
    compression::CompressionLayer, set_header::SetResponseHeaderLayer, timeout::TimeoutLayer,
    trace::TraceLayer,
};

/// Builds the router with all routes and layers.
pub fn router(centre: Arc<Centre>) -> Router {
    let timeout = Duration::from_secs(centre.config.limits.request_timeout_s);
    let body_limit = DefaultBodyLimit::max(centre.config.limits.body_bytes);
    Router::new()
        .route("/v1/desks/enrol", post(desks::enrol))
        .route("/v1/desks/renew", post(desks::renew))
        .route("/v1/auth/device", post(log_in::device))
        .route("/v1/auth/operator", post(log_in::operator))
        .route("/v1/auth/password", post(log_in::password))
        .route("/v1/auth/activate", post(own_account::activate))
        .route("/v1/auth/second-factor", post(own_account::second_factor))
        .route("/v1/accounts", get(accounts::list).post(accounts::act))
        .route("/v1/accounts/taken", post(accounts::taken))
        .route("/v1/sync/push", post(push::push))
        .route("/v1/sync/sealed", post(transfer::sealed))
        .route("/v1/sync/results", get(results::results))
        .route("/v1/sync/changes", get(changes::changes))
        .route("/v1/citizens", post(citizens::citizen))
        .route("/v1/relatives", post(relatives::relatives))
        .route("/v1/log-ins", post(citizen_log_in::log_in))
        .route("/v1/institutions", post(institutions::of_agent))
        .route("/v1/lookups/release", post(citizens::release))
        .route("/v1/board", get(board::desks))
        .route("/v1/board/figures", post(board::figures_of_days))
        .route("/v1/board/cases", post(board::cases))
        .route("/v1/visits", post(visits::take))
        .route("/v1/visits/return", post(visits::bring_back))
        .route("/v1/blobs/{sm3}", put(blobs::put).get(blobs::get))
        .route("/v1/keys", get(keys::keys))
        .route("/v1/keys/delta", get(keys::keys_delta))
        .route("/v1/trust-anchors", get(keys::trust_anchors))
        .route("/v1/revocations", get(keys::revocations))
        .route("/v1/revocations/delta", get(keys::revocations_delta))
        .route("/v1/audit/head", get(audit::head))
        .route("/v1/restore", get(restore::statement).post(restore::testify))
        .route("/v1/audit/consistency", get(audit::consistency))
        .route("/v1/verify", post(verify::verify))
        .route("/v1/registrations/{ref}", post(registration::redeem))
        .nest("/v1/channels/portal", channel_routes())
        .nest("/v1/channels/kiosk", channel_routes())
        .route("/v1/openapi.json", get(openapi::serve))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .fallback(pages::serve)
        // One stack, outermost first: layers added one by one would each box every request.
        .layer(
            ServiceBuilder::new()
                .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .layer(fixed(header::CACHE_CONTROL, "no-store"))
                .layer(TraceLayer::new_for_http())
                .layer(axum::middleware::from_fn_with_state(Arc::clone(&centre), health::count))
                .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, timeout))
                .layer(body_limit)
                .layer(CompressionLayer::new()),
        )
        .with_state(centre)
}

/// Builds the router of the metrics, which are not for everybody who reaches the API.
fn metrics_router(centre: Arc<Centre>) -> Router {
    Router::new().route("/metrics", get(health::metrics)).with_state(centre)
}

/// Routes shared by portal and kiosk; the client's key decides the channel.
fn channel_routes() -> Router<Arc<Centre>> {
    use channels::{actions, client, login, report};
    Router::new()
        .route("/enrol", post(client::enrol))
        .route("/auth", post(client::authenticate))
        .route("/report-card", post(report::report_card))
        .route("/login", post(login::login))
        .route("/switch", post(login::switch))
        .route("/view", get(login::view))
        .route("/photo", get(actions::photo))
        .route("/apply", post(actions::apply))
        .route("/reapply", post(actions::reapply))
        .route("/reissue", post(actions::reissue))
        .route("/loss", post(actions::loss))
        .route("/download", post(actions::download))
        .route("/escalate", post(actions::escalate))
}

fn fixed(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
