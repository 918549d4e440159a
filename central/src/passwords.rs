//! Verifiers of staff (S4): Argon2id, and TOTP as the second factor.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use rules::{At, Sensitive};
use std::sync::OnceLock;
use totp_rs::{Algorithm, Builder, Secret};

/// The verifier of a password, as a PHC string.
///
/// # Errors
/// When no random salt can be had.
pub fn hash(password: &Sensitive<String>) -> Result<Sensitive<String>, argon2::password_hash::Error> {
    let hash = Argon2::default().hash_password(password.expose().as_bytes())?;
    Ok(Sensitive::new(hash.to_string()))
}

/// Whether a password is right. Without a verifier a stand-in is worked on, so that an unknown account takes the same time.
#[must_use]
pub fn verify(verifier: Option<&Sensitive<String>>, password: &Sensitive<String>) -> bool {
    static STAND_IN: OnceLock<Option<Sensitive<String>>> = OnceLock::new();
    let stand_in = STAND_IN.get_or_init(|| hash(&Sensitive::new(String::new())).ok());
    let Some(text) = verifier.or(stand_in.as_ref()) else { return false };
    let Ok(parsed) = PasswordHash::new(text.expose()) else { return false };
    let is_right = Argon2::default().verify_password(password.expose().as_bytes(), &parsed).is_ok();
    is_right && verifier.is_some()
}

/// Whether a one-time number (RFC 6238: SHA-1, 6 digits, 30 s, one step of grace) is right at an instant.
#[must_use]
pub fn verify_totp(secret: &Sensitive<String>, code: &Sensitive<String>, at: At) -> bool {
    let Ok(secret) = Secret::try_from_base32(secret.expose()) else { return false };
    let Ok(seconds) = u64::try_from(at.seconds()) else { return false };
    // Secrets of other lengths than the RFC's come from existing authenticators.
    let totp =
        Builder::new().with_algorithm(Algorithm::SHA1).with_secret(secret).with_skew(1).build_noncompliant();
    totp.check(code.expose(), seconds).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s4_the_numbers_of_rfc_6238_are_right_within_one_step() {
        // RFC 6238, appendix B: the ASCII secret 12345678901234567890 at 1111111109 s.
        let secret = Sensitive::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned());
        let code = Sensitive::new("081804".to_owned());
        assert!(verify_totp(&secret, &code, At(1_111_111_109_000)));
        assert!(verify_totp(&secret, &code, At(1_111_111_139_000)));
        assert!(!verify_totp(&secret, &code, At(1_111_111_199_000)));
        assert!(!verify_totp(&secret, &Sensitive::new("81804".to_owned()), At(1_111_111_109_000)));
    }

    #[test]
    fn s4_only_the_right_password_of_a_known_account_is_right() {
        let verifier = hash(&Sensitive::new("correct horse".to_owned())).unwrap();
        assert!(verifier.expose().starts_with("$argon2id$"));
        assert!(verify(Some(&verifier), &Sensitive::new("correct horse".to_owned())));
        assert!(!verify(Some(&verifier), &Sensitive::new("wrong horse".to_owned())));
        assert!(!verify(None, &Sensitive::new(String::new())));
    }
}
