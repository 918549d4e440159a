//! Keys and signatures.
//!
//! The root key of the centre signs its issuing keys ([`crate::issuing`]), which sign desk
//! certificates. Desks sign codes, batches and assertions.

use crate::{DeviceNumber, SiteCode, canonical_cbor::canonical, hex, time::At};
use serde::{Deserialize, Serialize};
use sm2::dsa::{
    Signature, SigningKey, VerifyingKey,
    signature::{Signer as _, Verifier as _},
};
use sm3::{Digest as _, Sm3};
use zeroize::Zeroizing;

/// Distinguishing identifier used in every SM2 signature (GM/T 0009 default).
pub const SM2_ID: &str = "1234567812345678";

/// Key identifier: the first 8 bytes of the SM3 digest of the uncompressed public key (65
/// bytes, leading 04).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 8]);

hex::written_as_hex!(KeyId, KeyError::PublicKey => KeyError);

/// A raw SM2 signature: r and s, 32 bytes each; 128 hex digits on the wire.
#[derive(Clone, PartialEq, Eq)]
pub struct RawSignature(pub [u8; 64]);

hex::written_as_hex!(RawSignature, KeyError::Signature => KeyError);

/// Reasons why a key or signature is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes are not a point on the curve, or have the wrong length.
    #[error("malformed public key")]
    PublicKey,
    /// The bytes are not a valid scalar of the curve.
    #[error("malformed private key")]
    PrivateKey,
    /// The signature is wrong, or was made by another key.
    #[error("signature does not verify")]
    Signature,
    /// The signing module returned no signature.
    #[error("signing module does not answer")]
    Unavailable,
    /// The key may not sign yet, or not any more.
    #[error("issuing key is not in force")]
    NotInForce,
}

/// Signs messages: with a software key, or with a certified module (SKF, PCI-E card, cloud HSM).
pub trait Signer: Send + Sync {
    /// Returns the raw signature r‖s (64 bytes) over `message` with [`SM2_ID`].
    ///
    /// # Errors
    /// [`KeyError::Unavailable`] if the module does not answer.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError>;
    /// Returns the public key that verifies its signatures.
    fn public_key(&self) -> PublicKey;
    /// Returns the identifier of its public key.
    fn key_id(&self) -> KeyId {
        self.public_key().key_id()
    }
}

/// An SM2 key pair in memory.
///
/// Signatures are deterministic (nonce as in RFC 6979, with SM3), so a weak random source cannot
/// reveal the key. The secret is overwritten on drop.
pub struct SoftwareKey(SigningKey);

impl SoftwareKey {
    /// Creates a key from 32 secret bytes.
    ///
    /// # Errors
    /// [`KeyError::PrivateKey`] if they are zero or not below the order of the curve.
    pub fn from_bytes(secret: &[u8; 32]) -> Result<Self, KeyError> {
        SigningKey::from_slice(SM2_ID, secret).map(Self).map_err(|_| KeyError::PrivateKey)
    }

    /// Draws a new key from `random`, and returns its 32 secret bytes with it.
    ///
    /// Random bytes are no scalar of the curve once in 2^32; such a draw is repeated.
    pub fn draw(mut random: impl FnMut() -> [u8; 32]) -> (Zeroizing<[u8; 32]>, Self) {
        loop {
            let secret = Zeroizing::new(random());
            if let Ok(key) = Self::from_bytes(&secret) {
                return (secret, key);
            }
        }
    }
}

impl Drop for SoftwareKey {
    /// Overwrites the secret with another valid key (the number 1), because `sm2` does not clear
    /// its signing key. The barrier keeps the compiler from removing a write that nobody reads.
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

/// An SM2 public key: 65 bytes, uncompressed, hex on the wire. The point is checked
/// once, on parsing.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey {
    bytes: [u8; 65],
    key_id: KeyId,
    verifying: VerifyingKey,
}

