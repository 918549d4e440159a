//! Activation codes: what a security administrator hands over instead of a password. The person
//! sets the password with it, so nobody else ever knew one.

use crate::{Sensitive, digest::Digest, time::At};
use serde::{Deserialize, Serialize};

/// How long a code may be used: a week, over a weekend and a sick day.
const LIFE_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// Groups of four characters. Sixteen of them are 80 bits, so a digest tells nothing.
const GROUPS: usize = 4;
/// Characters that are hard to confuse, 32 of them: each says five random bits, without bias.
const SIGNS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// An activation code that was given out, as the centre keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivationCode {
    /// [`Self::digest_of`] the code.
    pub digest: Digest,
    /// Last instant at which it may be used.
    pub expires_at: At,
}

impl ActivationCode {
    /// Returns the code with this digest, given out at `now`.
    pub const fn given(digest: Digest, now: At) -> Self {
        Self { digest, expires_at: now.plus_ms(LIFE_MS) }
    }

    /// Returns the digest of a code as typed: dashes, blanks and small letters do not matter.
    pub fn digest_of(typed: &Sensitive<String>) -> Digest {
        let signs: String = typed.expose().chars().filter(char::is_ascii_alphanumeric).collect();
        Digest::of(signs.to_ascii_uppercase().as_bytes())
    }

    /// Returns whether what was typed at `now` is this code.
    pub fn is(&self, typed: &Sensitive<String>, now: At) -> bool {
        now <= self.expires_at && Self::digest_of(typed) == self.digest
    }
}

/// Returns a code from random bytes: four groups of four characters.
pub fn activation_code(random: [u8; 16]) -> Sensitive<String> {
    let signs: Vec<char> = random.iter().map(|byte| char::from(SIGNS[usize::from(byte & 31)])).collect();
    let groups: Vec<String> = signs.chunks(16 / GROUPS).map(|group| group.iter().collect()).collect();
    Sensitive::new(groups.join("-"))
}

/// Returns a TOTP secret from random bytes, as authenticators take it: base32 of 160 bits (RFC
/// 4226, 4).
pub fn totp_secret(random: [u8; 20]) -> Sensitive<String> {
    const SIGNS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(32);
    for five in random.chunks(5) {
        let bits = five.iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
        let signs = (0..8).rev().map(|at| SIGNS[usize::try_from((bits >> (5 * at)) & 31).unwrap_or(0)]);
        text.extend(signs.map(char::from));
    }
    Sensitive::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_totp_secret_is_base32() {
        // RFC 6238, appendix B: the secret of its test values.
        assert_eq!(totp_secret(*b"12345678901234567890").expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn a_code_is_read_as_people_type_it_and_ends_after_a_week() {
        let code = activation_code(std::array::from_fn(|at| u8::try_from(at).unwrap() * 3));
        assert_eq!(code.expose(), "258B-EHLP-SVY3-69CF");
        let given = ActivationCode::given(ActivationCode::digest_of(&code), At(0));
        let typed = Sensitive::new(format!(" {} ", code.expose().to_lowercase().replace('-', " ")));
        assert!(given.is(&typed, At(LIFE_MS)));
        assert!(!given.is(&typed, At(LIFE_MS + 1)));
        assert!(!given.is(&Sensitive::new("2222-2222-2222-2222".to_owned()), At(0)));
    }
}
