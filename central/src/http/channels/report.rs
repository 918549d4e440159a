//! Reports that a card has another name than the registry (N-3).

use super::{
    super::{
        answer::{Answer, Body},
        state::Centre,
    },
    ChannelName, actions, card,
    client::Client,
    session::{CitizenSession, SESSION_MS, SessionClaims},
};
use crate::{clock, machine::channel::Request};
use axum::{Json, extract::State};
use rules::{
    correction::Field,
    wire::{CardRequest, Channel, EscalateResponse, ProtocolError},
};
use std::sync::Arc;
use uuid::Uuid;

/// Reports that the registry has another name than the card, without a session. The desks of the
/// site hear of it; the kiosk hears the same whoever the card belongs to.
#[utoipa::path(post, path = "/v1/channels/{channel}/report-card", tag = "channels", security(("channel" = [])), params(("channel" = inline(ChannelName), Path)), request_body = CardRequest,
    responses((status = 200, body = EscalateResponse), super::super::responses::ChannelCall, super::super::responses::AnyCall))]
pub(in super::super) async fn report_card(
    State(centre): State<Arc<Centre>>,
    Client(client): Client,
    Body(seen): Body<CardRequest>,
) -> Answer<Json<EscalateResponse>> {
    if client.channel != Channel::Kiosk {
        return Err(ProtocolError::Forbidden.into());
    }
    let citizen_ref = card::admit(&centre, &client, &seen).await?;
    let id = Uuid::now_v7();
    let person = card::registered(&centre, &citizen_ref).await?;
    let is_wrong = person.is_some_and(|person| card::differs(seen.name.expose(), &person.name));
    card::note(&centre, &client, &citizen_ref, "report", if is_wrong { "filed" } else { "nothing_to_file" })
        .await?;
    if is_wrong {
        let claims = SessionClaims {
            acting: citizen_ref.clone(),
            holder: citizen_ref,
            client: client.name.clone(),
            expires_at: clock::now().plus_ms(SESSION_MS),
        };
        let request = Request::Escalate { id, field: Field::Name, remark: None };
        let filed = actions::decide(&centre, &CitizenSession { client, claims }, &request, "escalate").await;
        // A report that is open already is as good, and not the kiosk's business.
        if let Err(refused) = filed
            && !refused.is_by_rule()
        {
            return Err(refused);
        }
    }
    Ok(Json(EscalateResponse { id }))
}
