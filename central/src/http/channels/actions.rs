//! Actions of a citizen at a channel: issue, report a loss, download, escalate.

use super::{
    super::{
        answer::{Answer, Body, Refused},
        state::Centre,
    },
    ChannelName, fonts, login,
    session::CitizenSession,
};
use crate::{
    blobs::BlobError,
    clock,
    machine::{
        channel::{self, Asking, Request},
        citizen::{IssuedCode, Person},
    },
    store::{Changed, ChannelEvent, Completion, Store as _, StoreError},
};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use paper::sheet::{Sheet, SheetLayout};
use rules::{
    At, DeviceNumber, Refusal,
    correction::Digest,
    keys::Class,
    life::{Action, Serial},
    payload::{self, SignedSymbol},
    wire::{ChannelCode, ConfirmRequest, EscalateRequest, EscalateResponse, ProtocolError},
};
use std::sync::Arc;
use uuid::Uuid;

/// Longest remark, in characters.
const REMARK_LIMIT: usize = 200;
/// Attempts to decide a request when other workers change the same citizen.
const TRIES: usize = 5;

#[utoipa::path(post, path = "/v1/channels/{channel}/apply", tag = "channels", security(("channel" = [], "session" = [])), params(("channel" = inline(ChannelName), Path)), request_body = ConfirmRequest,
    responses((status = 200, body = ChannelCode), super::super::responses::ChannelCall, super::super::responses::AnyCall))]
pub(in super::super) async fn apply(
    State(centre): State<Arc<Centre>>,
    citizen: CitizenSession,
    Body(request): Body<ConfirmRequest>,
) -> Answer<Json<ChannelCode>> {
    issue(&centre, &citizen, Action::Apply, request.confirmed).await
}

#[utoipa::path(post, path = "/v1/channels/{channel}/reapply", tag = "channels", security(("channel" = [], "session" = [])), params(("channel" = inline(ChannelName), Path)), request_body = ConfirmRequest,
    responses((status = 200, body = ChannelCode), super::super::responses::ChannelCall, super::super::responses::AnyCall))]
pub(in super::super) async fn reapply(
    State(centre): State<Arc<Centre>>,
    citizen: CitizenSession,
    Body(request): Body<ConfirmRequest>,
) -> Answer<Json<ChannelCode>> {
    issue(&centre, &citizen, Action::Reapply, request.confirmed).await
}

#[utoipa::path(post, path = "/v1/channels/{channel}/reissue", tag = "channels", security(("channel" = [], "session" = [])), params(("channel" = inline(ChannelName), Path)), request_body = ConfirmRequest,
    responses((status = 200, body = ChannelCode), super::super::responses::ChannelCall, super::super::responses::AnyCall))]
pub(in super::super) async fn reissue(
    State(centre): State<Arc<Centre>>,
    citizen: CitizenSession,
    Body(request): Body<ConfirmRequest>,
) -> Answer<Json<ChannelCode>> {
    issue(&centre, &citizen, Action::Reissue, request.confirmed).await
}

async fn issue(
    centre: &Centre,
    citizen: &CitizenSession,
    action: Action,
    confirmed: bool,
) -> Answer<Json<ChannelCode>> {
    let (counter, random) = rand::random();
    let serial = Serial::new(citizen.claims.holder.bucket(), DeviceNumber::CENTRE, counter, random);
    let name = match action {
        Action::Apply => "apply",
        Action::Reapply => "reapply",
        _ => "reissue",
    };
    // N5: a code whose name cannot be printed is not issued.
    let record = login::bound(centre, &citizen.claims.acting, &citizen.claims.holder).await?;
    check_printable(centre, record.person.as_ref())?;
    let request = Request::Issue { action, serial, confirmed };
    let done = decide(centre, citizen, &request, name).await?;
    let issued = done.code.ok_or(ProtocolError::Unavailable)?;
    Ok(Json(login::code(&issued.code, done.at)))
}

fn check_printable(centre: &Centre, person: Option<&Person>) -> Answer<()> {
    let fonts = fonts(centre)?;
    let name = &person.ok_or(ProtocolError::Refused { code: Refusal::NameNotPrintable })?.name;
    let missing = fonts.missing(name.expose());
    let printable = name.check_printable(|character| !missing.contains(&character));
    Ok(printable.map_err(|code| ProtocolError::Refused { code })?)
}

#[utoipa::path(post, path = "/v1/channels/{channel}/loss", tag = "channels", security(("channel" = [], "session" = [])), params(("channel" = inline(ChannelName), Path)), request_body = ConfirmRequest,
    responses((status = 200, body = ChannelCode), super::super::responses::ChannelCall, super::super::responses::AnyCall))]
