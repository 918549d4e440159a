//! Passwords and one-time codes, checked at the desk with what the centre sent (S4).

use crate::error::DeskError;
use argon2::{Argon2, PasswordHash, PasswordVerifier};
use rules::{At, Sensitive};
use totp_rs::{Builder, Secret};

/// Verified against when nobody has that number, so that the answer takes as long. No password fits
/// it: the hash is of 16 random bytes that were not kept.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c3Vpc2hlbi1ub2JvZHk$EiZcuGTh5dK1mI8tB0sOaTXnNqFJ0Ck9Y1lC2yGqk3M";

/// Returns whether the password fits the Argon2id hash. Runs beside the async threads: it takes
/// tens of milliseconds and is meant to.
pub(super) async fn check(
    hash: Option<&Sensitive<String>>,
    password: &Sensitive<String>,
) -> Result<bool, DeskError> {
    let known = hash.is_some();
    let hash = hash.map_or_else(|| NOBODY.to_owned(), |hash| hash.expose().clone());
    let password = password.clone();
    let verified = tokio::task::spawn_blocking(move || {
        PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok())
    });
    let fits = verified.await.map_err(|error| DeskError::Store(Box::new(error)))?;
    Ok(known && fits)
}

/// Returns whether a TOTP code (RFC 6238: SHA-1, six digits, 30 s) fits now, or one step earlier or
/// later.
pub(super) fn second_factor_fits(secret: &Sensitive<String>, code: &Sensitive<String>, at: At) -> bool {
    let (Ok(secret), Ok(seconds)) = (Secret::try_from_base32(secret.expose()), u64::try_from(at.seconds()))
    else {
        return false;
    };
    // The builder's own check asks for 128 bits; older operator cards carry 80.
    let totp = Builder::new().with_secret(secret).with_skew(1).build_noncompliant();
    totp.check(code.expose().trim(), seconds).is_some()
}
