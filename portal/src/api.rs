//! The requests of the page. Each says in its body which holder it is about: nobody, for the person
//! who logged in, or a bound relative. Nothing of a person stands in an address.

use crate::{
    cookie::{self, LOG_IN, SESSION},
    refused::Refused,
    session::LONGEST,
    state::Portal,
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{FromRequest, Request, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::post,
};
use rules::{At, Sensitive, correction::Field, op::CitizenRef};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// Seconds that a log-in may take.
const LOG_IN_S: u32 = 10 * 60;
/// Seconds for which a browser keeps the cookie of a session; the server may end it sooner.
const SESSION_S: u32 = 10 * 60;

type Answer = Result<Response, Refused>;
type OfPortal = State<Arc<Portal>>;

/// Builds the router of the requests.
pub(crate) fn router() -> Router<Arc<Portal>> {
    Router::new()
        .route("/log-in", post(log_in))
        .route("/session", post(session))
        .route("/log-out", post(log_out))
        .route("/view", post(view))
        .route("/photo", post(photo))
        .route("/apply", post(apply))
        .route("/reapply", post(reapply))
        .route("/reissue", post(reissue))
        .route("/loss", post(loss))
        .route("/escalate", post(escalate))
        .route("/sheet", post(sheet))
}

/// A parsed JSON body.
struct Body<T>(T);

impl<T: DeserializeOwned> FromRequest<Arc<Portal>> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, portal: &Arc<Portal>) -> Result<Self, Refused> {
        let bytes = Bytes::from_request(request, portal).await.map_err(|_| Refused::Malformed)?;
        serde_json::from_slice(&bytes).map(Self).map_err(|_| Refused::Malformed)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    language: Language,
}

#[derive(Clone, Copy, Deserialize)]
enum Language {
    #[serde(rename = "zh-CN")]
    Chinese,
    #[serde(rename = "en")]
    English,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Return {
    /// What the log-in service sent the browser back with.
    code: String,
}

/// A request about a holder.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    /// The relative; absent for the person who logged in.
    holder: Option<CitizenRef>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirm {
    holder: Option<CitizenRef>,
    /// Whether name and photo (L8), or the consequence (L6), were shown and confirmed.
    confirmed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Escalate {
    holder: Option<CitizenRef>,
    field: Field,
    remark: Option<Sensitive<String>>,
}

/// The centre's answer to a log-in and to a change of the holder.
#[derive(Deserialize)]
struct Opened {
    session: Sensitive<String>,
    expires_at: At,
    view: Value,
}

/// Begins a log-in: the browser gets its secret, and the address to go to.
async fn log_in(State(portal): OfPortal, Body(Begin { language }): Body<Begin>) -> Answer {
    let language = match language {
        Language::Chinese => "zh-CN",
        Language::English => "en",
    };
    let begun = portal.log_in.begin(language);
    let cookie = cookie::set(LOG_IN, &begun.verifier, LOG_IN_S);
    Ok(([cookie], Json(json!({ "address": begun.address }))).into_response())
}

/// Ends a log-in: code and secret together give a session.
async fn session(State(portal): OfPortal, headers: HeaderMap, Body(back): Body<Return>) -> Answer {
    let verifier = cookie::get(&headers, LOG_IN).ok_or(Refused::LoggedOut)?;
    if !cookie::is_ours(&back.code) {
        return Err(Refused::Malformed);
    }
    let token = portal.log_in.exchange(&back.code, &verifier).await?;
    let request = json!({ "method": "login_token", "token": token.expose() });
    let opened = read::<Opened>(&portal.centre.post("login", None, &request).await?)?;
    // Whoever was logged in here before is not any more.
    close(&portal, &headers);
    let life = opened.expires_at.since_ms(channel::now());
    let life = Duration::from_millis(u64::try_from(life).unwrap_or(0)).min(LONGEST);
    let value = portal.sessions.open(opened.session, life).ok_or(Refused::Busy)?;
    let cookies = [cookie::set(SESSION, &value, SESSION_S)];
    let used = [cookie::set(LOG_IN, "", 0)];
    let mut answer = (cookies, shown(&opened.view, life)).into_response();
    answer.headers_mut().extend(used.into_iter().filter_map(|(name, text)| Some((name, text.parse().ok()?))));
    Ok(answer)
}

/// Ends the session here and now; nobody can use its cookie afterwards.
async fn log_out(State(portal): OfPortal, headers: HeaderMap) -> Response {
    close(&portal, &headers);
    ([cookie::set(SESSION, "", 0)], Json(json!({}))).into_response()
}

fn close(portal: &Portal, headers: &HeaderMap) {
    if let Some(value) = cookie::get(headers, SESSION) {
        portal.sessions.close(&value);
    }
}

async fn view(State(portal): OfPortal, headers: HeaderMap, Body(about): Body<About>) -> Answer {
    let found = holder(&portal, &headers, about.holder.as_ref()).await?;
    let view = match found.view {
        Some(view) => view,
        None => read(&forgetting(&portal, &headers, portal.centre.get("view", &found.token).await)?)?,
    };
    Ok(shown(&view, found.ends_in).into_response())
}

async fn photo(State(portal): OfPortal, headers: HeaderMap, Body(about): Body<About>) -> Answer {
    let found = holder(&portal, &headers, about.holder.as_ref()).await?;
    let jpeg = forgetting(&portal, &headers, portal.centre.get("photo", &found.token).await)?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], jpeg).into_response())
}

