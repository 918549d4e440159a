//! The carried file (带出文件): a desk's queue taken to another desk or to the centre by hand when an outage is long.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `SSCARRY1` |
//! | 16 | salt |
//! | 24 | nonce |
//! | rest | XChaCha20-Poly1305 over canonical CBOR of [`CarriedQueue`]; the 24 bytes before the nonce are authenticated too |
//!
//! The key is Argon2id of the passphrase (64 MiB, 3 passes, 1 lane, 32 bytes). The batches inside are the very requests the
//! desk would push, signed with its key: whoever hands them in, and however often, the effect is that of one push.

use crate::{
    correction::Digest,
    keys::{DeskKey, Signed},
    op::canonical,
    wire::PushRequest,
};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use serde::{Deserialize, Serialize};

const MAGIC: &[u8; 8] = b"SSCARRY1";
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

/// Largest file that is read, bytes. A writer leaves blobs out rather than pass it: they travel by line later.
pub const LIMIT_BYTES: usize = 256 * 1024 * 1024;
/// Largest queue that is sealed, bytes of its encoding. Sealing holds it twice in memory.
const PLAIN_LIMIT_BYTES: usize = LIMIT_BYTES / 2;
/// Shortest passphrase: a file on a stick can be tried at leisure.
pub const PASSPHRASE_MIN: usize = 10;

/// What is carried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedQueue {
    /// Whose: the desk's certificate, signed by the root.
    pub certificate: Signed<DeskKey>,
    /// Signed batches, in the order of the chain.
    pub batches: Vec<PushRequest>,
    /// Pictures and scans the centre does not have yet.
    pub blobs: Vec<CarriedBlob>,
}

/// A picture or scan.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedBlob {
    /// SM3 of the bytes.
    pub digest: Digest,
    /// `image/jpeg` …
    pub media_type: String,
    /// The bytes.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for CarriedBlob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CarriedBlob({}, {} bytes)", self.media_type, self.bytes.len())
    }
}

/// Why a file cannot be written or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CarryError {
    /// The passphrase is shorter than [`PASSPHRASE_MIN`].
    #[error("passphrase too short")]
    Passphrase,
    /// Larger than [`LIMIT_BYTES`].
    #[error("carried file too large")]
    TooLarge,
    /// Not a carried file of this version.
    #[error("not a carried file")]
    Foreign,
    /// Wrong passphrase, or altered: the two cannot be told apart.
    #[error("carried file does not open")]
    Locked,
    /// It opened, and what is inside is not a queue.
    #[error("carried file is damaged")]
    Damaged,
}

fn cipher(passphrase: &str, salt: &[u8]) -> Result<XChaCha20Poly1305, CarryError> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|_| CarryError::Damaged)?;
    let mut key = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut key)
        .map_err(|_| CarryError::Passphrase)?;
    Ok(XChaCha20Poly1305::new(&key.into()))
}

const fn within(length: usize, limit: usize) -> Result<(), CarryError> {
    if length > limit { Err(CarryError::TooLarge) } else { Ok(()) }
}

/// Seals a queue. Salt and nonce are drawn by the caller, at random, for each file.
///
/// # Errors
/// [`CarryError::Passphrase`], [`CarryError::TooLarge`].
pub fn seal(
    queue: &CarriedQueue,
    passphrase: &str,
    salt: [u8; SALT_BYTES],
    nonce: [u8; NONCE_BYTES],
) -> Result<Vec<u8>, CarryError> {
    if passphrase.chars().count() < PASSPHRASE_MIN {
        return Err(CarryError::Passphrase);
    }
    let plain = canonical(queue);
    within(plain.len(), PLAIN_LIMIT_BYTES)?;
    let mut file = [MAGIC.as_slice(), &salt].concat();
    let payload = Payload { msg: &plain, aad: &file };
    let sealed = cipher(passphrase, &salt)?.encrypt(&XNonce::from(nonce), payload);
    let sealed = sealed.map_err(|_| CarryError::TooLarge)?;
    file.extend_from_slice(&nonce);
    file.extend_from_slice(&sealed);
    Ok(file)
}

/// Opens a file. Signatures inside are still to be checked.
///
/// # Errors
/// [`CarryError::TooLarge`], [`CarryError::Foreign`], [`CarryError::Locked`], [`CarryError::Damaged`].
pub fn open(file: &[u8], passphrase: &str) -> Result<CarriedQueue, CarryError> {
    within(file.len(), LIMIT_BYTES)?;
    let rest = file.strip_prefix(MAGIC).ok_or(CarryError::Foreign)?;
    let (salt, rest) = rest.split_first_chunk::<SALT_BYTES>().ok_or(CarryError::Foreign)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(CarryError::Foreign)?;
    let aad = &file[..MAGIC.len() + SALT_BYTES];
    let plain = cipher(passphrase, salt)?
        .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad })
        .map_err(|_| CarryError::Locked)?;
    ciborium::from_reader(plain.as_slice()).map_err(|_| CarryError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::{CarryError, LIMIT_BYTES, PLAIN_LIMIT_BYTES, within};

    #[test]
    fn s12_limits_are_exact() {
        assert_eq!((LIMIT_BYTES, PLAIN_LIMIT_BYTES), (268_435_456, 134_217_728));
        assert_eq!(within(LIMIT_BYTES, LIMIT_BYTES), Ok(()));
        assert_eq!(within(LIMIT_BYTES + 1, LIMIT_BYTES), Err(CarryError::TooLarge));
    }
}
