//! What is in the QR symbol: COSE_Sign1 over a CWT-style map, Base45, prefix `SSM1:`.

use crate::{
    keys::{Class, KeyError, KeyId, KeyList, Signer},
    life::Serial,
    revocation::OpenFilter,
    time::At,
};
use serde::{Deserialize, Serialize};

/// Longest symbol text that is read at all, bytes.
pub const LIMIT_BYTES: usize = 1024;

/// The claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// iss: the centre's short name.
    pub issuer: String,
    /// iat, whole seconds are kept.
    pub issued_at: At,
    /// exp: end of validity (24:00 of the last day).
    pub expires_at: At,
    /// cti.
    pub serial: Serial,
    /// Masked name, exactly as printed (M2).
    pub masked_name: String,
    /// Masked number, exactly as printed (M1).
    pub masked_number: String,
    /// Practice or live.
    pub class: Class,
}

/// Encodes and signs: the text of the symbol.
pub fn encode(_claims: &Claims, _signer: &dyn Signer) -> Result<String, KeyError> {
    todo!()
}

/// A symbol that was read but not yet checked against any key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unverified {
    /// What it claims.
    pub claims: Claims,
    /// Whose key.
    pub key_id: KeyId,
}

/// Reads the text. Never panics, never allocates more than the input's order of size.
pub fn decode(_text: &str) -> Result<Unverified, PayloadError> {
    todo!()
}

/// Reads and checks the signature with one key (the centre after looking the desk key up).
pub fn verify_with(_text: &str, _key: &crate::keys::PublicKey) -> Result<Claims, PayloadError> {
    todo!()
}

/// What a verifier without a line can say (offline verification).
pub fn verify_offline(
    _text: &str,
    _class: Class,
    _keys: &KeyList,
    _filter: Option<(&OpenFilter, At)>,
    _now: At,
) -> Result<OfflineAnswer, PayloadError> {
    todo!()
}

/// A well-signed, unexpired code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfflineAnswer {
    /// What it claims.
    pub claims: Claims,
    /// Device that signed.
    pub device: u32,
    /// Probably revoked: ask online.
    pub probably_revoked: bool,
    /// The older of key list and filter: "valid as of".
    pub as_of: At,
}

/// Each kind of bad code has its own answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum PayloadError {
    /// Longer than [`LIMIT_BYTES`]: refused unread.
    #[error("too long")]
    TooLong,
    /// Not one of ours.
    #[error("foreign code")]
    Foreign,
    /// One of ours, but not readable.
    #[error("damaged code")]
    Damaged,
    /// Key is not in the list.
    #[error("unknown key")]
    UnknownKey,
    /// Signature does not verify.
    #[error("signature does not verify")]
    WrongSignature,
    /// Key was not valid when it signed.
    #[error("key not valid at that time")]
    KeyNotValid,
    /// Practice code at a live verifier.
    #[error("practice code")]
    Practice,
    /// Live code at a practice verifier.
    #[error("live code at a practice verifier")]
    Live,
    /// Issued in the future.
    #[error("not yet valid")]
    NotYetValid,
    /// Past its end.
    #[error("expired")]
    Expired,
}
