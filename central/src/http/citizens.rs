//! The registry's record of the citizen at the window.

use super::{
    answer::{Answer, Body},
    caller::{Supervisor, TokenClaims, Viewer},
    state::Centre,
};
use crate::{
    audit::{Event, event::Viewed},
    clock,
    machine::citizen::Citizen,
    store::{
        Store as _,
        postgres::{Admission, Counted, LookUp, Tally},
    },
};
use axum::{Json, extract::State};
use rules::{
    At, DeviceNumber, Refusal,
    case_number::CaseNumber,
    op::CitizenRef,
    wire::{CitizenView, LookUpProof, LookUpRequest, ProtocolError, ReleaseRequest, ReleaseResponse, TagKey},
};
use std::{collections::BTreeSet, sync::Arc};

/// Days for which a case may be put aside and taken up again.
const CASE_DAYS: i32 = 30;

/// Looks a citizen up, in a case of this desk and within the operator's budget of the day (N-1).
#[utoipa::path(post, path = "/v1/citizens", tag = "sync", security(("operator" = [])), request_body = LookUpRequest,
    responses((status = 200, body = CitizenView), (status = 404, description = "Nobody known", body = ProtocolError), (status = 422, description = "No case of this desk, or the operator's budget is used; `code` names it", body = ProtocolError), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn citizen(
    State(centre): State<Arc<Centre>>,
    Viewer(claims): Viewer,
    Body(request): Body<LookUpRequest>,
) -> Answer<Json<CitizenView>> {
    // Who is on the list of a home visit is shown with its kit alone (V1).
    if request.proof == LookUpProof::Visit {
        tracing::warn!(
            device = claims.device.0,
            operator = claims.operator(),
            "look-up for a visit without one"
        );
        return Err(ProtocolError::Forbidden.into());
    }
    let citizen_ref = centre.rulebook.citizen_ref(&request.number);
    let citizen = centre.store.citizen(&citizen_ref).await?;
    admit(&centre, &claims, &citizen_ref, &request, citizen.is_some()).await?;
    let citizen = citizen.ok_or(ProtocolError::NotFound)?;
    Ok(Json(show(&centre, &claims, &citizen_ref, citizen).await?))
}

/// Returns what a window is shown of a citizen, once it is on record (D2).
pub(super) async fn show(
    centre: &Centre,
    claims: &TokenClaims,
    citizen_ref: &CitizenRef,
    mut citizen: Citizen,
) -> Answer<CitizenView> {
    let tag_key = TagKey(rand::random());
    let relatives = centre.store.relatives(citizen_ref).await?;
    let relatives = relatives.into_iter().map(|bound| bound.tagged(&tag_key)).collect();
    // N-2: corrections are shown to the site that makes them.
    let makers: BTreeSet<DeviceNumber> = citizen.corrections.iter().map(|record| record.device).collect();
    let makers = centre.store.devices_of(&claims.site, &makers).await?;
    citizen.corrections.retain(|record| makers.contains(&record.device));
    let view = centre.rulebook.view_of(citizen, (relatives, tag_key), clock::now());
    let view = view.ok_or(ProtocolError::NotFound)?;
    note_view(centre, claims, citizen_ref).await?;
    Ok(CitizenView { server_time: clock::now(), ..view })
}

/// Puts on record who is shown to whom, before they are (D2).
pub(super) async fn note_view(centre: &Centre, claims: &TokenClaims, citizen_ref: &CitizenRef) -> Answer<()> {
    let (device, operator) = (claims.device, claims.staff());
    let viewed = Viewed { device, operator: operator.clone(), subject: citizen_ref.clone() };
    let now = clock::now();
    centre.store.record(now, &Event::LookUp(viewed)).await?;
    if !centre.config.alarms.is_office_hour(now) {
        let counted = operator.map_or(Counted::Device(device), Counted::Staff);
        centre.store.count(Tally::LookUpsOutOfHours, &counted, now).await?;
    }
    // Audit trail of viewed records: references and staff numbers, no personal data.
    tracing::info!(target: "audit", device = claims.device.0, operator = claims.operator(), citizen = %citizen_ref, "registry viewed");
    Ok(())
}

/// Admits a look-up and records it, or refuses it with the reason.
pub(super) async fn admit(
    centre: &Centre,
    claims: &TokenClaims,
    citizen: &CitizenRef,
    request: &LookUpRequest,
    is_known: bool,
) -> Answer<()> {
    let admitted = admission(centre, claims, citizen, request, is_known).await?;
    Ok(admitted.map_err(|code| ProtocolError::Refused { code })?)
}

/// Decides whether a look-up is admitted, and records it either way.
pub(super) async fn admission(
    centre: &Centre,
    claims: &TokenClaims,
    citizen: &CitizenRef,
    request: &LookUpRequest,
    is_known: bool,
) -> Answer<Result<(), Refusal>> {
    let (at, device, operator) = (clock::now(), claims.device, claims.looker());
    let LookUpRequest { number, case_number, proof } = request;
    let look_up = LookUp { at, device, operator: &operator, citizen, case_number, proof: *proof };
    let unproved = match proof {
        LookUpProof::Code => {
            let is_known = centre.store.has_logged_in(device, citizen, at.day()).await?;
            (!is_known).then_some(("no_log_in", Refusal::LogInNotKnown))
        }
        // I5: the citizen is on a roster that this operator was shown here today.
        LookUpProof::Roster => {
            let is_listed = centre.store.is_on_visited_roster(device, &operator, number, at).await?;
            (!is_listed).then_some(("not_on_roster", Refusal::NotOnRoster))
        }
        LookUpProof::Card
        | LookUpProof::Bound
        | LookUpProof::Document
        | LookUpProof::Typed
        | LookUpProof::Visit => None,
    };
    let refusal = if let Some((outcome, refusal)) = unproved {
        centre.store.note_look_up(&look_up, outcome).await?;
        refusal
    } else if is_of_desk(centre, claims, case_number, at).await? {
        let budget = centre.config.look_ups.of(*proof);
        match centre.store.admit_look_up(&look_up, budget, is_known).await? {
            Admission::Admitted => return Ok(Ok(())),
            Admission::AnothersCase => Refusal::LookUpWithoutCase,
            Admission::OverBudget => Refusal::LookUpBudgetUsed,
        }
    } else {
        centre.store.note_look_up(&look_up, "no_case").await?;
        Refusal::LookUpWithoutCase
    };
    tell(claims, refusal);
    Ok(Err(refusal))
}

/// Tells whoever runs the centre of a look-up that was refused.
pub(super) fn tell(claims: &TokenClaims, refusal: Refusal) {
    metrics::counter!("central_look_ups_refused_total", "code" => refusal.code()).increment(1);
    tracing::warn!(
        device = claims.device.0,
        operator = claims.looker(),
        code = refusal.code(),
        "look-up refused"
    );
}

/// Whether a case number can be one that this desk gave lately.
pub(super) async fn is_of_desk(
    centre: &Centre,
    claims: &TokenClaims,
    number: &CaseNumber,
    now: At,
) -> Answer<bool> {
    let window = centre.store.desk_number(claims.device).await?;
    let today = now.day();
    let day = |days: i32| today.checked_add(jiff::Span::new().days(days)).unwrap_or(today);
    let is_recent = number.day().is_ok_and(|opened| (day(-CASE_DAYS)..=day(1)).contains(&opened));
    Ok(is_recent && number.site() == claims.site.as_str() && Some(number.desk()) == window)
}

/// Allows an operator of the supervisor's site as many look-ups again today (N-1).
#[utoipa::path(post, path = "/v1/lookups/release", tag = "sync", security(("operator" = [])), request_body = ReleaseRequest,
    responses((status = 200, body = ReleaseResponse), (status = 404, description = "No such operator at this site", body = ProtocolError), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn release(
    State(centre): State<Arc<Centre>>,
    Supervisor { claims, number: supervisor }: Supervisor,
    Body(request): Body<ReleaseRequest>,
) -> Answer<Json<ReleaseResponse>> {
    // Nobody releases themselves.
    if supervisor == request.operator {
        return Err(ProtocolError::Forbidden.into());
    }
    let account = centre.store.account(&request.operator).await?;
    account.filter(|account| account.record.value.site == claims.site).ok_or(ProtocolError::NotFound)?;
    let releases = centre.store.release_look_ups(&request.operator, &supervisor, clock::now()).await?;
    tracing::info!(target: "audit", device = claims.device.0, supervisor = supervisor.as_str(), operator = request.operator.as_str(), releases, "look-ups released");
    Ok(Json(ReleaseResponse { releases }))
}
