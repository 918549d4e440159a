//! The centre's calls, as this kiosk makes them under its own key (N-3).

mod http;
pub(crate) mod wire;

pub(crate) use http::{CallError, enrol};

use crate::config::CentreConfig;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Client, Url};
use rules::{
    At, Sensitive,
    correction::Field,
    keys::{Signer as _, SoftwareKey},
    life::Action,
    wire::{ChannelAssertion, ChannelAuthRequest, ProtocolError, TokenResponse},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;
use std::{
    path::Path,
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::sync::Mutex;
use uuid::Uuid;
use wire::{Filed, HolderRecord, Opened};

/// A token is not used in its last seconds: it could run out on the way.
const TOKEN_MARGIN: Duration = Duration::from_secs(20);

/// Number and name as read from an ID card.
#[derive(Clone, Serialize)]
pub(crate) struct CardText {
    pub(crate) number: Sensitive<String>,
    pub(crate) name: Sensitive<String>,
}

impl CardText {
    pub(crate) fn of(number: &str, name: &str) -> Self {
        Self { number: Sensitive::new(number.to_owned()), name: Sensitive::new(name.to_owned()) }
    }
}

/// How a citizen logs in.
#[derive(Clone, Serialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub(crate) enum LogIn {
    /// 身份证登录.
    IdCard(CardText),
    /// 随申办登录 or 亲属码登录: what the phone shows.
    LoginToken { token: Sensitive<String> },
}

/// The centre, from this kiosk.
pub(crate) struct Centre {
    client: Client,
    base: Url,
    name: String,
    key: SoftwareKey,
    token: Mutex<Option<(Sensitive<String>, Instant)>>,
    /// How far the centre's clock is ahead, ms; learnt when it refuses an assertion.
    ahead_ms: AtomicI64,
}

impl Centre {
    pub(crate) fn new(
        folder: &Path,
        config: &CentreConfig,
        name: String,
        key: SoftwareKey,
    ) -> anyhow::Result<Self> {
        let (client, base) = http::client(folder, config)?;
        Ok(Self { client, base, name, key, token: Mutex::default(), ahead_ms: AtomicI64::new(0) })
    }

    /// Asks whether the centre works, and whether it still takes this kiosk.
    pub(crate) async fn check(&self) -> Result<(), CallError> {
        http::exchange(self.client.get(http::path(&self.base, "/readyz")?)).await?;
        self.token(false).await?;
        Ok(())
    }

    pub(crate) async fn log_in(&self, how: &LogIn) -> Result<Opened, CallError> {
        self.ask("login", None, Some(how)).await
    }

    pub(crate) async fn switch(&self, session: &Sensitive<String>, to: &str) -> Result<Opened, CallError> {
        self.ask("switch", Some(session), Some(&json!({ "citizen_ref": to }))).await
    }

    pub(crate) async fn view(&self, session: &Sensitive<String>) -> Result<HolderRecord, CallError> {
        self.ask("view", Some(session), None::<&()>).await
    }

    pub(crate) async fn photo(&self, session: &Sensitive<String>) -> Result<Vec<u8>, CallError> {
        self.send("photo", Some(session), None::<&()>).await
    }

    /// Issues a code or reports a loss, after the citizen has confirmed it (L6, L8).
    pub(crate) async fn act(&self, session: &Sensitive<String>, action: Action) -> Result<(), CallError> {
        let what = match action {
            Action::Apply => "apply",
            Action::Reapply => "reapply",
            Action::Reissue => "reissue",
            Action::ReportLoss => "loss",
            Action::Reprint | Action::Replace | Action::Void => return Err(CallError::Forbidden),
        };
        self.send(what, Some(session), Some(&json!({ "confirmed": true }))).await?;
        Ok(())
    }

    /// Returns the sheet of the live code as PDF. The centre counts a copy.
    pub(crate) async fn sheet(&self, session: &Sensitive<String>) -> Result<Vec<u8>, CallError> {
        self.send("download", Some(session), Some(&json!({}))).await
    }

    /// Reports a wrong name or photo to the windows of the site.
    pub(crate) async fn escalate(
        &self,
        session: &Sensitive<String>,
        field: Field,
    ) -> Result<Filed, CallError> {
        self.ask("escalate", Some(session), Some(&json!({ "field": field }))).await
    }

    /// Reports a card whose name is not the registry's.
    pub(crate) async fn report_card(&self, card: &CardText) -> Result<Filed, CallError> {
        self.ask("report-card", None, Some(card)).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        what: &str,
        session: Option<&Sensitive<String>>,
        body: Option<&impl Serialize>,
    ) -> Result<T, CallError> {
        let answer = self.send(what, session, body).await?;
        serde_json::from_slice(&answer).map_err(|_| CallError::Malformed)
    }

    async fn send(
        &self,
        what: &str,
        session: Option<&Sensitive<String>>,
        body: Option<&impl Serialize>,
    ) -> Result<Vec<u8>, CallError> {
        let url = http::path(&self.base, &format!("/v1/channels/kiosk/{what}"))?;
        let mut is_fresh = false;
        loop {
            let token = self.token(is_fresh).await?;
            let request = match body {
                Some(body) => self.client.post(url.clone()).json(body),
                None => self.client.get(url.clone()),
            };
            let request = request.bearer_auth(token.expose());
            let request = match session {
                Some(session) => request.header("x-session", session.expose()),
                None => request,
            };
            match http::exchange(request).await {
                // It may be this kiosk's token that has ended, or what the citizen has.
                Err(CallError::Unauthenticated) if !is_fresh => is_fresh = true,
                outcome => return outcome,
            }
        }
    }

    /// Returns this kiosk's token, a new one if asked for or due.
    async fn token(&self, is_fresh: bool) -> Result<Sensitive<String>, CallError> {
        let mut held = self.token.lock().await;
        if let Some((token, until)) = &*held
            && !is_fresh
            && Instant::now() < *until
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
        })?;
        let lasts = answer.expires_at.since_ms(answer.server_time);
        let lasts = Duration::from_millis(u64::try_from(lasts).unwrap_or(0)).saturating_sub(TOKEN_MARGIN);
        *held = Some((answer.token.clone(), Instant::now() + lasts));
        Ok(answer.token)
    }

    async fn authenticate(&self) -> Result<TokenResponse, CallError> {
        let issued_at = now().plus_ms(self.ahead_ms.load(Ordering::Relaxed));
        let claims = ChannelAssertion { client: self.name.clone(), issued_at, nonce: Uuid::new_v4() };
        let claims = serde_json::to_vec(&claims).map_err(|_| CallError::Malformed)?;
        let claims = URL_SAFE_NO_PAD.encode(claims);
        let signature = self.key.sign(claims.as_bytes()).map_err(|_| CallError::OutOfService)?;
        let assertion = format!("{claims}.{}", URL_SAFE_NO_PAD.encode(signature));
        let url = http::path(&self.base, "/v1/channels/kiosk/auth")?;
        let answer = http::exchange(self.client.post(url).json(&ChannelAuthRequest { assertion })).await?;
        serde_json::from_slice(&answer).map_err(|_| CallError::Malformed)
    }
}

fn now() -> At {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    At(i64::try_from(now).unwrap_or(i64::MAX))
}

/// Returns why the centre did not do as asked, from the body of its answer.
fn refusal(told: ProtocolError) -> CallError {
    match told {
        ProtocolError::Refused { code } => CallError::Refused(code),
        ProtocolError::ClockOff { server_time } => CallError::ClockOff(server_time),
        ProtocolError::Revoked => CallError::OutOfService,
        ProtocolError::Unauthenticated => CallError::Unauthenticated,
        ProtocolError::Forbidden => CallError::Forbidden,
        ProtocolError::NotFound => CallError::NotFound,
        ProtocolError::Busy | ProtocolError::Unavailable => CallError::Busy,
        _ => CallError::Malformed,
    }
}
