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
    op::CitizenRef,
    wire::{CitizenView, ProtocolError},
};
use std::sync::Arc;

#[utoipa::path(get, path = "/v1/citizens/{ref}", tag = "sync", security(("operator" = [])), params(("ref" = String, Path, description = "64 hexadecimal digits", pattern = "^[0-9a-f]{64}$")),
    responses((status = 200, body = CitizenView), (status = 404, description = "Nobody known", body = ProtocolError), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn citizen(
    State(centre): State<Arc<Centre>>,
    viewer: Viewer,
    Path(reference): Path<String>,
) -> Answer<Json<CitizenView>> {
    let citizen_ref: CitizenRef = reference.parse().map_err(|_| ProtocolError::Malformed)?;
    let citizen = centre.store.citizen(&citizen_ref).await?.ok_or(ProtocolError::NotFound)?;
    let live = citizen.live_code(clock::now().day());
    let symbol = live
        .zip(citizen.person.as_ref())
        .and_then(|(issued, person)| centre.rulebook.symbol_of(issued, person));
    let person = citizen.person.ok_or(ProtocolError::NotFound)?;
    let relatives = centre.store.relatives(&citizen_ref).await?;
    // D2: nothing is shown before it is on record.
    let (device, operator) = (viewer.0.device, viewer.staff());
    let viewed = Viewed { device, operator: operator.clone(), subject: citizen_ref.clone() };
    let now = clock::now();
    centre.store.record(now, &Event::LookUp(viewed)).await?;
    if !centre.config.alarms.is_office_hour(now) {
        let counted = operator.map_or(Counted::Device(device), Counted::Staff);
        centre.store.count(Tally::LookUpsOutOfHours, &counted, now).await?;
    }
    // Audit trail of viewed records: references and staff numbers, no personal data.
    tracing::info!(target: "audit", device = viewer.0.device, operator = viewer.operator(), citizen = %citizen_ref, "registry viewed");
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
        symbol,
        issue_days: citizen.issue_days.into_keys().collect(),
        corrections: citizen.corrections.into_iter().map(|record| record.correction).collect(),
        escalations: citizen.escalations.into_iter().filter(|one| !one.closed).collect(),
        server_time: clock::now(),
    }))
}
