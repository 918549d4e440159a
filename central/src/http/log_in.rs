//! Authentication: the desk by its key, the operator by password and second factor.

use super::{
    answer::{Answer, Body, SmallBody},
    assertion::{Assertion, accept_once},
    caller::{self, DEVICE_TOKEN_MS, Device, OPERATOR_TOKEN_MS, OperatorClaim, Owner, TokenClaims},
    state::Centre,
};
use crate::{
    clock,
    machine::{contact::Contact, ingest::DeviceHead},
    passwords,
    store::{
        NewVersion, Store as _,
        postgres::{Account, Counted, Tally},
    },
};
use axum::{
    Json,
    extract::{ConnectInfo, State},
};
use rules::{
    At, Sensitive,
    authority::{Credential, StaffRecord},
    issuing::Issued,
    keys::DeskKey,
    policy::CLOCK_TOLERANCE_MS,
    staff::password_current,
    wire::{
        ChangePasswordRequest, DeviceAssertion, DeviceAuthRequest, OperatorAuthRequest, OperatorAuthResponse,
        ProtocolError, TokenResponse,
    },
};
use std::{collections::BTreeSet, net::SocketAddr, sync::Arc};

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
    let assertion = Assertion::<DeviceAssertion>::read(&request.assertion)?;
    let asserted = &assertion.claims;
    // Limited by address until the caller is proven: naming a desk must neither use up its rate
    // nor gain one.
    centre.limits.assertion(address.ip())?;
    let signature = assertion.signature()?;
    let head = match centre.store.head(asserted.device, asserted.epoch).await? {
        Some(head) => head,
        None => take_back(&centre, &request, asserted, (assertion.signed(), &signature), now).await?,
    };
    if head.verify(assertion.signed(), &signature).is_err() {
        let certificate = request.certificate.as_ref().ok_or(ProtocolError::Unauthenticated)?;
        adopt(&centre, &head, certificate, (assertion.signed(), &signature), now).await?;
    }
    centre.limits.device(head.device)?;
    if head.current_epoch != head.epoch {
        return Err(ProtocolError::Fenced { current: head.current_epoch }.into());
    }
    if head.revoked {
        return Err(ProtocolError::Revoked.into());
    }
    let owner = format!("device {}", head.device);
    accept_once(&centre, &owner, (asserted.issued_at, asserted.nonce), now).await?;
    if let Some(heartbeat) = &asserted.heartbeat {
        let desk = (head.device, head.epoch);
        centre.store.note_heartbeat(desk, heartbeat, asserted.issued_at).await?;
    }
    // A desk in quarantine is told so by every call that matters; one alarm is enough.
    if !head.quarantined {
        let (desk, at) = ((head.device, head.epoch), asserted.issued_at);
        let shown = (asserted.audit.as_ref(), asserted.earlier.as_ref());
        match centre.store.note_contact(desk, shown, at, now).await? {
            Contact::Keep | Contact::Pass => {}
            Contact::Ask(number) => return Err(ProtocolError::AuditRow { number }.into()),
            Contact::Mismatch(_) => {
                metrics::counter!("central_quarantines_total").increment(1);
                return Err(ProtocolError::Quarantined.into());
            }
        }
    }
    let claims = TokenClaims {
        device: head.device,
        epoch: head.epoch,
        site: head.site,
        operator: None,
        expires_at: now.plus_ms(DEVICE_TOKEN_MS),
    };
    Ok(Json(token(&centre, &claims, now)?))
}

