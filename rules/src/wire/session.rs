//! Enrolment of a desk, and who is at it.

use crate::{
    Sensitive,
    keys::{DeskKey, PublicKey, Signed},
    time::At,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// `POST /v1/desks/enrol`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// One-time code from the security admin.
    pub code: Sensitive<String>,
    /// The desk's key.
    pub public_key: PublicKey,
    /// Program version.
    pub program: String,
}

/// Answer: everything a desk needs to work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolResponse {
    /// Signed by the root: device, epoch, site, class, validity.
    pub certificate: Signed<DeskKey>,
    /// Root key to verify everything else with.
    pub root: PublicKey,
    /// Centre's short name (`iss`).
    pub issuer: String,
    /// Name of the site, shown and printed.
    pub site_name: String,
    /// Window number at the site, 1–999.
    pub desk_number: u16,
    /// Index key for `CitizenRef`, hex, kept wrapped.
    pub index_key: Sensitive<String>,
    /// Centre's clock.
    pub server_time: At,
}

/// `POST /v1/auth/device`: claims are JSON, base64url, then `.`, then base64url of the SM2 signature over the first part's bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceAssertion {
    /// Device.
    pub device: u32,
    /// Epoch.
    pub epoch: u32,
    /// Made at (desk clock plus offset). Accepted within the policy's tolerance.
    pub issued_at: At,
    /// Never reused.
    pub nonce: Uuid,
}

/// The signed form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceAuthRequest {
    /// `claims.signature`
    pub assertion: String,
}

/// `POST /v1/auth/operator` (with the device's bearer token).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorAuthRequest {
    /// Staff number.
    pub staff: String,
    /// Password.
    pub password: Sensitive<String>,
    /// TOTP, where set.
    pub second_factor: Option<Sensitive<String>>,
}

/// Bearer token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenResponse {
    /// `Authorization: Bearer …`
    pub token: Sensitive<String>,
    /// Until when.
    pub expires_at: At,
    /// Centre's clock.
    pub server_time: At,
}
