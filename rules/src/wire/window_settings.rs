//! Settings of a site's windows that the centre decides.

use crate::{
    SiteCode,
    issuing::{Issuable, Purpose},
    window::{ReceiptLayout, SheetLayout},
};
use serde::{Deserialize, Serialize};

/// Settings that windows take from the centre, signed by it. What is `None` is left to the window's
/// own `desk.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WindowSettings {
    /// Site whose windows are meant.
    pub site: SiteCode,
    /// Number of the window at the site; `None`: every window there. What is said of a window alone
    /// counts before what is said of all.
    pub window: Option<u16>,
    /// Values they take.
    pub values: CentralSettings,
}

impl Issuable for WindowSettings {
    const PURPOSE: Purpose = Purpose::Lists;
}

/// Values the centre decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub struct CentralSettings {
    /// Idle minutes until the screen locks, 1–60 (S4).
    pub lock_minutes: Option<u16>,
    /// Layout of code sheets.
    pub sheet_layout: Option<SheetLayout>,
    /// Layout of receipts.
    pub receipt_layout: Option<ReceiptLayout>,
    /// Whether citizens answer and sign on the citizen window (客显), where there is one.
    pub signature: Option<bool>,
}

impl CentralSettings {
    /// Returns these values, and the other ones where these say nothing.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            lock_minutes: self.lock_minutes.or(other.lock_minutes),
            sheet_layout: self.sheet_layout.or(other.sheet_layout),
            receipt_layout: self.receipt_layout.or(other.receipt_layout),
            signature: self.signature.or(other.signature),
        }
    }
}
