//! Commands for log-in, lock and the status line.

use super::{Answer, Desk};
use ::counter::view::{LoginInput, StatusView};

/// Returns the status line.
#[tauri::command]
#[specta::specta]
pub(crate) async fn status(desk: Desk<'_>) -> Answer<StatusView> {
    desk.status().await
}

/// Logs in; the window shows where this person left off.
#[tauri::command]
#[specta::specta]
pub(crate) async fn login(desk: Desk<'_>, input: LoginInput) -> Answer<StatusView> {
    desk.login(input).await
}

/// Logs out and suspends the current case.
#[tauri::command]
#[specta::specta]
pub(crate) async fn logout(desk: Desk<'_>) -> Answer<StatusView> {
    desk.logout().await
}

/// Locks the screen and keeps the form.
#[tauri::command]
#[specta::specta]
pub(crate) async fn lock(desk: Desk<'_>) -> Answer<StatusView> {
    desk.lock().await
}

/// Unlocks with the password, and the one-time code if the account has one.
#[tauri::command]
#[specta::specta]
pub(crate) async fn unlock(
    desk: Desk<'_>,
    password: String,
    second_factor: Option<String>,
) -> Answer<StatusView> {
    desk.unlock(password, second_factor).await
}
