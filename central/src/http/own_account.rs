//! What people set themselves: the first password, by an activation code, and the second factor.

use super::{
    answer::{Answer, SmallBody},
    caller::{Device, Owner},
    log_in::{answered, refuse},
    state::Centre,
};
use crate::{
    accounts::activated,
    clock, passwords,
    store::{
        NewVersion, Store as _,
        postgres::{Counted, Tally},
    },
};
use axum::{Json, extract::State, http::StatusCode};
use rules::{
    At, Refusal,
    digest::Digest,
    policy::CLOCK_TOLERANCE_MS,
    wire::{ActivateRequest, OperatorAuthResponse, ProtocolError, SecondFactorRequest},
};
use std::{collections::BTreeSet, sync::Arc};

/// Sets a person's password with an activation code, and logs them in. The code ends.
#[utoipa::path(post, path = "/v1/auth/activate", tag = "desks", security(("desk" = [])), request_body = ActivateRequest,
    responses((status = 200, body = OperatorAuthResponse), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn activate(
    State(centre): State<Arc<Centre>>,
    Device(device): Device,
    SmallBody(request): SmallBody<ActivateRequest>,
) -> Answer<Json<OperatorAuthResponse>> {
    let now = clock::now();
    let number = &request.change.value.staff;
    centre.limits.login(device.device, number)?;
    centre.check_in_service(device.device, device.epoch).await?;
    check_clock(request.change.value.at, now)?;
    let account = centre.store.account(number).await?;
    let account = account.filter(|account| account.record.value.site == device.site);
    let counted =
        if account.is_some() { Counted::Staff(number.clone()) } else { Counted::Device(device.device) };
    // S4: counted before the code is looked at, as every try is.
    let may_try = account.is_some() && centre.store.begin_try(number, now).await?;
    let history = centre.store.operators(&BTreeSet::from([number.clone()])).await?;
    let next = account.filter(|_| may_try).and_then(|account| {
        let step = match &account.totp_secret {
            Some(secret) => Some(passwords::totp_step(secret, request.second_factor.as_ref()?, now)?),
            None => None,
        };
        Some((activated(account.next(now), &request, history.get(number), now)?, step))
    });
    let Some((next, step)) = next else {
        tracing::warn!(device = device.device.0, "activation of an account refused");
        centre.store.count(Tally::FailedLogins, &counted, now).await?;
        return Err(ProtocolError::Refused { code: Refusal::ActivationCodeWrong }.into());
    };
    if !centre.store.end_try(number, step).await? {
        return refuse(&centre, &device, &counted, now).await;
    }
    centre.store.put_staff(next, |record| centre.keys.sign(record, "staff record")).await?;
    tracing::info!(target: "audit", device = device.device.0, operator = number.as_str(), "account activated");
    let account = centre.store.account(number).await?.ok_or(ProtocolError::Unauthenticated)?;
    answered(&centre, device, account, false, now)
}

/// Sets a person's own second factor. A code of the new secret shows that their phone has it, and
/// one of the secret before, if there is one, that it is them.
#[utoipa::path(post, path = "/v1/auth/second-factor", tag = "desks", security(("operator" = [])), request_body = SecondFactorRequest,
    responses((status = 204), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn second_factor(
    State(centre): State<Arc<Centre>>,
    Owner { claims, operator }: Owner,
    SmallBody(request): SmallBody<SecondFactorRequest>,
) -> Answer<StatusCode> {
    let now = clock::now();
    let number = &operator.number;
    let account = centre.store.account(number).await?.ok_or(ProtocolError::Unauthenticated)?;
    let change = request.change.verify(&account.record.value.public_key);
    let change = change.map_err(|_| ProtocolError::Unauthenticated)?;
    let is_secret = Digest::of(request.secret.expose().as_bytes()) == change.secret
        && passwords::is_totp_secret(&request.secret);
    if change.staff != *number || !is_secret {
        return Err(ProtocolError::Malformed.into());
    }
    check_clock(change.at, now)?;
    let wrong = || ProtocolError::Refused { code: Refusal::SecondFactorWrong };
    if !centre.store.begin_try(number, now).await? {
        return Err(wrong().into());
    }
    let new_step = passwords::totp_step(&request.secret, &request.code, now).ok_or_else(wrong)?;
    let old_step = match &account.totp_secret {
        Some(secret) => {
            let present = request.present.as_ref();
            Some(present.and_then(|code| passwords::totp_step(secret, code, now)).ok_or_else(wrong)?)
        }
        None => None,
    };
    if !centre.store.end_try(number, old_step).await? {
        return Err(wrong().into());
    }
    let next = NewVersion { totp_secret: Some(request.secret.clone()), ..account.next(now) };
    centre.store.put_staff(next, |record| centre.keys.sign(record, "staff record")).await?;
    // The code that was just shown is used; a later step of the secret before counts for more.
    centre.store.end_try(number, Some(new_step)).await?;
    tracing::info!(target: "audit", device = claims.device.0, operator = number.as_str(), "second factor set");
    Ok(StatusCode::NO_CONTENT)
}

fn check_clock(at: At, now: At) -> Result<(), ProtocolError> {
    if at.since_ms(now).unsigned_abs() > CLOCK_TOLERANCE_MS.unsigned_abs() {
        return Err(ProtocolError::ClockOff { server_time: now });
    }
    Ok(())
}
