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
