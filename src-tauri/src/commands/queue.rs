//! Commands for the outbox, conflicts and offline transfer.

use super::{Answer, Desk};
use ::counter::view::{ConflictView, PageInput, QueuePageView, StatusView};

/// Returns the operations of this desk, newest first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn queue(desk: Desk<'_>, page: PageInput) -> Answer<QueuePageView> {
    desk.queue(page).await
}

/// Synchronises with the centre now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn sync_now(desk: Desk<'_>) -> Answer<StatusView> {
    desk.sync_now().await
}

/// Writes the outbox to an encrypted file; returns its path.
#[tauri::command]
#[specta::specta]
pub(crate) async fn export_queue(desk: Desk<'_>, passphrase: String) -> Answer<String> {
    desk.export_queue(passphrase).await
}

/// Imports an outbox file of another desk.
#[tauri::command]
#[specta::specta]
pub(crate) async fn import_queue(desk: Desk<'_>, path: String, passphrase: String) -> Answer<u32> {
    desk.import_queue(path, passphrase).await
}

/// Returns the conflicts of this desk.
#[tauri::command]
#[specta::specta]
pub(crate) async fn conflicts(desk: Desk<'_>) -> Answer<Vec<ConflictView>> {
    desk.conflicts().await
}

/// Closes a conflict with a call-back note.
#[tauri::command]
#[specta::specta]
pub(crate) async fn close_conflict(
    desk: Desk<'_>,
    epoch: u32,
    seq: u32,
    note: String,
) -> Answer<Vec<ConflictView>> {
    desk.close_conflict(epoch, seq, note).await
}

/// Prints the notice for the citizen affected by a conflict.
#[tauri::command]
#[specta::specta]
pub(crate) async fn print_conflict_notice(desk: Desk<'_>, epoch: u32, seq: u32) -> Answer<()> {
    desk.print_conflict_notice(epoch, seq).await
}
