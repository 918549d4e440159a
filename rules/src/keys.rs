//! Keys: the centre's root signs desk certificates; desks sign codes, batches and assertions.

use crate::{hex, op::canonical, time::At};
use serde::{Deserialize, Serialize};
use sm2::dsa::{
    Signature, SigningKey, VerifyingKey,
    signature::{Signer as _, Verifier as _},
};
use sm3::{Digest as _, Sm3};

/// Distinguishing identifier of every SM2 signature here (GM/T 0009 default).
pub const SM2_ID: &str = "1234567812345678";

/// First 8 bytes of SM3 of the uncompressed public key (65 bytes, leading 04).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(pub [u8; 8]);

impl std::fmt::Debug for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}
impl From<KeyId> for String {
    fn from(k: KeyId) -> String {
        format!("{k:?}")
    }
}
impl TryFrom<String> for KeyId {
    type Error = KeyError;
    fn try_from(text: String) -> Result<Self, KeyError> {
        hex::decode_array(&text).map(Self).ok_or(KeyError::PublicKey)
    }
}

/// A malformed key or signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a point on the curve, or not the right length.
    #[error("malformed public key")]
    PublicKey,
    /// Not a scalar of the curve.
    #[error("malformed private key")]
    PrivateKey,
    /// Wrong, or made by another key.
    #[error("signature does not verify")]
    Signature,
    /// The signing module gave no signature.
    #[error("signing module does not answer")]
    Unavailable,
}

/// Something that signs: the software key here, a certified module (SKF, PCI-E card, cloud HSM) in its place.
pub trait Signer: Send + Sync {
    /// Raw r‖s, 64 bytes, over `message` with [`SM2_ID`].
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError>;
    /// Its public key.
    fn public_key(&self) -> PublicKey;
    /// Its id.
    fn key_id(&self) -> KeyId {
        self.public_key().key_id()
    }
}

/// An SM2 key pair in memory; deterministic signatures (the nonce after RFC 6979 with SM3), so that a weak random source can never
/// give the key away. The secret is overwritten on drop.
pub struct SoftwareKey(SigningKey);

impl SoftwareKey {
    /// From 32 secret bytes.
    ///
    /// # Errors
    /// [`KeyError::PrivateKey`] when they are zero or not below the curve's order.
    pub fn from_bytes(secret: &[u8; 32]) -> Result<Self, KeyError> {
        SigningKey::from_slice(SM2_ID, secret).map(Self).map_err(|_| KeyError::PrivateKey)
    }
}

impl Drop for SoftwareKey {
    /// `sm2` does not clear its signing key, so another one (the number 1) is written over it; the barrier keeps the compiler from
    /// dropping a write nobody reads.
    fn drop(&mut self) {
        let mut one = [0; 32];
        one[31] = 1;
        if let Ok(blank) = SigningKey::from_slice(SM2_ID, &one) {
            self.0 = blank;
            std::hint::black_box(&self.0);
        }
    }
}

impl std::fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SoftwareKey({:?})", self.key_id())
    }
}

impl Signer for SoftwareKey {
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        let signature: Signature = self.0.try_sign(message).map_err(|_| KeyError::Unavailable)?;
        Ok(signature.to_bytes().into())
    }
    fn public_key(&self) -> PublicKey {
        PublicKey::of(self.0.verifying_key().clone())
    }
}

/// An SM2 public key, uncompressed, 65 bytes; hex on the wire. The point is checked once, when the key is read.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey {
    bytes: [u8; 65],
    key_id: KeyId,
    verifying: VerifyingKey,
}

