//! Commands for the board of the site.

use super::{Answer, Counter};
use ::counter::view::{BoardCasesInput, BoardCasesView, BoardFormat, BoardView, FiguresInput, FiguresView};

/// Returns how the desks of the site are.
#[tauri::command]
#[specta::specta]
pub(crate) async fn board(counter: Counter<'_>) -> Answer<BoardView> {
    counter.lists.board.view().await
}

/// Returns the figures of a day, week or month.
#[tauri::command]
#[specta::specta]
pub(crate) async fn figures(counter: Counter<'_>, input: FiguresInput) -> Answer<FiguresView> {
    counter.lists.board.figures(input).await
}

/// Returns the cases behind a figure.
#[tauri::command]
#[specta::specta]
pub(crate) async fn board_cases(counter: Counter<'_>, input: BoardCasesInput) -> Answer<BoardCasesView> {
    counter.lists.board.cases(input).await
}

/// Writes the figures to a file; returns its path.
#[tauri::command]
#[specta::specta]
pub(crate) async fn export_figures(
    counter: Counter<'_>,
    input: FiguresInput,
    format: BoardFormat,
) -> Answer<String> {
    counter.lists.board.export(input, format).await
}
