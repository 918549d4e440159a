//! Relatives for whom an agent acts at a window (I3).

use super::{
    answer::{Answer, Body},
    caller::Viewer,
    citizens::{note_view, tell},
    state::Centre,
};
use crate::{
    clock,
    store::{Store as _, postgres::LookUp},
};
use axum::{Json, extract::State};
use rules::{
    Refusal,
    wire::{BoundRelative, LookUpProof, ProtocolError, RelativesRequest, RelativesResponse},
};
use std::sync::Arc;

/// Lists whose codes an agent may handle, and gives the number of the one who is chosen, which is
/// a look-up of theirs (N-1). This operator looked the agent up here today, in the case that the
/// request names.
#[utoipa::path(post, path = "/v1/relatives", tag = "sync", security(("operator" = [])), request_body = RelativesRequest,
    responses((status = 200, body = RelativesResponse), (status = 422, description = "The agent was not looked up in this case, is not bound, or the operator's budget is used; `code` names it", body = ProtocolError), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn relatives(
    State(centre): State<Arc<Centre>>,
    Viewer(viewer): Viewer,
    Body(request): Body<RelativesRequest>,
) -> Answer<Json<RelativesResponse>> {
    let RelativesRequest { agent, case_number, chosen } = request;
    let agent = centre.rulebook.citizen_ref(&agent);
    let (at, device, operator) = (clock::now(), viewer.device, viewer.looker());
    if !centre.store.was_looked_up((device, &operator), &agent, &case_number, at.day()).await? {
        return Err(ProtocolError::Refused { code: Refusal::LookUpWithoutCase }.into());
    }
    let bound = centre.store.relatives_of(&agent).await?;
    let chosen = match chosen {
        None => None,
        Some(chosen) => {
            let gone = ProtocolError::Refused { code: Refusal::NotBound };
            let place = usize::try_from(chosen.place).unwrap_or(usize::MAX);
            let relative = bound.get(place).filter(|relative| relative.masked_name == chosen.masked_name);
            let relative = relative.ok_or_else(|| gone.clone())?;
            let record = centre.store.citizen(&relative.citizen_ref).await?;
            let person = record.and_then(|record| record.person).ok_or(gone)?;
            let (citizen, proof) = (&relative.citizen_ref, LookUpProof::Bound);
            let look_up =
                LookUp { at, device, operator: &operator, citizen, case_number: &case_number, proof };
            if !centre.store.admit_number(&look_up, centre.config.look_ups.of(proof)).await? {
                tell(&viewer, Refusal::LookUpBudgetUsed);
                return Err(ProtocolError::Refused { code: Refusal::LookUpBudgetUsed }.into());
            }
            note_view(&centre, &viewer, citizen).await?;
            Some(person.number)
        }
    };
    let relatives = bound
        .into_iter()
        .map(|relative| BoundRelative { masked_name: relative.masked_name, relation: relative.relation })
        .collect();
    Ok(Json(RelativesResponse { relatives, chosen }))
}
