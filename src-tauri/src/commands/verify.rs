//! Commands for verifying sheets.

use super::{Answer, Desk};
use ::counter::view::VerifyView;

/// Verifies the text of a symbol: online if possible, else with this desk's lists.
#[tauri::command]
#[specta::specta]
pub(crate) async fn verify(desk: Desk<'_>, payload: String) -> Answer<VerifyView> {
    desk.verify(payload).await
}

/// Finds the symbol in a picture file (base64) and verifies it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn verify_picture(desk: Desk<'_>, picture: String) -> Answer<VerifyView> {
    desk.verify_picture(picture).await
}
