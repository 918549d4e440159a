//! Personal keys under passwords (A1), and TOTP as the second factor (S4).

use rules::{
    At, Sensitive, StaffNumber,
    authority::{WrappedKey, credential::UnwrapError},
    keys::{PublicKey, Signer as _, SoftwareKey},
};
use totp_rs::{Algorithm, Builder, Secret};

/// Draws a new key for a person and wraps it under the password. The private key is nowhere else.
///
/// # Errors
/// [`UnwrapError::Malformed`] if the key cannot be wrapped.
pub fn new_key(
    staff: &StaffNumber,
    password: &Sensitive<String>,
) -> Result<(PublicKey, WrappedKey), UnwrapError> {
    let (secret, key) = SoftwareKey::draw(rand::random);
    let wrapped = WrappedKey::wrap(&secret, staff, password, rand::random(), rand::random())?;
    Ok((key.public_key(), wrapped))
}

/// Returns the public half of a key whose private half is nowhere: of an account whose person has
/// not set a password yet.
#[must_use]
pub fn key_of_nobody() -> PublicKey {
    SoftwareKey::draw(rand::random).1.public_key()
}

/// Returns whether a password opens the key that belongs to `public_key`. Without an account a key
/// of nobody is tried, so that unknown accounts take the same time.
#[must_use]
pub fn opens(
    account: Option<&(WrappedKey, PublicKey)>,
    staff: &StaffNumber,
    password: &Sensitive<String>,
) -> bool {
    let Some((wrapped, public_key)) = account else {
        let _ = WrappedKey::of_nobody().open(staff, password);
        return false;
    };
    wrapped.open(staff, password).is_ok_and(|key| key.public_key() == *public_key)
}

/// Returns the time step of a one-time code that is right at `at` (RFC 6238: SHA-1, 6 digits, 30 s,
/// one step of tolerance).
#[must_use]
pub fn totp_step(secret: &Sensitive<String>, code: &Sensitive<String>, at: At) -> Option<u64> {
    let secret = Secret::try_from_base32(secret.expose()).ok()?;
    let seconds = u64::try_from(at.seconds()).ok()?;
    // Existing authenticators use secrets of lengths that the RFC does not allow.
    let totp =
        Builder::new().with_algorithm(Algorithm::SHA1).with_secret(secret).with_skew(1).build_noncompliant();
    totp.check(code.expose(), seconds)
}

/// Returns whether a text is a TOTP secret that nobody guesses: base32 of 20 bytes or more (RFC
/// 4226, 4).
#[must_use]
pub fn is_totp_secret(secret: &Sensitive<String>) -> bool {
    let text = secret.expose();
    (32..=128).contains(&text.len()) && Secret::try_from_base32(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s4_a_one_time_code_is_accepted_within_one_step() {
        // RFC 6238, appendix B: the ASCII secret 12345678901234567890 at 1111111109 s.
        let secret = Sensitive::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned());
        let code = Sensitive::new("081804".to_owned());
        let step = Some(1_111_111_109 / 30);
        assert_eq!(totp_step(&secret, &code, At(1_111_111_109_000)), step);
        assert_eq!(
            totp_step(&secret, &code, At(1_111_111_139_000)),
            step,
            "the step of the code, not of now"
        );
        assert_eq!(totp_step(&secret, &code, At(1_111_111_199_000)), None);
        assert_eq!(totp_step(&secret, &Sensitive::new("81804".to_owned()), At(1_111_111_109_000)), None);
    }

    #[test]
    fn a1_only_the_password_of_a_known_account_opens_its_key() {
        let password = |text: &str| Sensitive::new(text.to_owned());
        let staff: StaffNumber = "10001".parse().unwrap();
        let (public_key, wrapped) = new_key(&staff, &password("correct horse")).unwrap();
        let account = (wrapped.clone(), public_key);
        assert!(opens(Some(&account), &staff, &password("correct horse")));
        assert!(!opens(Some(&account), &staff, &password("wrong horse")));
        assert!(!opens(None, &staff, &password("")));
        let (another, _) = new_key(&staff, &password("correct horse")).unwrap();
        assert!(
            !opens(Some(&(wrapped, another)), &staff, &password("correct horse")),
            "not the record's key"
        );
    }
}
