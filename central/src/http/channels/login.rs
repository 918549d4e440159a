//! Log-ins of the kiosk (身份证, 随申办, 亲属码) and the portal, and the view they open.

use super::{
    super::{
        answer::{Answer, Body},
        state::Centre,
    },
    Client,
    session::{self, CitizenSession, SESSION_MS, SessionClaims, open},
    types::{
        ChannelCode, ChannelName, ChannelRelative, ChannelView, LoginRequest, Offer, SessionResponse,
        SwitchRequest,
    },
};
use crate::{
    audit::Event,
    clock,
    machine::citizen::{Citizen, Person},
    store::Store as _,
    store::postgres::ChannelClient,
};
use axum::{Json, extract::State};
use rules::{
    At, Sensitive,
    life::{self, Action, Now, Vantage},
    op::CitizenRef,
    person::{IdNumber, Name},
    wire::{Channel, ProtocolError},
};
use serde::Deserialize;
use std::sync::Arc;

/// Claims of a log-in token. This stands in for the city's log-in service, whose own token replaces
/// it in production.
///
/// The service shares the client's API key with the centre. Its token, without base64 padding, is
/// `base64url(claims) "." base64url(HMAC-SM3(key, "login token " + base64url(claims)))`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoginClaims {
    /// Number of the person who logged in.
    number: Sensitive<String>,
    /// 亲属码: number of the relative whose code was shown.
    #[serde(default)]
    holder_number: Option<Sensitive<String>>,
    expires_at: At,
}

const LOGIN_PURPOSE: &str = "login token";

/// Longest validity of a log-in token, in milliseconds.
const LOGIN_TOKEN_MS: i64 = 5 * 60 * 1000;

#[utoipa::path(post, path = "/v1/channels/{channel}/login", tag = "channels", security(("channel" = [])), params(("channel" = inline(ChannelName), Path)), request_body = LoginRequest,
    responses((status = 200, body = SessionResponse), super::super::responses::ChannelCall, super::super::responses::AnyCall))]
pub(in super::super) async fn login(
    State(centre): State<Arc<Centre>>,
    Client(client): Client,
    headers: axum::http::HeaderMap,
    Body(request): Body<LoginRequest>,
) -> Answer<Json<SessionResponse>> {
    let who = match &request {
        // A card is read by a machine of the centre; over the web anybody could type its text.
        LoginRequest::IdCard { .. } if client.channel != Channel::Kiosk => {
            return Err(ProtocolError::Forbidden.into());
        }
        LoginRequest::IdCard { number, name } => id_card(&centre, number, name).await?,
        LoginRequest::LoginToken { token } => login_token(&centre, &headers, token)?,
    };
    registered(&centre, &who.acting).await?;
    let method = match &request {
        LoginRequest::IdCard { .. } => "id_card",
        LoginRequest::LoginToken { .. } => "login_token",
    };
    respond(&centre, &client, who, method).await
}

/// The person who logged in and the holder whose code they handle.
struct Who {
    acting: CitizenRef,
    holder: CitizenRef,
    card_differs: bool,
}

/// Identifies a person by the number on their card. A name that differs from the registry's does
/// not refuse them: those people must see the wrong name and escalate it.
async fn id_card(centre: &Centre, number: &Sensitive<String>, name: &Sensitive<String>) -> Answer<Who> {
    let number = IdNumber::parse(number.expose()).map_err(|_| ProtocolError::Malformed)?;
    let citizen_ref = CitizenRef::of(&number, &centre.keys.index);
    let person = registered(centre, &citizen_ref).await?;
    let card_differs = differs(name.expose(), &person.name);
    Ok(Who { acting: citizen_ref.clone(), holder: citizen_ref, card_differs })
}

/// Returns whether the name on a card differs from the registry's. A name cut off where the chip's
/// field ends does not differ (N4); one that cannot be read does.
fn differs(on_card: &str, registered: &Name) -> bool {
    let Ok(on_card) = Name::read(on_card) else { return true };
    let on_card = on_card.name;
    !on_card.compares_equal(registered) && !on_card.was_cut_for_want_of_room(registered)
}

fn login_token(centre: &Centre, headers: &axum::http::HeaderMap, token: &Sensitive<String>) -> Answer<Who> {
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
    Ok(Who { holder: holder.unwrap_or_else(|| acting.clone()), acting, card_differs: false })
}

/// Switches the session to a relative's code, or back to the person's own.
#[utoipa::path(post, path = "/v1/channels/{channel}/switch", tag = "channels", security(("channel" = [], "session" = [])), params(("channel" = inline(ChannelName), Path)), request_body = SwitchRequest,
    responses((status = 200, body = SessionResponse), super::super::responses::ChannelCall, super::super::responses::AnyCall))]
