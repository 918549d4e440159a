//! The day's journal.

use super::{Answer, Desk};
use counter::view::JournalView;

/// The day at this desk; today when no day is given.
#[tauri::command]
#[specta::specta]
pub(crate) async fn journal(desk: Desk<'_>, day: Option<String>) -> Answer<JournalView> {
    desk.journal(day).await
}

/// Prints the day report.
#[tauri::command]
#[specta::specta]
pub(crate) async fn print_journal(desk: Desk<'_>, day: Option<String>) -> Answer<JournalView> {
    desk.print_journal(day).await
}
