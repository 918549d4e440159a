//! Permissions: one table of roles and duties for desk and centre (S5).

use crate::{Refusal, life::Action};
use serde::{Deserialize, Serialize};

/// Role of a member of staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Clerk at a counter (窗口人员).
    Clerk,
    /// Supervisor of a site (主管).
    Supervisor,
    /// System administrator (系统管理员).
    SystemAdmin,
    /// Security administrator (安全管理员).
    SecurityAdmin,
    /// Auditor of the log (审计员).
    Auditor,
}

/// Everything a role can permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// Serve citizens: read cards, issue, reissue, report losses, print.
    Serve,
    /// Show one field unmasked for 30 seconds (M4).
    Unmask,
    /// Draft and submit corrections.
    Correct,
    /// Approve or reject corrections.
    Approve,
    /// Void a citizen's code.
    Void,
    /// See the outbox and synchronise.
    ViewQueue,
    /// Export the outbox to a file, or import such a file.
    TransferQueue,
    /// See conflicts and decide them.
    ResolveConflicts,
    /// Verify a printed sheet.
    Verify,
    /// See and print the journal of the day.
    Journal,
    /// See the board of the site and its figures.
    Board,
    /// Test the devices of the desk.
    CheckDevices,
    /// Change the settings of the desk.
    Configure,
    /// Manage the accounts of staff.
    ManageAccounts,
    /// Search, verify and export the audit log.
    Audit,
}

impl Role {
    /// All roles, in the order of the table.
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
        Self::TransferQueue,
        Self::ResolveConflicts,
        Self::Verify,
        Self::Journal,
        Self::Board,
        Self::CheckDevices,
        Self::Configure,
        Self::ManageAccounts,
        Self::Audit,
    ];

    /// Returns the roles that have this duty (S5).
    ///
    /// Clerks and supervisors serve. Approving, voiding, deciding conflicts, exporting the
    /// outbox and the board need a supervisor. The three administrators see no citizens: they may
    /// see the outbox, which is shown masked, and nothing else of the counter's work.
    pub const fn roles(self) -> &'static [Role] {
        use Role::{Auditor, Clerk, SecurityAdmin, Supervisor, SystemAdmin};
        match self {
            Self::Serve | Self::Unmask | Self::Correct | Self::Verify | Self::Journal => &[Clerk, Supervisor],
            Self::Approve | Self::Void | Self::TransferQueue | Self::ResolveConflicts | Self::Board => {
                &[Supervisor]
            }
            Self::ViewQueue => &[Clerk, Supervisor, SystemAdmin, SecurityAdmin, Auditor],
            Self::CheckDevices => &[Clerk, Supervisor, SystemAdmin],
            Self::Configure => &[SystemAdmin],
            Self::ManageAccounts => &[SecurityAdmin],
            Self::Audit => &[Auditor],
        }
    }
}

impl Action {
    /// Returns the duty that the action belongs to.
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

/// Checks that at least one of `roles` has the duty.
///
/// # Errors
/// [`Refusal::NotPermitted`] if none has it.
pub fn permit(roles: &[Role], duty: Duty) -> Result<(), Refusal> {
    if roles.iter().any(|role| duty.roles().contains(role)) { Ok(()) } else { Err(Refusal::NotPermitted) }
}

/// Returns whether one account may have all of `roles` (S5).
///
/// System, security and audit duties need separate accounts, and who audits does no other work that
/// is audited: an auditor has no second role. An account without roles is refused too, because it
/// could do nothing but log in.
pub fn may_combine(roles: &[Role]) -> bool {
    let has = |role| roles.contains(&role);
    let audits_itself = has(Role::Auditor) && roles.iter().any(|role| *role != Role::Auditor);
    let refused = roles.is_empty() || audits_itself || (has(Role::SystemAdmin) && has(Role::SecurityAdmin));
    !refused
}