pub(in super::super) async fn loss(
    State(centre): State<Arc<Centre>>,
    citizen: CitizenSession,
    Body(request): Body<ConfirmRequest>,
) -> Answer<Json<ChannelCode>> {
    let request = Request::ReportLoss { confirmed: request.confirmed };
    let done = decide(&centre, &citizen, &request, "loss").await?;
    let lost = done.code.ok_or(ProtocolError::Unavailable)?;
    Ok(Json(login::code(&lost.code, done.at)))
}

#[utoipa::path(post, path = "/v1/channels/{channel}/escalate", tag = "channels", security(("channel" = [], "session" = [])), params(("channel" = inline(ChannelName), Path)), request_body = EscalateRequest,
    responses((status = 200, body = EscalateResponse), super::super::responses::ChannelCall, super::super::responses::AnyCall))]
pub(in super::super) async fn escalate(
    State(centre): State<Arc<Centre>>,
    citizen: CitizenSession,
    Body(request): Body<EscalateRequest>,
) -> Answer<Json<EscalateResponse>> {
    if request.remark.as_ref().is_some_and(|remark| remark.expose().chars().count() > REMARK_LIMIT) {
        return Err(ProtocolError::Malformed.into());
    }
    let id = Uuid::now_v7();
    let request = Request::Escalate { id, field: request.field, remark: request.remark };
    decide(&centre, &citizen, &request, "escalate").await?;
    Ok(Json(EscalateResponse { id }))
}

/// Returns the sheet of the live code as PDF and counts one more copy. It has the very symbol that
/// was signed when the code was issued, at a counter or here (B1).
#[utoipa::path(post, path = "/v1/channels/{channel}/download", tag = "channels", security(("channel" = [], "session" = [])), params(("channel" = inline(ChannelName), Path)),
    responses((status = 200, description = "The sheet", content_type = "application/pdf"), super::super::responses::ChannelCall, super::super::responses::AnyCall))]
pub(in super::super) async fn download(
    State(centre): State<Arc<Centre>>,
    citizen: CitizenSession,
) -> Answer<Response> {
    fonts(&centre)?;
    // Photo and symbol are looked at before the copy is counted, so that a failure costs no copy.
    let record = login::bound(&centre, &citizen.claims.acting, &citizen.claims.holder).await?;
    if let Some((issued, person)) = record.live_code(clock::now().day()).zip(record.person.as_ref())
        && centre.rulebook.symbol_of(issued, person).is_none()
    {
        return Err(ProtocolError::Refused { code: Refusal::SymbolOutdated }.into());
    }
    let digest = record.person.and_then(|person| person.photo);
    let mut photo = photo_to_print(&centre, digest.as_ref()).await?;
    let done = decide(&centre, &citizen, &Request::Download, "download").await?;
    if done.person.photo != digest {
        photo = photo_to_print(&centre, done.person.photo.as_ref()).await?;
    }
    let issued = done.code.ok_or(ProtocolError::Unavailable)?;
    let site = done.site;
    let maker = Arc::clone(&centre);
    let pdf =
        centre.on_a_core(move || sheet(&maker, &done.person, &issued, photo.as_deref(), &site)).await??;
    Ok(([(header::CONTENT_TYPE, "application/pdf")], pdf).into_response())
}

/// Reads the photo for a sheet. A photo that was never delivered is left out; one that exists but
/// cannot be read fails the request.
async fn photo_to_print(centre: &Centre, digest: Option<&Digest>) -> Answer<Option<Vec<u8>>> {
    let Some(digest) = digest else { return Ok(None) };
    match centre.blobs.get(digest).await {
        Ok(blob) => Ok(Some(blob.bytes)),
        Err(BlobError::NotFound) => {
            tracing::warn!(photo = %digest, "registry photo missing; sheet made without it");
            Ok(None)
        }
        Err(error) => Err(unreadable(&error)),
    }
}

fn unreadable(error: &BlobError) -> Refused {
    tracing::error!(%error, "photo cannot be read");
    ProtocolError::Unavailable.into()
}

/// Returns the photo that the holder confirms (L8).
#[utoipa::path(get, path = "/v1/channels/{channel}/photo", tag = "channels", security(("channel" = [], "session" = [])), params(("channel" = inline(ChannelName), Path)),
    responses((status = 200, description = "JPEG", content_type = "image/jpeg"), super::super::responses::ChannelCall, super::super::responses::AnyCall))]
pub(in super::super) async fn photo(
    State(centre): State<Arc<Centre>>,
    citizen: CitizenSession,
) -> Answer<Response> {
    let record = login::bound(&centre, &citizen.claims.acting, &citizen.claims.holder).await?;
    let digest = record.person.and_then(|person| person.photo).ok_or(ProtocolError::NotFound)?;
    let blob = centre.blobs.get(&digest).await.map_err(|error| match error {
        BlobError::NotFound => ProtocolError::NotFound.into(),
        other => unreadable(&other),
    })?;
    Ok(([(header::CONTENT_TYPE, blob.media_type)], blob.bytes).into_response())
}

