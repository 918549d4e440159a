//! Verifying a sheet (M6, M7).

use crate::time::At;
use crate::time::Day;
use serde::{Deserialize, Serialize};

/// `POST /v1/verify`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyRequest {
    /// Text of the symbol.
    pub payload: String,
    /// Who scans (shown in the watermark).
    pub scanner: String,
    /// Where.
    pub place: String,
}

/// M6, M7.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyResponse {
    /// The answer.
    pub answer: VerifyAnswer,
    /// Masked name, when ours and well signed.
    pub masked_name: Option<String>,
    /// Masked number.
    pub masked_number: Option<String>,
    /// Issued.
    pub issued_at: Option<At>,
    /// Last valid day.
    pub valid_through: Option<Day>,
    /// M6: health status as the provider gave it; `None` = no provider here.
    pub health: Option<String>,
    /// M6: latest nucleic-acid result.
    pub nucleic_acid: Option<String>,
    /// M7: reference for test registration, masked, only for valid codes.
    pub registration_reference: Option<String>,
    /// Watermark: who, where, when.
    pub watermark: String,
    /// Centre's clock.
    pub server_time: At,
}

/// What a code is to a verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum VerifyAnswer {
    /// 有效
    Valid,
    /// 待确认: well signed, the centre has not heard of it yet.
    Provisional,
    /// 已过期
    Expired,
    /// 已挂失
    Lost,
    /// 已被补换
    Superseded,
    /// 已作废
    Voided,
    /// Not ours.
    Foreign,
    /// Ours, unreadable.
    Damaged,
    /// Signature or key wrong.
    WrongSignature,
    /// Issued in the future.
    NotYetValid,
    /// Practice code at a live centre, or the other way round.
    OtherClass,
}