async fn apply(state: OfPortal, headers: HeaderMap, body: Body<Confirm>) -> Answer {
    act(&state.0, &headers, &body.0, "apply").await
}

async fn reapply(state: OfPortal, headers: HeaderMap, body: Body<Confirm>) -> Answer {
    act(&state.0, &headers, &body.0, "reapply").await
}

async fn reissue(state: OfPortal, headers: HeaderMap, body: Body<Confirm>) -> Answer {
    act(&state.0, &headers, &body.0, "reissue").await
}

async fn loss(state: OfPortal, headers: HeaderMap, body: Body<Confirm>) -> Answer {
    act(&state.0, &headers, &body.0, "loss").await
}

/// Passes a confirmed request on. What became of it is in the view, which the page asks for next.
async fn act(portal: &Portal, headers: &HeaderMap, asked: &Confirm, call: &str) -> Answer {
    let body = json!({ "confirmed": asked.confirmed });
    pass_on(portal, headers, asked.holder.as_ref(), call, &body).await?;
    Ok(Json(json!({})).into_response())
}

async fn escalate(State(portal): OfPortal, headers: HeaderMap, Body(asked): Body<Escalate>) -> Answer {
    let remark = asked.remark.as_ref().map(Sensitive::expose);
    let body = json!({ "field": asked.field, "remark": remark });
    pass_on(&portal, &headers, asked.holder.as_ref(), "escalate", &body).await?;
    Ok(Json(json!({})).into_response())
}

/// Returns the sheet. The centre counts it as one more copy.
async fn sheet(State(portal): OfPortal, headers: HeaderMap, Body(about): Body<About>) -> Answer {
    let pdf = pass_on(&portal, &headers, about.holder.as_ref(), "download", &json!({})).await?;
    Ok(([(header::CONTENT_TYPE, "application/pdf")], pdf).into_response())
}

async fn pass_on(
    portal: &Portal,
    headers: &HeaderMap,
    of: Option<&CitizenRef>,
    call: &str,
    body: &Value,
) -> Result<Vec<u8>, Refused> {
    let found = holder(portal, headers, of).await?;
    forgetting(portal, headers, portal.centre.post(call, Some(&found.token), body).await)
}

/// The holder of a request.
struct Holder {
    /// The centre's token for them.
    token: Sensitive<String>,
    /// Their view, if the token is new.
    view: Option<Value>,
    ends_in: Duration,
}

/// Finds the holder of a request in the session of its cookie. The centre checks that a relative is
/// bound, once here and at every call.
async fn holder(portal: &Portal, headers: &HeaderMap, of: Option<&CitizenRef>) -> Result<Holder, Refused> {
    let value = cookie::get(headers, SESSION).ok_or(Refused::LoggedOut)?;
    let tokens = portal.sessions.tokens(&value, of).ok_or(Refused::LoggedOut)?;
    let ends_in = tokens.ends_in;
    if let Some(token) = tokens.holder {
        return Ok(Holder { token, view: None, ends_in });
    }
    let relative = of.ok_or(Refused::LoggedOut)?;
    let switched = portal.centre.post("switch", Some(&tokens.own), &json!({ "citizen_ref": relative })).await;
    let opened = read::<Opened>(&forgetting(portal, headers, switched)?)?;
    portal.sessions.keep(&value, relative.clone(), opened.session.clone());
    Ok(Holder { token: opened.session, view: Some(opened.view), ends_in })
}

/// Ends the session here too when the centre says that it is over.
fn forgetting<T>(portal: &Portal, headers: &HeaderMap, answer: Result<T, Refused>) -> Result<T, Refused> {
    if matches!(answer, Err(Refused::LoggedOut)) {
        close(portal, headers);
    }
    answer
}

fn shown(view: &Value, ends_in: Duration) -> Json<Value> {
    Json(json!({ "view": view, "ends_in_s": ends_in.as_secs() }))
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(bytes).map_err(|_| Refused::Unavailable)
}
