//! Commands for settings and enrolment.

use super::{Answer, Desk};
use ::counter::view::{SettingsView, StatusView};

/// Returns the settings of this desk.
#[tauri::command]
#[specta::specta]
pub(crate) async fn settings(desk: Desk<'_>) -> Answer<SettingsView> {
    desk.settings().await
}

/// Saves the settings of this desk.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_settings(desk: Desk<'_>, input: SettingsView) -> Answer<SettingsView> {
    desk.save_settings(input).await
}

/// Enrols this desk with a one-time code.
#[tauri::command]
#[specta::specta]
pub(crate) async fn enrol(desk: Desk<'_>, centre_url: String, code: String) -> Answer<StatusView> {
    desk.enrol(centre_url, code).await
}
