//! Reports from kiosk and portal (escalations) that need no correction.

use super::{Correction, Field, open_correction};
use crate::Refusal;
use serde::{Deserialize, Serialize};

/// Reason to close an escalation without a correction. The citizen sees it where they filed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Dismissal {
    /// The registry agrees with the card and the person (登记无误).
    RegisteredRightly,
    /// A matter for the police registry (须到公安户籍办理).
    PoliceMatter,
    /// Neither holder nor guardian filed it (非本人或监护人).
    NotTheHolder,
    /// The same was filed or corrected before (重复申请).
    Duplicate,
    /// The citizen does not ask for it any more (申请人不再要求).
    TakenBack,
}

impl Dismissal {
    /// All reasons, in the order of the declaration.
    pub const ALL: [Self; 5] =
        [Self::RegisteredRightly, Self::PoliceMatter, Self::NotTheHolder, Self::Duplicate, Self::TakenBack];
}

/// Checks that an escalation of this field may be closed without a correction.
///
/// # Errors
/// [`Refusal::EscalationClosed`] if it is closed, and [`Refusal::CorrectionOpen`] if a correction
/// of the field is under way, which answers it.
pub fn may_dismiss<'a>(
    is_closed: bool,
    corrections: impl IntoIterator<Item = &'a Correction>,
    field: Field,
) -> Result<(), Refusal> {
    if is_closed {
        return Err(Refusal::EscalationClosed);
    }
    match open_correction(corrections, field) {
        Some(_) => Err(Refusal::CorrectionOpen),
        None => Ok(()),
    }
}
