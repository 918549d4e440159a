//! The centre's calls of one channel, under the key of this program.

use crate::{
    http::{Address, CallError, exchange},
    identity::Identity,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rules::{
    At, Sensitive,
    keys::Signer as _,
    wire::{Channel, ChannelAssertion, ChannelAuthRequest, TokenResponse},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::sync::Mutex;
use uuid::Uuid;

/// A token is not used in its last seconds: it could run out on the way.
const TOKEN_MARGIN: Duration = Duration::from_secs(20);

/// The centre, from a portal or kiosk.
pub struct Centre {
    address: Address,
    channel: Channel,
    identity: Identity,
    /// The program's own token, and until when it is used.
    token: Mutex<Option<(Sensitive<String>, Instant)>>,
    /// How far the centre's clock is ahead, ms; learnt when it refuses an assertion.
    ahead_ms: AtomicI64,
}

impl Centre {
    /// Returns the centre at an address, for the program with this identity.
    pub fn new(address: Address, channel: Channel, identity: Identity) -> Self {
        Self { address, channel, identity, token: Mutex::default(), ahead_ms: AtomicI64::new(0) }
    }

    /// Asks whether the centre works, and whether it still takes this program.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn check(&self) -> Result<(), CallError> {
        exchange(self.address.client.get(self.address.path(&["readyz"]))).await?;
        self.token(None).await?;
        Ok(())
    }

    /// Makes a call and reads its answer, as [`Self::send`] does.
    ///
    /// # Errors
    /// Why the centre does not do it, or that its answer cannot be read.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        call: &str,
        session: Option<&Sensitive<String>>,
        body: Option<&impl Serialize>,
    ) -> Result<T, CallError> {
        let answer = self.send(call, session, body).await?;
        serde_json::from_slice(&answer).map_err(|_| CallError::Unreadable)
    }

    /// Makes a call for the citizen whose session it is, with a body (POST) or without (GET).
    /// Without a session it is a log-in. Returns the bytes of the answer.
    ///
    /// # Errors
    /// Why the centre does not do it.
    pub async fn send(
        &self,
        call: &str,
        session: Option<&Sensitive<String>>,
        body: Option<&impl Serialize>,
    ) -> Result<Vec<u8>, CallError> {
        let url = self.address.channel_path(self.channel, call);
        let request = |token: &Sensitive<String>| {
            let request = match body {
                Some(body) => self.address.client.post(url.clone()).json(body),
                None => self.address.client.get(url.clone()),
            };
            let request = request.bearer_auth(token.expose());
            match session {
                Some(session) => request.header("x-session", session.expose()),
                None => request,
            }
        };
        let token = self.token(None).await?;
        match exchange(request(&token)).await {
            // It may be this program's token that has ended, or the citizen's session.
            Err(CallError::Unauthenticated) => {
                let another = self.token(Some(&token)).await?;
                exchange(request(&another)).await
            }
            outcome => outcome,
        }
    }

    /// Returns this program's token: a new one if it is due, or if the held one was refused.
    async fn token(&self, refused: Option<&Sensitive<String>>) -> Result<Sensitive<String>, CallError> {
        let mut held = self.token.lock().await;
        if let Some((token, until)) = &*held
            && Instant::now() < *until
            && refused != Some(token)
        {
            return Ok(token.clone());
        }
        *held = None;
        let answer = match self.authenticate().await {
            Err(CallError::ClockOff(server_time)) => {
                self.ahead_ms.store(server_time.since_ms(now()), Ordering::Relaxed);
                self.authenticate().await
            }
            answer => answer,
        };
        let answer = answer.map_err(|error| match error {
            CallError::Unauthenticated | CallError::Forbidden | CallError::ClockOff(_) => {
                CallError::OutOfService
            }
            error => error,
        });
        let answer = answer.inspect_err(|error| tracing::error!(%error, "no token of the centre"))?;
        let lasts = answer.expires_at.since_ms(answer.server_time);
        let lasts = Duration::from_millis(u64::try_from(lasts).unwrap_or(0)).saturating_sub(TOKEN_MARGIN);
        *held = Some((answer.token.clone(), Instant::now() + lasts));
        Ok(answer.token)
    }

    async fn authenticate(&self) -> Result<TokenResponse, CallError> {
        let issued_at = now().plus_ms(self.ahead_ms.load(Ordering::Relaxed));
        let client = self.identity.certificate.client.clone();
        let claims = ChannelAssertion { client, issued_at, nonce: Uuid::new_v4() };
        let claims = serde_json::to_vec(&claims).map_err(|_| CallError::Malformed)?;
        let claims = URL_SAFE_NO_PAD.encode(claims);
        let signature = self.identity.key.sign(claims.as_bytes()).map_err(|_| CallError::OutOfService)?;
        let assertion = format!("{claims}.{}", URL_SAFE_NO_PAD.encode(signature));
        let url = self.address.channel_path(self.channel, "auth");
        let answer = exchange(self.address.client.post(url).json(&ChannelAuthRequest { assertion })).await?;
        serde_json::from_slice(&answer).map_err(|_| CallError::Unreadable)
    }
}

/// Returns the time of this machine.
pub fn now() -> At {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    At(i64::try_from(now).unwrap_or(i64::MAX))
}
