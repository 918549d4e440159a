//! Somebody who acts for the holder (E8, E9): their card, the proof they bring, and what the rules
//! say of them.

use super::{CaseInHand, proof::family_pages, state::Case};
use crate::{
    core::Core,
    failure::no_citizen,
    photo_editing::{JPEG, PhotoEditing, picture_gone},
    view::{AgentInput, ConfirmInput, Failure, FormField},
};
use desk::{Desk, store::blob::Blob};
use rules::{
    Refusal,
    agent::check_agent,
    failure::CounterFailure,
    op::{Agent, AgentRole},
    permission::Duty,
    person::{IdNumber, Name},
    proof::{Proof, ShownBy},
};
use std::sync::Arc;

/// People who act for the holder.
pub struct Agents {
    core: Arc<Core>,
    case: Arc<CaseInHand>,
    photos: Arc<PhotoEditing>,
}

impl Agents {
    pub(crate) fn new(core: Arc<Core>, case: Arc<CaseInHand>, photos: Arc<PhotoEditing>) -> Self {
        Self { core, case, photos }
    }

    /// Returns the form of a person acting for the holder: who was proved with them, else from the
    /// card that was read.
    ///
    /// # Errors
    /// No such card was read at this step.
    pub async fn read_card(&self) -> Result<AgentInput, Failure> {
        self.core.desk()?.session.operator()?;
        let case = self.case.state();
        let proved = case.in_front().and_then(|person| person.card_holder.agent.as_ref());
        let laid = || case.agent_card.as_ref().map(|card| (&card.number, &card.name.name));
        let (number, name) = proved
            .map(|(number, name)| (number, name))
            .or_else(laid)
            .ok_or_else(|| Failure::from(CounterFailure::NoAgentCard))?;
        Ok(AgentInput {
            role: AgentRole::Guardian,
            number: number.masked(),
            name: name.expose().to_owned(),
            consent: false,
            proof: Vec::new(),
        })
    }

    /// Keeps a picture as a page of proof of who acts for the holder (户口簿, 出生医学证明), and returns its
    /// name on the form. Few pictures are held at once; a page that was kept stays.
    ///
    /// # Errors
    /// Not permitted; nobody in front; the picture is gone; the database fails.
    pub async fn keep_proof(&self, handle: String) -> Result<String, Failure> {
        let desk = self.core.desk()?;
        desk.session.operator()?.may(Duty::Serve)?;
        let generation = {
            let case = self.case.state();
            case.in_front().ok_or_else(no_citizen)?;
            case.generation
        };
        let page = Blob { bytes: self.photos.picture(&handle)?.evidence()?, media_type: JPEG.to_owned() };
        let digest = desk.blob.keep(&page).await?;
        let mut case = self.case.state();
        if case.generation != generation {
            return Err(no_citizen());
        }
        if !case.agent_proof.contains(&digest) {
            case.agent_proof.push(digest.clone());
        }
        Ok(digest.to_string())
    }
}

/// Returns who acts for the holder (E8, E9), checked by the rules.
pub(super) fn agent(case: &Case, desk: &Desk, input: &ConfirmInput) -> Result<Option<Agent>, Failure> {
    let Some(agent) = named_agent(case, input)? else { return Ok(None) };
    let person = case.in_front().ok_or_else(no_citizen)?;
    let now = &person.citizen.now;
    check_agent(&agent, &person.card_holder.number, now.at.day(), &now.vantage, &desk.policy()).map_err(
        |refusal| Failure::from(refusal).at(field_of(refusal, &agent, &person.card_holder.number)),
    )?;
    Ok(Some(agent))
}

/// Returns who acts for the holder, as typed, with what is known of the binding (E10).
pub(super) fn named_agent(case: &Case, input: &ConfirmInput) -> Result<Option<Agent>, Failure> {
    let Some(typed) = &input.agent else { return Ok(None) };
    let mut agent = read_agent(typed)?;
    let person = case.in_front().ok_or_else(no_citizen)?;
    agent.binding_verified = person.citizen.is_bound_to(&agent.number)
        || is_proved_bound(&person.card_holder.proof, &agent.number);
    agent.proof = typed
        .proof
        .iter()
        .map(|page| page.parse())
        .collect::<Result<_, _>>()
        .map_err(|_| picture_gone().at(FormField::AgentProof))?;
    if !agent.proof.iter().all(|page| case.agent_proof.contains(page)) {
        return Err(picture_gone().at(FormField::AgentProof));
    }
    agent.proof.extend(family_pages(person).iter().cloned());
    Ok(Some(agent))
}

/// Tells whether the centre has just said that this agent is bound to the holder (I2, I3).
fn is_proved_bound(proof: &Proof, agent: &IdNumber) -> bool {
    let rests_on_binding =
        matches!(proof, Proof::Bound { .. } | Proof::Code { shown_by: ShownBy::Relative { .. }, .. });
    rests_on_binding && proof.agent().is_some_and(|proved| proved.modern() == agent.modern())
}

/// Puts the full number in the place of a masked one (M1): the page shows numbers masked that it
/// did not get from the keyboard, and sends them back so. They are known from the card that was
/// read, from the proof of the citizen, or from what was `kept` of the form before.
pub(crate) fn with_full_number(case: &Case, typed: AgentInput, kept: Option<&str>) -> AgentInput {
    let of_card = case.agent_card.as_ref().map(|card| &card.number);
    let proved = case.in_front().and_then(|person| person.card_holder.agent.as_ref());
    let of_kept = kept.and_then(|number| IdNumber::parse(number).ok());
    let known = [of_card, proved.map(|(number, _)| number), of_kept.as_ref()];
    match known.into_iter().flatten().find(|number| number.masked() == typed.number) {
        Some(number) => AgentInput { number: number.expose().to_owned(), ..typed },
        None => typed,
    }
}

/// Reads a person as typed or taken from their card. Whether they are bound to the holder is
/// checked later.
pub(crate) fn read_agent(typed: &AgentInput) -> Result<Agent, Failure> {
    let number = IdNumber::parse(&typed.number)
        .map_err(|error| Failure::from(Refusal::from(error)).at(FormField::AgentNumber))?;
    let name = Name::read(&typed.name)
        .map_err(|error| Failure::from(Refusal::from(error)).at(FormField::AgentName))?;
    Ok(Agent {
        role: typed.role,
        number,
        name: name.name,
        binding_verified: false,
        proof: Vec::new(),
        consent: typed.consent,
    })
}

/// Tells whether the registry binds the person to the holder, as far as this desk knows.
pub(crate) async fn is_bound(desk: &Desk, holder: &IdNumber, typed: &AgentInput) -> Result<bool, Failure> {
    let Ok(agent) = read_agent(typed) else { return Ok(false) };
    Ok(desk.citizen.read(holder, None).await?.is_bound_to(&agent.number))
}

/// Returns the form that describes this agent.
pub(crate) fn form_of_agent(agent: &Agent) -> AgentInput {
    AgentInput {
        role: agent.role,
        number: agent.number.expose().to_owned(),
        name: agent.name.expose().to_owned(),
        consent: agent.consent,
        proof: Vec::new(),
    }
}

/// Returns the field of the form that a refusal belongs to.
fn field_of(refusal: Refusal, agent: &Agent, holder: &IdNumber) -> FormField {
    match refusal {
        Refusal::GuardianNeeded if !agent.consent => FormField::AgentConsent,
        Refusal::AgentNotBound if agent.number.modern() != holder.modern() => FormField::AgentProof,
        _ => FormField::AgentNumber,
    }
}
