//! Test registrations (M7): a reference for a valid code, which a testing place redeems once.
//!
//! Whoever holds a sheet can have a reference, so it opens nothing by itself: only a testing place
//! of the settings redeems it, by its signature, and gets no more than stands on the sheet.

use super::{
    answer::{Answer, SmallBody},
    assertion::Assertion,
    reference,
    state::Centre,
};
use crate::{clock, store::postgres::Redemption};
use axum::{
    Json,
    extract::{ConnectInfo, Path, State},
};
use rules::{
    At,
    life::Serial,
    payload::Claims,
    policy::CLOCK_TOLERANCE_MS,
    wire::{
        ProtocolError, REGISTRATION_PREFIX, RegistrationClaims, RegistrationOutcome, RegistrationRequest,
        RegistrationResponse,
    },
};
use std::{net::SocketAddr, sync::Arc};

/// Gives out the reference of a valid code. It ends with the day, as the code's validity does.
pub(super) async fn offer(centre: &Centre, claims: &Claims, now: At) -> Answer<String> {
    let reference = reference::of(&centre.registrations, claims.serial, now);
    centre.store.offer_registration(&reference, claims, At::end_of(now.day())).await?;
    Ok(reference)
}

/// Redeems a reference for a test. A repetition of the same try gets the same answer, because its
/// first one may have been lost.
#[utoipa::path(post, path = "/v1/registrations/{ref}", tag = "verification", params(("ref" = String, Path, description = "Reference from a verification", pattern = "^HS(-[2-9A-HJ-NP-Z]{4}){3}$")), request_body = RegistrationRequest,
    responses((status = 200, body = RegistrationResponse), (status = 401, description = "No testing place, or its signature or time is wrong", body = ProtocolError), (status = 404, description = "No such reference, or it has ended", body = ProtocolError), super::responses::AnyCall))]
pub(super) async fn redeem(
    State(centre): State<Arc<Centre>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Path(reference): Path<String>,
    SmallBody(request): SmallBody<RegistrationRequest>,
) -> Answer<Json<RegistrationResponse>> {
    centre.limits.assertion(address.ip())?;
    let now = clock::now();
    let assertion = Assertion::<RegistrationClaims>::read(&request.assertion)?;
    let RegistrationClaims { place, issued_at, nonce, reference: signed } = &assertion.claims;
    let key = centre.config.testing_places.get(place).ok_or(ProtocolError::Unauthenticated)?;
    let message = [REGISTRATION_PREFIX.as_bytes(), assertion.signed()].concat();
    key.verify(&message, &assertion.signature()?).map_err(|_| ProtocolError::Unauthenticated)?;
    // A reference of 60 bits cannot be guessed within this rate.
    centre.limits.testing_place(place)?;
    if *signed != reference {
        return Err(ProtocolError::Unauthenticated.into());
    }
    if issued_at.since_ms(now).unsigned_abs() > CLOCK_TOLERANCE_MS.unsigned_abs() {
        return Err(ProtocolError::ClockOff { server_time: now }.into());
    }
    let by = Redemption { place: place.clone(), nonce: *nonce };
    let found = centre.store.registration(&reference, now).await?.ok_or(ProtocolError::NotFound)?;
    let outcome = match &found.redeemed {
        Some(redeemed) if *redeemed == by => RegistrationOutcome::Registered,
        Some(_) => RegistrationOutcome::AlreadyRedeemed,
        None if !is_valid(&centre, found.serial, now).await? => RegistrationOutcome::CodeEnded,
        None if centre.store.redeem_registration(&reference, &by, now).await? => {
            RegistrationOutcome::Registered
        }
        None => RegistrationOutcome::AlreadyRedeemed,
    };
    metrics::counter!("central_registrations_total", "outcome" => name(outcome)).increment(1);
    let is_registered = outcome == RegistrationOutcome::Registered;
    Ok(Json(RegistrationResponse {
        outcome,
        masked_name: is_registered.then_some(found.masked_name),
        masked_number: is_registered.then_some(found.masked_number),
        server_time: now,
    }))
}

/// Returns whether the code is still valid: it may have been lost since the scan.
async fn is_valid(centre: &Centre, serial: Serial, now: At) -> Answer<bool> {
    let recorded = centre.lookups.code(serial).await?;
    Ok(recorded.is_some_and(|recorded| recorded.code.verifies(now.day()) && !recorded.code.provisional))
}

const fn name(outcome: RegistrationOutcome) -> &'static str {
    match outcome {
        RegistrationOutcome::Registered => "registered",
        RegistrationOutcome::AlreadyRedeemed => "already_redeemed",
        RegistrationOutcome::CodeEnded => "code_ended",
    }
}
