//! Home visits (上门服务): the kit of views that a desk takes along, and its return (V1–V5).

use super::{
    answer::{Answer, Body},
    caller::{TokenClaims, Viewer},
    citizens::{admission, is_of_desk, show},
    state::Centre,
};
use crate::{
    clock,
    store::{
        Store as _,
        postgres::{Counted, NewVisit, Tally, VisitOpening},
    },
};
use axum::{Json, extract::State};
use rules::{
    Refusal,
    correction::Digest,
    op::CitizenRef,
    visit::{VisitGround, check_list, ends_at},
    wire::{
        CitizenView, LookUpProof, LookUpRequest, ProtocolError, VisitAnswer, VisitPerson, VisitRequest,
        VisitResponse, VisitReturnRequest, VisitReturnResponse,
    },
};
use std::{collections::BTreeSet, sync::Arc};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Gives the kit of a home visit: the views of the people on its list, each with a ground that is
/// checked. Each view is a look-up within the operator's budget. One kit is out at a time.
#[utoipa::path(post, path = "/v1/visits", tag = "sync", security(("operator" = [])), request_body = VisitRequest,
    responses((status = 200, body = VisitResponse), (status = 422, description = "Nobody or too many people, no case of this desk, or another kit is out; `code` names it", body = ProtocolError), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn take(
    State(centre): State<Arc<Centre>>,
    Viewer(claims): Viewer,
    Body(request): Body<VisitRequest>,
) -> Answer<Json<VisitResponse>> {
    // A kit is given to a person, and never to a desk alone.
    let operator = claims.staff().ok_or(ProtocolError::Forbidden)?;
    if let Err(refusal) = check_list(request.people.iter().map(|person| person.ground)) {
        return refuse(&centre, &claims, refusal).await;
    }
    let references: Vec<CitizenRef> =
        request.people.iter().map(|person| centre.rulebook.citizen_ref(&person.number)).collect();
    if references.iter().collect::<BTreeSet<_>>().len() < references.len() {
        return Err(ProtocolError::Malformed.into());
    }
    let now = clock::now();
    // Who was served "today" is told by the cases of this case's day.
    let yesterday = now.plus_ms(-DAY_MS).day();
    let is_new = request.case_number.day().is_ok_and(|day| day >= yesterday);
    if !is_new || !is_of_desk(&centre, &claims, &request.case_number, now).await? {
        return refuse(&centre, &claims, Refusal::LookUpWithoutCase).await;
    }
    let all: Vec<u8> = references.iter().flat_map(|reference| reference.0).collect();
    let new = NewVisit {
        visit: request.visit,
        device: claims.device,
        epoch: claims.epoch,
        site: &claims.site,
        operator: &operator,
        case_number: &request.case_number,
        people: u32::try_from(request.people.len()).unwrap_or(u32::MAX),
        list: &Digest::of(&all),
        taken_at: now,
        ends_at: ends_at(now, &centre.config.policy),
    };
    let ends_at = match centre.store.open_visit(&new).await? {
        VisitOpening::Open { ends_at } => ends_at,
        VisitOpening::AnotherIsOut => return refuse(&centre, &claims, Refusal::VisitOut).await,
    };
    let mut people = Vec::with_capacity(request.people.len());
    for (person, reference) in request.people.iter().zip(&references) {
        people.push(match give(&centre, &claims, &request, (person, reference)).await? {
            Ok(view) => VisitAnswer::View(Box::new(view)),
            Err(refusal) => VisitAnswer::Refused(refusal),
        });
    }
    let (visit, count) = (request.visit, people.len());
    tracing::info!(target: "audit", device = claims.device.0, operator = operator.as_str(), %visit, people = count, "kit of a home visit taken");
    Ok(Json(VisitResponse { ends_at, people, server_time: clock::now() }))
}

/// Records that a kit came back and is wiped, with what became of the sheets.
#[utoipa::path(post, path = "/v1/visits/return", tag = "sync", security(("operator" = [])), request_body = VisitReturnRequest,
    responses((status = 200, body = VisitReturnResponse), (status = 404, description = "This desk took no such kit", body = ProtocolError), (status = 422, description = "More sheets than were taken; `code` names it", body = ProtocolError), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn bring_back(
    State(centre): State<Arc<Centre>>,
    Viewer(claims): Viewer,
    Body(request): Body<VisitReturnRequest>,
) -> Answer<Json<VisitReturnResponse>> {
    let operator = claims.staff().ok_or(ProtocolError::Forbidden)?;
    if request.sheets.missing() < 0 {
        return Err(ProtocolError::Refused { code: Refusal::VisitSheetsOff }.into());
    }
    let returned = centre.store.return_visit(claims.device, &operator, &request, clock::now()).await?;
    let returned_at = returned.ok_or(ProtocolError::NotFound)?;
    let (visit, missing) = (request.visit, request.sheets.missing());
    tracing::info!(target: "audit", device = claims.device.0, operator = operator.as_str(), %visit, missing, "kit of a home visit returned");
    Ok(Json(VisitReturnResponse { returned_at, server_time: clock::now() }))
}

/// Refuses a kit. No honest window asks for one like it, so it counts for an alarm (N-4).
async fn refuse<T>(centre: &Centre, claims: &TokenClaims, code: Refusal) -> Answer<T> {
    centre.store.count(Tally::KitsRefused, &Counted::Device(claims.device), clock::now()).await?;
    metrics::counter!("central_kits_refused_total", "code" => code.code()).increment(1);
    tracing::warn!(device = claims.device.0, operator = claims.operator(), code = code.code(), "kit refused");
    Err(ProtocolError::Refused { code }.into())
}

/// Returns the view of somebody on the list, or why it is not given.
async fn give(
    centre: &Centre,
    claims: &TokenClaims,
    request: &VisitRequest,
    (person, reference): (&VisitPerson, &CitizenRef),
) -> Answer<Result<CitizenView, Refusal>> {
    let known = centre.store.citizen(reference).await?;
    let now = clock::now();
    let stands = match person.ground {
        VisitGround::Typed => Ok(()),
        VisitGround::Today => {
            let here = centre.store.was_shown_here(claims.device, reference, &request.case_number).await?;
            if here { Ok(()) } else { Err(Refusal::VisitNotToday) }
        }
        VisitGround::Roster => {
            let (device, operator) = (claims.device, claims.looker());
            let listed = centre.store.is_on_visited_roster(device, &operator, &person.number, now).await?;
            if listed { Ok(()) } else { Err(Refusal::NotOnRoster) }
        }
    };
    if let Err(refusal) = stands {
        return Ok(Err(refusal));
    }
    let look_up = LookUpRequest {
        number: person.number.clone(),
        case_number: request.case_number.clone(),
        proof: LookUpProof::Visit,
    };
    if let Err(refusal) = admission(centre, claims, reference, &look_up, known.is_some()).await? {
        return Ok(Err(refusal));
    }
    let Some(known) = known.filter(|known| known.person.is_some()) else {
        return Ok(Err(Refusal::VisitNotRegistered));
    };
    Ok(Ok(show(centre, claims, reference, known).await?))
}
