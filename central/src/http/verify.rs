//! Online verification (M6, M7): the state now, masked, with the scanner's watermark.

use super::{
    answer::{Answer, Body},
    state::Centre,
};
use crate::{clock, store::Store as _};
use axum::{
    Json,
    extract::{ConnectInfo, State},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rules::{
    At,
    keys::DeskKey,
    life::{Serial, Standing},
    payload::{self, Claims, PayloadError},
    wire::{ProtocolError, VerifyAnswer, VerifyRequest, VerifyResponse},
};
use sm3::{Digest as _, Sm3};
use std::{
    net::SocketAddr,
    sync::{Arc, PoisonError},
};

/// Longest name of a scanner or place.
const NAME_LIMIT: usize = 64;

pub(super) async fn verify(
    State(centre): State<Arc<Centre>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Body(request): Body<VerifyRequest>,
) -> Answer<Json<VerifyResponse>> {
    answer(&centre, address, &request).await.map(Json)
}

/// The answer to a scan.
pub(super) async fn answer(centre: &Centre, address: SocketAddr, request: &VerifyRequest) -> Answer<VerifyResponse> {
    let named = |text: &str| !text.trim().is_empty() && text.chars().count() <= NAME_LIMIT;
    if !named(&request.scanner) || !named(&request.place) {
        return Err(ProtocolError::Malformed.into());
    }
    centre.limits.scanner(address.ip(), &request.scanner)?;
    let now = clock::now();
    let (answer, claims) = match well_signed(centre, &request.payload).await? {
        Ok((claims, key)) => (state(centre, &claims, &key, now).await?, Some(claims)),
        Err(answer) => (answer, None),
    };
    metrics::counter!("central_verifications_total", "answer" => name(answer)).increment(1);
    let is_valid = answer == VerifyAnswer::Valid;
    Ok(VerifyResponse {
        answer,
        masked_name: claims.as_ref().map(|claims| claims.masked_name.clone()),
        masked_number: claims.as_ref().map(|claims| claims.masked_number.clone()),
        issued_at: claims.as_ref().map(|claims| claims.issued_at),
        valid_through: claims.as_ref().map(|claims| claims.expires_at.plus_ms(-1).day()),
        // No health provider is connected here; the fields say so by being absent.
        health: None,
        nucleic_acid: None,
        registration_reference: claims
            .filter(|_| is_valid)
            .and_then(|claims| registration_reference(&centre.keys.token, claims.serial, now)),
        watermark: watermark(&request.scanner, &request.place, now),
        server_time: now,
    })
}

/// The claims and the key of a well-signed symbol, or what else it is. Checked signatures are remembered: a signature never
/// changes, and checking one costs more than everything else here.
async fn well_signed(centre: &Centre, text: &str) -> Answer<Result<(Claims, DeskKey), VerifyAnswer>> {
    if text.len() > payload::LIMIT_BYTES {
        return Ok(Err(VerifyAnswer::Foreign));
    }
    let digest: [u8; 32] = Sm3::digest(text.as_bytes()).into();
    let remembered = centre.symbols.lock().unwrap_or_else(PoisonError::into_inner).get(&digest).cloned();
    if let Some(known) = remembered {
        return Ok(Ok(known));
    }
    let unverified = match payload::decode(text) {
        Ok(unverified) => unverified,
        Err(error) => return Ok(Err(bad(error))),
    };
    let Some(key) = centre.store.desk_key(unverified.key_id).await? else { return Ok(Err(VerifyAnswer::WrongSignature)) };
    match payload::verify_with(text, &key.public_key) {
        Ok(claims) => {
            let known = (claims, key);
            centre.symbols.lock().unwrap_or_else(PoisonError::into_inner).put(digest, known.clone());
            Ok(Ok(known))
        }
        Err(error) => Ok(Err(bad(error))),
    }
}

const fn bad(error: PayloadError) -> VerifyAnswer {
    match error {
        PayloadError::TooLong | PayloadError::Foreign => VerifyAnswer::Foreign,
        PayloadError::Damaged => VerifyAnswer::Damaged,
        PayloadError::UnknownKey | PayloadError::WrongSignature | PayloadError::KeyNotValid => {
            VerifyAnswer::WrongSignature
        }
        PayloadError::Practice | PayloadError::Live => VerifyAnswer::OtherClass,
        PayloadError::NotYetValid => VerifyAnswer::NotYetValid,
        PayloadError::Expired => VerifyAnswer::Expired,
    }
}

/// What a well-signed code is now.
async fn state(centre: &Centre, claims: &Claims, key: &DeskKey, now: At) -> Answer<VerifyAnswer> {
    if claims.class != centre.keys.class || key.class != centre.keys.class {
        return Ok(VerifyAnswer::OtherClass);
    }
    if !key.was_valid(claims.issued_at) || claims.issuer != centre.config.issuer {
        return Ok(VerifyAnswer::WrongSignature);
    }
    if claims.issued_at > now.plus_ms(centre.config.policy.clock_tolerance_ms) {
        return Ok(VerifyAnswer::NotYetValid);
    }
    if claims.expires_at <= now {
        return Ok(VerifyAnswer::Expired);
    }
    // Well signed, and the desk has not told us yet: neither unknown nor valid.
    let Some(issued) = centre.store.code(claims.serial).await? else { return Ok(VerifyAnswer::Provisional) };
    Ok(match issued.code.standing(now.day()) {
        Standing::Live => VerifyAnswer::Valid,
        Standing::Expired => VerifyAnswer::Expired,
        Standing::Lost => VerifyAnswer::Lost,
        Standing::Superseded => VerifyAnswer::Superseded,
        Standing::Voided => VerifyAnswer::Voided,
    })
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

/// M7: names the code to the test registration of this day, and nobody else can make or read it.
fn registration_reference(key: &[u8; 32], serial: Serial, now: At) -> Option<String> {
    let mut mac = Hmac::<Sm3>::new_from_slice(key).ok()?;
    mac.update(b"registration ");
    mac.update(&serial.0);
    mac.update(now.day().to_string().as_bytes());
    let tag = mac.finalize().into_bytes();
    Some(format!("HS-{}****", crate::hex::encode(&tag[..6])))
}

/// M6: who scanned, where and when, across the answer, so that a passed-on picture tells where it came from.
fn watermark(scanner: &str, place: &str, now: At) -> String {
    let time = now.civil();
    format!("{} · {} · {}", scanner.trim(), place.trim(), time.strftime("%Y-%m-%d %H:%M:%S"))
}
