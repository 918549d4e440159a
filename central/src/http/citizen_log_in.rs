//! Log-ins of citizens at a window by a code on their phone (I2).

use super::{
    answer::{Answer, Body},
    caller::Viewer,
    channels::{login::bound, token as login_token},
    state::Centre,
};
use crate::{audit::Event, clock, machine::log_in::WindowLogIn, store::Store as _};
use axum::{Json, extract::State};
use rules::{
    Refusal, Sensitive,
    person::IdNumber,
    wire::{LogInAgent, ProtocolError, WINDOW_LOGIN_CLIENT, WindowLogInRequest, WindowLogInResponse},
};
use std::sync::Arc;

/// Has the log-in service's word on a scanned code checked, once, and says whose code it is.
#[utoipa::path(post, path = "/v1/log-ins", tag = "sync", security(("operator" = [])), request_body = WindowLogInRequest,
    responses((status = 200, body = WindowLogInResponse), (status = 422, description = "Not a log-in for a window, used before, or not bound; `code` names it", body = ProtocolError), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn log_in(
    State(centre): State<Arc<Centre>>,
    Viewer(viewer): Viewer,
    Body(request): Body<WindowLogInRequest>,
) -> Answer<Json<WindowLogInResponse>> {
    let claims = login_token::check(&centre, WINDOW_LOGIN_CLIENT, &request.token);
    let claims = claims.ok_or_else(|| refused(Refusal::LogInNotAccepted))?;
    let acting_number = number(&claims.number)?;
    let holder_number = claims.holder_number.as_ref().map(number).transpose()?;
    let reference = |number: &IdNumber| centre.rulebook.citizen_ref(number);
    let acting = reference(&acting_number);
    let holder = holder_number.as_ref().map_or_else(|| acting.clone(), reference);
    let now = clock::now();
    let made = WindowLogIn { device: viewer.device, acting: acting.clone(), holder: holder.clone(), at: now };
    let operator = viewer.staff();
    if !centre.store.keep_window_log_in(claims.nonce, &made, operator.as_ref()).await? {
        return Err(refused(Refusal::LogInUsed));
    }
    bound(&centre, &acting, &holder).await.map_err(|_| refused(Refusal::NotBound))?;
    let agent = match holder_number {
        None => None,
        Some(_) => {
            let record = centre.store.citizen(&acting).await?;
            let person = record.and_then(|record| record.person);
            let person = person.ok_or_else(|| refused(Refusal::NotBound))?;
            Some(LogInAgent { number: acting_number.clone(), name: person.name })
        }
    };
    // D2: nobody is named before it is on record.
    let client = format!("{WINDOW_LOGIN_CLIENT} {}", viewer.device);
    let event = Event::ChannelLogin { client, method: "login_token".to_owned(), acting, holder };
    centre.store.record(now, &event).await?;
    let number = holder_number.unwrap_or(acting_number);
    Ok(Json(WindowLogInResponse { log_in: claims.nonce, number, agent }))
}

fn number(text: &Sensitive<String>) -> Result<IdNumber, super::answer::Refused> {
    IdNumber::parse(text.expose()).map_err(|_| refused(Refusal::LogInNotAccepted))
}

fn refused(code: Refusal) -> super::answer::Refused {
    metrics::counter!("central_window_log_ins_refused_total", "code" => code.code()).increment(1);
    ProtocolError::Refused { code }.into()
}
