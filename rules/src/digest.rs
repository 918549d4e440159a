//! SM3 digests of documents, photos and decisions.

use crate::hex;
use serde::{Deserialize, Serialize};
use sm3::{Digest as _, Sm3};

/// SM3 digest, 64 lower-case hex digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(pub String);
impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
impl Digest {
    /// Computes the SM3 digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(hex::encode(&Sm3::digest(bytes)))
    }
}
