//! The registry's record of the citizen at the window.

use super::{answer::Answer, state::Centre, token::Viewer};
use crate::{
    audit::{Event, event::Viewed},
    clock,
    store::{
        Store as _,
        postgres::{Counted, Tally},
    },
};
use axum::{
    Json,
    extract::{Path, State},
};
use rules::{
    StaffNumber,
    op::CitizenRef,
    wire::{CitizenView, ProtocolError},
};
use std::sync::Arc;

#[utoipa::path(get, path = "/v1/citizens/{ref}", tag = "sync", security(("operator" = [])), params(("ref" = String, Path, description = "64 hexadecimal digits", pattern = "^[0-9a-f]{64}$")),
    responses((status = 200, body = CitizenView), (status = 404, description = "Nobody known", body = ProtocolError), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn citizen(
    State(centre): State<Arc<Centre>>,
    Viewer(claims): Viewer,
    Path(reference): Path<String>,
) -> Answer<Json<CitizenView>> {
    let citizen_ref: CitizenRef = reference.parse().map_err(|_| ProtocolError::Malformed)?;
    let citizen = centre.store.citizen(&citizen_ref).await?.ok_or(ProtocolError::NotFound)?;
    let person = citizen.person.ok_or(ProtocolError::NotFound)?;
    let relatives = centre.store.relatives(&citizen_ref).await?;
    // D2: nothing is shown before it is on record.
    let viewed =
        Viewed { device: claims.device, operator: claims.operator.clone(), subject: citizen_ref.clone() };
    let now = clock::now();
    centre.store.record(now, &Event::LookUp(viewed)).await?;
    if !centre.config.alarms.is_office_hour(now) {
        let counted = claims.operator.clone().map_or(Counted::Device(claims.device), Counted::Staff);
        centre.store.count(Tally::LookUpsOutOfHours, &counted, now).await?;
    }
    // Audit trail of viewed records: references and staff numbers, no personal data.
    tracing::info!(target: "audit", device = claims.device, operator = claims.operator.as_ref().map(StaffNumber::as_str), citizen = %citizen_ref, "registry viewed");
    Ok(Json(CitizenView {
        citizen_ref,
        version: person.version,
        number: person.number,
        name: person.name,
        photo: person.photo,
        shanghai_household: person.shanghai_household,
        certificate: person.certificate,
        relatives,
        codes: citizen.codes.into_iter().map(|issued| issued.code).collect(),
        issue_days: citizen.issue_days.into_keys().collect(),
        corrections: citizen.corrections.into_iter().map(|record| record.correction).collect(),
        escalations: citizen.escalations.into_iter().filter(|one| !one.closed).collect(),
        server_time: clock::now(),
    }))
}
