//! Talks to the centre with the key of a kiosk.

use crate::{
    key::Key,
    thief::{Answered, now_ms, read},
};
use anyhow::{Context as _, ensure};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Client;
use serde_json::{Value, json};
use uuid::Uuid;

/// Somebody with the key of a kiosk.
pub struct Kiosk {
    client: Client,
    url: String,
    name: String,
    /// The kiosk's key.
    pub key: Key,
    token: String,
}

impl Kiosk {
    /// Enrols with a one-time code, and logs in.
    ///
    /// # Errors
    /// If the centre refuses.
    pub async fn enrolled(url: &str, name: &str, code: &str, key: Key) -> anyhow::Result<Self> {
        let client = crate::client()?;
        let (url, name) = (url.to_owned(), name.to_owned());
        let mut kiosk = Self { client, url, name, key, token: String::new() };
        let request = json!({ "code": code, "public_key": kiosk.key.public() });
        let (status, answer) = kiosk.post("enrol", request).await?;
        ensure!(status.is_success(), "enrolment: {status} {answer}");
        let (status, answer) = kiosk.log_in().await?;
        ensure!(status.is_success(), "log-in: {status} {answer}");
        kiosk.token = answer["token"].as_str().context("token")?.to_owned();
        Ok(kiosk)
    }

    /// Asks for a token with a fresh assertion.
    ///
    /// # Errors
    /// If the line fails.
    pub async fn log_in(&self) -> anyhow::Result<Answered> {
        let claims = json!({ "client": self.name, "issued_at": now_ms(), "nonce": Uuid::new_v4() });
        let assertion = self.signed("", &claims);
        self.post("auth", json!({ "assertion": assertion })).await
    }

    /// Signs claims after a prefix, as assertions and log-in tokens are signed.
    #[must_use]
    pub fn signed(&self, prefix: &str, claims: &Value) -> String {
        let text = URL_SAFE_NO_PAD.encode(claims.to_string());
        let signature = self.key.sign_bytes(format!("{prefix}{text}").as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Posts JSON to one of the channel's calls.
    ///
    /// # Errors
    /// If the line fails.
    pub async fn post(&self, call: &str, body: Value) -> anyhow::Result<Answered> {
        let request = self.client.post(format!("{}/v1/channels/kiosk/{call}", self.url));
        let request = request.bearer_auth(&self.token).header("content-type", "application/json");
        read(request.body(body.to_string()).send().await?).await
    }
}
