//! Papers and their print jobs.

use super::Failure;
use serde::{Deserialize, Serialize};
use specta::Type;

/// Papers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Paper {
    /// 离线码
    Sheet,
    /// 回执
    Receipt,
    /// 一次性告知书
    Notice,
    /// 日结
    DayReport,
    /// Test page.
    TestPage,
}

/// Print is three facts, kept apart: asked, what the printer said, what the clerk confirmed in
/// hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PrintView {
    /// Id.
    pub id: String,
    /// What.
    pub paper: Paper,
    /// Asked at.
    pub asked_at: String,
    /// What the printer says.
    pub state: PrintState,
    /// Printer's own reason, with what to do.
    pub trouble: Option<Failure>,
    /// What the clerk confirmed: `None` = not asked yet.
    pub good: Option<bool>,
}

/// What the printer says of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PrintState {
    /// Being made or sent.
    Sending,
    /// Waiting.
    Pending,
    /// Held.
    Held,
    /// Printing.
    Printing,
    /// Stopped: paper, jam … see trouble.
    Stopped,
    /// Out of the printer.
    Completed,
    /// The clerk has cancelled it; the printer has not come to a place where it can stop.
    Cancelling,
    /// Cancelled.
    Cancelled,
    /// Failed.
    Failed,
}
