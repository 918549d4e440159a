//! Who may do what: one table role × action, for desk and centre (S5).

use crate::Refusal;
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

/// Whether any of `roles` may.
pub fn permit(_roles: &[Role], _duty: Duty) -> Result<(), Refusal> {
    todo!()
}

/// System, security and audit duties never in one account (S5).
pub fn may_combine(_roles: &[Role]) -> bool {
    todo!()
}
