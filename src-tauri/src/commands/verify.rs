//! Commands for verifying sheets.

use super::{Answer, Counter};
use ::counter::view::VerifyView;

/// Verifies the text of a symbol: online if possible, else with this desk's lists.
#[tauri::command]
#[specta::specta]
pub(crate) async fn verify(counter: Counter<'_>, payload: String) -> Answer<VerifyView> {
    counter.verification.verify(payload).await
}

/// Finds the symbol in a picture file (base64) and verifies it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn verify_picture(counter: Counter<'_>, picture: String) -> Answer<VerifyView> {
    counter.verification.verify_picture(picture).await
}
