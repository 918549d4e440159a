//! Authentication: the desk by its key, the operator by password and second factor.

use super::{
    answer::{Answer, Body, SmallBody},
    state::Centre,
    token::{self, DEVICE_TOKEN_MS, Device, OPERATOR_TOKEN_MS, TokenClaims},
};
use crate::{
    clock, passwords,
    store::{
        Store as _,
        postgres::{Account, Counted, Tally},
    },
};
use axum::{
    Json,
    extract::{ConnectInfo, State},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rules::{
    At, Sensitive,
    policy::CLOCK_TOLERANCE_MS,
    staff::Failures,
    wire::{DeviceAssertion, DeviceAuthRequest, OperatorAuthRequest, ProtocolError, TokenResponse},
};
use std::{net::SocketAddr, sync::Arc};

/// Issues a token to a desk that proves possession of its key. An assertion is accepted once, and
/// only around its own time.
#[utoipa::path(post, path = "/v1/auth/device", tag = "desks", request_body = DeviceAuthRequest,
    responses((status = 200, body = TokenResponse), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn device(
    State(centre): State<Arc<Centre>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    SmallBody(request): SmallBody<DeviceAuthRequest>,
) -> Answer<Json<TokenResponse>> {
    let now = clock::now();
    let (signed, signature) = request.assertion.split_once('.').ok_or(ProtocolError::Malformed)?;
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| ProtocolError::Malformed);
    let assertion: DeviceAssertion =
        serde_json::from_slice(&decode(signed)?).map_err(|_| ProtocolError::Malformed)?;
    // Limited by address until the caller is proven: naming a desk must neither use up its rate
    // nor gain one.
    centre.limits.assertion(address.ip())?;
    let head =
        centre.store.head(assertion.device, assertion.epoch).await?.ok_or(ProtocolError::Unauthenticated)?;
    head.public_key
        .verify(signed.as_bytes(), &decode(signature)?)
        .map_err(|_| ProtocolError::Unauthenticated)?;
    centre.limits.device(head.device)?;
    if head.current_epoch != head.epoch {
        return Err(ProtocolError::Fenced { current: head.current_epoch }.into());
    }
    if head.revoked {
        return Err(ProtocolError::Revoked.into());
    }
    // A desk with a wrong clock could not learn the time otherwise; only a proven desk is told.
    if assertion.issued_at.since_ms(now).unsigned_abs() > CLOCK_TOLERANCE_MS.unsigned_abs() {
        return Err(ProtocolError::ClockOff { server_time: now }.into());
    }
    let expires_at = assertion.issued_at.plus_ms(CLOCK_TOLERANCE_MS);
    if !centre.store.use_nonce(head.device, assertion.nonce, now, expires_at).await? {
        return Err(ProtocolError::Unauthenticated.into());
    }
    // A desk in quarantine is told so by every call that matters; one alarm is enough.
    if !head.quarantined {
        let (audit, at) = (assertion.audit.as_ref(), assertion.issued_at);
        let mismatch = centre.store.note_contact((head.device, head.epoch), audit, at, now).await?;
        if mismatch.is_some() {
            metrics::counter!("central_quarantines_total").increment(1);
            return Err(ProtocolError::Quarantined.into());
        }
    }
    let claims = TokenClaims {
        device: head.device,
        epoch: head.epoch,
        site: head.site,
        operator: None,
        expires_at: now.plus_ms(DEVICE_TOKEN_MS),
    };
    respond(&centre, &claims, now)
}

/// Logs an operator in at a desk of their site.
#[utoipa::path(post, path = "/v1/auth/operator", tag = "desks", security(("desk" = [])), request_body = OperatorAuthRequest,
    responses((status = 200, body = TokenResponse), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn operator(
    State(centre): State<Arc<Centre>>,
    Device(device): Device,
    Body(request): Body<OperatorAuthRequest>,
) -> Answer<Json<TokenResponse>> {
    centre.limits.login(device.device, &request.staff)?;
    centre.check_in_service(device.device, device.epoch).await?;
    let now = clock::now();
    // At a desk of another site the account counts as unknown, so nobody can lock it there.
    let account = centre.store.account(&request.staff).await?.filter(|account| account.site == device.site);
    // S4: counted before the password check, so that concurrent attempts all count.
    let may_try = account.is_some() && centre.store.begin_try(&request.staff, now).await?;
    // Unknown and locked accounts cost the same time and get the same answer.
    let is_right = check_password(&centre, account.as_ref(), &request, now).await? && may_try;
    if is_right {
        centre.store.note_failures(&request.staff, Failures::default()).await?;
    } else {
        tracing::warn!(device = device.device, "operator log-in refused");
        // What was typed for an unknown account may be anything, and is kept nowhere.
        let counted = account.map_or(Counted::Device(device.device), |_| Counted::Staff(request.staff));
        centre.store.count(Tally::FailedLogins, &counted, now).await?;
        return Err(ProtocolError::Unauthenticated.into());
    }
    centre.limits.operator(&request.staff)?;
    let claims =
        TokenClaims { operator: Some(request.staff), expires_at: now.plus_ms(OPERATOR_TOKEN_MS), ..device };
    respond(&centre, &claims, now)
}

/// S4: checks the password, the second factor if one is set, and that the account is enabled.
async fn check_password(
    centre: &Centre,
    account: Option<&Account>,
    request: &OperatorAuthRequest,
    now: At,
) -> Answer<bool> {
    let hash = account.map(|account| account.staff.password_hash.clone());
    let password = request.password.clone();
    let is_right = centre.on_a_core(move || passwords::verify(hash.as_ref(), &password)).await?;
    let Some(account) = account else { return Ok(false) };
    let second_factor = account.staff.totp_secret.as_ref().is_none_or(|secret| {
        request.second_factor.as_ref().is_some_and(|code| passwords::verify_totp(secret, code, now))
    });
    let may_work = account.staff.active && account.disabled_at.is_none();
    Ok(is_right && second_factor && may_work)
}

fn respond(centre: &Centre, claims: &TokenClaims, now: At) -> Answer<Json<TokenResponse>> {
    let token = token::write(&centre.keys.token, claims).ok_or(ProtocolError::Unavailable)?;
    Ok(Json(TokenResponse { token: Sensitive::new(token), expires_at: claims.expires_at, server_time: now }))
}
