//! The centre's calls, as this desk makes them. Tokens are fetched when needed and once more when
//! one is refused.

mod http;
mod people;
mod published;

pub use http::CallError;

use crate::{
    desk_key::Signing,
    error::DeskError,
    heartbeat::Vitals,
    identity::Identity,
    store::{blob::Blob, operation::ProvenBatch},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{
    Client, Method, RequestBuilder, StatusCode, Url,
    header::{CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RANGE},
};
use rules::{
    At, DeviceNumber, Sensitive,
    correction::Digest,
    wire::{
        ChangesResponse, DeviceAssertion, DeviceAuthRequest, EnrolRequest, EnrolResponse, ProtocolError,
        PushResponse, RenewRequest, RenewResponse, ResultsResponse, SealedResponse, TokenResponse,
        VerifyRequest, VerifyResponse,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::Mutex;
use uuid::Uuid;

/// A token is not used in its last seconds: it could run out on the way.
const TOKEN_MARGIN_MS: i64 = 10_000;
/// Longest call that hands a sealed part on: it may hold a scan of 8 MiB.
const SEALED_CALL: Duration = Duration::from_secs(60);

/// Progress of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upload {
    /// Go on from this byte.
    From(u64),
    /// The centre has it whole.
    Complete,
}

/// The centre, from this desk.
pub struct Centre {
    client: RwLock<Client>,
    base: Url,
    device: DeviceNumber,
    epoch: u32,
    desk_number: u16,
    signing: Arc<Signing>,
    /// What is shown at every log-in: the audit (D1), and how this desk is.
    vitals: Arc<Vitals>,
    /// The device's token and until when it holds by the desk's trusted clock.
    token: Mutex<Option<(Sensitive<String>, At)>>,
    /// Row of the audit that the centre was shown last, as far as this program knows.
    shown: AtomicU64,
}

impl Centre {
    pub(crate) fn new(
        identity: &Identity,
        signing: Arc<Signing>,
        vitals: Arc<Vitals>,
    ) -> Result<Self, DeskError> {
        let (client, base) = http::client(&identity.centre_url, identity.centre_ca.as_deref())?;
        let key = identity.desk_key();
        let (device, epoch) = (key.device, key.epoch);
        Ok(Self {
            client: RwLock::new(client),
            base,
            device,
            epoch,
            desk_number: identity.desk_number,
            signing,
            vitals,
            token: Mutex::new(None),
            shown: AtomicU64::new(0),
        })
    }

    fn client(&self) -> Client {
        self.client.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Calls `POST /v1/desks/enrol`, the one endpoint without a token.
    pub(crate) async fn enrol(
        url: &str,
        authority: Option<&str>,
        request: &EnrolRequest,
    ) -> Result<EnrolResponse, DeskError> {
        let (client, base) = http::client(url, authority)?;
        let target = path(&base, &["v1", "desks", "enrol"])?;
        let response = http::send(client.post(target).json(request)).await?;
        Ok(http::json(response).await?)
    }

    /// Signs a batch and calls `POST /v1/sync/push`.
    pub(crate) async fn push(&self, batch: ProvenBatch, now: At) -> Result<PushResponse, CallError> {
        let request =
            batch.sign(self.signing.key().signer.as_ref()).map_err(|_| CallError::Malformed("not signed"))?;
        self.post(&["v1", "sync", "push"], &request, None, now).await
    }

    /// Calls `POST /v1/sync/sealed` with a part of another desk's outbox.
    pub(crate) async fn push_sealed(&self, sealed: Vec<u8>, now: At) -> Result<SealedResponse, CallError> {
        let target = self.path(&["v1", "sync", "sealed"])?;
        let build = || {
            let request = self.client().post(target.clone()).timeout(SEALED_CALL);
            request.header(CONTENT_TYPE, "application/octet-stream").body(sealed.clone())
        };
        http::json(self.call(build, None, now).await?).await
    }

    /// Calls `GET /v1/sync/results?after=`.
    pub(crate) async fn results(&self, after: u64, now: At) -> Result<ResultsResponse, CallError> {
        self.get(&["v1", "sync", "results"], &[("after", after)], None, now).await
    }

    /// Calls `GET /v1/sync/changes?cursor=`.
    pub(crate) async fn changes(&self, cursor: u64, now: At) -> Result<ChangesResponse, CallError> {
        self.get(&["v1", "sync", "changes"], &[("cursor", cursor)], None, now).await
    }

    /// Calls `POST /v1/desks/renew`.
    pub(crate) async fn renew(&self, request: &RenewRequest, now: At) -> Result<RenewResponse, CallError> {
        self.post(&["v1", "desks", "renew"], request, None, now).await
    }

    /// Calls `POST /v1/verify`.
    pub(crate) async fn verify(&self, request: &VerifyRequest, now: At) -> Result<VerifyResponse, CallError> {
        self.post(&["v1", "verify"], request, None, now).await
    }

    /// Calls `GET /v1/blobs/{sm3}`.
    pub(crate) async fn get_blob(
        &self,
        digest: &Digest,
        operator: Option<Sensitive<String>>,
        now: At,
    ) -> Result<Blob, CallError> {
        let target = self.path(&["v1", "blobs", &digest.to_string()])?;
        let response = self.call(|| self.client().get(target.clone()), operator, now).await?;
        let media_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or("application/octet-stream").to_owned();
        Ok(Blob { bytes: http::body(response).await?, media_type })
    }

    /// Calls `PUT /v1/blobs/{sm3}` with one piece. An empty piece asks where to go on.
    pub(crate) async fn put_blob(
        &self,
        digest: &Digest,
        media_type: &str,
        (start, total): (u64, u64),
        piece: &[u8],
        now: At,
    ) -> Result<Upload, CallError> {
        let target = self.path(&["v1", "blobs", &digest.to_string()])?;
        let range = match u64::try_from(piece.len()) {
            Ok(0) | Err(_) => format!("bytes */{total}"),
            Ok(length) => format!("bytes {start}-{}/{total}", start + length - 1),
        };
        let build = || {
            let request = self.client().put(target.clone()).header(CONTENT_TYPE, media_type);
            request.header(CONTENT_RANGE, &range).body(piece.to_vec())
        };
        let response = self.call(build, None, now).await?;
        match response.status() {
            StatusCode::OK | StatusCode::CREATED => Ok(Upload::Complete),
            StatusCode::ACCEPTED | StatusCode::RANGE_NOT_SATISFIABLE => {
                let last = response.headers().get(RANGE).and_then(|value| value.to_str().ok());
                let next = last.map_or(Some(0), |value| {
                    value
                        .strip_prefix("bytes=0-")
                        .and_then(|last| last.parse::<u64>().ok())
                        .map(|last| last + 1)
                });
                let next = next.filter(|next| *next <= total);
                next.map(Upload::From).ok_or(CallError::Malformed("range"))
            }
            _ => Err(CallError::Malformed("status")),
        }
    }

    async fn get<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &[(&str, u64)],
        operator: Option<Sensitive<String>>,
        now: At,
    ) -> Result<T, CallError> {
        let mut target = self.path(segments)?;
        for (name, value) in query {
            target.query_pairs_mut().append_pair(name, &value.to_string());
        }
        http::json(self.call(|| self.client().get(target.clone()), operator, now).await?).await
    }

    async fn get_newer<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        since: Option<u64>,
        held: u64,
        now: At,
    ) -> Result<Option<T>, CallError> {
        let mut target = self.path(segments)?;
        if let Some(since) = since {
            target.query_pairs_mut().append_pair("since", &since.to_string());
        }
        let build = || {
            self.client().request(Method::GET, target.clone()).header(IF_NONE_MATCH, format!("\"{held}\""))
        };
        let response = self.call(build, None, now).await?;
        if response.status() == StatusCode::NOT_MODIFIED
            || response.headers().get(ETAG).is_some_and(|tag| tag == &format!("\"{held}\""))
        {
            return Ok(None);
        }
        http::json(response).await.map(Some)
    }

    async fn post<B: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        segments: &[&str],
        body: &B,
        operator: Option<Sensitive<String>>,
        now: At,
    ) -> Result<T, CallError> {
        let target = self.path(segments)?;
        http::json(self.call(|| self.client().post(target.clone()).json(body), operator, now).await?).await
    }

    /// Sends with a token; with a new one if the old is refused.
    async fn call(
        &self,
        build: impl Fn() -> RequestBuilder,
        operator: Option<Sensitive<String>>,
        now: At,
    ) -> Result<reqwest::Response, CallError> {
        let first = match &operator {
            Some(token) => token.clone(),
            None => self.device_token(now).await?,
        };
        let answer = http::send(build().bearer_auth(first.expose())).await;
        if !matches!(answer, Err(CallError::Refused(ProtocolError::Unauthenticated))) {
            return answer;
        }
        // An operator's token cannot be renewed without their password; the device's may do for the
        // call.
        if operator.is_none() {
            *self.token.lock().await = None;
        }
        let second = self.device_token(now).await?;
        http::send(build().bearer_auth(second.expose())).await
    }

    async fn device_token(&self, now: At) -> Result<Sensitive<String>, CallError> {
        let mut held = self.token.lock().await;
        // A log-in tells the centre how this desk is.
        if self.vitals.take_news() {
            *held = None;
        }
        if let Some((token, until)) = held.as_ref().filter(|(_, until)| now < *until) {
            let _ = until;
            return Ok(token.clone());
        }
        let (answer, now) = self.log_in(now).await?;
        let life_ms = answer.expires_at.since_ms(answer.server_time) - TOKEN_MARGIN_MS;
        *held = Some((answer.token.clone(), now.plus_ms(life_ms)));
        Ok(answer.token)
    }

    /// Asks for a token, at most once more for each thing that the centre may want to be shown.
    async fn log_in(&self, now: At) -> Result<(TokenResponse, At), CallError> {
        let (mut at, mut earlier) = (now, self.shown.load(Ordering::Relaxed));
        for _ in 0..2 {
            match self.assert(at, earlier).await {
                // This desk's clock stands wrong, after a start without a line say. The centre has
                // said over its own line what time it is, and that is enough to ask once more; the
                // answers that follow set this desk's clock.
                Err(CallError::Refused(ProtocolError::ClockOff { server_time })) if at == now => {
                    tracing::warn!("the clock stands too wrong to log in by: the centre's time is taken");
                    at = server_time;
                }
                // The program was started anew, or an answer was lost.
                Err(CallError::Refused(ProtocolError::AuditRow { number })) => earlier = number,
                answer => return Ok((answer?, at)),
            }
        }
        Ok((self.assert(at, earlier).await?, at))
    }

    /// Calls `POST /v1/auth/device` with an assertion made at `issued_at`, which shows row
    /// `earlier` of the audit beside the newest.
    async fn assert(&self, issued_at: At, earlier: u64) -> Result<TokenResponse, CallError> {
        let shown = self.vitals.shown(Some(earlier).filter(|number| *number > 0)).await;
        let (audit, earlier, heartbeat) = shown.map_err(|error| {
            tracing::error!(code = error.code(), "the audit cannot be read");
            CallError::Malformed("audit")
        })?;
        let rows = audit.rows;
        let assertion = DeviceAssertion {
            device: self.device,
            epoch: self.epoch,
            issued_at,
            nonce: Uuid::new_v4(),
            audit: Some(audit),
            earlier,
            heartbeat: Some(heartbeat),
        };
        let claims = serde_json::to_vec(&assertion).map_err(|_| CallError::Malformed("assertion"))?;
        let claims = URL_SAFE_NO_PAD.encode(claims);
        let key = self.signing.key();
        let signature = key.signer.sign(claims.as_bytes()).map_err(|_| CallError::Malformed("not signed"))?;
        let request = DeviceAuthRequest {
            assertion: format!("{claims}.{}", URL_SAFE_NO_PAD.encode(signature)),
            certificate: Some(Box::new(key.certificate)),
            desk_number: Some(self.desk_number),
        };
        let target = self.path(&["v1", "auth", "device"])?;
        let answer = http::json(http::send(self.client().post(target).json(&request)).await?).await?;
        self.shown.store(rows, Ordering::Relaxed);
        Ok(answer)
    }

    fn path(&self, segments: &[&str]) -> Result<Url, CallError> {
        path(&self.base, segments).map_err(|_| CallError::Malformed("address"))
    }
}

/// Segments are escaped, so that nothing in them can leave its place.
fn path(base: &Url, segments: &[&str]) -> Result<Url, DeskError> {
    let mut url = base.clone();
    url.path_segments_mut().map_err(|()| DeskError::CentreAddress)?.pop_if_empty().extend(segments);
    Ok(url)
}
