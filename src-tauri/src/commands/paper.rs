//! Commands for printing: request, printer state, and what the clerk has in hand.

use super::{Answer, Counter};
use ::counter::view::{CounterView, Paper};

/// F8: prints a paper of the current case.
#[tauri::command]
#[specta::specta]
pub(crate) async fn print(counter: Counter<'_>, paper: Paper) -> Answer<CounterView> {
    counter.papers.print(paper).await
}

/// Prints the receipt (受理回执) of a correction that was handed in.
#[tauri::command]
#[specta::specta]
pub(crate) async fn print_accepted(counter: Counter<'_>, id: String) -> Answer<CounterView> {
    counter.papers.print_accepted(&id).await
}

/// Prints the notice (一次性告知书) of what the draft of a correction lacks.
#[tauri::command]
#[specta::specta]
pub(crate) async fn print_missing(counter: Counter<'_>, id: String) -> Answer<CounterView> {
    counter.correction.print_missing(&id).await
}

/// Records whether the sheet in the clerk's hand is good or spoilt.
#[tauri::command]
#[specta::specta]
pub(crate) async fn print_outcome(counter: Counter<'_>, id: String, good: bool) -> Answer<CounterView> {
    counter.papers.record_outcome(id, good).await
}

/// Cancels a print job.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_print(counter: Counter<'_>, id: String) -> Answer<CounterView> {
    counter.papers.cancel(id).await
}