pub(in super::super) async fn switch(
    State(centre): State<Arc<Centre>>,
    citizen: CitizenSession,
    Body(request): Body<SwitchRequest>,
) -> Answer<Json<SessionResponse>> {
    let holder = request.citizen_ref;
    let SessionClaims { acting, card_differs, .. } = citizen.claims;
    respond(&centre, &citizen.client.0, Who { acting, holder, card_differs }, "switch").await
}

/// Returns the holder's current view.
#[utoipa::path(get, path = "/v1/channels/{channel}/view", tag = "channels", security(("channel" = [], "session" = [])), params(("channel" = inline(ChannelName), Path)),
    responses((status = 200, body = ChannelView), super::super::responses::ChannelCall, super::super::responses::AnyCall))]
pub(in super::super) async fn view(
    State(centre): State<Arc<Centre>>,
    citizen: CitizenSession,
) -> Answer<Json<ChannelView>> {
    let SessionClaims { acting, holder, card_differs, .. } = citizen.claims;
    let who = Who { acting, holder, card_differs };
    let record = bound(&centre, &who.acting, &who.holder).await?;
    shown(&centre, &who, &record, clock::now()).await.map(Json)
}

/// Opens a session. The log-in is on record first (D2).
async fn respond(
    centre: &Centre,
    client: &ChannelClient,
    who: Who,
    method: &str,
) -> Answer<Json<SessionResponse>> {
    let record = bound(centre, &who.acting, &who.holder).await?;
    let now = clock::now();
    let view = shown(centre, &who, &record, now).await?;
    let event = Event::ChannelLogin {
        client: client.name.clone(),
        method: method.to_owned(),
        acting: who.acting.clone(),
        holder: who.holder.clone(),
    };
    centre.store.record(now, &event).await?;
    let expires_at = now.plus_ms(SESSION_MS);
    let Who { acting, holder, card_differs } = who;
    let claims = SessionClaims { acting, holder, card_differs, client: client.name.clone(), expires_at };
    let session = session::write(centre, &claims).ok_or(ProtocolError::Unavailable)?;
    Ok(Json(SessionResponse { session: Sensitive::new(session), expires_at, view }))
}

async fn registered(centre: &Centre, citizen_ref: &CitizenRef) -> Answer<Person> {
    let citizen = centre.store.citizen(citizen_ref).await?;
    let person = citizen.and_then(|citizen| citizen.person).filter(|person| person.registered);
    person.ok_or_else(|| ProtocolError::Unauthenticated.into())
}

/// Returns the holder's record if `acting` is the holder or bound to them.
pub(super) async fn bound(centre: &Centre, acting: &CitizenRef, holder: &CitizenRef) -> Answer<Citizen> {
    let record = centre.store.citizen(holder).await?.ok_or(ProtocolError::Forbidden)?;
    let is_bound = acting == holder || record.relatives.contains(acting);
    let is_registered = record.person.as_ref().is_some_and(|person| person.registered);
    if is_bound && is_registered { Ok(record) } else { Err(ProtocolError::Forbidden.into()) }
}

async fn shown(centre: &Centre, who: &Who, record: &Citizen, now: At) -> Answer<ChannelView> {
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
    let relatives = centre.store.relatives_of(&who.acting).await?;
    let last = record.live_code(today).or(record.codes.last());
    Ok(ChannelView {
        name: Sensitive::new(person.name.expose().to_owned()),
        // The card belongs to the person who logged in.
        name_differs: who.card_differs && who.acting == who.holder,
        masked_number: person.number.masked(),
        has_photo: person.photo.is_some(),
        code: last.map(|issued| code(&issued.code, now)),
        offers,
        relatives: relatives
            .into_iter()
            .map(|one| ChannelRelative {
                citizen_ref: one.citizen_ref,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::read(text).unwrap().name
    }

    #[test]
    fn n2_n4_a_card_differs_only_if_its_name_is_another() {
        assert!(!differs("阿依古丽•买买提", &name("阿依古丽·买买提")), "separators count as one");
        assert!(differs("王丽", &name("王秀英")));
        assert!(differs("王", &name("王秀英")), "short, and not cut off by the chip");
        let long = "买买提江·阿卜杜热合曼·吐尔逊";
        let cut: String = long.chars().take(15).collect();
        assert!(!differs(&cut, &name(&format!("{long}·艾力"))), "the chip's field was full");
        assert!(differs("", &name("王秀英")), "nothing was read");
    }
}
