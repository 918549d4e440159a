//! Commands for printing: request, printer state, and what the clerk has in hand.

use super::{Answer, Desk};
use ::counter::view::{CounterView, Paper};

/// F8: prints a paper of the current case.
#[tauri::command]
#[specta::specta]
pub(crate) async fn print(desk: Desk<'_>, paper: Paper) -> Answer<CounterView> {
    desk.print(paper).await
}

/// Records whether the sheet in the clerk's hand is good or spoilt.
#[tauri::command]
#[specta::specta]
pub(crate) async fn print_outcome(desk: Desk<'_>, id: String, good: bool) -> Answer<CounterView> {
    desk.print_outcome(id, good).await
}

/// Cancels a print job.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_print(desk: Desk<'_>, id: String) -> Answer<CounterView> {
    desk.cancel_print(id).await
}
