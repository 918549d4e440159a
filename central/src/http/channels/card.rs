//! 身份证登录 at a kiosk: number and name must be those of one person (N-3).

use super::{
    super::{
        answer::{Answer, Refused},
        state::Centre,
    },
    visits,
};
use crate::{
    machine::citizen::Person,
    store::{
        Store as _,
        postgres::{ChannelClient, Login},
    },
};
use rules::{
    Refusal,
    op::CitizenRef,
    person::{IdNumber, Name},
    wire::{CardRequest, ProtocolError},
};

/// Identifies a person by number and name on their card. The answer for a number that nobody has is
/// the one for a wrong name, so that a kiosk learns neither names nor who exists.
pub(super) async fn identify(
    centre: &Centre,
    client: &ChannelClient,
    card: &CardRequest,
) -> Answer<CitizenRef> {
    let citizen_ref = admit(centre, client, card).await?;
    let person = registered(centre, &citizen_ref).await?;
    if person.is_some_and(|person| !differs(card.name.expose(), &person.name)) {
        return Ok(citizen_ref);
    }
    note(centre, client, &citizen_ref, "card", "go_to_window").await?;
    visits::warn(centre, client, "card_differs").await?;
    Err(ProtocolError::Refused { code: Refusal::GoToWindow }.into())
}

/// Returns the person with this reference, if the registry knows them.
pub(super) async fn registered(centre: &Centre, citizen_ref: &CitizenRef) -> Answer<Option<Person>> {
    let citizen = centre.store.citizen(citizen_ref).await?;
    Ok(citizen.and_then(|citizen| citizen.person).filter(|person| person.registered))
}

/// Counts the person of a card and returns their reference.
pub(super) async fn admit(
    centre: &Centre,
    client: &ChannelClient,
    card: &CardRequest,
) -> Result<CitizenRef, Refused> {
    let number = IdNumber::parse(card.number.expose()).map_err(|_| ProtocolError::Malformed)?;
    let citizen_ref = centre.rulebook.citizen_ref(&number);
    visits::admit(centre, client, &citizen_ref).await?;
    Ok(citizen_ref)
}

/// Records a log-in or report by card.
pub(super) async fn note(
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
pub(super) fn differs(on_card: &str, registered: &Name) -> bool {
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
