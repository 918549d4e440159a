//! Assertions: claims that a desk or a channel client signs, to get a token for them.

use super::{answer::Answer, state::Centre};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rules::{At, policy::CLOCK_TOLERANCE_MS, wire::ProtocolError};
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// Claims whose signature was not checked yet: `base64url(claims) "." base64url(signature)`.
pub struct Assertion<'a, T> {
    /// What is claimed.
    pub claims: T,
    signed: &'a str,
    signature: &'a str,
}

impl<'a, T: DeserializeOwned> Assertion<'a, T> {
    /// Parses the text of an assertion.
    ///
    /// # Errors
    /// [`ProtocolError::Malformed`] if it is none.
    pub fn read(text: &'a str) -> Result<Self, ProtocolError> {
        let (signed, signature) = text.split_once('.').ok_or(ProtocolError::Malformed)?;
        let claims = serde_json::from_slice(&decode(signed)?).map_err(|_| ProtocolError::Malformed)?;
        Ok(Self { claims, signed, signature })
    }

    /// Returns the bytes that are signed.
    #[must_use]
    pub const fn signed(&self) -> &'a [u8] {
        self.signed.as_bytes()
    }

    /// Decodes the signature.
    ///
    /// # Errors
    /// [`ProtocolError::Malformed`] if it is not base64url.
    pub fn signature(&self) -> Result<Vec<u8>, ProtocolError> {
        decode(self.signature)
    }
}

fn decode(text: &str) -> Result<Vec<u8>, ProtocolError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| ProtocolError::Malformed)
}

/// Accepts a proven owner's assertion, once and only around its own time. A wrong clock is told the
/// right one, which it could not learn otherwise.
pub(super) async fn accept_once(
    centre: &Centre,
    owner: &str,
    (issued_at, nonce): (At, Uuid),
    now: At,
) -> Answer<()> {
    if issued_at.since_ms(now).unsigned_abs() > CLOCK_TOLERANCE_MS.unsigned_abs() {
        return Err(ProtocolError::ClockOff { server_time: now }.into());
    }
    let until = issued_at.plus_ms(CLOCK_TOLERANCE_MS);
    if !centre.store.use_nonce(owner, nonce, now, until).await? {
        return Err(ProtocolError::Unauthenticated.into());
    }
    Ok(())
}
