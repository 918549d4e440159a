//! Seals bytes to the centre (C3): only the private half of the centre's sealing key opens them.
//!
//! | bytes | content |
//! |---|---|
//! | 1 | version of the format, 1 |
//! | 8 | identifier of the sealing key |
//! | 4, 4 | device number and epoch of the desk that sealed, big-endian |
//! | 129 | a random content key of 32 bytes, encrypted with SM2: C1, C3, C2 |
//! | 24 | nonce |
//! | rest | XChaCha20-Poly1305 under the content key; AAD: everything before the nonce |
//!
//! SM2 encryption and the cipher are library code. A desk has no key that opens what it sealed.

use crate::{
    DeviceNumber,
    issuing::{IssueError, IssuingKey, Purpose, Trust},
    keys::{Class, KeyError, KeyId, PublicKey, Signed, Signer as _, SoftwareKey},
    time::At,
};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use sm2::{
    elliptic_curve::rand_core::TryCryptoRng,
    pke::{DecryptingKey, EncryptingKey},
};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// Version, key identifier, device and epoch.
const HEADER_BYTES: usize = 1 + 8 + 4 + 4;
/// A point, a digest and the content key.
const WRAPPED_BYTES: usize = 65 + 32 + KEY_BYTES;

/// Reasons why something cannot be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The bytes are not sealed in this version of the format, or are cut.
    #[error("not sealed bytes")]
    Foreign,
    /// They are sealed to another key.
    #[error("sealed to another key")]
    AnotherKey,
    /// They were altered.
    #[error("sealed bytes were altered")]
    Altered,
    /// No key can be drawn, or the content is too long for the cipher.
    #[error("cannot be sealed")]
    Unavailable,
}

/// What sealed bytes say of themselves without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedHeader {
    /// Key they are sealed to.
    pub key_id: KeyId,
    /// Device number of the desk that sealed.
    pub device: DeviceNumber,
    /// Epoch of its enrolment.
    pub epoch: u32,
}

impl SealedHeader {
    /// Reads the header of sealed bytes.
    ///
    /// # Errors
    /// [`SealError::Foreign`] if there is none.
    pub fn read(sealed: &[u8]) -> Result<Self, SealError> {
        let header = sealed.first_chunk::<HEADER_BYTES>().ok_or(SealError::Foreign)?;
        let ([VERSION], rest) = header.split_first_chunk::<1>().ok_or(SealError::Foreign)? else {
            return Err(SealError::Foreign);
        };
        let (key_id, rest) = rest.split_first_chunk::<8>().ok_or(SealError::Foreign)?;
        let (device, rest) = rest.split_first_chunk::<4>().ok_or(SealError::Foreign)?;
        let epoch = rest.first_chunk::<4>().ok_or(SealError::Foreign)?;
        let (device, epoch) = (DeviceNumber(u32::from_be_bytes(*device)), u32::from_be_bytes(*epoch));
        Ok(Self { key_id: KeyId(*key_id), device, epoch })
    }

    fn bytes(&self) -> Vec<u8> {
        let (device, epoch) = (self.device.0.to_be_bytes(), self.epoch.to_be_bytes());
        [[VERSION].as_slice(), &self.key_id.0, &device, &epoch].concat()
    }
}

/// Returns the sealing key of a centre from its record.
///
/// A record that has ended still counts: a desk without a line may have no newer one, and the
/// centre keeps the private half.
///
/// # Errors
/// [`IssueError::Issuer`] if the root did not sign the record, [`IssueError::Purpose`] if it is of
/// another purpose or class, [`IssueError::Revoked`] if the root took the key back.
pub fn sealing_key<'a>(
    record: &'a Signed<IssuingKey>,
    trust: &Trust,
    class: Class,
) -> Result<&'a PublicKey, IssueError> {
    let record = record.verify(trust.root()).map_err(|_| IssueError::Issuer)?;
    if record.purpose != Purpose::Sealing || record.class != class {
        return Err(IssueError::Purpose);
    }
    if trust.has_revoked(record.public_key.key_id(), At(i64::MAX)) {
        return Err(IssueError::Revoked);
    }
    Ok(&record.public_key)
}

/// Seals bytes of a desk, given as device and epoch, to the centre's key.
///
/// # Errors
/// [`SealError::Unavailable`] if `random` fails, or the content is too long.
pub fn seal<R: TryCryptoRng>(
    to: &PublicKey,
    (device, epoch): (DeviceNumber, u32),
    plain: &[u8],
    random: &mut R,
) -> Result<Vec<u8>, SealError> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    let mut nonce = [0; NONCE_BYTES];
    random.try_fill_bytes(&mut *key).map_err(|_| SealError::Unavailable)?;
    random.try_fill_bytes(&mut nonce).map_err(|_| SealError::Unavailable)?;
    let wrapped = EncryptingKey::from_sec1_bytes(to.as_bytes())
        .and_then(|to| to.encrypt(random, &*key))
        .map_err(|_| SealError::Unavailable)?;
    let mut sealed = SealedHeader { key_id: to.key_id(), device, epoch }.bytes();
    sealed.extend(wrapped);
    let payload = Payload { msg: plain, aad: &sealed };
    let content = XChaCha20Poly1305::new((&*key).into()).encrypt(&XNonce::from(nonce), payload);
    let content = content.map_err(|_| SealError::Unavailable)?;
    sealed.extend(nonce);
    sealed.extend(content);
    Ok(sealed)
}

/// Private half of a sealing key. It is at the centre alone.
pub struct OpeningKey {
    secret: Zeroizing<[u8; KEY_BYTES]>,
    key_id: KeyId,
}

impl OpeningKey {
    /// Makes a key of 32 secret bytes.
    ///
    /// # Errors
    /// [`KeyError::PrivateKey`] if they are no scalar of the curve.
    pub fn from_bytes(secret: &[u8; KEY_BYTES]) -> Result<Self, KeyError> {
        let key_id = SoftwareKey::from_bytes(secret)?.key_id();
        Ok(Self { secret: Zeroizing::new(*secret), key_id })
    }

    /// Returns the identifier of the key.
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Opens sealed bytes. Returns what they say of themselves, and the content.
    ///
    /// # Errors
    /// [`SealError::Foreign`] for anything but sealed bytes, [`SealError::AnotherKey`] if they are
    /// sealed to another key, [`SealError::Altered`] if a byte was changed.
    pub fn open(&self, sealed: &[u8]) -> Result<(SealedHeader, Zeroizing<Vec<u8>>), SealError> {
        let header = SealedHeader::read(sealed)?;
        if header.key_id != self.key_id {
            return Err(SealError::AnotherKey);
        }
        let (aad, rest) =
            sealed.split_first_chunk::<{ HEADER_BYTES + WRAPPED_BYTES }>().ok_or(SealError::Foreign)?;
        let (nonce, content) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(SealError::Foreign)?;
        let key = DecryptingKey::from_slice(&*self.secret)
            .and_then(|opening| opening.decrypt(&aad[HEADER_BYTES..]))
            .map(Zeroizing::new)
            .map_err(|_| SealError::Altered)?;
        let cipher = XChaCha20Poly1305::new_from_slice(&key).map_err(|_| SealError::Altered)?;
        let payload = Payload { msg: content, aad };
        let plain = cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| SealError::Altered)?;
        Ok((header, Zeroizing::new(plain)))
    }
}

impl std::fmt::Debug for OpeningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpeningKey({:?})", self.key_id)
    }
}
