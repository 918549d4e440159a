//! The audit trail.

use super::{Answer, Desk};
use counter::view::{AuditCheckView, AuditPageView, PageInput};

/// Audit rows, newest first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn audit(desk: Desk<'_>, page: PageInput) -> Answer<AuditPageView> {
    desk.audit(page).await
}

/// Checks the chain.
#[tauri::command]
#[specta::specta]
pub(crate) async fn check_audit(desk: Desk<'_>) -> Answer<AuditCheckView> {
    desk.check_audit().await
}

/// Writes the audit to a file and says where.
#[tauri::command]
#[specta::specta]
pub(crate) async fn export_audit(desk: Desk<'_>) -> Answer<String> {
    desk.export_audit().await
}
