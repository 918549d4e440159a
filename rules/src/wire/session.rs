//! Enrolment of a desk, and login of device and operator.

use super::DeskAudit;
use crate::{
    Sensitive, StaffNumber,
    keys::{DeskKey, PublicKey, Signed},
    time::At,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Body of `POST /v1/desks/enrol`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolRequest {
    /// One-time code from the security administrator.
    pub code: Sensitive<String>,
    /// Public key of the desk.
    pub public_key: PublicKey,
    /// Version of the desk's program.
    pub program: String,
}

/// Answer to an enrolment: everything a desk needs to work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolResponse {
    /// Certificate signed by the root key: device, epoch, site, class and validity.
    pub certificate: Signed<DeskKey>,
    /// Root key that verifies everything else.
    pub root: PublicKey,
    /// Short name of the centre (`iss`).
    pub issuer: String,
    /// Name of the site, shown and printed.
    pub site_name: String,
    /// Window number at the site, 1–999.
    pub desk_number: u16,
    /// Index key for `CitizenRef`, hex. The desk stores it wrapped.
    pub index_key: Sensitive<String>,
    /// Clock of the centre.
    pub server_time: At,
}

/// Claims of a device assertion, for `POST /v1/auth/device`.
///
/// The assertion is the claims as JSON in base64url, then `.`, then base64url of the SM2 signature
/// over the first part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceAssertion {
    /// Device number of the desk.
    pub device: u32,
    /// Enrolment epoch of the desk.
    pub epoch: u32,
    /// When it was made (desk clock plus offset). The policy's clock tolerance applies.
    pub issued_at: At,
    /// Random identifier, never reused.
    pub nonce: Uuid,
    /// State of the desk's audit (D1). A desk that showed one shows one ever after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<DeskAudit>,
}

/// Body of `POST /v1/auth/device`: a signed assertion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceAuthRequest {
    /// `base64url(claims) "." base64url(signature)`, the signature being SM2 over the first part;
    /// claims are a [`DeviceAssertion`].
    pub assertion: String,
}

/// Body of `POST /v1/auth/operator`, sent with the device's bearer token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperatorAuthRequest {
    /// Staff number of the operator.
    pub staff: StaffNumber,
    /// Password in clear.
    pub password: Sensitive<String>,
    /// TOTP code, if a second factor is set.
    pub second_factor: Option<Sensitive<String>>,
}

/// Bearer token for further calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenResponse {
    /// Token for the header `Authorization: Bearer …`.
    pub token: Sensitive<String>,
    /// Expiry of the token.
    pub expires_at: At,
    /// Clock of the centre.
    pub server_time: At,
}
