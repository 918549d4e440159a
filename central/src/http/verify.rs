//! Online verification (M6, M7): the current state, masked, with the scanner's watermark.

use super::{
    answer::{Answer, SmallBody},
    registration::registration_reference,
    state::{Centre, Symbol},
};
use crate::clock;
use axum::{
    Json,
    extract::{ConnectInfo, State},
};
use rules::{
    At,
    keys::Class,
    life::Code,
    payload::{self, Claims, PayloadError},
    verification::verify_online,
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
    let read = well_signed(centre, &request.payload).await?;
    let read = read.as_ref().map(|symbol| &symbol.claims).map_err(|error| *error);
    let code = match read {
        Ok(claims) => centre.lookups.code(claims.serial).await?,
        Err(_) => None,
    };
    let read = read.and_then(|claims| of_the_code(claims, code.as_ref()));
    let finding = verify_online(read, code.as_ref(), centre.keys.class, now);
    metrics::counter!("central_verifications_total", "answer" => name(finding.answer)).increment(1);
    let shown = read.ok().filter(|_| finding.shows_holder);
    let reference = shown.filter(|_| finding.registers);
    Ok(VerifyResponse {
        answer: finding.answer,
        // No health provider is connected; null fields say so.
        health: None,
        nucleic_acid: None,
        registration_reference: reference
            .map(|claims| registration_reference(&centre.registrations, claims.serial, now)),
        masked_name: shown.map(|claims| claims.masked_name.clone()),
        masked_number: shown.map(|claims| claims.masked_number.clone()),
        issued_at: shown.map(|claims| claims.issued_at),
        valid_through: shown.map(Claims::valid_through),
        watermark: watermark(&request.scanner, &request.place, now),
        server_time: now,
    })
}

/// M6: rejects a code whose expiry differs from the record; name and number are not checked.
fn of_the_code<'a>(claims: &'a Claims, code: Option<&Code>) -> Result<&'a Claims, PayloadError> {
    let fits = code.is_none_or(|code| code.valid_through == claims.valid_through());
    if fits { Ok(claims) } else { Err(PayloadError::WrongSignature) }
}

/// Returns the verified symbol, or what is wrong with it. Verified symbols are cached, because
/// checking a signature costs more than all the rest. Whether the key was valid is checked each
/// time, since it may be retired later.
async fn well_signed(centre: &Centre, text: &str) -> Answer<Result<Arc<Symbol>, PayloadError>> {
    if text.len() > payload::LIMIT_BYTES {
        return Ok(Err(PayloadError::TooLong));
    }
    let remembered = centre.symbols.lock().unwrap_or_else(PoisonError::into_inner).get(text).cloned();
    let symbol = match remembered {
        Some(symbol) => symbol,
        None => match check_signature(centre, text).await? {
            Ok(symbol) => {
                let symbol = Arc::new(symbol);
                let mut symbols = centre.symbols.lock().unwrap_or_else(PoisonError::into_inner);
                symbols.put(text.into(), Arc::clone(&symbol));
                symbol
            }
            Err(error) => return Ok(Err(error)),
        },
    };
    let Symbol { claims, key } = &*symbol;
    if claims.issuer != centre.config.issuer {
        return Ok(Err(PayloadError::Foreign));
    }
    let counted = key.class == claims.class && key.was_valid(claims.issued_at);
    Ok(if counted { Ok(symbol) } else { Err(PayloadError::KeyNotValid) })
}

async fn check_signature(centre: &Centre, text: &str) -> Answer<Result<Symbol, PayloadError>> {
    let unverified = match payload::decode(text) {
        Ok(unverified) => unverified,
        Err(error) => return Ok(Err(error)),
    };
    // S11: each class has its own keys, so the other class's key is unknown here; the answer still
    // names the class.
    match (unverified.claims.class, centre.keys.class) {
        (Class::Practice, Class::Live) => return Ok(Err(PayloadError::Practice)),
        (Class::Live, Class::Practice) => return Ok(Err(PayloadError::Live)),
        _ => {}
    }
    let Some(key) = centre.store.desk_key(unverified.key_id).await? else {
        return Ok(Err(PayloadError::UnknownKey));
    };
    Ok(payload::verify_with(text, &key.public_key).map(|claims| Symbol { claims, key }))
}

const fn name(answer: VerifyAnswer) -> &'static str {
    match answer {
        VerifyAnswer::Valid => "valid",
        VerifyAnswer::Provisional => "provisional",
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

/// M6: returns the watermark (scanner, place, time), so that a shared picture shows its origin.
fn watermark(scanner: &str, place: &str, now: At) -> String {
    let time = now.civil();
    format!("{} · {} · {}", scanner.trim(), place.trim(), time.strftime("%Y-%m-%d %H:%M:%S"))
}
