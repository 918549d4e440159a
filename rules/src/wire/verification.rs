//! Verifying a printed sheet online (M6), and redeeming what it gave for a test (M7).

use crate::{
    health::HealthAnswer,
    time::{At, Day},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Body of `POST /v1/verify`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerifyRequest {
    /// Text of the symbol.
    pub payload: String,
    /// Person who scans, shown in the watermark.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub scanner: String,
    /// Place of the scan, shown in the watermark.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub place: String,
    /// Whether a reference for a test registration is wanted (M7).
    #[serde(default)]
    pub register: bool,
}

/// Answer to a verification (M6, M7): masked, with a watermark. The code alone grants no entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerifyResponse {
    /// State of the code, or the fault of the text.
    pub answer: VerifyAnswer,
    /// Masked name, if the code belongs to this system and is well signed.
    pub masked_name: Option<String>,
    /// Masked number, under the same condition.
    pub masked_number: Option<String>,
    /// When the code was issued.
    pub issued_at: Option<At>,
    /// Last valid day of the code.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::time::DaySchema>))]
    pub valid_through: Option<Day>,
    /// Health state and latest test of the holder, for valid codes only (M6).
    pub health: HealthAnswer,
    /// Reference for a test registration, if it was asked for and the code is valid (M7). It says
    /// nothing about the holder, ends with the day, and can be redeemed once.
    pub registration_reference: Option<String>,
    /// Watermark: who scanned, where and when.
    pub watermark: String,
    /// Clock of the centre.
    pub server_time: At,
}

/// State of a code, as a verifier sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum VerifyAnswer {
    /// The code is valid (有效).
    Valid,
    /// Well signed, but the centre has no record of it yet (待确认).
    Provisional,
    /// Well signed, but the centre has no record of it and expects none any more (查无此码).
    Unknown,
    /// The code has expired (已过期).
    Expired,
    /// The code was reported lost (已挂失).
    Lost,
    /// A newer code replaced it (已换发新码).
    Superseded,
    /// The code was voided (已作废).
    Voided,
    /// The symbol is not one of this system.
    Foreign,
    /// The symbol is one of this system, but cannot be parsed.
    Damaged,
    /// The signature or the key is wrong.
    WrongSignature,
    /// The code claims an issue in the future.
    NotYetValid,
    /// A practice code at a live centre, or the reverse.
    OtherClass,
}

/// Text before the claims in what the signature of a redemption covers.
pub const REGISTRATION_PREFIX: &str = "test registration ";

/// Claims of a testing place that redeems a reference (M7). They are written and signed as a
/// [`LoginClaims`](super::LoginClaims) is, with [`REGISTRATION_PREFIX`] before them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RegistrationClaims {
    /// Name of the testing place in the centre's settings.
    pub place: String,
    /// Reference that is redeemed; the signature is good for no other.
    pub reference: String,
    /// When it was signed. The policy's clock tolerance applies.
    pub issued_at: At,
    /// Random identifier of this redemption. A repetition with the same one gets the same answer.
    pub nonce: Uuid,
}

/// Body of `POST /v1/registrations/{ref}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegistrationRequest {
    /// `base64url(claims) "." base64url(signature)`; claims are [`RegistrationClaims`].
    pub assertion: String,
}

/// Answer to a redemption.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegistrationResponse {
    /// What became of it.
    pub outcome: RegistrationOutcome,
    /// Masked name, to compare with the ID card; only if it was redeemed.
    pub masked_name: Option<String>,
    /// Masked number, likewise.
    pub masked_number: Option<String>,
    /// Clock of the centre.
    pub server_time: At,
}

/// What became of a redemption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RegistrationOutcome {
    /// The test is registered; nobody can redeem the reference again.
    Registered,
    /// It was redeemed before.
    AlreadyRedeemed,
    /// The code was valid when it was scanned, and is no longer.
    CodeEnded,
}
