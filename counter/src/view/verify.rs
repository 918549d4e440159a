//! The Verify screen (核验), also for the sheet just printed.

use rules::{payload::PayloadError, wire::VerifyAnswer};
use serde::{Deserialize, Serialize};
use specta::Type;

use super::SentenceView;

/// Answer of a verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct VerifyView {
    /// Answer of the centre; `None` if it was out of reach.
    pub online: Option<VerifyAnswer>,
    /// Error found offline. `None` with `as_of` means: the signature is good and the code was not
    /// revoked then.
    pub offline_error: Option<PayloadError>,
    /// Time of this desk's own lists, where they were used.
    pub as_of: Option<String>,
    /// Whether the revocation list probably has the code. Only the centre can say for sure.
    pub probably_revoked: bool,
    /// Masked name (M2).
    pub masked_name: Option<String>,
    /// Masked ID number (M1).
    pub masked_number: Option<String>,
    /// Time of issue.
    pub issued_at: Option<String>,
    /// Last valid day.
    pub valid_through: Option<String>,
    /// Last eight digits of the serial.
    pub serial_short: Option<String>,
    /// Whether it is the code of the current case (scan-back); `None` without a case.
    pub matches_case: Option<bool>,
    /// Watermark of the screen: who verified, where and when.
    pub watermark: String,
    /// Health state of the holder of a valid code (M6), or why it is not known.
    pub health: Option<SentenceView>,
    /// Latest nucleic-acid result (M6), where the provider knows the holder.
    pub nucleic_acid: Option<SentenceView>,
    /// Reference for a test registration (M7).
    pub registration_reference: Option<String>,
    /// Sentence for the clerk.
    pub sentence: SentenceView,
}
