//! Papers and their print jobs.

use super::Failure;
use rules::window::{Paper, PrintState};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A print. Three facts are kept apart: the request, the printer's report, and what the clerk has
/// in hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PrintView {
    /// Identifies the print in commands and audit.
    pub id: String,
    /// Kind of paper.
    pub paper: Paper,
    /// Time of the request.
    pub asked_at: String,
    /// State as the printer reports it.
    pub state: PrintState,
    /// The printer's reason for its state, with what to do.
    pub trouble: Option<Failure>,
    /// Whether the paper in the clerk's hand is good; `None` until the clerk says so.
    pub good: Option<bool>,
}

/// Layout of code sheets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SheetLayout {
    /// One sheet on an A4 page.
    A4,
    /// Four sheets on an A4 page.
    A4FourUp,
    /// Eight sheets on an A4 page.
    A4EightUp,
    /// Card size, for laminating.
    Card,
}

/// Layout of receipts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptLayout {
    /// 210 × 297 mm.
    A4,
    /// 148 × 210 mm.
    A5,
    /// Roll of 80 mm.
    Roll80,
}
