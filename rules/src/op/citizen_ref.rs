//! The reference that stands for a citizen in the rows of one desk, or of the centre.

use crate::{hex, person::IdNumber};
use hmac::{Hmac, KeyInit, Mac};
use sm3::Sm3;

/// Citizen reference: the ID number under a key, 32 bytes; as text 64 lower-case hex digits.
///
/// Each desk has a key of its own, and the centre another. A reference therefore says nothing
/// outside the place that made it (C2), and is never sent: messages carry the number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CitizenRef(pub [u8; 32]);

impl CitizenRef {
    /// Computes the reference of a number at the desk that has this key: HMAC-SM3 of the number.
    ///
    /// The modern form of the number is used, so that a 15-digit document does not make
    /// a second person.
    pub fn at_desk(number: &IdNumber, key: &[u8; 32]) -> Self {
        let mut mac = mac(key);
        mac.update(number.modern().as_bytes());
        Self(mac.finalize().into_bytes().into())
    }

    /// Computes the reference of a number at the centre: its bucket, then 31 bytes of HMAC-SM3.
    pub fn at_centre(number: &IdNumber, key: &[u8; 32]) -> Self {
        let Self(mut bytes) = Self::at_desk(number, key);
        bytes[0] = number.bucket();
        Self(bytes)
    }

    /// Returns the bucket, 0–255, in a reference of the centre.
    pub const fn bucket(&self) -> u8 {
        self.0[0]
    }
}

hex::written_as_hex!(CitizenRef, hex::NotHex("citizen reference") => hex::NotHex);

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length; the constructor's error cannot occur")]
fn mac(key: &[u8; 32]) -> Hmac<Sm3> {
    Hmac::new_from_slice(key).expect("HMAC takes any key")
}
