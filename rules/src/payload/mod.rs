//! What is in the QR symbol: COSE_Sign1 over a CWT-style map, Base45, prefix `SSM1:`.

mod cose;
mod verify;

pub use cose::{decode, encode};
pub use verify::{verify_offline, verify_with};

use crate::{
    keys::{Class, KeyId},
    life::Serial,
    time::{At, Day},
};
use serde::{Deserialize, Serialize};

/// COSE algorithm of SM2 with SM3. IANA has not registered one; values below −65536 are for private use (RFC 9053).
pub const SM2_WITH_SM3: i64 = -65_537;

/// CWT label of the holder: a list of masked name and masked number. Private use.
pub const HOLDER: i64 = -65_538;

/// CWT label of the class: 1 live, 2 practice. Private use.
pub const CLASS: i64 = -65_539;

/// What every symbol begins with.
pub const PREFIX: &str = "SSM1:";

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

impl Claims {
    /// L1: the last day, from the instant at which it is over.
    pub fn valid_through(&self) -> Day {
        self.expires_at.plus_ms(-1).day()
    }
}

/// A symbol that was read but not yet checked against any key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unverified {
    /// What it claims.
    pub claims: Claims,
    /// Whose key.
    pub key_id: KeyId,
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
