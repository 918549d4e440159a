//! Commands for the day's journal.

use super::{Answer, Counter};
use ::counter::view::JournalView;

/// Returns a day at this desk; without a day, today.
#[tauri::command]
#[specta::specta]
pub(crate) async fn journal(counter: Counter<'_>, day: Option<String>) -> Answer<JournalView> {
    counter.lists.journal.day(day).await
}

/// Prints the report of a day.
#[tauri::command]
#[specta::specta]
pub(crate) async fn print_journal(counter: Counter<'_>, day: Option<String>) -> Answer<JournalView> {
    counter.lists.journal.print(day).await
}
