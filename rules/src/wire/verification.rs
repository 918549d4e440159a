//! Verifying a printed sheet online (M6, M7).

use crate::time::At;
use crate::time::Day;
use serde::{Deserialize, Serialize};

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
    /// Health status from the provider; `None` if there is no provider (M6).
    pub health: Option<String>,
    /// Latest nucleic-acid result (M6).
    pub nucleic_acid: Option<String>,
    /// Masked reference for test registration, for valid codes only (M7).
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
