//! The door for the kiosk's page: its files, the view, and what was touched.
//!
//! It listens on loopback. Whoever asks names this address as host and origin, which keeps other
//! pages out, and has the page's key as a cookie, which keeps other users of the machine out.

use crate::{terminal::Touch, view::View, visit::Command};
use axum::{
    Json, Router,
    extract::{Query, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use channel::PageFiles;
use rules::Sensitive;
use serde::Deserialize;
use std::{sync::Arc, time::Duration};
use tokio::sync::{mpsc, oneshot, watch};
use tower_http::compression::CompressionLayer;

/// What the page may do: only its own files and this bridge.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Longest wait of the page for a change.
const WAIT: Duration = Duration::from_secs(20);

/// The door for the page.
pub(crate) struct Door {
    hosts: [String; 2],
    cookie: String,
    key: Sensitive<String>,
    files: PageFiles,
    touches: mpsc::Sender<Touch>,
    view: watch::Receiver<Arc<View>>,
}

impl Door {
    pub(crate) fn new(
        port: u16,
        key: Sensitive<String>,
        files: PageFiles,
        touches: mpsc::Sender<Touch>,
        view: watch::Receiver<Arc<View>>,
    ) -> Self {
        let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        // Cookies of one host are shared by its ports.
        Self { hosts, cookie: format!("kiosk-{port}"), key, files, touches, view }
    }

    pub(crate) fn router(self) -> Router {
        let door = Arc::new(self);
        let bridge = Router::new()
            .route("/bridge/view", get(view))
            .route("/bridge/photo", get(photo))
            .route("/bridge/do", post(act))
            .route_layer(middleware::from_fn_with_state(door.clone(), only_the_page));
        Router::new()
            .route("/", get(|| async { Redirect::temporary("/kiosk/") }))
            .route("/kiosk/", get(page))
            .merge(bridge)
            .fallback_service(get(file).layer(CompressionLayer::new()).with_state(Arc::clone(&door)))
            .layer(middleware::from_fn_with_state(door.clone(), only_this_address))
            .with_state(door)
    }

    /// Compares without telling by its time how much is right.
    fn is_key(&self, shown: &str) -> bool {
        let key = self.key.expose().as_bytes();
        let differs =
            key.iter().zip(shown.as_bytes()).fold(0, |differs, (one, other)| differs | (one ^ other));
        key.len() == shown.len() && differs == 0
    }

    fn has_key(&self, headers: &HeaderMap) -> bool {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|line| line.split("; ")).filter_map(|pair| pair.split_once('='));
        pairs.any(|(name, value)| name == self.cookie && self.is_key(value))
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Refuses whoever does not name this address, and adds the headers of every answer.
async fn only_this_address(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let host = text(request.headers(), header::HOST);
    let mut response = match host {
        Some(host) if door.hosts.iter().any(|known| known == host) => next.run(request).await,
        _ => StatusCode::MISDIRECTED_REQUEST.into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // The screen shows one citizen after another.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Refuses whoever does not have the page's key, and acts that another page sends.
async fn only_the_page(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if !door.has_key(headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let origin = text(headers, header::ORIGIN).and_then(|origin| origin.strip_prefix("http://"));
    let is_own = origin.is_some_and(|origin| Some(origin) == text(headers, header::HOST));
    if request.method() != Method::GET && !is_own {
        return StatusCode::FORBIDDEN.into_response();
    }
    next.run(request).await
}

#[derive(Deserialize)]
struct Entry {
    key: Option<Sensitive<String>>,
}

/// Serves the page. The file that the kiosk's browser is started with goes on to an address with
/// the key, which becomes a cookie and leaves the address.
async fn page(State(door): State<Arc<Door>>, Query(entry): Query<Entry>) -> Response {
    let Some(key) = entry.key else { return send(&door, "/kiosk/index.html") };
    if !door.is_key(key.expose()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Strict", door.cookie, key.expose());
    ([(header::SET_COOKIE, cookie)], Redirect::to("/kiosk/")).into_response()
}

async fn file(State(door): State<Arc<Door>>, request: Request) -> Response {
    send(&door, request.uri().path())
}

fn send(door: &Door, path: &str) -> Response {
    match door.files.get(path) {
        Some(file) => ([(header::CONTENT_TYPE, file.content_type)], file.bytes.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
}

/// Returns the view once it is another than the page has, or after a while.
async fn view(State(door): State<Arc<Door>>, Query(After { after }): Query<After>) -> Response {
    let mut shown = door.view.clone();
    let changed = shown.wait_for(|view| view.number != after);
    let view = match tokio::time::timeout(WAIT, changed).await {
        Ok(Ok(view)) => view.clone(),
        Ok(Err(_)) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Err(_) => door.view.borrow().clone(),
    };
    Json(&*view).into_response()
}

async fn photo(State(door): State<Arc<Door>>) -> Response {
    let photo = door.view.borrow().photo.clone();
    match photo {
        Some(photo) => ([(header::CONTENT_TYPE, "image/jpeg")], photo).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn act(State(door): State<Arc<Door>>, Json(command): Json<Command>) -> StatusCode {
    let (answer, answered) = oneshot::channel();
    if door.touches.send((command, answer)).await.is_err() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    match answered.await {
        Ok(true) => StatusCode::NO_CONTENT,
        Ok(false) => StatusCode::CONFLICT,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
