//! Commands for settings and enrolment.

use super::{Answer, Counter};
use ::counter::view::{SettingsView, StatusView};
use rules::Sensitive;

/// Returns the settings of this desk.
#[tauri::command]
#[specta::specta]
pub(crate) async fn settings(counter: Counter<'_>) -> Answer<SettingsView> {
    counter.settings.view().await
}

/// Saves the settings of this desk.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_settings(counter: Counter<'_>, input: SettingsView) -> Answer<SettingsView> {
    counter.settings.save(input).await
}

/// Enrols this desk with a one-time code.
#[tauri::command]
#[specta::specta]
pub(crate) async fn enrol(
    counter: Counter<'_>,
    centre_url: String,
    code: Sensitive<String>,
) -> Answer<StatusView> {
    counter.settings.enrol(centre_url, code).await
}
