//! The pseudonym that identifies a citizen between desk and centre.

use crate::{hex, person::IdNumber};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sm3::{Digest, Sm3};

/// Citizen reference: HMAC-SM3 of the ID number under the centre's index key, 64 hex digits.
///
/// It is not personal data by itself, but must stay inside the system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CitizenRef(pub String);

impl CitizenRef {
    /// Computes the reference of a number under `index_key`.
    ///
    /// The modern form of the number is used, so that a 15-digit document does not make
    /// a second person.
    pub fn of(number: &IdNumber, index_key: &[u8; 32]) -> Self {
        let mut mac = index_mac(index_key);
        mac.update(number.modern().as_bytes());
        Self(hex::encode(&mac.finalize().into_bytes()))
    }

    /// Returns the bucket, 0–255: the first byte of SM3 over the reference's bytes.
    ///
    /// A malformed reference is hashed as text.
    pub fn bucket(&self) -> u8 {
        let digest = match hex::decode_array::<32>(&self.0) {
            Some(bytes) => Sm3::digest(bytes),
            None => Sm3::digest(self.0.as_bytes()),
        };
        digest[0]
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length; the constructor's error cannot occur")]
fn index_mac(index_key: &[u8; 32]) -> Hmac<Sm3> {
    Hmac::new_from_slice(index_key).expect("HMAC takes any key")
}
