//! Kits of home visits at the practice centre, which knows everybody for a regular.

use super::{Answer, Centre, citizens::view_of};
use axum::{Json, Router, extract::State, http::HeaderMap, routing::post};
use central::clock;
use rules::{
    Refusal,
    visit::{check_list, ends_at},
    wire::{
        ProtocolError, VisitAnswer, VisitRequest, VisitResponse, VisitReturnRequest, VisitReturnResponse,
    },
};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Centre>> {
    Router::new().route("/v1/visits", post(take)).route("/v1/visits/return", post(bring_back))
}

async fn take(
    State(centre): State<Arc<Centre>>,
    headers: HeaderMap,
    Json(request): Json<VisitRequest>,
) -> Answer<Json<VisitResponse>> {
    centre.caller(&headers)?;
    check_list(request.people.iter().map(|person| person.ground)).map_err(refused)?;
    let now = clock::now();
    let ends_at = {
        let mut rows = centre.rows();
        match rows.kit {
            Some((visit, ends_at)) if visit == request.visit => ends_at,
            Some(_) => return Err(refused(Refusal::VisitOut).into()),
            None => {
                let ends_at = ends_at(now, &centre.rulebook.policy);
                rows.kit = Some((request.visit, ends_at));
                ends_at
            }
        }
    };
    let mut people = Vec::with_capacity(request.people.len());
    for person in &request.people {
        people.push(match view_of(&centre, &person.number).await? {
            Some(view) => VisitAnswer::View(Box::new(view)),
            None => VisitAnswer::Refused(Refusal::VisitNotRegistered),
        });
    }
    Ok(Json(VisitResponse { ends_at, people, server_time: clock::now() }))
}

async fn bring_back(
    State(centre): State<Arc<Centre>>,
    headers: HeaderMap,
    Json(request): Json<VisitReturnRequest>,
) -> Answer<Json<VisitReturnResponse>> {
    centre.caller(&headers)?;
    let now = clock::now();
    let mut rows = centre.rows();
    if rows.kit.is_some_and(|(visit, _)| visit == request.visit) {
        rows.kit = None;
    }
    Ok(Json(VisitReturnResponse { returned_at: now, server_time: now }))
}

const fn refused(code: Refusal) -> ProtocolError {
    ProtocolError::Refused { code }
}
