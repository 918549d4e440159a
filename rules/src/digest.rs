//! SM3 digests of documents, photos and decisions.

use crate::hex;
use sm3::{Digest as _, Sm3};

/// SM3 digest, 32 bytes; as text 64 lower-case hex digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Computes the SM3 digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sm3::digest(bytes).into())
    }
}

hex::written_as_hex!(Digest, hex::NotHex("digest") => hex::NotHex);
