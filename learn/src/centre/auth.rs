//! Enrolment of the desk, and log-in of desk and staff.

use super::{Caller, Centre, DESK, ISSUER, SITE_NAME};
use axum::{Json, Router, extract::State, http::HeaderMap, routing::post};
use central::{
    clock,
    http::{Answer, Assertion},
    machine::ingest::DeviceHead,
    passwords,
    store::Store as _,
};
use rules::{
    At, Sensitive,
    authority::Credential,
    wire::{
        DeviceAssertion, DeviceAuthRequest, EnrolRequest, EnrolResponse, OperatorAuthRequest,
        OperatorAuthResponse, ProtocolError, TokenResponse,
    },
};
use std::sync::Arc;

/// How long a token holds: longer than a practice, since its end would teach nothing.
const TOKEN_MS: i64 = 12 * 60 * 60 * 1000;

pub(super) fn routes() -> Router<Arc<Centre>> {
    Router::new()
        .route("/v1/desks/enrol", post(enrol))
        .route("/v1/auth/device", post(device))
        .route("/v1/auth/operator", post(operator))
}

async fn enrol(
    State(centre): State<Arc<Centre>>,
    Json(request): Json<EnrolRequest>,
) -> Answer<Json<EnrolResponse>> {
    let now = clock::now();
    if centre.rows().code.take_if(|code| *code == *request.code.expose()).is_none() {
        return Err(ProtocolError::EnrolmentCode.into());
    }
    let key = Centre::desk_key(request.public_key, now);
    let head = DeviceHead::enrolled(&key);
    let certificate = centre.sign(key.clone())?;
    centre.store.enrol(&head, &certificate).await?;
    centre.rows().keys.push(key);
    Ok(Json(EnrolResponse {
        certificate,
        root: centre.root.clone(),
        sealing: centre.sealing()?,
        issuer: ISSUER.to_owned(),
        site_name: SITE_NAME.to_owned(),
        desk_number: DESK,
        server_time: now,
    }))
}

async fn device(
    State(centre): State<Arc<Centre>>,
    Json(request): Json<DeviceAuthRequest>,
) -> Answer<Json<TokenResponse>> {
    let assertion = Assertion::<DeviceAssertion>::read(&request.assertion)?;
    let DeviceAssertion { device, epoch, .. } = assertion.claims;
    let head = centre.store.head(device, epoch).await?.ok_or(ProtocolError::Unauthenticated)?;
    let signature = assertion.signature()?;
    head.verify(assertion.signed(), &signature).map_err(|_| ProtocolError::Unauthenticated)?;
    if head.quarantined {
        return Err(ProtocolError::Quarantined.into());
    }
    let now = clock::now();
    if let Some(heartbeat) = &assertion.claims.heartbeat {
        centre.rows().heartbeat = Some((now, heartbeat.clone()));
    }
    Ok(Json(centre.token(Caller { device, epoch }, now)))
}

async fn operator(
    State(centre): State<Arc<Centre>>,
    headers: HeaderMap,
    Json(request): Json<OperatorAuthRequest>,
) -> Answer<Json<OperatorAuthResponse>> {
    let caller = centre.caller(&headers)?;
    let account = centre.rows().accounts.get(&request.staff).cloned();
    let key = account
        .as_ref()
        .map(|account| (account.wrapped_key.clone(), account.record.value.public_key.clone()));
    let opened = passwords::opens(key.as_ref(), &request.staff, &request.password);
    let account = account.filter(|_| opened).ok_or(ProtocolError::Unauthenticated)?;
    Ok(Json(OperatorAuthResponse {
        token: centre.token(caller, clock::now()),
        credential: Credential { wrapped_key: account.wrapped_key, record: account.record },
        must_change_password: false,
    }))
}

impl Centre {
    fn token(&self, caller: Caller, now: At) -> TokenResponse {
        let token = uuid::Uuid::new_v4().simple().to_string();
        self.rows().tokens.insert(token.clone(), caller);
        TokenResponse { token: Sensitive::new(token), expires_at: now.plus_ms(TOKEN_MS), server_time: now }
    }
}
