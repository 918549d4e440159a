//! The three log-ins of the kiosk (身份证, 随申办, 亲属码), the portal's, and what there is to see then.

use super::{
    super::{
        answer::{Answer, Body},
        state::Centre,
    },
    Client,
    session::{self, Citizen, Claims, SESSION_MS, open},
    types::{ChannelCode, ChannelRelative, ChannelView, LoginRequest, Offer, SessionResponse, SwitchRequest},
};
use crate::{
    clock,
    machine::citizen::{Citizen as Record, Person},
    store::Store as _,
    store::postgres::ChannelClient,
};
use axum::{Json, extract::State};
use rules::{
    At, Sensitive,
    life::{self, Action, Now, Vantage},
    op::CitizenRef,
    person::{IdNumber, Name},
    wire::ProtocolError,
};
use serde::Deserialize;
use std::sync::Arc;

/// The stand-in for the city's log-in service: it and the centre share the client's API key, and the service puts claims under a MAC of
/// that key. `base64url(claims) "." base64url(HMAC-SM3(key, "login token " + base64url(claims)))`, without padding. In
/// production the service's own token takes its place here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoginClaims {
    /// Number of who logged in.
    number: Sensitive<String>,
    /// 亲属码: number of the relative whose code was shown.
    #[serde(default)]
    holder_number: Option<Sensitive<String>>,
    expires_at: At,
}

const LOGIN_PURPOSE: &str = "login token";

/// Longest life of a log-in token.
const LOGIN_TOKEN_MS: i64 = 5 * 60 * 1000;

#[utoipa::path(post, path = "/v1/channels/{channel}/login", tag = "channels", security(("channel" = [])), params(("channel" = String, Path, description = "`portal` or `kiosk`")), request_body = LoginRequest,
    responses((status = 200, body = SessionResponse), super::super::openapi::shapes::ChannelCall, super::super::openapi::shapes::AnyCall))]
pub(in super::super) async fn login(
    State(centre): State<Arc<Centre>>,
    Client(client): Client,
    headers: axum::http::HeaderMap,
    Body(request): Body<LoginRequest>,
) -> Answer<Json<SessionResponse>> {
    let (acting, holder) = match &request {
        LoginRequest::IdCard { number, name } => {
            let number = IdNumber::parse(number.expose()).map_err(|_| ProtocolError::Malformed)?;
            let citizen_ref = CitizenRef::of(&number, &centre.keys.index);
            let person = registered(&centre, &citizen_ref).await?;
            let name = Name::read(name.expose()).map_err(|_| ProtocolError::Malformed)?.name;
            // The card may be newer or older than the registry; a name that is only cut off is the same name.
            if !person.name.compares_equal(&name) && !name.is_cut_from(&person.name) {
                return Err(ProtocolError::Unauthenticated.into());
            }
            (citizen_ref.clone(), citizen_ref)
        }
        LoginRequest::LoginToken { token } => login_token(&centre, &headers, token)?,
    };
    registered(&centre, &acting).await?;
    respond(&centre, &client, acting, holder).await
}

fn login_token(
    centre: &Centre,
    headers: &axum::http::HeaderMap,
    token: &Sensitive<String>,
) -> Answer<(CitizenRef, CitizenRef)> {
    let authorization = headers.get(axum::http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = authorization.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let now = clock::now();
    let claims = open::<LoginClaims>(key.trim().as_bytes(), LOGIN_PURPOSE, token.expose())
        .filter(|claims| now < claims.expires_at && claims.expires_at.since_ms(now) <= LOGIN_TOKEN_MS)
        .ok_or(ProtocolError::Unauthenticated)?;
    let reference = |number: &Sensitive<String>| {
        let number = IdNumber::parse(number.expose()).map_err(|_| ProtocolError::Malformed)?;
        Ok::<_, ProtocolError>(CitizenRef::of(&number, &centre.keys.index))
    };
    let acting = reference(&claims.number)?;
    let holder = claims.holder_number.as_ref().map(reference).transpose()?;
    Ok((acting.clone(), holder.unwrap_or(acting)))
}

/// Goes on with a relative's code, or back to the own one.
#[utoipa::path(post, path = "/v1/channels/{channel}/switch", tag = "channels", security(("channel" = [], "session" = [])), params(("channel" = String, Path, description = "`portal` or `kiosk`")), request_body = SwitchRequest,
    responses((status = 200, body = SessionResponse), super::super::openapi::shapes::ChannelCall, super::super::openapi::shapes::AnyCall))]
