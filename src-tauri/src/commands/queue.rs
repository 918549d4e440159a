//! Commands for the outbox, calls to citizens, conflicts and offline transfer.

use super::{Answer, Counter};
use ::counter::view::{
    CallView, ConflictView, PageInput, QueuePageView, QueueState, StatusView, UnmaskedView,
};

/// Returns the operations of this desk, or those in one state.
#[tauri::command]
#[specta::specta]
pub(crate) async fn queue(
    counter: Counter<'_>,
    page: PageInput,
    state: Option<QueueState>,
) -> Answer<QueuePageView> {
    counter.lists.queue.page(page, state).await
}

/// Synchronises with the centre now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn sync_now(counter: Counter<'_>) -> Answer<StatusView> {
    counter.session.synchronise_now().await
}

/// Writes the outbox to a file that the centre alone can open; returns its path.
#[tauri::command]
#[specta::specta]
pub(crate) async fn export_queue(counter: Counter<'_>) -> Answer<String> {
    counter.lists.queue.export().await
}

/// Imports an outbox file of another desk.
#[tauri::command]
#[specta::specta]
pub(crate) async fn import_queue(counter: Counter<'_>, path: String) -> Answer<u32> {
    counter.lists.queue.import(path).await
}

/// Returns the citizens to be called.
#[tauri::command]
#[specta::specta]
pub(crate) async fn calls(counter: Counter<'_>) -> Answer<Vec<CallView>> {
    counter.lists.calls.list().await
}

/// Shows the phone of somebody to be called in full for a minute; audited.
#[tauri::command]
#[specta::specta]
pub(crate) async fn call_phone(counter: Counter<'_>, id: String) -> Answer<UnmaskedView> {
    counter.lists.calls.show_phone(&id).await
}

/// Writes down what came of a call. Returns the citizens still to be called.
#[tauri::command]
#[specta::specta]
pub(crate) async fn call_outcome(
    counter: Counter<'_>,
    id: String,
    outcome: rules::call_back::CallOutcome,
) -> Answer<Vec<CallView>> {
    counter.lists.calls.record(&id, outcome).await
}

/// Returns the conflicts of this desk.
#[tauri::command]
#[specta::specta]
pub(crate) async fn conflicts(counter: Counter<'_>) -> Answer<Vec<ConflictView>> {
    counter.lists.conflicts.list().await
}

/// Closes a conflict with a call-back note.
#[tauri::command]
#[specta::specta]
pub(crate) async fn close_conflict(
    counter: Counter<'_>,
    epoch: u32,
    seq: u32,
    note: String,
) -> Answer<Vec<ConflictView>> {
    counter.lists.conflicts.close(epoch, seq, note).await
}

/// Prints the notice for the citizen affected by a conflict.
#[tauri::command]
#[specta::specta]
pub(crate) async fn print_conflict_notice(counter: Counter<'_>, epoch: u32, seq: u32) -> Answer<()> {
    counter.lists.conflicts.print_notice(epoch, seq).await
}
