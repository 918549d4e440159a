//! Log-ins of the kiosk (身份证, 随申办, 亲属码) and the portal, and the view they open.

use super::{
    super::{
        answer::{Answer, Body},
        state::Centre,
    },
    ChannelName, card,
    client::Client,
    session::{self, CitizenSession, SESSION_MS, SessionClaims},
    token, visits,
};
use crate::{
    audit::Event,
    clock,
    machine::citizen::Citizen,
    store::Store as _,
    store::postgres::{ChannelClient, Login},
};
use axum::{Json, extract::State};
use rules::{
    At, Sensitive,
    life::{self, Action, Now, Vantage},
    op::CitizenRef,
    person::IdNumber,
    wire::{
        Channel, ChannelCode, ChannelRelative, ChannelReport, ChannelView, Escalation, LoginRequest, Offer,
        ProtocolError, SessionResponse, SwitchRequest,
    },
};
use std::sync::Arc;

/// Reports of a citizen that a view shows at most.
const REPORTS: usize = 10;

#[utoipa::path(post, path = "/v1/channels/{channel}/login", tag = "channels", security(("channel" = [])), params(("channel" = inline(ChannelName), Path)), request_body = LoginRequest,
    responses((status = 200, body = SessionResponse), super::super::responses::ChannelCall, super::super::responses::AnyCall))]
pub(in super::super) async fn login(
    State(centre): State<Arc<Centre>>,
    Client(client): Client,
    Body(request): Body<LoginRequest>,
) -> Answer<Json<SessionResponse>> {
    let (who, how) = match &request {
        // A card is read by a machine of the centre; over the web anybody could type its text.
        LoginRequest::IdCard(_) if client.channel != Channel::Kiosk => {
            return Err(ProtocolError::Forbidden.into());
        }
        LoginRequest::IdCard(card) => {
            let acting = card::identify(&centre, &client, card).await?;
            (Who { holder: acting.clone(), acting }, "card")
        }
        LoginRequest::LoginToken { token } => (login_token(&centre, &client, token).await?, "token"),
    };
    let record = bound(&centre, &who.acting, &who.holder).await;
    if record.is_err() {
        visits::note(&centre, &who.login(&client, how, "not_bound")).await?;
    }
    respond(&centre, &client, who, record?, (how, clock::now().plus_ms(SESSION_MS))).await
}

/// The person who logged in and the holder whose code they handle.
struct Who {
    acting: CitizenRef,
    holder: CitizenRef,
}

impl Who {
    fn login<'a>(&'a self, client: &'a ChannelClient, how: &'static str, outcome: &'static str) -> Login<'a> {
        Login { client: &client.name, acting: &self.acting, holder: &self.holder, how, outcome }
    }
}

/// Identifies a person by a token of the city's log-in service.
async fn login_token(centre: &Centre, client: &ChannelClient, token: &Sensitive<String>) -> Answer<Who> {
    let Some(claims) = token::redeem(centre, client, token).await? else {
        visits::warn(centre, client, "login_token").await?;
        return Err(ProtocolError::Unauthenticated.into());
    };
    let reference = |number: &Sensitive<String>| {
        let number = IdNumber::parse(number.expose()).map_err(|_| ProtocolError::Malformed)?;
        Ok::<_, ProtocolError>(centre.rulebook.citizen_ref(&number))
    };
    let acting = reference(&claims.number)?;
    let holder = claims.holder_number.as_ref().map(reference).transpose()?;
    visits::admit(centre, client, &acting).await?;
    card::registered(centre, &acting).await?.ok_or(ProtocolError::Unauthenticated)?;
    Ok(Who { holder: holder.unwrap_or_else(|| acting.clone()), acting })
}

/// Switches the session to a relative's code, or back to the person's own. It ends when the one
/// before it would have.
#[utoipa::path(post, path = "/v1/channels/{channel}/switch", tag = "channels", security(("channel" = [], "session" = [])), params(("channel" = inline(ChannelName), Path)), request_body = SwitchRequest,
    responses((status = 200, body = SessionResponse), super::super::responses::ChannelCall, super::super::responses::AnyCall))]
pub(in super::super) async fn switch(
    State(centre): State<Arc<Centre>>,
    citizen: CitizenSession,
    Body(request): Body<SwitchRequest>,
) -> Answer<Json<SessionResponse>> {
    let CitizenSession { client, claims: SessionClaims { acting, expires_at, .. } } = citizen;
    let who = Who { acting, holder: request.citizen_ref };
    let record = bound(&centre, &who.acting, &who.holder).await;
    if record.is_err() {
        // Nobody is shown, so it costs nobody else the client's hour, and is no row for each try.
        tracing::info!(target: "audit", client = client.name, acting = %who.acting, "channel switch refused");
        visits::warn(&centre, &client, "not_bound").await?;
    }
    respond(&centre, &client, who, record?, ("switch", expires_at)).await
}

/// Returns the holder's current view.
#[utoipa::path(get, path = "/v1/channels/{channel}/view", tag = "channels", security(("channel" = [], "session" = [])), params(("channel" = inline(ChannelName), Path)),
    responses((status = 200, body = ChannelView), super::super::responses::ChannelCall, super::super::responses::AnyCall))]
pub(in super::super) async fn view(
    State(centre): State<Arc<Centre>>,
    citizen: CitizenSession,
) -> Answer<Json<ChannelView>> {
    let SessionClaims { acting, holder, .. } = citizen.claims;
    let who = Who { acting, holder };
    let record = bound(&centre, &who.acting, &who.holder).await?;
    shown(&centre, &who, &record, clock::now()).await.map(Json)
}

/// Opens a session that ends at `expires_at`. The log-in is on record first (D2).
async fn respond(
    centre: &Centre,
    client: &ChannelClient,
    who: Who,
    record: Citizen,
    (how, expires_at): (&'static str, At),
) -> Answer<Json<SessionResponse>> {
    if who.holder != who.acting {
        visits::admit(centre, client, &who.holder).await?;
    }
    visits::note(centre, &who.login(client, how, "in")).await?;
    let now = clock::now();
    let view = shown(centre, &who, &record, now).await?;
    let event = Event::ChannelLogin {
        client: client.name.clone(),
        method: how.to_owned(),
        acting: who.acting.clone(),
        holder: who.holder.clone(),
    };
    centre.store.record(now, &event).await?;
    let Who { acting, holder } = who;
    let claims = SessionClaims { acting, holder, client: client.name.clone(), expires_at };
    let session = session::write(centre, &claims).ok_or(ProtocolError::Unavailable)?;
    Ok(Json(SessionResponse { session: Sensitive::new(session), expires_at, view }))
}

/// Returns the holder's record if `acting` is the holder or bound to them.
pub(in super::super) async fn bound(
    centre: &Centre,
    acting: &CitizenRef,
    holder: &CitizenRef,
) -> Answer<Citizen> {
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
        masked_number: person.number.masked(),
        has_photo: person.photo.is_some(),
        code: last.map(|issued| code(&issued.code, now)),
        offers,
        reports: record.escalations.iter().rev().take(REPORTS).map(report).collect(),
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

fn report(filed: &Escalation) -> ChannelReport {
    let Escalation { id, field, at, closed, dismissed, .. } = filed;
    ChannelReport { id: *id, field: *field, filed_at: *at, open: !closed, dismissed: *dismissed }
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
