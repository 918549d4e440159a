//! The pseudonym that identifies a citizen between desk and centre.

use crate::{hex, person::IdNumber};
use hmac::{Hmac, KeyInit, Mac};
use sm3::{Digest, Sm3};

/// Citizen reference: HMAC-SM3 of the ID number under the centre's index key, 32 bytes; as text
/// 64 lower-case hex digits.
///
/// It is not personal data by itself, but must stay inside the system.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CitizenRef(pub [u8; 32]);

impl CitizenRef {
    /// Computes the reference of a number under `index_key`.
    ///
    /// The modern form of the number is used, so that a 15-digit document does not make
    /// a second person.
    pub fn of(number: &IdNumber, index_key: &[u8; 32]) -> Self {
        let mut mac = index_mac(index_key);
        mac.update(number.modern().as_bytes());
        Self(mac.finalize().into_bytes().into())
    }

    /// Returns the bucket, 0–255: the first byte of SM3 over the reference.
    pub fn bucket(&self) -> u8 {
        Sm3::digest(self.0)[0]
    }
}

hex::written_as_hex!(CitizenRef, hex::NotHex("citizen reference") => hex::NotHex);

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length; the constructor's error cannot occur")]
fn index_mac(index_key: &[u8; 32]) -> Hmac<Sm3> {
    Hmac::new_from_slice(index_key).expect("HMAC takes any key")
}
