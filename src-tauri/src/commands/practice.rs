//! The practice site (演练) around this window.

use super::Answer;
use crate::practice::Practice;
use rules::practice::{PracticeOrder, PracticeView};

/// Returns the practice site; `null` at a desk that is no practice desk.
#[tauri::command]
#[specta::specta]
pub(crate) async fn practice(practice: tauri::State<'_, Practice>) -> Answer<Option<PracticeView>> {
    practice.view().await
}

/// Does something around the window: lays a card, cuts the line, empties the tray.
#[tauri::command]
#[specta::specta]
pub(crate) async fn practice_order(
    practice: tauri::State<'_, Practice>,
    order: PracticeOrder,
) -> Answer<PracticeView> {
    practice.order(&order).await
}
