//! Bytes of digests and references.

pub use rules::hex::{decode, encode};

use rules::{correction::Digest, op::CitizenRef};

/// The 32 bytes of a digest; `None` when it is none, or not written in lower case.
#[must_use]
pub fn digest_bytes(digest: &Digest) -> Option<Vec<u8>> {
    decode(&digest.0).filter(|bytes| bytes.len() == 32)
}

/// The 32 bytes of a citizen reference; `None` when it is none, or not written in lower case.
#[must_use]
pub fn reference_bytes(reference: &CitizenRef) -> Option<Vec<u8>> {
    decode(&reference.0).filter(|bytes| bytes.len() == 32)
}