pub(in super::super) async fn switch(
    State(centre): State<Arc<Centre>>,
    citizen: Citizen,
    Body(request): Body<SwitchRequest>,
) -> Answer<Json<SessionResponse>> {
    let holder = CitizenRef(request.citizen_ref);
    if crate::hex::reference_bytes(&holder).is_none() {
        return Err(ProtocolError::Malformed.into());
    }
    respond(&centre, &citizen.client.0, citizen.claims.acting, holder).await
}

/// What there is to see now.
#[utoipa::path(get, path = "/v1/channels/{channel}/view", tag = "channels", security(("channel" = [], "session" = [])), params(("channel" = String, Path, description = "`portal` or `kiosk`")),
    responses((status = 200, body = ChannelView), super::super::openapi::shapes::ChannelCall, super::super::openapi::shapes::AnyCall))]
pub(in super::super) async fn view(
    State(centre): State<Arc<Centre>>,
    citizen: Citizen,
) -> Answer<Json<ChannelView>> {
    let record = bound(&centre, &citizen.claims.acting, &citizen.claims.holder).await?;
    shown(&centre, &citizen.claims.acting, &record, clock::now()).await.map(Json)
}

async fn respond(
    centre: &Centre,
    client: &ChannelClient,
    acting: CitizenRef,
    holder: CitizenRef,
) -> Answer<Json<SessionResponse>> {
    let record = bound(centre, &acting, &holder).await?;
    let now = clock::now();
    let view = shown(centre, &acting, &record, now).await?;
    let expires_at = now.plus_ms(SESSION_MS);
    let claims = Claims { acting, holder, client: client.name.clone(), expires_at };
    let session = session::write(centre, &claims).ok_or(ProtocolError::Unavailable)?;
    Ok(Json(SessionResponse { session: Sensitive::new(session), expires_at, view }))
}

async fn registered(centre: &Centre, citizen_ref: &CitizenRef) -> Answer<Person> {
    let citizen = centre.store.citizen(citizen_ref).await?;
    let person = citizen.and_then(|citizen| citizen.person).filter(|person| person.registered);
    person.ok_or_else(|| ProtocolError::Unauthenticated.into())
}

/// The holder's record, if whoever logged in is the holder or bound to them.
pub(super) async fn bound(centre: &Centre, acting: &CitizenRef, holder: &CitizenRef) -> Answer<Record> {
    let record = centre.store.citizen(holder).await?.ok_or(ProtocolError::Forbidden)?;
    let is_bound = acting == holder || record.relatives.contains(acting);
    let is_registered = record.person.as_ref().is_some_and(|person| person.registered);
    if is_bound && is_registered { Ok(record) } else { Err(ProtocolError::Forbidden.into()) }
}

async fn shown(centre: &Centre, acting: &CitizenRef, record: &Record, now: At) -> Answer<ChannelView> {
    let person = record.person.as_ref().ok_or(ProtocolError::Forbidden)?;
    let today = now.day();
    let policy = &centre.config.policy;
    let holder = record.holder(&person.number, today, policy);
    let at = Now { at: now, vantage: Vantage::Centre };
    let here = [Action::Apply, Action::Reapply, Action::Reissue, Action::ReportLoss, Action::Reprint];
    let offers = life::offers(&holder, &at, policy)
        .into_iter()
        .filter(|(action, _)| here.contains(action))
        .map(|(action, allowed)| Offer { action, refusal: allowed.err() })
        .collect();
    let relatives = centre.store.relatives_of(acting).await?;
    let last = record.live_code(today).or(record.codes.last());
    Ok(ChannelView {
        name: Sensitive::new(person.name.expose().to_owned()),
        masked_number: person.number.masked(),
        has_photo: person.photo.is_some(),
        code: last.map(|issued| code(&issued.code, now)),
        offers,
        relatives: relatives
            .into_iter()
            .map(|one| ChannelRelative {
                citizen_ref: one.citizen_ref.0,
                masked_name: one.masked_name,
                relation: one.relation,
            })
            .collect(),
    })
}

pub(super) fn code(code: &life::Code, now: At) -> ChannelCode {
    ChannelCode {
        serial: code.serial.to_string(),
        issued_at: code.issued_at,
        valid_through: code.valid_through,
        standing: code.standing(now.day()),
        copies: code.copies,
    }
}
