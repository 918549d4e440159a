//! Institutions and their rosters, for the desk where their agent is (集体代办, I5).

use super::{
    answer::{Answer, Body},
    caller::Viewer,
    citizens::admit,
    state::Centre,
};
use crate::{
    audit::{Event, event::Viewed},
    clock,
};
use axum::{Json, extract::State};
use rules::{
    Refusal,
    wire::{LookUpProof, LookUpRequest, ProtocolError, RosterRequest, RosterResponse},
};
use std::sync::Arc;

/// Returns the institutions that the agent at the window may act for, with their rosters. It counts
/// as a look-up of the agent, by card.
#[utoipa::path(post, path = "/v1/institutions", tag = "sync", security(("operator" = [])), request_body = RosterRequest,
    responses((status = 200, body = RosterResponse), (status = 422, description = "No agent of an institution, no case of this desk, or the operator's budget is used; `code` names it", body = ProtocolError), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn of_agent(
    State(centre): State<Arc<Centre>>,
    Viewer(claims): Viewer,
    Body(request): Body<RosterRequest>,
) -> Answer<Json<RosterResponse>> {
    let RosterRequest { agent, case_number } = request;
    let agent_ref = centre.rulebook.citizen_ref(&agent);
    // Rosters are shown to a person, and never to a desk alone.
    let operator = claims.staff().ok_or(ProtocolError::Forbidden)?;
    let look_up =
        LookUpRequest { number: agent.clone(), case_number: case_number.clone(), proof: LookUpProof::Card };
    admit(&centre, &claims, &agent_ref, &look_up, true).await?;
    let now = clock::now();
    let institutions = centre.store.institutions_of_agent(&agent, now.day()).await?;
    if institutions.is_empty() {
        return Err(ProtocolError::Refused { code: Refusal::NoInstitution }.into());
    }
    // D2: nothing is shown before it is on record.
    let device = claims.device;
    let viewed = Viewed { device, operator: Some(operator.clone()), subject: agent_ref };
    centre.store.record(now, &Event::LookUp(viewed)).await?;
    for institution in &institutions {
        let list = institution.roster.list;
        let viewed = Viewed { device, operator: Some(operator.clone()), subject: list };
        centre.store.record(now, &Event::Roster(viewed)).await?;
        centre.store.note_roster_visit(device, &operator, (list, &case_number), now).await?;
        let people = institution.people.len();
        tracing::info!(target: "audit", device = device.0, operator = operator.as_str(), %list, people, "roster viewed");
    }
    Ok(Json(RosterResponse { institutions, server_time: clock::now() }))
}
