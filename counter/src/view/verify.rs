//! The Verify screen (核验), also for the sheet just printed.

use rules::{payload::PayloadError, wire::VerifyAnswer};
use serde::{Deserialize, Serialize};
use specta::Type;

use super::SentenceView;

/// Answer of a verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct VerifyView {
    /// Online answer, if the centre was reached.
    pub online: Option<VerifyAnswer>,
    /// Offline: what was wrong; `None` with `offline_checked` = well signed and not revoked as of
    /// `as_of`.
    pub offline_error: Option<PayloadError>,
    /// Checked with this desk's lists.
    pub offline_checked: bool,
    /// Lists' age.
    pub as_of: Option<String>,
    /// Probably revoked: ask online.
    pub probably_revoked: bool,
    /// M2
    pub masked_name: Option<String>,
    /// M1
    pub masked_number: Option<String>,
    /// Issued.
    pub issued_at: Option<String>,
    /// Last valid day.
    pub valid_through: Option<String>,
    /// Serial, last eight digits.
    pub serial_short: Option<String>,
    /// Belongs to the case in front (scan-back).
    pub matches_case: Option<bool>,
    /// Watermark: who, where, when.
    pub watermark: String,
    /// Health status and nucleic-acid result, where a provider has them (M6).
    pub health: Option<String>,
    /// Latest nucleic-acid result.
    pub nucleic_acid: Option<String>,
    /// M7.
    pub registration_reference: Option<String>,
    /// The sentence for the clerk.
    pub sentence: SentenceView,
}
