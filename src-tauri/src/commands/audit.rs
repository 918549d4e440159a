//! Commands for the audit trail.

use super::{Answer, Counter};
use ::counter::view::{AuditCheckView, AuditPageView, Event, PageInput};

/// Returns audit rows, newest first. `events` are those that the typed text names.
#[tauri::command]
#[specta::specta]
pub(crate) async fn audit(
    counter: Counter<'_>,
    page: PageInput,
    events: Vec<Event>,
) -> Answer<AuditPageView> {
    counter.lists.audit.page(page, events).await
}

/// Checks the hash chain of the audit trail.
#[tauri::command]
#[specta::specta]
pub(crate) async fn check_audit(counter: Counter<'_>) -> Answer<AuditCheckView> {
    counter.lists.audit.check().await
}

/// Writes the audit trail to a file; returns its path.
#[tauri::command]
#[specta::specta]
pub(crate) async fn export_audit(counter: Counter<'_>) -> Answer<String> {
    counter.lists.audit.export().await
}
