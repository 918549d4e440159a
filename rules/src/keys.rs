//! Keys: the centre's root signs desk certificates; desks sign codes, batches and assertions.

use crate::time::At;
use serde::{Deserialize, Serialize};

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
    fn try_from(_text: String) -> Result<Self, KeyError> {
        todo!()
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

/// An SM2 key pair in memory, zeroised on drop; deterministic signatures.
pub struct SoftwareKey(sm2::dsa::SigningKey);

impl SoftwareKey {
    /// From 32 secret bytes.
    pub fn from_bytes(_secret: &[u8; 32]) -> Result<Self, KeyError> {
        todo!()
    }
}
impl Signer for SoftwareKey {
    fn sign(&self, _message: &[u8]) -> Result<[u8; 64], KeyError> {
        todo!()
    }
    fn public_key(&self) -> PublicKey {
        todo!()
    }
}

/// An SM2 public key, uncompressed, 65 bytes; hex on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey(Vec<u8>);

impl PublicKey {
    /// From 65 bytes.
    pub fn from_bytes(_bytes: &[u8]) -> Result<Self, KeyError> {
        todo!()
    }
    /// The 65 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
    /// Its id.
    pub fn key_id(&self) -> KeyId {
        todo!()
    }
    /// Checks a raw 64-byte signature.
    pub fn verify(&self, _message: &[u8], _signature: &[u8]) -> Result<(), KeyError> {
        todo!()
    }
}
impl From<PublicKey> for String {
    fn from(_k: PublicKey) -> String {
        todo!()
    }
}
impl TryFrom<String> for PublicKey {
    type Error = KeyError;
    fn try_from(_text: String) -> Result<Self, KeyError> {
        todo!()
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
    /// Raw signature, hex on the wire (serde_bytes in CBOR is up to the author: keep it JSON friendly).
    pub signature: String,
    /// Who signed.
    pub key_id: KeyId,
}

impl<T: Serialize> Signed<T> {
    /// Signs.
    pub fn sign(_value: T, _signer: &dyn Signer) -> Result<Self, KeyError> {
        todo!()
    }
    /// The value, if `key` signed it.
    pub fn verify(&self, _key: &PublicKey) -> Result<&T, KeyError> {
        todo!()
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
