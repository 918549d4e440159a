//! Commands for the audit trail.

use super::{Answer, Desk};
use ::counter::view::{AuditCheckView, AuditPageView, PageInput};

/// Returns audit rows, newest first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn audit(desk: Desk<'_>, page: PageInput) -> Answer<AuditPageView> {
    desk.audit(page).await
}

/// Checks the hash chain of the audit trail.
#[tauri::command]
#[specta::specta]
pub(crate) async fn check_audit(desk: Desk<'_>) -> Answer<AuditCheckView> {
    desk.check_audit().await
}

/// Writes the audit trail to a file; returns its path.
#[tauri::command]
#[specta::specta]
pub(crate) async fn export_audit(desk: Desk<'_>) -> Answer<String> {
    desk.export_audit().await
}
