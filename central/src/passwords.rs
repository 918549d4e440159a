//! Password verifiers of staff (S4): Argon2id, with TOTP as the second factor.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use rules::{At, Sensitive};
use std::sync::OnceLock;
use totp_rs::{Algorithm, Builder, Secret};

/// Returns the Argon2id verifier of a password, as a PHC string.
///
/// # Errors
/// [`argon2::password_hash::Error`] if the system provides no random salt.
pub fn hash(password: &Sensitive<String>) -> Result<Sensitive<String>, argon2::password_hash::Error> {
    let hash = Argon2::default().hash_password(password.expose().as_bytes())?;
    Ok(Sensitive::new(hash.to_string()))
}

/// Returns whether a password matches its verifier. Without a verifier a stand-in is checked, so
/// that unknown accounts take the same time.
#[must_use]
pub fn verify(verifier: Option<&Sensitive<String>>, password: &Sensitive<String>) -> bool {
    static STAND_IN: OnceLock<Option<Sensitive<String>>> = OnceLock::new();
    let stand_in = STAND_IN.get_or_init(|| hash(&Sensitive::new(String::new())).ok());
    let Some(text) = verifier.or(stand_in.as_ref()) else { return false };
    let Ok(parsed) = PasswordHash::new(text.expose()) else { return false };
    let is_right = Argon2::default().verify_password(password.expose().as_bytes(), &parsed).is_ok();
    is_right && verifier.is_some()
}

/// Returns whether a one-time code is right at `at` (RFC 6238: SHA-1, 6 digits, 30 s, one
/// step of tolerance).
#[must_use]
pub fn verify_totp(secret: &Sensitive<String>, code: &Sensitive<String>, at: At) -> bool {
    let Ok(secret) = Secret::try_from_base32(secret.expose()) else { return false };
    let Ok(seconds) = u64::try_from(at.seconds()) else { return false };
    // Existing authenticators use secrets of lengths that the RFC does not allow.
    let totp =
        Builder::new().with_algorithm(Algorithm::SHA1).with_secret(secret).with_skew(1).build_noncompliant();
    totp.check(code.expose(), seconds).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s4_a_one_time_code_is_accepted_within_one_step() {
        // RFC 6238, appendix B: the ASCII secret 12345678901234567890 at 1111111109 s.
        let secret = Sensitive::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned());
        let code = Sensitive::new("081804".to_owned());
        assert!(verify_totp(&secret, &code, At(1_111_111_109_000)));
        assert!(verify_totp(&secret, &code, At(1_111_111_139_000)));
        assert!(!verify_totp(&secret, &code, At(1_111_111_199_000)));
        assert!(!verify_totp(&secret, &Sensitive::new("81804".to_owned()), At(1_111_111_109_000)));
    }

    #[test]
    fn s4_only_the_right_password_of_a_known_account_is_accepted() {
        let verifier = hash(&Sensitive::new("correct horse".to_owned())).unwrap();
        assert!(verifier.expose().starts_with("$argon2id$"));
        assert!(verify(Some(&verifier), &Sensitive::new("correct horse".to_owned())));
        assert!(!verify(Some(&verifier), &Sensitive::new("wrong horse".to_owned())));
        assert!(!verify(None, &Sensitive::new(String::new())));
    }
}
