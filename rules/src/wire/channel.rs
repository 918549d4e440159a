//! Clients of portal and kiosk: their certificates and assertions, and the log-in tokens of the
//! city's log-in service (N-3).

use super::Channel;
use crate::{
    Sensitive, SiteCode,
    issuing::{Issuable, Issued, Purpose},
    keys::{Class, PublicKey},
    time::At,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Content of a channel client's certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelKey {
    /// Public key of the client.
    pub public_key: PublicKey,
    /// Name of the client.
    pub client: String,
    /// Channel it serves.
    pub channel: Channel,
    /// Site whose desks see its escalations, six digits.
    pub site: SiteCode,
    /// Class of the codes it may ask for.
    pub class: Class,
    /// First instant of the key's validity.
    pub not_before: At,
    /// Last instant of the key's validity.
    pub not_after: At,
}

impl Issuable for ChannelKey {
    const PURPOSE: Purpose = Purpose::Certificates;
}

/// Body of `POST /v1/channels/{channel}/enrol`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelEnrolRequest {
    /// One-time code from the security administrator.
    pub code: Sensitive<String>,
    /// Public key of the client.
    pub public_key: PublicKey,
}

/// Answer to a channel client's enrolment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelEnrolResponse {
    /// Certificate signed by an issuing key.
    pub certificate: Issued<ChannelKey>,
    /// Root key that verifies it.
    pub root: PublicKey,
    /// Clock of the centre.
    pub server_time: At,
}

/// Claims of a client's assertion, for `POST /v1/channels/{channel}/auth`. It is written and signed
/// as a [`DeviceAssertion`](super::DeviceAssertion) is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChannelAssertion {
    /// Name of the client.
    pub client: String,
    /// When it was made. The policy's clock tolerance applies.
    pub issued_at: At,
    /// Random identifier, never reused.
    pub nonce: Uuid,
}

/// Body of `POST /v1/channels/{channel}/auth`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelAuthRequest {
    /// `base64url(claims) "." base64url(signature)`, the signature being SM2 over the first part;
    /// claims are a [`ChannelAssertion`].
    pub assertion: String,
}

/// Claims of a log-in token, which only the city's log-in service can sign.
///
/// A token is written as an assertion is: `base64url(claims) "." base64url(signature)`. Its
/// signature is SM2 over [`LOGIN_TOKEN_PREFIX`] and the first part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LoginClaims {
    /// Number of the person who logged in.
    pub number: Sensitive<String>,
    /// 亲属码: number of the relative whose code was shown.
    #[serde(default)]
    pub holder_number: Option<Sensitive<String>>,
    /// Name of the channel client that the person logs in at, or
    /// [`WINDOW_LOGIN_CLIENT`](super::WINDOW_LOGIN_CLIENT); no other may use the token.
    pub client: String,
    /// Expiry, at most five minutes away.
    pub expires_at: At,
    /// Random identifier; a token is good once.
    pub nonce: Uuid,
}

/// Text before the claims in what a log-in token's signature covers.
pub const LOGIN_TOKEN_PREFIX: &str = "login token ";
