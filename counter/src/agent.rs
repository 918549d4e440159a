//! Somebody who acts for the holder (E8, E9): their card, the proof they bring, and what the rules
//! say of them.

use super::{
    Counter,
    failure::no_citizen,
    people::{JPEG, picture_gone},
};
use crate::view::{AgentInput, ConfirmInput, Failure};
use desk::{Desk, store::blob::Blob};
use rules::{
    Refusal, Sensitive,
    agent::check_agent,
    correction::Digest,
    failure::CounterFailure,
    op::{Agent, AgentRole},
    permission::Duty,
    person::{IdNumber, Name},
};

impl Counter {
    /// Who acts for the holder (E8, E9): checked like any other person.
    pub(super) fn agent(&self, desk: &Desk, input: &ConfirmInput) -> Result<Option<Agent>, Failure> {
        let Some(typed) = &input.agent else { return Ok(None) };
        let mut agent = read(typed)?;
        let case = self.case();
        let person = case.in_front().ok_or_else(no_citizen)?;
        agent.binding_verified = person.citizen.is_bound_to(&desk.citizen_ref(&agent.number));
        agent.proof = typed.proof.iter().map(|page| Digest(page.clone())).collect();
        if !agent.proof.iter().all(|page| case.agent_proof.contains(page)) {
            return Err(picture_gone().at("agent_proof"));
        }
        let now = &person.citizen.now;
        check_agent(&agent, &person.bearer.number, now.at.day(), &now.vantage, &desk.policy())
            .map_err(|refusal| Failure::from(refusal).at(field_of(refusal, &agent, &person.bearer.number)))?;
        Ok(Some(agent))
    }

    /// Reads the card of somebody acting for the holder.
    ///
    /// # Errors
    /// No such card was read at this step.
    pub async fn read_agent_card(&self) -> Result<AgentInput, Failure> {
        self.desk()?.operator()?;
        let case = self.case();
        let bearer = case.agent_card.as_ref().ok_or_else(|| Failure::from(CounterFailure::NoAgentCard))?;
        Ok(AgentInput {
            role: AgentRole::Guardian,
            number: bearer.number.expose().to_owned(),
            name: bearer.name.name.expose().to_owned(),
            phone: None,
            consent: false,
            proof: Vec::new(),
        })
    }

    /// Keeps a picture as a page of proof of who acts for the holder (户口簿, 出生医学证明). What it answers
    /// names the page on the form: pictures at hand are few and go, a page that is kept does not.
    ///
    /// # Errors
    /// Not permitted; nobody in front; the picture is gone; the disk's.
    pub async fn keep_proof(&self, handle: String) -> Result<String, Failure> {
        let desk = self.desk()?;
        desk.operator()?.may(Duty::Serve)?;
        let generation = {
            let case = self.case();
            case.in_front().ok_or_else(no_citizen)?;
            case.generation
        };
        let page = Blob { bytes: self.picture(&handle)?.evidence()?, media_type: JPEG.to_owned() };
        let digest = desk.keep_blob(&page).await?;
        let mut case = self.case();
        if case.generation != generation {
            return Err(no_citizen());
        }
        if !case.agent_proof.contains(&digest) {
            case.agent_proof.push(digest.clone());
        }
        Ok(digest.0)
    }
}

/// Somebody as typed or read from their card; what binds them to the holder is still to be found
/// out.
pub(super) fn read(typed: &AgentInput) -> Result<Agent, Failure> {
    let number = IdNumber::parse(&typed.number)
        .map_err(|error| Failure::from(Refusal::from(error)).at("agent_number"))?;
    let name =
        Name::read(&typed.name).map_err(|error| Failure::from(Refusal::from(error)).at("agent_name"))?;
    Ok(Agent {
        role: typed.role,
        number,
        name: name.name,
        phone: typed.phone.clone().filter(|phone| !phone.is_empty()).map(Sensitive::new),
        binding_verified: false,
        proof: Vec::new(),
        consent: typed.consent,
    })
}

/// Whether the registry, as far as this desk has its view, binds somebody to the holder.
pub(super) async fn is_bound(desk: &Desk, holder: &IdNumber, typed: &AgentInput) -> Result<bool, Failure> {
    let Ok(agent) = read(typed) else { return Ok(false) };
    Ok(desk.citizen(holder, None).await?.is_bound_to(&desk.citizen_ref(&agent.number)))
}

/// As it was typed.
pub(super) fn typed(agent: &Agent) -> AgentInput {
    AgentInput {
        role: agent.role,
        number: agent.number.expose().to_owned(),
        name: agent.name.expose().to_owned(),
        phone: agent.phone.as_ref().map(|phone| phone.expose().clone()),
        consent: agent.consent,
        proof: Vec::new(),
    }
}

/// The part of the form a refusal is about.
fn field_of(refusal: Refusal, agent: &Agent, holder: &IdNumber) -> &'static str {
    match refusal {
        Refusal::GuardianNeeded if !agent.consent => "agent_consent",
        Refusal::AgentNotBound if agent.number.modern() != holder.modern() => "agent_proof",
        _ => "agent_number",
    }
}
