//! 身份证登录 at a kiosk: number and name must be those of one person (N-3).

use super::{
    super::{
        answer::{Answer, Body, Refused},
        state::Centre,
    },
    actions,
    client::Client,
    login::{self, Who},
    session::{CitizenSession, SESSION_MS, SessionClaims},
    types::{CardRequest, ChannelName, EscalateResponse},
    visits,
};
use crate::{
    clock,
    machine::{channel::Request, citizen::Person},
    store::postgres::{ChannelClient, Login},
};
use axum::{Json, extract::State};
use rules::{
    Refusal,
    correction::Field,
    op::CitizenRef,
    person::{IdNumber, Name},
    wire::{Channel, ProtocolError},
};
use std::sync::Arc;
use uuid::Uuid;

/// Identifies a person by number and name on their card. The answer for a number that nobody has is
/// the one for a wrong name, so that a kiosk learns neither names nor who exists.
pub(super) async fn identify(centre: &Centre, client: &ChannelClient, card: &CardRequest) -> Answer<Who> {
    let citizen_ref = admit(centre, client, card).await?;
    let person = login::registered(centre, &citizen_ref).await?;
    if person.is_some_and(|person| !differs(card.name.expose(), &person.name)) {
        return Ok(Who { acting: citizen_ref.clone(), holder: citizen_ref });
    }
    note(centre, client, &citizen_ref, "card", "go_to_window").await?;
    visits::warn(centre, client, "card_differs").await?;
    Err(ProtocolError::Refused { code: Refusal::GoToWindow }.into())
}

/// Reports that the registry has another name than the card, without a session. The desks of the
/// site hear of it; the kiosk hears the same whoever the card belongs to.
#[utoipa::path(post, path = "/v1/channels/{channel}/report-card", tag = "channels", security(("channel" = [])), params(("channel" = inline(ChannelName), Path)), request_body = CardRequest,
    responses((status = 200, body = EscalateResponse), super::super::responses::ChannelCall, super::super::responses::AnyCall))]
pub(in super::super) async fn report_card(
    State(centre): State<Arc<Centre>>,
    Client(client): Client,
    Body(card): Body<CardRequest>,
) -> Answer<Json<EscalateResponse>> {
    if client.channel != Channel::Kiosk {
        return Err(ProtocolError::Forbidden.into());
    }
    let citizen_ref = admit(&centre, &client, &card).await?;
    let id = Uuid::now_v7();
    let person: Option<Person> = login::registered(&centre, &citizen_ref).await?;
    let is_wrong = person.is_some_and(|person| differs(card.name.expose(), &person.name));
    note(&centre, &client, &citizen_ref, "report", if is_wrong { "filed" } else { "nothing_to_file" })
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

async fn admit(centre: &Centre, client: &ChannelClient, card: &CardRequest) -> Result<CitizenRef, Refused> {
    let number = IdNumber::parse(card.number.expose()).map_err(|_| ProtocolError::Malformed)?;
    let citizen_ref = CitizenRef::of(&number, &centre.keys.index);
    visits::admit(centre, client, &citizen_ref).await?;
    Ok(citizen_ref)
}

async fn note(
    centre: &Centre,
    client: &ChannelClient,
    citizen_ref: &CitizenRef,
    how: &'static str,
    outcome: &'static str,
) -> Answer<()> {
    let login = Login { client: &client.name, acting: citizen_ref, holder: citizen_ref, how, outcome };
    visits::note(centre, &login).await
}

/// Returns whether the name on a card differs from the registry's. A name cut off where the chip's
/// field ends does not differ (N4); one that cannot be read does.
fn differs(on_card: &str, registered: &Name) -> bool {
    let Ok(on_card) = Name::read(on_card) else { return true };
    let on_card = on_card.name;
    !on_card.compares_equal(registered) && !on_card.was_cut_for_want_of_room(registered)
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
