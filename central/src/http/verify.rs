//! Online verification (M6, M7): the current state, masked, with the scanner's watermark.

use super::{
    answer::{Answer, SmallBody},
    registration,
    state::Centre,
};
use crate::clock;
use axum::{
    Json,
    extract::{ConnectInfo, State},
};
use rules::{
    health::HealthAnswer,
    keys::{DeskKey, KeyId},
    payload::{self, Claims, PayloadError},
    verification::{VerifiedSymbol, verify_online, watermark},
    wire::{ProtocolError, VerifyAnswer, VerifyRequest, VerifyResponse},
};
use std::{
    net::SocketAddr,
    sync::{Arc, PoisonError},
};

/// Longest name of a scanner or place, in characters.
const NAME_LIMIT: usize = 64;

#[utoipa::path(post, path = "/v1/verify", tag = "verification", request_body = VerifyRequest,
    responses((status = 200, body = VerifyResponse), super::responses::AnyCall))]
pub(super) async fn verify(
    State(centre): State<Arc<Centre>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    SmallBody(request): SmallBody<VerifyRequest>,
) -> Answer<Json<VerifyResponse>> {
    answer(&centre, address, &request).await.map(Json)
}

/// Verifies one scan.
pub(super) async fn answer(
    centre: &Centre,
    address: SocketAddr,
    request: &VerifyRequest,
) -> Answer<VerifyResponse> {
    let named = |text: &str| !text.trim().is_empty() && text.chars().count() <= NAME_LIMIT;
    if !named(&request.scanner) || !named(&request.place) {
        return Err(ProtocolError::Malformed.into());
    }
    centre.limits.scanner(address.ip(), &request.scanner)?;
    let now = clock::now();
    let read = read(centre, &request.payload).await?;
    let recorded = match &read {
        Ok(signed) => centre.lookups.code(signed.symbol.claims.serial).await?,
        Err(_) => None,
    };
    let signed = read.as_ref().map(|signed| (&*signed.symbol, &signed.key)).map_err(|error| *error);
    let finding = verify_online(signed, recorded.as_ref(), &centre.rulebook.verifier(), now);
    metrics::counter!("central_verifications_total", "answer" => name(finding.answer)).increment(1);
    let shown = read.as_ref().ok().map(|signed| &signed.symbol.claims).filter(|_| finding.shows_holder);
    let valid = shown.filter(|_| finding.registers);
    let health = match valid {
        Some(claims) => centre.health.of(claims.serial, &centre.store, now).await?,
        None => HealthAnswer::NotAsked,
    };
    let registration_reference = match valid.filter(|_| request.register) {
        Some(claims) => Some(registration::offer(centre, claims, now).await?),
        None => None,
    };
    Ok(VerifyResponse {
        answer: finding.answer,
        health,
        registration_reference,
        masked_name: shown.map(|claims| claims.masked_name.clone()),
        masked_number: shown.map(|claims| claims.masked_number.clone()),
        issued_at: shown.map(|claims| claims.issued_at),
        valid_through: shown.map(Claims::valid_through),
        watermark: watermark(&request.scanner, &request.place, now),
        server_time: now,
    })
}

/// A symbol whose signature verifies, with the present state of its key.
struct Signed {
    symbol: Arc<VerifiedSymbol>,
    key: DeskKey,
}

/// Reads a symbol and verifies its signature, or returns what is wrong with it. Verified symbols
/// are cached, because checking a signature costs more than all the rest.
async fn read(centre: &Centre, text: &str) -> Answer<Result<Signed, PayloadError>> {
    if text.len() > payload::LIMIT_BYTES {
        return Ok(Err(PayloadError::TooLong));
    }
    let remembered = centre.symbols.lock().unwrap_or_else(PoisonError::into_inner).get(text).cloned();
    if let Some(symbol) = remembered {
        let key = key(centre, symbol.imprint.key_id).await?;
        return Ok(key.map(|key| Signed { symbol, key }).ok_or(PayloadError::UnknownKey));
    }
    let unverified = match payload::decode(text) {
        Ok(unverified) => unverified,
        Err(error) => return Ok(Err(error)),
    };
    // S11: each class has its own keys, so the other class's key is unknown here; the answer still
    // names the class.
    if let Err(error) = centre.rulebook.verifier().check_class(&unverified.claims) {
        return Ok(Err(error));
    }
    let Some(key) = key(centre, unverified.key_id).await? else {
        return Ok(Err(PayloadError::UnknownKey));
    };
    let symbol = match VerifiedSymbol::verify(text, &key.public_key) {
        Ok(symbol) => Arc::new(symbol),
        Err(error) => return Ok(Err(error)),
    };
    let mut symbols = centre.symbols.lock().unwrap_or_else(PoisonError::into_inner);
    symbols.put(text.into(), Arc::clone(&symbol));
    Ok(Ok(Signed { symbol, key }))
}

/// Returns a key in its present state, as far as this process knows. One that was certified since
/// the last key list is read from the database.
async fn key(centre: &Centre, key_id: KeyId) -> Answer<Option<DeskKey>> {
    let known = centre.known_keys.read().unwrap_or_else(PoisonError::into_inner).get(&key_id).cloned();
    match known {
        Some(key) => Ok(Some(key)),
        None => Ok(centre.store.desk_key(key_id).await?),
    }
}

const fn name(answer: VerifyAnswer) -> &'static str {
    match answer {
        VerifyAnswer::Valid => "valid",
        VerifyAnswer::Provisional => "provisional",
        VerifyAnswer::Unknown => "unknown",
        VerifyAnswer::Expired => "expired",
        VerifyAnswer::Lost => "lost",
        VerifyAnswer::Superseded => "superseded",
        VerifyAnswer::Voided => "voided",
        VerifyAnswer::Foreign => "foreign",
        VerifyAnswer::Damaged => "damaged",
        VerifyAnswer::WrongSignature => "wrong_signature",
        VerifyAnswer::NotYetValid => "not_yet_valid",
        VerifyAnswer::OtherClass => "other_class",
    }
}
