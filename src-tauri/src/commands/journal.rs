//! Commands for the day's journal.

use super::{Answer, Desk};
use ::counter::view::JournalView;

/// Returns a day at this desk; without a day, today.
#[tauri::command]
#[specta::specta]
pub(crate) async fn journal(desk: Desk<'_>, day: Option<String>) -> Answer<JournalView> {
    desk.journal(day).await
}

/// Prints the report of a day.
#[tauri::command]
#[specta::specta]
pub(crate) async fn print_journal(desk: Desk<'_>, day: Option<String>) -> Answer<JournalView> {
    desk.print_journal(day).await
}
