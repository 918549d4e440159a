//! Checking what was read.

use super::{Claims, OfflineAnswer, PayloadError, cose::read};
use crate::{
    keys::{Class, KeyList, PublicKey},
    policy::CLOCK_TOLERANCE_MS,
    revocation::OpenFilter,
    time::At,
};
use coset::CoseSign1;

/// Reads and checks the signature with one key (the centre after looking the desk key up). Dates and state are the caller's.
///
/// # Errors
/// As [`super::decode`], [`PayloadError::UnknownKey`] when another key signed, or [`PayloadError::WrongSignature`].
pub fn verify_with(text: &str, key: &PublicKey) -> Result<Claims, PayloadError> {
    let (unverified, signed) = read(text)?;
    if unverified.key_id != key.key_id() {
        return Err(PayloadError::UnknownKey);
    }
    check_signature(&signed, key)?;
    Ok(unverified.claims)
}

/// What a verifier without a line can say (offline verification): signature, class (S11), key, dates, filter.
///
/// `keys` and the filter must have been verified against the root key by the caller; the filter comes with the time it was made. Without a
/// filter nothing is known about revocation, and only the key list's age is given. A key's retirement is judged by the time the code claims:
/// a thief of a retired key could date a code back. The centre notices a serial it never heard of and another end than it has on record; it does
/// not notice another name or number under the serial and end of somebody's sheet.
///
/// # Errors
/// Each kind of bad code has its own.
pub fn verify_offline(
    text: &str,
    class: Class,
    keys: &KeyList,
    filter: Option<(&OpenFilter, At)>,
    now: At,
) -> Result<OfflineAnswer, PayloadError> {
    let (unverified, signed) = read(text)?;
    let claims = unverified.claims;
    match (claims.class, class) {
        (Class::Practice, Class::Live) => return Err(PayloadError::Practice),
        (Class::Live, Class::Practice) => return Err(PayloadError::Live),
        (Class::Live, Class::Live) | (Class::Practice, Class::Practice) => {}
    }
    let listed = keys.find(unverified.key_id).filter(|desk| desk.class == class);
    let desk = listed.ok_or(PayloadError::UnknownKey)?;
    check_signature(&signed, &desk.public_key)?;
    if !desk.was_valid(claims.issued_at) {
        return Err(PayloadError::KeyNotValid);
    }
    if claims.issued_at > now.plus_ms(CLOCK_TOLERANCE_MS) {
        return Err(PayloadError::NotYetValid);
    }
    if now >= claims.expires_at {
        return Err(PayloadError::Expired);
    }
    Ok(OfflineAnswer {
        device: desk.device,
        probably_revoked: filter.is_some_and(|(filter, _)| filter.contains(claims.serial)),
        as_of: filter.map_or(keys.made_at, |(_, made_at)| made_at.min(keys.made_at)),
        claims,
    })
}

fn check_signature(signed: &CoseSign1, key: &PublicKey) -> Result<(), PayloadError> {
    signed
        .verify_signature(b"", |signature, message| key.verify(message, signature))
        .map_err(|_| PayloadError::WrongSignature)
}
