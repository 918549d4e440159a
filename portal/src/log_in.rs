//! Log-in at the city's service.
//!
//! The browser that begins it keeps a secret, the verifier, in a cookie; the service learns its
//! digest. The code that comes back is good once and only with the verifier, as in RFC 7636. So
//! whoever sees or plants a code can do nothing with it, and a log-in token passes no browser.

use crate::{cookie, refused::Refused};
use reqwest::{Client, Url};
use rules::{Sensitive, correction::Digest};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Semaphore;

/// Exchanges at a time: strangers who make codes up shall not reach the service in any number.
const AT_A_TIME: usize = 20;

/// The log-in service, from this portal.
pub(crate) struct LogInService {
    client: Client,
    page: Url,
    token: Url,
    /// Name of this portal, for which tokens are made.
    name: String,
    permits: Semaphore,
}

/// A log-in that begins.
pub(crate) struct Begun {
    /// The secret of the browser.
    pub(crate) verifier: String,
    /// Where the browser goes.
    pub(crate) address: String,
}

#[derive(Deserialize)]
struct TokenAnswer {
    token: Sensitive<String>,
}

impl LogInService {
    pub(crate) const fn new(client: Client, page: Url, token: Url, name: String) -> Self {
        Self { client, page, token, name, permits: Semaphore::const_new(AT_A_TIME) }
    }

    /// Begins a log-in in a language, `zh-CN` or `en`.
    pub(crate) fn begin(&self, language: &str) -> Begun {
        let verifier = cookie::draw();
        let challenge = Digest::of(verifier.as_bytes()).to_string();
        let mut address = self.page.clone();
        address
            .query_pairs_mut()
            .append_pair("client", &self.name)
            .append_pair("challenge", &challenge)
            .append_pair("language", language);
        Begun { verifier, address: address.into() }
    }

    /// Exchanges a code for the log-in token.
    ///
    /// # Errors
    /// [`Refused::LoggedOut`] if the service does not take code and verifier together,
    /// [`Refused::Busy`] at a rush, and [`Refused::Unavailable`] if it does not answer.
    pub(crate) async fn exchange(&self, code: &str, verifier: &str) -> Result<Sensitive<String>, Refused> {
        let _permit = self.permits.try_acquire().map_err(|_| Refused::Busy)?;
        let request = json!({ "client": self.name, "code": code, "verifier": verifier });
        let sent = self.client.post(self.token.clone()).json(&request).send().await;
        let response = sent.map_err(|error| {
            tracing::warn!(timeout = error.is_timeout(), "no answer of the log-in service");
            Refused::Unavailable
        })?;
        if response.status().is_client_error() {
            return Err(Refused::LoggedOut);
        }
        if !response.status().is_success() {
            return Err(Refused::Unavailable);
        }
        let body = channel::body(response).await.ok_or(Refused::Unavailable)?;
        let answer: TokenAnswer = serde_json::from_slice(&body).map_err(|_| Refused::Unavailable)?;
        Ok(answer.token)
    }
}
