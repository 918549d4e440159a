//! The site's board (看板), for its supervisors. A desk's own key shows nothing of it: every call
//! needs the token of a person who is a supervisor of that site now.

use super::{
    answer::{Answer, Body},
    caller::BoardReader,
    state::Centre,
};
use crate::{
    clock,
    machine::board::{SILENT_AFTER_MS, correction_figures, figures},
    store::postgres::{DeskOnBoard, DeskState},
};
use axum::{Json, extract::State};
use rules::{
    At,
    wire::{
        BoardCasesRequest, BoardCasesResponse, BoardDays, BoardDesk, BoardDeskState, BoardResponse,
        BoardTold, FiguresResponse, ProtocolError,
    },
};
use std::sync::Arc;

/// Returns how the desks of the operator's site are.
#[utoipa::path(get, path = "/v1/board", tag = "board", security(("operator" = [])),
    responses((status = 200, body = BoardResponse), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn desks(
    State(centre): State<Arc<Centre>>,
    BoardReader(reader): BoardReader,
) -> Answer<Json<BoardResponse>> {
    let now = clock::now();
    let desks = centre.store.board_desks(&reader.site, now.day()).await?;
    let desks = desks.into_iter().filter_map(|one| board_desk(one, now)).collect();
    tracing::info!(target: "audit", device = reader.device.0, operator = reader.operator(), "board viewed");
    Ok(Json(BoardResponse { desks, server_time: now }))
}

/// Returns a desk as the board shows it; `None` for one out of service.
fn board_desk(one: DeskOnBoard, now: At) -> Option<BoardDesk> {
    let DeskOnBoard { desk, spoilt, kit_ends_at } = one;
    let state = match desk.state(SILENT_AFTER_MS, now) {
        DeskState::NotEnrolled => BoardDeskState::NotEnrolled,
        DeskState::AtWork => BoardDeskState::Reached,
        DeskState::Silent(_) => BoardDeskState::Silent,
        DeskState::Quarantined(_) => BoardDeskState::Quarantined,
        DeskState::Revoked(_) => return None,
    };
    let told = desk.heartbeat.map(|(at, heartbeat)| BoardTold::of(at, heartbeat));
    Some(BoardDesk {
        desk_number: desk.desk_number,
        name: desk.name,
        state,
        last_contact: desk.last_contact,
        told,
        spoilt_today: spoilt,
        kit_ends_at,
    })
}

/// Returns the figures of some days at the operator's site.
#[utoipa::path(post, path = "/v1/board/figures", tag = "board", security(("operator" = [])), request_body = BoardDays,
    responses((status = 200, body = FiguresResponse), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn figures_of_days(
    State(centre): State<Arc<Centre>>,
    BoardReader(reader): BoardReader,
    Body(days): Body<BoardDays>,
) -> Answer<Json<FiguresResponse>> {
    check(days)?;
    let counted = centre.store.board_counted(&reader.site, days).await?;
    let begun = centre.store.board_corrections(&reader.site, days).await?;
    tracing::info!(target: "audit", device = reader.device.0, operator = reader.operator(), "board figures viewed");
    Ok(Json(FiguresResponse {
        figures: figures(&counted),
        corrections: correction_figures(&begun),
        server_time: clock::now(),
    }))
}

/// Returns the cases behind a figure of the operator's site: numbers of cases and staff, and
/// nothing about a citizen.
#[utoipa::path(post, path = "/v1/board/cases", tag = "board", security(("operator" = [])), request_body = BoardCasesRequest,
    responses((status = 200, body = BoardCasesResponse), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn cases(
    State(centre): State<Arc<Centre>>,
    BoardReader(reader): BoardReader,
    Body(request): Body<BoardCasesRequest>,
) -> Answer<Json<BoardCasesResponse>> {
    check(request.days)?;
    let (cases, total) = centre.store.board_cases(&reader.site, &request).await?;
    tracing::info!(target: "audit", device = reader.device.0, operator = reader.operator(), total, "board cases viewed");
    Ok(Json(BoardCasesResponse { cases, total, server_time: clock::now() }))
}

fn check(days: BoardDays) -> Answer<()> {
    if days.are_valid() { Ok(()) } else { Err(ProtocolError::Malformed.into()) }
}
