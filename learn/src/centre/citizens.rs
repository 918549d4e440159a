//! Look-ups of citizens and their relatives, and scans.

use super::{Bond, Centre};
use axum::{Json, Router, extract::State, http::HeaderMap, routing::post};
use central::{clock, http::Answer, machine::citizen::IssuedCode, store::Store as _};
use rules::{
    health::HealthAnswer,
    keys::DeskKey,
    payload::{self, Claims, PayloadError},
    person::IdNumber,
    verification::{VerifiedSymbol, verify_online, watermark},
    wire::{
        BoundRelative, CitizenView, LookUpRequest, ProtocolError, Relative, RelativesRequest,
        RelativesResponse, RosterResponse, TagKey, VerifyRequest, VerifyResponse,
    },
};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Centre>> {
    Router::new()
        .route("/v1/citizens", post(citizen))
        .route("/v1/relatives", post(relatives))
        .route("/v1/institutions", post(institutions))
        .route("/v1/verify", post(verify))
}

async fn citizen(
    State(centre): State<Arc<Centre>>,
    headers: HeaderMap,
    Json(request): Json<LookUpRequest>,
) -> Answer<Json<CitizenView>> {
    centre.caller(&headers)?;
    Ok(Json(view_of(&centre, &request.number).await?.ok_or(ProtocolError::NotFound)?))
}

/// Returns what a window is shown of a citizen; `None` of somebody without a record.
pub(super) async fn view_of(centre: &Centre, number: &IdNumber) -> Answer<Option<CitizenView>> {
    let citizen = centre.store.citizen(&centre.rulebook.citizen_ref(number)).await?;
    let Some(citizen) = citizen else { return Ok(None) };
    let tag_key = TagKey(rand::random());
    let relative = |bond: &Bond| Relative {
        tag: tag_key.tag(&bond.relative),
        masked_name: bond.relative_name.masked(),
        relation: bond.relation.to_owned(),
    };
    let number = citizen.person.as_ref().map(|person| &person.number);
    let bonds = centre.relatives.iter().filter(|bond| Some(&bond.holder) == number);
    let relatives = bonds.map(relative).collect();
    Ok(centre.rulebook.view_of(citizen, (relatives, tag_key), clock::now()))
}

async fn relatives(
    State(centre): State<Arc<Centre>>,
    headers: HeaderMap,
    Json(request): Json<RelativesRequest>,
) -> Answer<Json<RelativesResponse>> {
    centre.caller(&headers)?;
    let wards: Vec<&Bond> = centre.relatives.iter().filter(|bond| bond.relative == request.agent).collect();
    let chosen = request.chosen.and_then(|chosen| {
        let ward = wards.get(usize::try_from(chosen.place).ok()?)?;
        (ward.holder_name.masked() == chosen.masked_name).then(|| ward.holder.clone())
    });
    let relatives = wards.iter().map(|bond| BoundRelative {
        masked_name: bond.holder_name.masked(),
        relation: bond.relation.to_owned(),
    });
    Ok(Json(RelativesResponse { relatives: relatives.collect(), chosen }))
}

/// A practice site has no institutions.
async fn institutions(State(centre): State<Arc<Centre>>, headers: HeaderMap) -> Answer<Json<RosterResponse>> {
    centre.caller(&headers)?;
    Ok(Json(RosterResponse { institutions: Vec::new(), server_time: clock::now() }))
}

async fn verify(
    State(centre): State<Arc<Centre>>,
    Json(request): Json<VerifyRequest>,
) -> Answer<Json<VerifyResponse>> {
    let now = clock::now();
    let read = read(&centre, &request.payload);
    let recorded = match &read {
        Ok((symbol, _)) => centre.store.code(symbol.claims.serial).await?.map(IssuedCode::recorded),
        Err(_) => None,
    };
    let signed = read.as_ref().map(|(symbol, key)| (symbol, key)).map_err(|error| *error);
    let finding = verify_online(signed, recorded.as_ref(), &centre.rulebook.verifier(), now);
    let shown = read.as_ref().ok().map(|(symbol, _)| &symbol.claims).filter(|_| finding.shows_holder);
    Ok(Json(VerifyResponse {
        answer: finding.answer,
        health: if finding.registers { HealthAnswer::NoProvider } else { HealthAnswer::NotAsked },
        registration_reference: None,
        masked_name: shown.map(|claims| claims.masked_name.clone()),
        masked_number: shown.map(|claims| claims.masked_number.clone()),
        issued_at: shown.map(|claims| claims.issued_at),
        valid_through: shown.map(Claims::valid_through),
        watermark: watermark(&request.scanner, &request.place, now),
        server_time: now,
    }))
}

fn read(centre: &Centre, text: &str) -> Result<(VerifiedSymbol, DeskKey), PayloadError> {
    let unverified = payload::decode(text)?;
    centre.rulebook.verifier().check_class(&unverified.claims)?;
    let rows = centre.rows();
    let key = rows.keys.iter().find(|key| key.public_key.key_id() == unverified.key_id);
    let key = key.ok_or(PayloadError::UnknownKey)?;
    Ok((VerifiedSymbol::verify(text, &key.public_key)?, key.clone()))
}
