//! Commands for log-in, lock and the status line.

use super::{Answer, Counter};
use ::counter::view::{LoginInput, PasswordInput, SecondFactorInput, SecondFactorOfferView, StatusView};
use rules::Sensitive;

/// Returns the status line.
#[tauri::command]
#[specta::specta]
pub(crate) async fn status(counter: Counter<'_>) -> Answer<StatusView> {
    counter.session.status().await
}

/// Logs in; the window shows where this person left off.
#[tauri::command]
#[specta::specta]
pub(crate) async fn login(counter: Counter<'_>, input: LoginInput) -> Answer<StatusView> {
    counter.session.login(input).await
}

/// Logs out and suspends the current case.
#[tauri::command]
#[specta::specta]
pub(crate) async fn logout(counter: Counter<'_>) -> Answer<StatusView> {
    counter.session.logout().await
}

/// Locks the screen and keeps the form.
#[tauri::command]
#[specta::specta]
pub(crate) async fn lock(counter: Counter<'_>) -> Answer<StatusView> {
    counter.session.lock().await
}

/// Unlocks with the password, and the one-time code where a session has ended that began with one.
#[tauri::command]
#[specta::specta]
pub(crate) async fn unlock(
    counter: Counter<'_>,
    password: Sensitive<String>,
    second_factor: Option<Sensitive<String>>,
) -> Answer<StatusView> {
    counter.session.unlock(password, second_factor).await
}

/// Changes somebody's own password and begins a new session of theirs.
#[tauri::command]
#[specta::specta]
pub(crate) async fn change_password(counter: Counter<'_>, input: PasswordInput) -> Answer<StatusView> {
    counter.session.change_password(input).await
}

/// Draws a secret for the phone of who is logged in.
#[tauri::command]
#[specta::specta]
pub(crate) async fn offer_second_factor(counter: Counter<'_>) -> Answer<SecondFactorOfferView> {
    counter.session.offer_second_factor().await
}

/// Sets the second factor that was offered.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_second_factor(counter: Counter<'_>, input: SecondFactorInput) -> Answer<StatusView> {
    counter.session.set_second_factor(input).await
}
