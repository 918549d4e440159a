//! Commands for home visits (上门服务).

use super::{Answer, Counter};
use ::counter::view::{VisitInput, VisitView};

/// Returns the screen of home visits.
#[tauri::command]
#[specta::specta]
pub(crate) async fn visit(counter: Counter<'_>) -> Answer<VisitView> {
    counter.visit.view().await
}

/// Puts people on the list.
#[tauri::command]
#[specta::specta]
pub(crate) async fn add_to_visit(counter: Counter<'_>, input: VisitInput) -> Answer<VisitView> {
    counter.visit.add(input).await
}

/// Takes somebody off the list.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_from_visit(counter: Counter<'_>, position: u32) -> Answer<VisitView> {
    counter.visit.remove(position).await
}

/// Takes the kit and so many sheets of paper, or goes on taking it, in the background.
#[tauri::command]
#[specta::specta]
pub(crate) async fn take_kit(counter: Counter<'_>, sheets: u32) -> Answer<VisitView> {
    counter.visit.take(sheets).await
}

/// Returns the kit with so many unused sheets, and prints the report.
#[tauri::command]
#[specta::specta]
pub(crate) async fn return_kit(counter: Counter<'_>, unused: u32) -> Answer<VisitView> {
    counter.visit.bring_back(unused).await
}

/// Prints the return report again.
#[tauri::command]
#[specta::specta]
pub(crate) async fn print_return_report(counter: Counter<'_>) -> Answer<VisitView> {
    counter.visit.print().await
}
