//! States of a correction without their details.

use super::State;
use serde::{Deserialize, Serialize};

/// A [`State`] without its details, as lists and labels name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum CorrectionState {
    /// Not submitted yet (草稿).
    Draft,
    /// Waiting for an approver (待审批).
    Submitted,
    /// Approved, but not applied yet (已批准).
    Approved,
    /// Applied to the registry (已生效).
    Applied,
    /// Sent back to the maker (已退回).
    Rejected,
    /// Withdrawn by its maker or a supervisor (已撤回).
    Withdrawn,
    /// The registry changed after the approval (版本冲突).
    Conflicted,
}

impl State {
    /// Returns the state without its details.
    pub const fn kind(&self) -> CorrectionState {
        match self {
            Self::Draft => CorrectionState::Draft,
            Self::Submitted { .. } => CorrectionState::Submitted,
            Self::Approved { .. } => CorrectionState::Approved,
            Self::Applied { .. } => CorrectionState::Applied,
            Self::Rejected { .. } => CorrectionState::Rejected,
            Self::Withdrawn => CorrectionState::Withdrawn,
            Self::Conflicted => CorrectionState::Conflicted,
        }
    }
}
