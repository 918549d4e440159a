//! Seals and opens the file of an offline transfer (离线数据导出文件).
//!
//! During a long outage, the file carries a desk's outbox by hand to another desk or to the centre.
//!
//! | bytes | content |
//! |---|---|
//! | 8 | `SSCARRY1` |
//! | 16 | salt |
//! | 24 | nonce |
//! | rest | XChaCha20-Poly1305 over canonical CBOR of [`TransferFile`]; AAD: magic and salt |
//!
//! The key is Argon2id of the passphrase (64 MiB, 3 passes, 1 lane, 32 bytes). The batches inside
//! are the requests the desk would push itself, signed with its key. Importing the file twice, or
//! from anywhere, therefore has the effect of one push.

use crate::{correction::Digest, issuing::Issued, keys::DeskKey, op::canonical, wire::PushRequest};
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

/// Largest file that is read, in bytes. A writer leaves blobs out to stay below it; they are sent
/// later, once the desk is online.
pub const LIMIT_BYTES: usize = 256 * 1024 * 1024;
/// Largest encoded queue that is sealed, in bytes. Sealing holds the encoding twice in memory.
const PLAIN_LIMIT_BYTES: usize = LIMIT_BYTES / 2;
/// Shortest passphrase, in characters. A lost USB stick can be attacked without time limit.
pub const PASSPHRASE_MIN: usize = 10;

/// Content of an offline transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferFile {
    /// Certificate of the desk the batches come from, signed by the root key.
    pub certificate: Issued<DeskKey>,
    /// Signed batches, in chain order.
    pub batches: Vec<PushRequest>,
    /// Pictures and scans that the centre does not have yet.
    pub blobs: Vec<TransferBlob>,
}

/// A picture or scan that evidence refers to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferBlob {
    /// SM3 digest of `bytes`.
    pub digest: Digest,
    /// Media type, such as `image/jpeg`.
    pub media_type: String,
    /// Content of the picture or scan.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for TransferBlob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TransferBlob({}, {} bytes)", self.media_type, self.bytes.len())
    }
}

/// Reasons why a transfer file cannot be written or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransferError {
    /// The passphrase is shorter than [`PASSPHRASE_MIN`].
    #[error("passphrase too short")]
    Passphrase,
    /// The file is larger than [`LIMIT_BYTES`], or the queue too large to seal.
    #[error("transfer file too large")]
    TooLarge,
    /// The bytes are not a transfer file of this version.
    #[error("not a transfer file")]
    Foreign,
    /// The passphrase is wrong, or the file was altered; the two cannot be told apart.
    #[error("transfer file does not open")]
    Locked,
    /// The file was decrypted, but does not contain a queue.
    #[error("transfer file is damaged")]
    Damaged,
}

fn cipher(passphrase: &str, salt: &[u8]) -> Result<XChaCha20Poly1305, TransferError> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|_| TransferError::Damaged)?;
    let mut key = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut key)
        .map_err(|_| TransferError::Passphrase)?;
    Ok(XChaCha20Poly1305::new(&key.into()))
}

const fn within(length: usize, limit: usize) -> Result<(), TransferError> {
    if length > limit { Err(TransferError::TooLarge) } else { Ok(()) }
}

/// Seals a queue into a transfer file.
///
/// The caller draws `salt` and `nonce` at random for each file.
///
/// # Errors
/// [`TransferError::Passphrase`] if the passphrase is too short, [`TransferError::TooLarge`] if the
/// encoded queue exceeds half of [`LIMIT_BYTES`].
pub fn seal(
    queue: &TransferFile,
    passphrase: &str,
    salt: [u8; SALT_BYTES],
    nonce: [u8; NONCE_BYTES],
) -> Result<Vec<u8>, TransferError> {
    if passphrase.chars().count() < PASSPHRASE_MIN {
        return Err(TransferError::Passphrase);
    }
    let plain = canonical(queue);
    within(plain.len(), PLAIN_LIMIT_BYTES)?;
    let mut file = [MAGIC.as_slice(), &salt].concat();
    let payload = Payload { msg: &plain, aad: &file };
    let sealed = cipher(passphrase, &salt)?.encrypt(&XNonce::from(nonce), payload);
    let sealed = sealed.map_err(|_| TransferError::TooLarge)?;
    file.extend_from_slice(&nonce);
    file.extend_from_slice(&sealed);
    Ok(file)
}

/// Opens a transfer file. The caller still has to verify the signatures inside.
///
/// # Errors
/// [`TransferError::TooLarge`] for a file over [`LIMIT_BYTES`], [`TransferError::Foreign`] for
/// bytes without the magic, salt and nonce, [`TransferError::Locked`] for a wrong passphrase or an
/// altered file, [`TransferError::Damaged`] if the content is not a queue.
pub fn open(file: &[u8], passphrase: &str) -> Result<TransferFile, TransferError> {
    within(file.len(), LIMIT_BYTES)?;
    let rest = file.strip_prefix(MAGIC).ok_or(TransferError::Foreign)?;
    let (salt, rest) = rest.split_first_chunk::<SALT_BYTES>().ok_or(TransferError::Foreign)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(TransferError::Foreign)?;
    let aad = &file[..MAGIC.len() + SALT_BYTES];
    let plain = cipher(passphrase, salt)?
        .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad })
        .map_err(|_| TransferError::Locked)?;
    ciborium::from_reader(plain.as_slice()).map_err(|_| TransferError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::{LIMIT_BYTES, PLAIN_LIMIT_BYTES, TransferError, within};

    #[test]
    fn s12_limits_are_exact() {
        assert_eq!((LIMIT_BYTES, PLAIN_LIMIT_BYTES), (268_435_456, 134_217_728));
        assert_eq!(within(LIMIT_BYTES, LIMIT_BYTES), Ok(()));
        assert_eq!(within(LIMIT_BYTES + 1, LIMIT_BYTES), Err(TransferError::TooLarge));
    }
}
