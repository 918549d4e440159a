//! Verifies the signature, key, dates and revocation of a symbol.

use super::{Claims, OfflineAnswer, PayloadError, cose::read};
use crate::{
    keys::{Class, KeyList, PublicKey},
    policy::CLOCK_TOLERANCE_MS,
    revocation::OpenFilter,
    time::At,
};
use coset::CoseSign1;

/// Parses a symbol and verifies its signature with one key.
///
/// The centre calls it after looking up the desk's key. The caller checks dates and state.
///
/// # Errors
/// The errors of [`super::decode`], [`PayloadError::UnknownKey`] if another key signed,
/// [`PayloadError::WrongSignature`] if the signature does not verify.
pub fn verify_with(text: &str, key: &PublicKey) -> Result<Claims, PayloadError> {
    let (unverified, signed) = read(text)?;
    if unverified.key_id != key.key_id() {
        return Err(PayloadError::UnknownKey);
    }
    check_signature(&signed, key)?;
    Ok(unverified.claims)
}

/// Verifies a symbol without a connection: signature, class (S11), key, dates
/// and revocation filter.
///
/// The caller must have verified `keys` and the filter against the root key. The filter comes
/// with the time it was made. Without a filter, revocation is unknown and `as_of` is the time of
/// the key list.
///
/// A key's retirement is judged by the issue time that the code claims, so a thief of a retired key
/// can backdate a code. The centre detects a serial it never heard of, and a changed expiry. It
/// does not detect another name or number under the serial and expiry of an existing code.
///
/// # Errors
/// The [`PayloadError`] for the kind of bad code.
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