impl PublicKey {
    /// From 65 bytes, the first of them 04.
    ///
    /// # Errors
    /// [`KeyError::PublicKey`] when they are not a point on the curve.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        const UNCOMPRESSED: u8 = 4;
        if bytes.len() != 65 || bytes[0] != UNCOMPRESSED {
            return Err(KeyError::PublicKey);
        }
        VerifyingKey::from_sec1_bytes(SM2_ID, bytes).map(Self::of).map_err(|_| KeyError::PublicKey)
    }

    fn of(verifying: VerifyingKey) -> Self {
        let mut bytes = [0; 65];
        bytes.copy_from_slice(&verifying.to_sec1_bytes());
        let digest: [u8; 32] = Sm3::digest(bytes).into();
        let mut key_id = [0; 8];
        key_id.copy_from_slice(&digest[..8]);
        Self { bytes, key_id: KeyId(key_id), verifying }
    }

    /// The 65 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its id.
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Checks a raw 64-byte signature.
    ///
    /// # Errors
    /// [`KeyError::Signature`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), KeyError> {
        let signature = Signature::from_slice(signature).map_err(|_| KeyError::Signature)?;
        self.verifying.verify(message, &signature).map_err(|_| KeyError::Signature)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}
impl Eq for PublicKey {}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({:?})", self.key_id)
    }
}
impl From<PublicKey> for String {
    fn from(k: PublicKey) -> String {
        hex::encode(&k.bytes)
    }
}
impl TryFrom<String> for PublicKey {
    type Error = KeyError;
    fn try_from(text: String) -> Result<Self, KeyError> {
        hex::decode_array::<65>(&text).ok_or(KeyError::PublicKey).and_then(|bytes| Self::from_bytes(&bytes))
    }
}

/// Practice (演练) or live: each has its own root key, and neither verifies as the other (S11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// 演练
    Practice,
    /// 正式
    Live,
}

/// What the root says about a desk's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskKey {
    /// The key.
    pub public_key: PublicKey,
    /// Device number.
    pub device: u32,
    /// Enrolment epoch.
    pub epoch: u32,
    /// Site, six digits.
    pub site: String,
    /// Practice or live.
    pub class: Class,
    /// Not valid before.
    pub not_before: At,
    /// Not valid after.
    pub not_after: At,
    /// Codes signed from here on do not count; those signed before stay good.
    pub retired_at: Option<At>,
}

/// A value with a signature over its canonical CBOR.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed<T> {
    /// What is signed.
    pub value: T,
    /// Raw signature r‖s, 128 hex digits.
    pub signature: String,
    /// Who signed.
    pub key_id: KeyId,
}

impl<T: Serialize> Signed<T> {
    /// Signs.
    ///
    /// # Errors
    /// What the signer says.
    pub fn sign(value: T, signer: &dyn Signer) -> Result<Self, KeyError> {
        let signature = signer.sign(&canonical(&value))?;
        Ok(Self { value, signature: hex::encode(&signature), key_id: signer.key_id() })
    }

    /// The value, if `key` signed it.
    ///
    /// # Errors
    /// [`KeyError::Signature`], also when the signature names another key.
    pub fn verify(&self, key: &PublicKey) -> Result<&T, KeyError> {
        let signature = hex::decode_array::<64>(&self.signature).ok_or(KeyError::Signature)?;
        if self.key_id != key.key_id() {
            return Err(KeyError::Signature);
        }
        key.verify(&canonical(&self.value), &signature)?;
        Ok(&self.value)
    }
}

/// The list of all desk keys, versioned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyList {
    /// Grows by one with every change.
    pub version: u64,
    /// When it was made.
    pub made_at: At,
    /// Practice or live.
    pub class: Class,
    /// All keys.
    pub desks: Vec<DeskKey>,
}

impl KeyList {
    /// The desk's key with this id, if it is listed for this list's own class (S11).
    pub fn find(&self, key_id: KeyId) -> Option<&DeskKey> {
        self.desks.iter().find(|desk| desk.public_key.key_id() == key_id && desk.class == self.class)
    }
}

impl DeskKey {
    /// Whether a code signed at `at` counts: inside the key's validity and before it was retired. Retiring a key does not touch what it
    /// signed before.
    pub fn was_valid(&self, at: At) -> bool {
        let retired = self.retired_at.is_some_and(|retired_at| at >= retired_at);
        self.not_before <= at && at <= self.not_after && !retired
    }
}
