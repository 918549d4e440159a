//! Verifies the signature, key, dates and revocation of a symbol.

use super::{Claims, OfflineAnswer, PayloadError, cose::read};
use crate::{
    Policy,
    keys::{Class, DeskKey, KeyList, PublicKey},
    revocation::OpenFilter,
    time::At,
};
use coset::CoseSign1;

/// What a verifier expects of every symbol.
#[derive(Clone, Copy, Debug)]
pub struct Verifier<'a> {
    /// Short name of the centre, which issues every code.
    pub issuer: &'a str,
    /// Class of the verifier (S11).
    pub class: Class,
    /// Policy in force.
    pub policy: &'a Policy,
}

impl Verifier<'_> {
    /// Checks claims that `key` signed: class (S11), issuer, and whether the key was valid at the
    /// issue and the dates are possible (B2). Expiry and state are for the caller.
    ///
    /// # Errors
    /// The [`PayloadError`] for the kind of bad code.
    pub fn check(&self, claims: &Claims, key: &DeskKey, now: At) -> Result<(), PayloadError> {
        self.check_class(claims)?;
        if claims.issuer != self.issuer {
            return Err(PayloadError::Foreign);
        }
        if key.class != self.class || !key.was_valid(claims.issued_at) {
            return Err(PayloadError::KeyNotValid);
        }
        if claims.issued_at > now.plus_ms(self.policy.clock_tolerance_ms) {
            return Err(PayloadError::NotYetValid);
        }
        let validity_ms = claims.expires_at.since_ms(claims.issued_at);
        if (1..=self.policy.longest_validity_ms()).contains(&validity_ms) {
            Ok(())
        } else {
            Err(PayloadError::ImpossibleValidity)
        }
    }

    /// Checks that the symbol is of the verifier's class, whose keys are the only ones known (S11).
    ///
    /// # Errors
    /// [`PayloadError::Practice`] or [`PayloadError::Live`].
    pub const fn check_class(&self, claims: &Claims) -> Result<(), PayloadError> {
        match (claims.class, self.class) {
            (Class::Practice, Class::Live) => Err(PayloadError::Practice),
            (Class::Live, Class::Practice) => Err(PayloadError::Live),
            (Class::Live, Class::Live) | (Class::Practice, Class::Practice) => Ok(()),
        }
    }
}

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

/// Verifies a symbol without a connection: signature, what [`Verifier::check`] checks, expiry and
/// revocation filter.
///
/// The caller must have verified `keys` and the filter against the root key. The filter comes
/// with the time it was made. Without a filter, revocation is unknown and `as_of` is the time of
/// the key list.
///
/// Whoever steals a key can date codes back to any day of its life, a month at most (B4). Only the
/// centre tells those from what the desk issued; once the theft is known, all codes since then
/// count as probably revoked (B5).
///
/// # Errors
/// The [`PayloadError`] for the kind of bad code.
pub fn verify_offline(
    text: &str,
    verifier: &Verifier<'_>,
    keys: &KeyList,
    filter: Option<(&OpenFilter, At)>,
    now: At,
) -> Result<OfflineAnswer, PayloadError> {
    let (unverified, signed) = read(text)?;
    let claims = unverified.claims;
    verifier.check_class(&claims)?;
    let listed = keys.find(unverified.key_id).filter(|desk| desk.class == verifier.class);
    let desk = listed.ok_or(PayloadError::UnknownKey)?;
    check_signature(&signed, &desk.public_key)?;
    verifier.check(&claims, desk, now)?;
    if now >= claims.expires_at {
        return Err(PayloadError::Expired);
    }
    let is_filtered = filter.is_some_and(|(filter, _)| filter.contains(claims.serial));
    Ok(OfflineAnswer {
        device: desk.device,
        probably_revoked: is_filtered || desk.is_doubtful(claims.issued_at),
        as_of: filter.map_or(keys.made_at, |(_, made_at)| made_at.min(keys.made_at)),
        claims,
    })
}

fn check_signature(signed: &CoseSign1, key: &PublicKey) -> Result<(), PayloadError> {
    signed
        .verify_signature(b"", |signature, message| key.verify(message, signature))
        .map_err(|_| PayloadError::WrongSignature)
}
