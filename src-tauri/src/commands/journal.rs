//! Commands for the day's journal.

use super::{Answer, Counter};
use ::counter::view::JournalView;

/// Returns a day at this desk; without a day, today.
#[tauri::command]
#[specta::specta]
pub(crate) async fn journal(counter: Counter<'_>, day: Option<String>) -> Answer<JournalView> {
    counter.lists.journal.day(day).await
}

/// Writes the cases of a day as CSV; returns the file.
#[tauri::command]
#[specta::specta]
pub(crate) async fn export_journal(counter: Counter<'_>, day: Option<String>) -> Answer<String> {
    counter.lists.journal.export(day).await
}

/// Prints the report of a day.
#[tauri::command]
#[specta::specta]
pub(crate) async fn print_journal(counter: Counter<'_>, day: Option<String>) -> Answer<JournalView> {
    counter.lists.journal.print(day).await
}
