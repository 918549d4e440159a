//! The centre's calls, as this portal makes them.

use crate::{outside, refused::Refused};
use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Client, Method, RequestBuilder, Url};
use rules::{
    At, Sensitive,
    keys::{Signer as _, SoftwareKey},
    wire::{ChannelAssertion, ChannelAuthRequest, ProtocolError, TokenResponse},
};
use serde_json::Value;
use std::{
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::sync::{Mutex, Semaphore};
use uuid::Uuid;

/// A token is not used in its last seconds: it could run out on the way.
const TOKEN_MARGIN: Duration = Duration::from_secs(10);
/// Calls at a time; above that a citizen is asked to wait a moment.
const AT_A_TIME: usize = 100;

/// The centre, from this portal.
pub(crate) struct Centre {
    client: Client,
    base: Url,
    name: String,
    key: SoftwareKey,
    /// The portal's own token, and until when it is used.
    token: Mutex<Option<(Sensitive<String>, Instant)>>,
    permits: Semaphore,
}

impl Centre {
    /// Reads the portal's key.
    ///
    /// # Errors
    /// If the key cannot be read.
    pub(crate) fn new(client: Client, base: Url, name: String, key: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(key)
            .with_context(|| format!("{}: `suishen-portal enrol` makes it", key.display()))?;
        let text = Sensitive::new(text);
        let bytes = rules::hex::decode_array::<32>(text.expose().trim()).context("not a key file")?;
        let key = SoftwareKey::from_bytes(&bytes)?;
        let (token, permits) = (Mutex::new(None), Semaphore::new(AT_A_TIME));
        Ok(Self { client, base, name, key, token, permits })
    }

    /// Reads something of the holder whose session this is.
    ///
    /// # Errors
    /// Why the centre does not answer with it.
    pub(crate) async fn get(&self, call: &str, session: &Sensitive<String>) -> Result<Vec<u8>, Refused> {
        self.call(Method::GET, call, Some(session), None).await
    }

    /// Asks the centre to do something. Without a session it is a log-in.
    ///
    /// # Errors
    /// Why the centre does not do it.
    pub(crate) async fn post(
        &self,
        call: &str,
        session: Option<&Sensitive<String>>,
        body: &Value,
    ) -> Result<Vec<u8>, Refused> {
        self.call(Method::POST, call, session, Some(body)).await
    }

    async fn call(
        &self,
        method: Method,
        call: &str,
        session: Option<&Sensitive<String>>,
        body: Option<&Value>,
    ) -> Result<Vec<u8>, Refused> {
        let _permit = self.permits.try_acquire().map_err(|_| Refused::Busy)?;
        let request = |token: &Sensitive<String>| {
            let mut request =
                self.client.request(method.clone(), self.path(call)).bearer_auth(token.expose());
            if let Some(session) = session {
                request = request.header("x-session", session.expose());
            }
            if let Some(body) = body { request.json(body) } else { request }
        };
        let token = self.token().await?;
        match send(request(&token)).await {
            Err(ProtocolError::Unauthenticated) => {}
            answer => return Ok(answer?),
        }
        // Either the portal's token was refused, after a change of keys say, or the session ended.
        let renewed = self.renewed(&token).await?;
        Ok(send(request(&renewed)).await?)
    }

    fn path(&self, call: &str) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["v1", "channels", "portal", call]);
        }
        url
    }

    async fn token(&self) -> Result<Sensitive<String>, Refused> {
        let mut held = self.token.lock().await;
        if let Some((token, until)) = held.as_ref()
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        self.authenticate(&mut held).await
    }

    /// Returns another token than the one that was refused.
    async fn renewed(&self, refused: &Sensitive<String>) -> Result<Sensitive<String>, Refused> {
        let mut held = self.token.lock().await;
        match held.as_ref() {
            Some((token, _)) if token != refused => Ok(token.clone()),
            _ => self.authenticate(&mut held).await,
        }
    }

    async fn authenticate(
        &self,
        held: &mut Option<(Sensitive<String>, Instant)>,
    ) -> Result<Sensitive<String>, Refused> {
        let answer = match self.assert(now()).await {
            // This machine's clock is wrong, and the centre said what time it is.
            Err(ProtocolError::ClockOff { server_time }) => self.assert(server_time).await,
            answer => answer,
        };
        let answer = answer.map_err(|error| {
            tracing::error!(?error, "the centre does not accept this portal");
            Refused::Unavailable
        })?;
        let life = answer.expires_at.since_ms(answer.server_time);
        let life = Duration::from_millis(u64::try_from(life).unwrap_or(0)).saturating_sub(TOKEN_MARGIN);
        *held = Some((answer.token.clone(), Instant::now() + life));
        Ok(answer.token)
    }

    /// Asks for a token with an assertion made at `issued_at`.
    async fn assert(&self, issued_at: At) -> Result<TokenResponse, ProtocolError> {
        let assertion = ChannelAssertion { client: self.name.clone(), issued_at, nonce: Uuid::new_v4() };
        let claims = serde_json::to_vec(&assertion).map_err(|_| ProtocolError::Malformed)?;
        let claims = URL_SAFE_NO_PAD.encode(claims);
        let signature = self.key.sign(claims.as_bytes()).map_err(|_| ProtocolError::Malformed)?;
        let request =
            ChannelAuthRequest { assertion: format!("{claims}.{}", URL_SAFE_NO_PAD.encode(signature)) };
        let answer = send(self.client.post(self.path("auth")).json(&request)).await?;
        serde_json::from_slice(&answer).map_err(|_| ProtocolError::Unavailable)
    }
}

/// Returns the time of this machine.
pub(crate) fn now() -> At {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    At(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Sends a request and returns the body of a good answer.
async fn send(request: RequestBuilder) -> Result<Vec<u8>, ProtocolError> {
    let response = request.send().await.map_err(|error| {
        // The kind alone: an address in an error is of no use here.
        tracing::warn!(timeout = error.is_timeout(), connect = error.is_connect(), "no answer of the centre");
        ProtocolError::Unavailable
    })?;
    let is_good = response.status().is_success();
    let body = outside::body(response).await.ok_or(ProtocolError::Unavailable)?;
    if is_good {
        return Ok(body);
    }
    let error = serde_json::from_slice(&body).unwrap_or(ProtocolError::Unavailable);
    if matches!(error, ProtocolError::Revoked) {
        tracing::error!("the centre has taken this portal out of service");
    }
    Err(error)
}
