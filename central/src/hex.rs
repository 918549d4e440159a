//! Conversion of digests and citizen references between hexadecimal text and bytes.

pub use rules::hex::{decode, encode};

use rules::{correction::Digest, op::CitizenRef};

/// Returns the 32 bytes of a digest, or `None` unless it is 64 lower-case hexadecimal digits.
#[must_use]
pub fn digest_bytes(digest: &Digest) -> Option<Vec<u8>> {
    decode(&digest.0).filter(|bytes| bytes.len() == 32)
}

/// Returns the 32 bytes of a citizen reference, or `None` unless it is 64
/// lower-case hexadecimal digits.
#[must_use]
pub fn reference_bytes(reference: &CitizenRef) -> Option<Vec<u8>> {
    decode(&reference.0).filter(|bytes| bytes.len() == 32)
}
