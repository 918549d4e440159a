//! A provider over HTTP.
//!
//! `POST` of `{"request": uuid, "number": text}` with a bearer token; the answer is
//! `{"request": uuid, "record": null | HealthReport}` to the same request.

use super::{HealthError, HealthProvider, Reported};
use reqwest::{Client, Response, redirect::Policy};
use rules::{Sensitive, health::HealthReport, person::IdNumber};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Longest answer that is read, in bytes.
const LIMIT_BYTES: usize = 16 * 1024;

pub(super) struct HttpProvider {
    client: Client,
    url: String,
    token: Option<Sensitive<String>>,
}

#[derive(Serialize)]
struct Question<'a> {
    request: Uuid,
    number: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    request: Uuid,
    record: Option<HealthReport>,
}

impl HttpProvider {
    pub(super) fn new(url: &str, token: Option<&Sensitive<String>>) -> anyhow::Result<Self> {
        // The provider is installed once per process; a second installation fails without harm.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // A redirect would carry the number to an address nobody chose.
        let client = Client::builder().redirect(Policy::none()).no_proxy().build()?;
        Ok(Self { client, url: url.to_owned(), token: token.cloned() })
    }

    async fn ask(&self, number: &IdNumber) -> Result<Option<HealthReport>, HealthError> {
        let request = Uuid::new_v4();
        let mut question = self.client.post(&self.url).json(&Question { request, number: number.expose() });
        if let Some(token) = &self.token {
            question = question.bearer_auth(token.expose());
        }
        let response = question.send().await.map_err(unavailable)?;
        if !response.status().is_success() {
            return Err(HealthError::Unavailable(format!("status {}", response.status().as_u16())));
        }
        let body = body(response).await?;
        let answer: Answer = serde_json::from_slice(&body).map_err(|_| HealthError::Implausible)?;
        // An answer to another question is about another person.
        if answer.request == request { Ok(answer.record) } else { Err(HealthError::Implausible) }
    }
}

impl HealthProvider for HttpProvider {
    fn look_up<'a>(&'a self, number: &'a IdNumber) -> Reported<'a> {
        Box::pin(self.ask(number))
    }
}

async fn body(mut response: Response) -> Result<Vec<u8>, HealthError> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(unavailable)? {
        if body.len() + part.len() > LIMIT_BYTES {
            return Err(HealthError::Implausible);
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

/// The address is left out: logs need not name it.
fn unavailable(error: reqwest::Error) -> HealthError {
    HealthError::Unavailable(error.without_url().to_string())
}
