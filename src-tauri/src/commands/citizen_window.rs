//! The command of the citizen window (客显).

use super::{Answer, Desk};
use ::counter::view::CitizenWindowView;

/// Returns what the citizen sees.
#[tauri::command]
#[specta::specta]
pub(crate) async fn citizen_window(desk: Desk<'_>) -> Answer<CitizenWindowView> {
    desk.citizen_window().await
}
