//! Authenticated encryption of what lies on the disk (S3).

use crate::{error::DeskError, vault::Key};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use zeroize::Zeroizing;

/// Seals and opens. A trait, so that a certified module with SM4-GCM can take the software's place.
pub trait Cipher: Send + Sync {
    /// Encrypts `plain` and binds it to `name`: sealed bytes moved to another name do not open.
    ///
    /// # Errors
    /// Returns [`DeskError::BlobTooLarge`] if the cipher cannot take that much.
    fn seal(&self, name: &[u8], plain: &[u8]) -> Result<Vec<u8>, DeskError>;

    /// Decrypts.
    ///
    /// # Errors
    /// Returns [`DeskError::BlobDamaged`] if key, name or bytes are not those it was sealed with.
    fn open(&self, name: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, DeskError>;
}

/// XChaCha20-Poly1305. Chosen over SM4-GCM in software: the crate is audited and constant-time, and
/// its 24-byte nonce may be drawn at random for ever, where a restored disk image could repeat
/// GCM's 12-byte counter nonce and with it lose both secrecy and authenticity.
pub struct XChaCha(XChaCha20Poly1305);

const NONCE_BYTES: usize = 24;

impl XChaCha {
    /// Makes a cipher with this key.
    pub fn new(key: &Key) -> Self {
        Self(XChaCha20Poly1305::new((&**key).into()))
    }
}

impl Cipher for XChaCha {
    fn seal(&self, name: &[u8], plain: &[u8]) -> Result<Vec<u8>, DeskError> {
        let nonce = XNonce::from(rand::random::<[u8; NONCE_BYTES]>());
        let sealed =
            self.0.encrypt(&nonce, Payload { msg: plain, aad: name }).map_err(|_| DeskError::BlobTooLarge)?;
        let mut bytes = Vec::with_capacity(NONCE_BYTES + sealed.len());
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Ok(bytes)
    }

    fn open(&self, name: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, DeskError> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(DeskError::BlobDamaged)?;
        self.0
            .decrypt(&XNonce::from(*nonce), Payload { msg: rest, aad: name })
            .map(Zeroizing::new)
            .map_err(|_| DeskError::BlobDamaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn s3_what_is_sealed_opens_and_nothing_else_does(plain: Vec<u8>, name: Vec<u8>, at: usize, flip in 1u8..) {
            let cipher = XChaCha::new(&Zeroizing::new([7; 32]));
            let mut sealed = cipher.seal(&name, &plain).unwrap();
            let opened = cipher.open(&name, &sealed).unwrap();
            prop_assert_eq!(opened.as_slice(), &plain[..]);
            let mut other = name.clone();
            other.push(1);
            prop_assert!(cipher.open(&other, &sealed).is_err());
            let at = at % sealed.len();
            sealed[at] ^= flip;
            prop_assert!(cipher.open(&name, &sealed).is_err());
        }

        #[test]
        fn s12_foreign_bytes_are_an_error(bytes: Vec<u8>) {
            prop_assert!(XChaCha::new(&Zeroizing::new([7; 32])).open(b"", &bytes).is_err());
        }
    }
}
