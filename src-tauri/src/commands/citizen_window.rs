//! The commands of the citizen window (客显).

use super::{Answer, Counter};
use ::counter::view::CitizenWindowView;
use rules::handwriting::Point;

/// Returns what the citizen sees.
#[tauri::command]
#[specta::specta]
pub(crate) async fn citizen_window(counter: Counter<'_>) -> Answer<CitizenWindowView> {
    counter.case.citizen_window().await
}

/// Takes the citizen's answer: whether all is right (无误) or something is wrong (有误).
#[tauri::command]
#[specta::specta]
pub(crate) async fn citizen_answer(counter: Counter<'_>, right: bool) -> Answer<CitizenWindowView> {
    counter.signatures.answer(right).await
}

/// Takes the strokes of the citizen's signature.
#[tauri::command]
#[specta::specta]
pub(crate) async fn citizen_sign(
    counter: Counter<'_>,
    strokes: Vec<Vec<Point>>,
) -> Answer<CitizenWindowView> {
    counter.signatures.sign(strokes).await
}