/// Takes up a whole enrolment that this centre certified and has forgotten, because its database
/// was put back. Without a statement that it was, there is none.
async fn take_back(
    centre: &Centre,
    request: &DeviceAuthRequest,
    asserted: &DeviceAssertion,
    (signed, signature): (&[u8], &[u8]),
    now: At,
) -> Answer<DeviceHead> {
    let unknown = || ProtocolError::Unauthenticated;
    let certificate = request.certificate.as_ref().ok_or_else(unknown)?;
    let key = certificate.verify(&centre.keys.trust).map_err(|_| unknown())?;
    key.public_key.verify(signed, signature).map_err(|_| unknown())?;
    let is_own = (key.device, key.epoch, key.class) == (asserted.device, asserted.epoch, centre.keys.class);
    let desk_number = request.desk_number.filter(|_| is_own && key.is_in_force(now)).ok_or_else(unknown)?;
    let head = centre.store.take_back_desk(certificate, desk_number, now).await?;
    let Some(head) = head else {
        tracing::error!(
            device = key.device.0,
            epoch = key.epoch,
            site = key.site.as_str(),
            desk_number,
            "a forgotten desk cannot be taken up: see `restore report`"
        );
        return Err(unknown().into());
    };
    centre.keys_changed.notify_one();
    tracing::warn!(device = head.device.0, epoch = head.epoch, "a forgotten enrolment was taken up again");
    Ok(head)
}

/// B4: takes a renewed key up that this centre certified and has forgotten, because it was restored
/// from a backup. A key it still knows, in whatever state, is not taken up so.
async fn adopt(
    centre: &Centre,
    head: &DeviceHead,
    certificate: &Issued<DeskKey>,
    (signed, signature): (&[u8], &[u8]),
    now: At,
) -> Answer<()> {
    let key = certificate.verify(&centre.keys.trust).map_err(|_| ProtocolError::Unauthenticated)?;
    key.public_key.verify(signed, signature).map_err(|_| ProtocolError::Unauthenticated)?;
    let is_own = (key.device, key.epoch, key.class) == (head.device, head.epoch, centre.keys.class);
    if !is_own || head.revoked || !key.is_in_force(now) || !centre.store.adopt_key(certificate, now).await? {
        return Err(ProtocolError::Unauthenticated.into());
    }
    centre.keys_changed.notify_one();
    tracing::warn!(
        device = head.device.0,
        epoch = head.epoch,
        "a forgotten key of a desk was taken up again"
    );
    Ok(())
}

