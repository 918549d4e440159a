//! The typed part of a correction, as it is stored in a draft.

use crate::{
    case::form_of_agent,
    view::{AgentInput, CorrectionInput},
};
use rules::{
    correction::{Correction, Digest, Reason, Value},
    op::AgentRole,
    person::IdNumber,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The part of a draft that is typed.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Form {
    pub reason: Option<Reason>,
    pub name: Option<String>,
    pub photo: Option<Digest>,
    pub photo_shortfall: Option<String>,
    pub guardian: Option<Guardian>,
}

/// A guardian as typed (E8).
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Guardian {
    role: AgentRole,
    number: String,
    name: String,
    consent: bool,
    proof: Vec<String>,
}

impl Form {
    /// Returns the form as the page shows it, with the guardian's number masked (M1).
    pub(crate) fn input(&self, id: Uuid) -> CorrectionInput {
        let guardian = self.guardian().map(|guardian| match IdNumber::parse(&guardian.number) {
            Ok(number) => AgentInput { number: number.masked(), ..guardian },
            Err(_) => guardian, // half typed
        });
        CorrectionInput {
            id: id.to_string(),
            reason: self.reason,
            name: self.name.clone(),
            photo: self.photo.clone().map(|photo| photo.to_string()),
            photo_shortfall: self.photo_shortfall.clone(),
            guardian,
        }
    }

    /// Returns the guardian as typed, with the full number.
    pub(crate) fn guardian(&self) -> Option<AgentInput> {
        let Guardian { role, number, name, consent, proof } = self.guardian.clone()?;
        Some(AgentInput { role, number, name, consent, proof })
    }
}

impl From<CorrectionInput> for Form {
    fn from(input: CorrectionInput) -> Self {
        Self {
            reason: input.reason,
            name: input.name,
            photo: input.photo.and_then(|photo| photo.parse().ok()),
            photo_shortfall: input.photo_shortfall,
            guardian: input.guardian.map(Guardian::from),
        }
    }
}

impl From<AgentInput> for Guardian {
    fn from(AgentInput { role, number, name, consent, proof }: AgentInput) -> Self {
        Self { role, number, name, consent, proof }
    }
}

/// Returns the form that makes this content.
pub(crate) fn form_of(correction: &Correction) -> Form {
    let content = &correction.content;
    let (name, photo) = match &content.after {
        Value::Name(name) => (Some(name.expose().to_owned()), None),
        Value::Photo(photo) => (None, photo.clone()),
    };
    Form {
        reason: Some(content.reason),
        name,
        photo,
        photo_shortfall: content.photo_shortfall.clone(),
        guardian: content.agent.as_deref().map(|agent| form_of_agent(agent).into()),
    }
}
