//! Kinds of operations, as lists and reports name them.

use super::OpBody;
use crate::{correction::CorrectionCommand, proof::Act};
use serde::{Deserialize, Serialize};

/// Kind of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// Any action that makes a code (发码).
    Issue,
    /// Loss report (挂失).
    ReportLoss,
    /// Another printed copy (二次打印).
    Reprint,
    /// Voiding by a supervisor (作废).
    Void,
    /// Result of a print (打印登记).
    Printed,
    /// A correction was started (起草更正).
    CorrectionOpened,
    /// A correction was edited (修改更正).
    CorrectionEdited,
    /// A correction was submitted (提交更正).
    CorrectionSubmitted,
    /// A correction was approved (批准更正).
    CorrectionApproved,
    /// A correction was rejected (退回更正).
    CorrectionRejected,
    /// A correction was withdrawn (撤回更正).
    CorrectionWithdrawn,
    /// Another step of a correction, or one whose record retention has removed (办理更正).
    CorrectionCommanded,
    /// An escalation was closed without a correction (不予更正).
    EscalationDismissed,
}

impl OperationKind {
    /// Returns whether it belongs to a correction (更正).
    pub const fn is_correction(self) -> bool {
        match self {
            Self::Issue | Self::ReportLoss | Self::Reprint | Self::Void | Self::Printed => false,
            Self::CorrectionOpened
            | Self::CorrectionEdited
            | Self::CorrectionSubmitted
            | Self::CorrectionApproved
            | Self::CorrectionRejected
            | Self::CorrectionWithdrawn
            | Self::CorrectionCommanded
            | Self::EscalationDismissed => true,
        }
    }
}

impl OpBody {
    /// Returns the kind of the operation.
    pub const fn kind(&self) -> OperationKind {
        match self {
            Self::Issue { .. } => OperationKind::Issue,
            Self::ReportLoss { .. } => OperationKind::ReportLoss,
            Self::Reprint { .. } => OperationKind::Reprint,
            Self::Void { .. } => OperationKind::Void,
            Self::Printed { .. } => OperationKind::Printed,
            Self::CorrectionOpened { .. } => OperationKind::CorrectionOpened,
            Self::CorrectionCommanded { command, .. } => match **command {
                CorrectionCommand::Edit { .. } => OperationKind::CorrectionEdited,
                CorrectionCommand::Submit => OperationKind::CorrectionSubmitted,
                CorrectionCommand::Approve { .. } => OperationKind::CorrectionApproved,
                CorrectionCommand::Reject { .. } => OperationKind::CorrectionRejected,
                CorrectionCommand::Withdraw => OperationKind::CorrectionWithdrawn,
                CorrectionCommand::Apply { .. } | CorrectionCommand::MarkReplaced => {
                    OperationKind::CorrectionCommanded
                }
            },
            Self::EscalationDismissed { .. } => OperationKind::EscalationDismissed,
        }
    }

    /// Returns what is done for the citizen on the strength of their proof; `None` for what needs
    /// no citizen at the window.
    pub const fn act(&self) -> Option<Act> {
        match self {
            Self::Issue { action, .. } => Act::of(*action),
            Self::ReportLoss { .. } => Some(Act::ReportLoss),
            Self::Reprint { .. } => Some(Act::Reprint),
            Self::CorrectionOpened { correction, .. } => Some(Act::correcting(correction.field)),
            Self::Void { .. }
            | Self::Printed { .. }
            | Self::CorrectionCommanded { .. }
            | Self::EscalationDismissed { .. } => None,
        }
    }
}