/// Logs an operator in at a desk of their site. The desk may keep the credential for log-in without
/// the centre (A2); the secret of the second factor stays here.
#[utoipa::path(post, path = "/v1/auth/operator", tag = "desks", security(("desk" = [])), request_body = OperatorAuthRequest,
    responses((status = 200, body = OperatorAuthResponse), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn operator(
    State(centre): State<Arc<Centre>>,
    Device(device): Device,
    Body(request): Body<OperatorAuthRequest>,
) -> Answer<Json<OperatorAuthResponse>> {
    centre.limits.login(device.device, &request.staff)?;
    centre.check_in_service(device.device, device.epoch).await?;
    let now = clock::now();
    // At a desk of another site the account counts as unknown, so nobody can lock it there.
    let account = centre.store.account(&request.staff).await?;
    let account = account.filter(|account| account.record.value.site == device.site);
    // S4: counted before the password check, so that concurrent attempts all count.
    let may_try = account.is_some() && centre.store.begin_try(&request.staff, now).await?;
    // Unknown and locked accounts cost the same time and get the same answer.
    let proven = check_password(&centre, account.as_ref(), &request, now).await?;
    // What was typed for an unknown account may be anything, and is kept nowhere.
    let counted = match &account {
        Some(_) => Counted::Staff(request.staff.clone()),
        None => Counted::Device(device.device),
    };
    let (Some(account), true, Some(totp_step)) = (account, may_try, proven) else {
        return refuse(&centre, &device, &counted, now).await;
    };
    if !centre.store.end_try(&request.staff, totp_step).await? {
        return refuse(&centre, &device, &counted, now).await;
    }
    centre.limits.operator(&request.staff)?;
    let must_change_password = password_current(account.password_since, now, &centre.config.policy).is_err();
    answered(&centre, device, account, must_change_password, now)
}

pub(super) async fn refuse<T>(
    centre: &Centre,
    device: &TokenClaims,
    counted: &Counted,
    now: At,
) -> Answer<T> {
    tracing::warn!(device = device.device.0, "operator log-in refused");
    centre.store.count(Tally::FailedLogins, counted, now).await?;
    Err(ProtocolError::Unauthenticated.into())
}

/// S4: checks the password, the second factor if one is set, and that the account is enabled.
/// Returns the step of the second factor, `Some(None)` where none is set.
async fn check_password(
    centre: &Centre,
    account: Option<&Account>,
    request: &OperatorAuthRequest,
    now: At,
) -> Answer<Option<Option<u64>>> {
    let key = account.map(|account| (account.wrapped_key.clone(), account.record.value.public_key.clone()));
    let (staff, password) = (request.staff.clone(), request.password.clone());
    let is_right = centre.on_a_core(move || passwords::opens(key.as_ref(), &staff, &password)).await?;
    let Some(account) = account.filter(|account| is_right && account.record.value.active) else {
        return Ok(None);
    };
    let Some(secret) = &account.totp_secret else { return Ok(Some(None)) };
    let code = request.second_factor.as_ref();
    Ok(code.and_then(|code| passwords::totp_step(secret, code, now)).map(Some))
}

/// Changes a person's own password, and with it the key: the old key signs the new one. Ends every
/// token of the log-ins before; the answer has a new one.
#[utoipa::path(post, path = "/v1/auth/password", tag = "desks", security(("operator" = [])), request_body = ChangePasswordRequest,
    responses((status = 200, body = OperatorAuthResponse), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn password(
    State(centre): State<Arc<Centre>>,
    Owner { claims, operator }: Owner,
    SmallBody(request): SmallBody<ChangePasswordRequest>,
) -> Answer<Json<OperatorAuthResponse>> {
    let now = clock::now();
    let account = centre.store.account(&operator.number).await?.ok_or(ProtocolError::Unauthenticated)?;
    let change = request.change.verify(&account.record.value.public_key);
    let change = change.map_err(|_| ProtocolError::Unauthenticated)?;
    if change.staff != operator.number || !request.wrapped_key.is_keepable() {
        return Err(ProtocolError::Malformed.into());
    }
    if change.at.since_ms(now).unsigned_abs() > CLOCK_TOLERANCE_MS.unsigned_abs() {
        return Err(ProtocolError::ClockOff { server_time: now }.into());
    }
    let history = centre.store.operators(&BTreeSet::from([operator.number.clone()])).await?;
    if history.values().any(|person| person.has_had(&change.public_key)) {
        return Err(ProtocolError::Malformed.into());
    }
    let next = account.next(now);
    let record = StaffRecord { public_key: change.public_key.clone(), ..next.record };
    let version = NewVersion {
        record,
        wrapped_key: request.wrapped_key.clone(),
        password_since: now,
        change: Some(request.change),
        code: None,
        ..next
    };
    // Once only: the old key is no longer this person's, and the store takes none a second time.
    let sign = |record| centre.keys.sign(record, "staff record");
    centre.store.put_staff(version, sign).await?;
    tracing::info!(target: "audit", device = claims.device.0, operator = operator.number.as_str(), "password changed");
    let account = centre.store.account(&operator.number).await?.ok_or(ProtocolError::Unauthenticated)?;
    answered(&centre, claims, account, false, now)
}

/// Answers with a token for the account and with its credential.
pub(super) fn answered(
    centre: &Centre,
    device: TokenClaims,
    account: Account,
    must_change_password: bool,
    now: At,
) -> Answer<Json<OperatorAuthResponse>> {
    let StaffRecord { number, public_key, .. } = &account.record.value;
    let operator = OperatorClaim { number: number.clone(), key: public_key.key_id(), must_change_password };
    let claims =
        TokenClaims { operator: Some(operator), expires_at: now.plus_ms(OPERATOR_TOKEN_MS), ..device };
    let token = token(centre, &claims, now)?;
    let credential = Credential { record: account.record, wrapped_key: account.wrapped_key };
    Ok(Json(OperatorAuthResponse { token, credential, must_change_password }))
}

fn token(centre: &Centre, claims: &TokenClaims, now: At) -> Answer<TokenResponse> {
    let token = caller::write(&centre.keys.token, claims).ok_or(ProtocolError::Unavailable)?;
    Ok(TokenResponse { token: Sensitive::new(token), expires_at: claims.expires_at, server_time: now })
}
