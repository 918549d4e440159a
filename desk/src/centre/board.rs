//! The calls for the board of the site: with a supervisor's token, and never with the desk's alone.

use super::{CallError, Centre};
use rules::{
    At, Sensitive,
    wire::{BoardCasesRequest, BoardCasesResponse, BoardDays, BoardResponse, FiguresResponse},
};

impl Centre {
    /// Calls `GET /v1/board`.
    pub(crate) async fn board(
        &self,
        operator: Sensitive<String>,
        now: At,
    ) -> Result<BoardResponse, CallError> {
        self.get(&["v1", "board"], &[], Some(operator), now).await
    }

    /// Calls `POST /v1/board/figures`.
    pub(crate) async fn board_figures(
        &self,
        days: &BoardDays,
        operator: Sensitive<String>,
        now: At,
    ) -> Result<FiguresResponse, CallError> {
        self.post(&["v1", "board", "figures"], days, Some(operator), now).await
    }

    /// Calls `POST /v1/board/cases`.
    pub(crate) async fn board_cases(
        &self,
        request: &BoardCasesRequest,
        operator: Sensitive<String>,
        now: At,
    ) -> Result<BoardCasesResponse, CallError> {
        self.post(&["v1", "board", "cases"], request, Some(operator), now).await
    }
}