fn sheet(
    centre: &Centre,
    person: &Person,
    issued: &IssuedCode,
    photo: Option<&[u8]>,
    site: &str,
) -> Answer<Vec<u8>> {
    let code = &issued.code;
    let masked_number = person.number.masked();
    let payload = centre.rulebook.symbol_of(issued, person);
    let payload = payload.ok_or(ProtocolError::Refused { code: Refusal::SymbolOutdated })?;
    let serial = code.serial.to_string();
    let sheet = Sheet {
        name: person.name.expose(),
        masked_number: &masked_number,
        applied_at: code.issued_at.civil(),
        valid_through: code.valid_through,
        photo,
        payload: &payload,
        serial_short: serial.get(24..).unwrap_or(&serial),
        provisional: false,
        practice: centre.keys.class == Class::Practice,
        site,
    };
    let rendered = paper::sheet::render_issued(fonts(centre)?, &mut [sheet], SheetLayout::A4);
    let (pdf, left_out) = rendered.map_err(|error| match error {
        paper::PaperError::Unprintable { .. } => {
            ProtocolError::Refused { code: Refusal::NameNotPrintable }.into()
        }
        other => {
            tracing::error!(kind = std::any::type_name_of_val(&other), "sheet could not be made");
            Refused::from(ProtocolError::Unavailable)
        }
    })?;
    if let Some(reason) = left_out {
        tracing::warn!(%reason, "registry photo cannot be printed; sheet made without it");
    }
    Ok(pdf)
}

/// Outcome of a request, with what the answer needs.
pub(super) struct Done {
    person: Person,
    code: Option<IssuedCode>,
    site: String,
    at: At,
}

/// Decides a request under the citizen's lock and writes the outcome.
pub(super) async fn decide(
    centre: &Centre,
    citizen: &CitizenSession,
    request: &Request,
    action: &'static str,
) -> Answer<Done> {
    for _ in 0..TRIES {
        match try_decide(centre, citizen, request, action).await {
            Err(Attempt::Conflict) => {}
            Err(Attempt::Refused(refused)) => return Err(refused),
            Ok(done) => return Ok(done),
        }
    }
    Err(Refused::busy(1))
}

/// B1: signs the symbol of a new code with the centre's own key.
fn sign(centre: &Centre, person: &Person, issued: Option<&IssuedCode>) -> Option<SignedSymbol> {
    let claims = centre.rulebook.claims(&issued?.code, &person.name, &person.number);
    let text = payload::encode(&claims, &*centre.keys.codes).ok()?;
    SignedSymbol::of(&text).ok()
}

enum Attempt {
    Conflict,
    Refused(Refused),
}

impl From<StoreError> for Attempt {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::Conflict) { Self::Conflict } else { Self::Refused(error.into()) }
    }
}

impl From<ProtocolError> for Attempt {
    fn from(error: ProtocolError) -> Self {
        Self::Refused(error.into())
    }
}

async fn try_decide(
    centre: &Centre,
    citizen: &CitizenSession,
    request: &Request,
    action: &'static str,
) -> Result<Done, Attempt> {
    let (client, claims) = (&citizen.client, &citizen.claims);
    let acting = centre.store.citizen(&claims.acting).await?.and_then(|record| record.person);
    let acting = acting.ok_or(ProtocolError::Unauthenticated)?;
    let at = clock::now();
    let (claim, mut record) = centre.store.claim_citizen(&claims.holder).await?;
    let asking = Asking {
        acting: &acting,
        acting_ref: &claims.acting,
        channel: client.channel,
        site: &client.site,
        at,
        rulebook: &centre.rulebook,
    };
    let (decision, serial) =
        channel::decide(&mut record, request, &asking).map_err(|code| ProtocolError::Refused { code })?;
    let person = record.person.clone().ok_or(ProtocolError::Unavailable)?;
    if let Request::Issue { serial, .. } = request {
        let symbol = sign(centre, &person, record.code(*serial)).ok_or(ProtocolError::Unavailable)?;
        record.keep_symbol(*serial, symbol);
    }
    let code = serial.and_then(|serial| record.code(serial).cloned());
    let mut changed = Changed::none(record);
    decision.effects.iter().for_each(|effect| changed.note(effect));
    let event = ChannelEvent {
        id: Uuid::now_v7(),
        citizen_ref: claims.holder.clone(),
        acting_ref: claims.acting.clone(),
        channel: client.channel,
        client: client.name.clone(),
        site: client.site,
        action,
        serial,
        at,
    };
    let completion = Completion {
        changed: vec![changed],
        announcements: decision.announcements,
        event: Some(event),
        ..Completion::at(at)
    };
    centre.store.complete(claim, completion).await?;
    metrics::counter!("central_channel_actions_total", "action" => action).increment(1);
    Ok(Done { person, code, site: client.name.clone(), at })
}
