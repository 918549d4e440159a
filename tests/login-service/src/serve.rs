//! The log-in of people at a browser: page, code, token.
//!
//! The client's server gives its browser a secret and us the secret's digest, the challenge. After
//! a log-in the browser goes back to the client's page with a code behind the `#`, which no server
//! sees. The client's server then shows code and secret, once, and gets the token.

use crate::{page, token};
use axum::{
    Form, Json, Router,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use rules::{Sensitive, correction::Digest, keys::SoftwareKey};
use serde::Deserialize;
use serde_json::json;
use std::{
    collections::HashMap,
    io::Write as _,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Validity of a code.
const CODE: Duration = Duration::from_secs(60);
/// Validity of a token, in seconds.
const TOKEN_S: i64 = 60;
/// Codes at a time.
const LIMIT: usize = 1_000;

/// The service with its people and codes.
pub(crate) struct Service {
    key: SoftwareKey,
    people: Vec<Person>,
    client: String,
    back: String,
    codes: Mutex<HashMap<String, Granted>>,
}

/// Somebody who can log in.
pub(crate) struct Person {
    number: Sensitive<String>,
    /// What the page calls them.
    pub(crate) label: String,
}

/// A person who logged in, for whoever knows the challenge's secret.
struct Granted {
    number: Sensitive<String>,
    challenge: String,
    until: Instant,
}

/// What a client's page sends a browser with.
#[derive(Deserialize)]
pub(crate) struct Asked {
    pub(crate) client: String,
    pub(crate) challenge: String,
    pub(crate) language: String,
}

/// Who was chosen on the page.
#[derive(Deserialize)]
struct Chosen {
    client: String,
    challenge: String,
    language: String,
    person: usize,
}

/// What a client's server shows for a token.
#[derive(Deserialize)]
struct Shown {
    client: String,
    code: String,
    verifier: Sensitive<String>,
}

impl Service {
    /// Creates the service for people on lines of number and label.
    pub(crate) fn new(key: SoftwareKey, people: &str, client: String, back: String) -> Self {
        let people = people.lines().filter_map(|line| line.split_once(' '));
        let people = people.map(|(number, label)| Person {
            number: Sensitive::new(number.to_owned()),
            label: label.to_owned(),
        });
        Self { key, people: people.collect(), client, back, codes: Mutex::default() }
    }

    /// Gives a code for a person; `None` if there is no such person or client.
    fn grant(&self, chosen: &Chosen) -> Option<String> {
        let person = self.people.get(chosen.person).filter(|_| chosen.client == self.client)?;
        let now = Instant::now();
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|_, granted| now < granted.until);
        if codes.len() >= LIMIT {
            return None;
        }
        let code = rules::hex::encode(&rand::random::<[u8; 32]>());
        let (number, challenge) = (person.number.clone(), chosen.challenge.clone());
        codes.insert(code.clone(), Granted { number, challenge, until: now + CODE });
        Some(code)
    }

    /// Takes a code back, which ends it, and returns the person if the secret is the right one.
    fn redeem(&self, shown: &Shown) -> Option<Sensitive<String>> {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        let granted = codes.remove(&shown.code)?;
        let is_right = Digest::of(shown.verifier.expose().as_bytes()).to_string() == granted.challenge
            && shown.client == self.client
            && Instant::now() < granted.until;
        is_right.then_some(granted.number)
    }
}

/// Serves until the process ends. Prints the address once requests are taken.
pub(crate) fn run(listen: SocketAddr, service: Service) -> anyhow::Result<()> {
    let routes = Router::new()
        .route("/log-in", get(show).post(choose))
        .route("/token", post(exchange))
        .with_state(Arc::new(service));
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = tokio::net::TcpListener::bind(listen).await?;
        writeln!(std::io::stdout(), "listening on http://{}", listener.local_addr()?)?;
        Ok(axum::serve(listener, routes).await?)
    })
}

async fn show(State(service): State<Arc<Service>>, Query(asked): Query<Asked>) -> Response {
    // The challenge is written into the page: only what has its form.
    let is_ours = asked.client == service.client && asked.challenge.parse::<Digest>().is_ok();
    if !is_ours {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let origin = service.back.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self' {origin}; frame-ancestors 'none'"
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
    ];
    (headers, Html(page::draw(&asked, &service.people))).into_response()
}

async fn choose(State(service): State<Arc<Service>>, Form(chosen): Form<Chosen>) -> Response {
    let Some(code) = service.grant(&chosen) else { return StatusCode::BAD_REQUEST.into_response() };
    let language = if chosen.language == "en" { "en" } else { "zh-CN" };
    Redirect::to(&format!("{}#code={code}&language={language}", service.back)).into_response()
}

async fn exchange(State(service): State<Arc<Service>>, Json(shown): Json<Shown>) -> Response {
    let token = service
        .redeem(&shown)
        .and_then(|number| token(&service.key, number, None, shown.client, TOKEN_S).ok());
    match token {
        Some(token) => Json(json!({ "token": token })).into_response(),
        None => StatusCode::FORBIDDEN.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "the secret of a browser";

    fn service() -> Service {
        let key = SoftwareKey::from_bytes(&[7; 32]).unwrap();
        Service::new(key, "1 甲\n2 乙\n", "portal".to_owned(), "http://portal.example/portal/".to_owned())
    }

    fn chosen() -> Chosen {
        let challenge = Digest::of(VERIFIER.as_bytes()).to_string();
        Chosen { client: "portal".to_owned(), challenge, language: "en".to_owned(), person: 1 }
    }

    fn shown(code: &str, verifier: &str, client: &str) -> Shown {
        let verifier = Sensitive::new(verifier.to_owned());
        Shown { client: client.to_owned(), code: code.to_owned(), verifier }
    }

    #[test]
    fn a_code_is_good_once_with_its_secret_for_its_client() {
        let service = service();
        let code = service.grant(&chosen()).unwrap();
        assert!(service.redeem(&shown(&code, VERIFIER, "portal")).is_some());
        assert!(service.redeem(&shown(&code, VERIFIER, "portal")).is_none(), "a second time");
        let code = service.grant(&chosen()).unwrap();
        assert!(service.redeem(&shown(&code, "a thief's", "portal")).is_none());
        assert!(service.redeem(&shown(&code, VERIFIER, "portal")).is_none(), "a try ends it");
        let code = service.grant(&chosen()).unwrap();
        assert!(service.redeem(&shown(&code, VERIFIER, "kiosk-1")).is_none());
        assert!(service.grant(&Chosen { client: "kiosk-1".to_owned(), ..chosen() }).is_none());
    }
}
