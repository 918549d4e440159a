//! Who may do what: one table role × action, for desk and centre (S5).

use crate::{Refusal, correction::CorrectionCommand, life::Action};
use serde::{Deserialize, Serialize};

/// Roles of staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 窗口人员
    Clerk,
    /// 主管
    Supervisor,
    /// 系统管理员
    SystemAdmin,
    /// 安全管理员
    SecurityAdmin,
    /// 审计员
    Auditor,
}

/// Everything somebody can be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// Serve citizens: read cards, issue, reissue, loss, print.
    Serve,
    /// Show one field unmasked for 30 s (M4).
    Unmask,
    /// Draft and submit corrections.
    Correct,
    /// Approve or reject corrections.
    Approve,
    /// Void a code.
    Void,
    /// See the queue and synchronise.
    ViewQueue,
    /// Export the queue to a file, import one.
    CarryQueue,
    /// See conflicts and decide them.
    ResolveConflicts,
    /// Verify a sheet.
    Verify,
    /// See and print the day's journal.
    Journal,
    /// Test devices.
    CheckDevices,
    /// Change settings.
    Configure,
    /// Manage accounts.
    ManageAccounts,
    /// Enrol and revoke desks.
    ManageDesks,
    /// Search, verify and export the audit.
    Audit,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 5] =
        [Self::Clerk, Self::Supervisor, Self::SystemAdmin, Self::SecurityAdmin, Self::Auditor];
}

impl Duty {
    /// All duties, in the order of the table.
    pub const ALL: [Self; 15] = [
        Self::Serve,
        Self::Unmask,
        Self::Correct,
        Self::Approve,
        Self::Void,
        Self::ViewQueue,
        Self::CarryQueue,
        Self::ResolveConflicts,
        Self::Verify,
        Self::Journal,
        Self::CheckDevices,
        Self::Configure,
        Self::ManageAccounts,
        Self::ManageDesks,
        Self::Audit,
    ];

    /// The table (S5): who may do this. Clerks and supervisors serve; approving, voiding, deciding conflicts and carrying the queue out
    /// of the house need a supervisor. The three administrators see no citizen: they may look at the queue's state (it is shown
    /// masked) and nothing else of the counter's work.
    pub const fn roles(self) -> &'static [Role] {
        use Role::{Auditor, Clerk, SecurityAdmin, Supervisor, SystemAdmin};
        match self {
            Self::Serve | Self::Unmask | Self::Correct | Self::Verify | Self::Journal => &[Clerk, Supervisor],
            Self::Approve | Self::Void | Self::CarryQueue | Self::ResolveConflicts => &[Supervisor],
            Self::ViewQueue => &[Clerk, Supervisor, SystemAdmin, SecurityAdmin, Auditor],
            Self::CheckDevices => &[Clerk, Supervisor, SystemAdmin],
            Self::Configure => &[SystemAdmin],
            Self::ManageAccounts | Self::ManageDesks => &[SecurityAdmin],
            Self::Audit => &[Auditor],
        }
    }
}

impl Action {
    /// The duty it belongs to.
    pub const fn duty(self) -> Duty {
        match self {
            Self::Void => Duty::Void,
            Self::Apply
            | Self::Reapply
            | Self::Reissue
            | Self::ReportLoss
            | Self::Reprint
            | Self::Replace => Duty::Serve,
        }
    }
}

impl CorrectionCommand {
    /// The duty it belongs to; `None` = nobody's: only the centre applies, and only a `replace` uses up.
    pub const fn duty(&self) -> Option<Duty> {
        match self {
            Self::Edit { .. } | Self::Submit | Self::Withdraw => Some(Duty::Correct),
            Self::Approve { .. } | Self::Reject { .. } => Some(Duty::Approve),
            Self::Apply { .. } | Self::MarkReplaced => None,
        }
    }
}

/// Whether any of `roles` may.
///
/// # Errors
/// [`Refusal::NotPermitted`].
pub fn permit(roles: &[Role], duty: Duty) -> Result<(), Refusal> {
    if roles.iter().any(|role| duty.roles().contains(role)) { Ok(()) } else { Err(Refusal::NotPermitted) }
}

/// System, security and audit duties never in one account (S5). An account without any role may not be either: it could only log in.
pub fn may_combine(roles: &[Role]) -> bool {
    let administrates = |role| roles.contains(&role);
    let kinds = [Role::SystemAdmin, Role::SecurityAdmin, Role::Auditor];
    !roles.is_empty() && kinds.into_iter().filter(|role| administrates(*role)).count() <= 1
}
