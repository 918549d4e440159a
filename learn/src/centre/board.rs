//! The board of the practice site and its figures, counted as the real centre counts.

use super::{Answer, Centre, DESK};
use axum::{
    Json, Router,
    extract::State,
    http::HeaderMap,
    routing::{get, post},
};
use central::{
    clock,
    machine::board::{BegunCorrection, Counted, Fact, correction_figures, count, figures, is_behind},
};
use rules::{
    op::Operation,
    wire::{
        BOARD_CASES, BoardCase, BoardCasesRequest, BoardCasesResponse, BoardDays, BoardDesk, BoardDeskState,
        BoardResponse, BoardTold, Channel, FigureOutcome, FiguresResponse, ProtocolError,
    },
};
use std::{collections::HashSet, sync::Arc};

pub(super) fn routes() -> Router<Arc<Centre>> {
    Router::new()
        .route("/v1/board", get(desks))
        .route("/v1/board/figures", post(figures_of_days))
        .route("/v1/board/cases", post(cases))
}

async fn desks(State(centre): State<Arc<Centre>>, headers: HeaderMap) -> Answer<Json<BoardResponse>> {
    centre.caller(&headers)?;
    let now = clock::now();
    let rows = centre.rows();
    let (heartbeat, kit) = (rows.heartbeat.clone(), rows.kit);
    drop(rows);
    let told = heartbeat.map(|(at, heartbeat)| BoardTold::of(at, heartbeat));
    let today = now.day();
    let facts = centre.facts();
    let spoilt = facts.iter().filter(|(_, fact)| fact.outcome == FigureOutcome::Spoilt);
    let desk = BoardDesk {
        desk_number: DESK,
        name: String::new(),
        state: BoardDeskState::Reached,
        last_contact: told.as_ref().map(|told| told.at),
        told,
        spoilt_today: count(spoilt.filter(|(_, fact)| fact.at.day() == today).count()),
        kit_ends_at: kit.map(|(_, ends_at)| ends_at),
    };
    Ok(Json(BoardResponse { desks: vec![desk], server_time: now }))
}

async fn figures_of_days(
    State(centre): State<Arc<Centre>>,
    headers: HeaderMap,
    Json(days): Json<BoardDays>,
) -> Answer<Json<FiguresResponse>> {
    centre.caller(&headers)?;
    check(days)?;
    let facts = centre.facts();
    let is_wanted = |fact: &Fact| (days.from..=days.through).contains(&fact.at.day());
    let counted: Vec<Counted> = facts
        .iter()
        .filter(|(_, fact)| is_wanted(fact))
        .map(|(operation, fact)| counted(operation, fact))
        .collect();
    let begun = facts.iter().filter(|(_, fact)| is_wanted(fact)).filter_map(|(_, fact)| {
        let is_end = |other: &&(Operation, Fact)| {
            let other = &other.1;
            other.correction == fact.correction
                && other.correction_reason.is_none()
                && other.outcome == FigureOutcome::Done
        };
        let decided_at = facts.iter().filter(is_end).map(|(_, other)| other.at).min();
        fact.correction_reason.map(|reason| BegunCorrection { reason, begun_at: fact.at, decided_at })
    });
    let begun: Vec<BegunCorrection> = begun.collect();
    Ok(Json(FiguresResponse {
        figures: figures(&counted),
        corrections: correction_figures(&begun),
        server_time: clock::now(),
    }))
}

async fn cases(
    State(centre): State<Arc<Centre>>,
    headers: HeaderMap,
    Json(request): Json<BoardCasesRequest>,
) -> Answer<Json<BoardCasesResponse>> {
    centre.caller(&headers)?;
    check(request.days)?;
    let all = centre.facts().into_iter().map(|(operation, fact)| {
        let case = BoardCase {
            at: fact.at,
            channel: Channel::Counter,
            desk_number: Some(DESK),
            staff: Some(operation.operator),
            kind: fact.kind,
            action: fact.action,
            outcome: fact.outcome,
            reason: fact.reason,
            case_number: operation.case_number,
        };
        (case, fact.correction_reason)
    });
    let mut cases: Vec<BoardCase> =
        all.filter(|(case, begins)| is_behind(case, *begins, &request)).map(|(case, _)| case).collect();
    cases.sort_by_key(|case| std::cmp::Reverse(case.at));
    let total = count(cases.len());
    cases.truncate(BOARD_CASES);
    Ok(Json(BoardCasesResponse { cases, total, server_time: clock::now() }))
}

fn check(days: BoardDays) -> Answer<()> {
    if days.are_valid() { Ok(()) } else { Err(ProtocolError::Malformed.into()) }
}

fn counted(operation: &Operation, fact: &Fact) -> Counted {
    Counted {
        channel: Channel::Counter,
        desk_number: Some(DESK),
        staff: Some(operation.operator.clone()),
        day: fact.at.day(),
        hour: u8::try_from(fact.at.civil().hour()).unwrap_or(0),
        kind: fact.kind,
        action: fact.action,
        outcome: fact.outcome,
        reason: fact.reason.clone(),
        correction_reason: fact.correction_reason,
        count: 1,
    }
}

impl Centre {
    /// Returns what counts of the decided operations, each once.
    fn facts(&self) -> Vec<(Operation, Fact)> {
        let mut seen = HashSet::new();
        let log = self.store.log().into_iter();
        log.filter_map(|(operation, verdict)| {
            let fact = Fact::of(&operation, &verdict?)?;
            seen.insert(operation.op_id).then_some((operation, fact))
        })
        .collect()
    }
}
