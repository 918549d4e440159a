//! The command of the citizen window (客显).

use super::{Answer, Counter};
use ::counter::view::CitizenWindowView;

/// Returns what the citizen sees.
#[tauri::command]
#[specta::specta]
pub(crate) async fn citizen_window(counter: Counter<'_>) -> Answer<CitizenWindowView> {
    counter.case.citizen_window().await
}
