//! Content of the QR symbol: COSE_Sign1 over a CWT-style map, Base45, prefix `SSM1:`.

mod cose;
mod verify;

pub use cose::{decode, encode};
pub use verify::{Verifier, verify_offline, verify_with};

use crate::{
    DeviceNumber,
    digest::Digest,
    keys::{Class, KeyId, RawSignature},
    life::Serial,
    time::{At, Day},
};
use serde::{Deserialize, Serialize};

/// COSE algorithm of SM2 with SM3. IANA has registered none; values below −65536 are for private
/// use (RFC 9053).
pub const SM2_WITH_SM3: i64 = -65_537;

/// CWT label of the holder, for private use: a list of masked name and masked number.
pub const HOLDER: i64 = -65_538;

/// CWT label of the class, for private use: 1 live, 2 practice.
pub const CLASS: i64 = -65_539;

/// Prefix of every symbol.
pub const PREFIX: &str = "SSM1:";

/// Longest symbol text that is parsed, in bytes.
pub const LIMIT_BYTES: usize = 1024;

/// Claims in a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Short name of the centre (`iss`).
    pub issuer: String,
    /// When the code was issued (`iat`), in whole seconds.
    pub issued_at: At,
    /// End of validity (`exp`): 24:00 of the last day.
    pub expires_at: At,
    /// Serial of the code (`cti`).
    pub serial: Serial,
    /// Masked name, exactly as printed (M2).
    pub masked_name: String,
    /// Masked number, exactly as printed (M1).
    pub masked_number: String,
    /// Whether the code is live or for practice.
    pub class: Class,
}

impl Claims {
    /// Returns the last valid day, derived from the instant at which it ends (L1).
    pub fn valid_through(&self) -> Day {
        self.expires_at.plus_ms(-1).day()
    }

    /// Returns the SM3 digest of the claims as they are signed (B1).
    pub fn digest(&self) -> Digest {
        Digest::of(&cose::claim_bytes(self))
    }
}

/// The symbol that was signed for a code (B1). With the claims it gives the text again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedSymbol {
    /// Digest of the claims ([`Claims::digest`]).
    pub claims: Digest,
    /// Identifier of the key that signed.
    pub key_id: KeyId,
    /// Signature of that key over the COSE structure.
    pub signature: RawSignature,
}

impl SignedSymbol {
    /// Reads the text of a symbol, without checking the signature.
    ///
    /// # Errors
    /// The errors of [`decode`].
    pub fn of(text: &str) -> Result<Self, PayloadError> {
        let (Unverified { claims, key_id }, signed) = cose::read(text)?;
        let signature = signed.signature.as_slice().try_into().map_err(|_| PayloadError::Damaged)?;
        Ok(Self { claims: claims.digest(), key_id, signature: RawSignature(signature) })
    }

    /// Returns the text of the symbol; `None` if it was signed for other claims.
    pub fn text(&self, claims: &Claims) -> Option<String> {
        if claims.digest() == self.claims {
            cose::assemble(claims, self.key_id, &self.signature)
        } else {
            None
        }
    }
}

/// Content of a symbol whose signature was not checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unverified {
    /// Claims in the symbol.
    pub claims: Claims,
    /// Identifier of the key that claims to have signed.
    pub key_id: KeyId,
}

/// Answer for a well-signed, unexpired code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfflineAnswer {
    /// Claims in the symbol.
    pub claims: Claims,
    /// Device number of the desk that signed.
    pub device: DeviceNumber,
    /// Whether the filter reports the serial as revoked. It can be wrong: ask online.
    pub probably_revoked: bool,
    /// Time of the older list, of key list and filter: the answer is valid as of it.
    pub as_of: At,
}

/// Reasons why a code is not accepted. Each kind of bad code has its own variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum PayloadError {
    /// The text is longer than [`LIMIT_BYTES`] and was not parsed.
    #[error("too long")]
    TooLong,
    /// The symbol is not one of this system.
    #[error("foreign code")]
    Foreign,
    /// The symbol is one of this system, but cannot be parsed.
    #[error("damaged code")]
    Damaged,
    /// The key list does not contain the key.
    #[error("unknown key")]
    UnknownKey,
    /// The signature does not verify.
    #[error("signature does not verify")]
    WrongSignature,
    /// The key was not valid when it signed.
    #[error("key not valid at that time")]
    KeyNotValid,
    /// A practice code at a live verifier.
    #[error("practice code")]
    Practice,
    /// A live code at a practice verifier.
    #[error("live code at a practice verifier")]
    Live,
    /// The code claims an issue in the future.
    #[error("not yet valid")]
    NotYetValid,
    /// The code claims to be valid for longer than any code is, or to end before its issue.
    #[error("impossible validity")]
    ImpossibleValidity,
    /// The code is past its end.
    #[error("expired")]
    Expired,
}
