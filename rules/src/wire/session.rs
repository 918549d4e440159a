//! Enrolment of a desk, and login of device and operator.

use super::{DeskAudit, EarlierRow, Heartbeat};
use crate::{
    DeviceNumber, Sensitive, StaffNumber,
    authority::{Credential, WrappedKey},
    issuing::{Issued, IssuingKey, Trust},
    keys::{DeskKey, KeyError, PublicKey, RawSignature, Signed, Signer},
    op::canonical,
    time::At,
    window::KeyProtection,
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
    /// What protects the desk's keys at rest; the list of desks shows it.
    pub protection: KeyProtection,
}

/// Answer to an enrolment: everything a desk needs to work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolResponse {
    /// Certificate signed by an issuing key: device, epoch, site, class and validity.
    pub certificate: Issued<DeskKey>,
    /// Root key of the centre: everything else that the centre signs is verified with it.
    pub root: PublicKey,
    /// Key to which the desk seals what the centre alone may read (C3), as the root signed it.
    pub sealing: Signed<IssuingKey>,
    /// Short name of the centre (`iss`).
    pub issuer: String,
    /// Name of the site, shown and printed.
    pub site_name: String,
    /// Window number at the site, 1–999.
    pub desk_number: u16,
    /// Clock of the centre.
    pub server_time: At,
}

impl EnrolResponse {
    /// Returns what a desk trusts that has just enrolled.
    pub fn trust(&self) -> Trust {
        Trust::of(self.root.clone())
    }
}

/// Body of `POST /v1/desks/renew`, sent with the device's bearer token: the next key of a desk
/// (B4). Both keys sign it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RenewRequest {
    /// The next public key.
    pub public_key: PublicKey,
    /// Signature of the present key.
    pub by_present: RawSignature,
    /// Signature of the next key, which shows that the desk has it.
    pub by_next: RawSignature,
}

impl RenewRequest {
    /// Signs a request with the present and the next key.
    ///
    /// # Errors
    /// The [`KeyError`] that a signer returns.
    pub fn sign(
        (device, epoch): (DeviceNumber, u32),
        present: &dyn Signer,
        next: &dyn Signer,
    ) -> Result<Self, KeyError> {
        let public_key = next.public_key();
        let bytes = Self::signed_bytes((device, epoch), &public_key);
        let (by_present, by_next) = (RawSignature(present.sign(&bytes)?), RawSignature(next.sign(&bytes)?));
        Ok(Self { public_key, by_present, by_next })
    }

    /// Verifies both signatures.
    ///
    /// # Errors
    /// [`KeyError::Signature`] if one is wrong.
    pub fn verify(&self, desk: (DeviceNumber, u32), present: &PublicKey) -> Result<(), KeyError> {
        let bytes = Self::signed_bytes(desk, &self.public_key);
        present.verify(&bytes, &self.by_present.0)?;
        self.public_key.verify(&bytes, &self.by_next.0)
    }

    /// Returns the bytes that both keys sign: canonical CBOR of what it is, desk and next key.
    fn signed_bytes((device, epoch): (DeviceNumber, u32), public_key: &PublicKey) -> Vec<u8> {
        canonical(&("renew", device, epoch, public_key))
    }
}

/// Answer to a renewal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RenewResponse {
    /// Certificate of the next key. The desk signs with the present one until it is in force.
    pub certificate: Issued<DeskKey>,
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
    pub device: DeviceNumber,
    /// Enrolment epoch of the desk.
    pub epoch: u32,
    /// When it was made (desk clock plus offset). The policy's clock tolerance applies.
    pub issued_at: At,
    /// Random identifier, never reused.
    pub nonce: Uuid,
    /// State of the desk's audit (D1). A desk that showed one shows one ever after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<DeskAudit>,
    /// The row of it that the centre was shown last; see [`super::ProtocolError::AuditRow`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<EarlierRow>,
    /// How the desk is, for the list of desks.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "super::heartbeat::readable"
    )]
    pub heartbeat: Option<Heartbeat>,
}

/// Body of `POST /v1/auth/device`: a signed assertion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceAuthRequest {
    /// `base64url(claims) "." base64url(signature)`, the signature being SM2 over the first part;
    /// claims are a [`DeviceAssertion`].
    pub assertion: String,
    /// Certificate of the key that signed. A centre that was restored from a backup may have
    /// forgotten a renewed key (B4), and believes its own root.
    pub certificate: Option<Box<Issued<DeskKey>>>,
    /// Number of the window. A centre that has forgotten the whole enrolment takes it up again
    /// under this number.
    #[serde(default)]
    pub desk_number: Option<u16>,
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

/// Answer to an operator's log-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperatorAuthResponse {
    /// Bearer token for further calls.
    pub token: TokenResponse,
    /// Record and wrapped key, which this desk may keep for log-in without the centre (A2).
    pub credential: Credential,
    /// Whether the password is older than the policy allows (A7): the token then permits changing
    /// it, and nothing else.
    pub must_change_password: bool,
}

/// Body of `POST /v1/auth/password`, sent with the operator's bearer token: a person changes their
/// own password. The key changes with it, so that the old password opens nothing any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePasswordRequest {
    /// The new key, signed by the old one.
    pub change: Signed<KeyChange>,
    /// Private half of the new key, wrapped under the new password.
    pub wrapped_key: WrappedKey,
}

/// New key of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeyChange {
    /// Whose key it is.
    pub staff: StaffNumber,
    /// The new public key.
    pub public_key: PublicKey,
    /// When the person changed it; the policy's clock tolerance applies.
    pub at: At,
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