impl PublicKey {
    /// Parses 65 bytes, the first of them 04.
    ///
    /// # Errors
    /// [`KeyError::PublicKey`] if they are not a point on the curve.
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

    /// Returns the 65 bytes of the uncompressed point.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the key's identifier, computed on parsing.
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Verifies a raw 64-byte signature over `message`.
    ///
    /// # Errors
    /// [`KeyError::Signature`] if the signature is malformed or wrong.
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

/// Practice (演练) or live. Each class has its own root key, and neither verifies codes of
/// the other (S11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Practice site, for training (演练).
    Practice,
    /// Live operation with valid codes (正式).
    Live,
}

/// Content of a desk's certificate, signed by an issuing key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeskKey {
    /// Public key of the desk.
    pub public_key: PublicKey,
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Enrolment epoch; each enrolment of a device gets the next one.
    pub epoch: u32,
    /// Site code, six digits.
    pub site: SiteCode,
    /// Class of the codes that this key signs.
    pub class: Class,
    /// First instant of the key's validity.
    pub not_before: At,
    /// Last instant of the key's validity.
    pub not_after: At,
    /// Codes signed from this instant on do not count; codes signed before stay good.
    pub retired_at: Option<At>,
    /// Since when somebody else may have had the key (B5). The centre knows which of the codes
    /// signed since then it had received before the key was retired; nobody else can tell.
    pub compromised_since: Option<At>,
}

/// A value with a signature over its canonical CBOR.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Signed<T> {
    /// The value that is signed.
    pub value: T,
    /// Raw signature r‖s, 128 hex digits.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{128}$"))]
    pub signature: String,
    /// Identifier of the signing key.
    pub key_id: KeyId,
}

impl<T: Serialize> Signed<T> {
    /// Signs a value.
    ///
    /// # Errors
    /// The [`KeyError`] that the signer returns.
    pub fn sign(value: T, signer: &dyn Signer) -> Result<Self, KeyError> {
        let signature = signer.sign(&canonical(&value))?;
        Ok(Self { value, signature: hex::encode(&signature), key_id: signer.key_id() })
    }

    /// Returns the value if `key` signed it.
    ///
    /// # Errors
    /// [`KeyError::Signature`] if the signature is wrong or names another key.
    pub fn verify(&self, key: &PublicKey) -> Result<&T, KeyError> {
        let signature = hex::decode_array::<64>(&self.signature).ok_or(KeyError::Signature)?;
        if self.key_id != key.key_id() {
            return Err(KeyError::Signature);
        }
        key.verify(&canonical(&self.value), &signature)?;
        Ok(&self.value)
    }
}

/// Versioned list of all desk keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeyList {
    /// Version of the list; each change increments it by one.
    pub version: u64,
    /// When the list was made.
    pub made_at: At,
    /// Class that the listed keys sign for.
    pub class: Class,
    /// Keys of all desks, retired ones included.
    pub desks: Vec<DeskKey>,
}

impl KeyList {
    /// Returns the desk key with this id, if it has the same class as the list (S11).
    pub fn find(&self, key_id: KeyId) -> Option<&DeskKey> {
        self.desks.iter().find(|desk| desk.public_key.key_id() == key_id && desk.class == self.class)
    }
}

impl DeskKey {
    /// Returns whether the key may sign now: within its validity, and not retired.
    pub fn is_in_force(&self, now: At) -> bool {
        self.not_before <= now && now <= self.not_after && self.retired_at.is_none()
    }

    /// Returns whether somebody else may have signed a code of `at` with this key (B5).
    pub fn is_doubtful(&self, at: At) -> bool {
        self.compromised_since.is_some_and(|since| at >= since)
    }

    /// Returns whether a code signed at `at` counts: within the key's validity and
    /// before its retirement.
    ///
    /// Retiring a key does not affect earlier codes.
    pub fn was_valid(&self, at: At) -> bool {
        let retired = self.retired_at.is_some_and(|retired_at| at >= retired_at);
        self.not_before <= at && at <= self.not_after && !retired
    }
}
