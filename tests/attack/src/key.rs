//! SM2 keys and SM3 digests, straight from the libraries.

use anyhow::Context as _;
use serde_json::Value;
use sm2::dsa::{Signature, SigningKey, signature::Signer as _};
use sm3::{Digest as _, Sm3};

/// Identifier that GM/T 0009 gives to signers without one.
const SIGNER: &str = "1234567812345678";

/// A private key in somebody's hands.
pub struct Key(SigningKey);

impl Key {
    /// Makes a key of 32 secret bytes.
    ///
    /// # Errors
    /// If they are no scalar of the curve.
    pub fn new(secret: &[u8]) -> anyhow::Result<Self> {
        SigningKey::from_slice(SIGNER, secret).map(Self).ok().context("no key")
    }

    /// Signs a message: raw r‖s, hex.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> String {
        hex(&self.sign_bytes(message))
    }

    /// Signs a message: raw r‖s.
    #[must_use]
    pub fn sign_bytes(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.0.sign(message);
        signature.to_bytes().to_vec()
    }

    /// Returns the uncompressed public point, hex.
    #[must_use]
    pub fn public(&self) -> String {
        hex(&self.0.verifying_key().to_sec1_bytes())
    }

    /// Returns the key's identifier: the first 8 bytes of SM3 over the point.
    #[must_use]
    pub fn id(&self) -> Vec<u8> {
        Sm3::digest(self.0.verifying_key().to_sec1_bytes())[..8].to_vec()
    }

    /// Returns `{value, signature, key_id}` for a value.
    #[must_use]
    pub fn signed(&self, value: &Value) -> Value {
        serde_json::json!({
            "value": value,
            "signature": self.sign(&crate::cbor::of(value)),
            "key_id": hex(&self.id()),
        })
    }
}

/// Returns the SM3 digest of bytes, hex.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sm3::digest(bytes))
}

/// Writes bytes as lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads hex; `None` for anything else.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let byte = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    (0..text.len()).step_by(2).map(byte).collect()
}
