//! Institutions and their rosters (集体代办), for the desk where their agent is.

use crate::{
    Day,
    case_number::CaseNumber,
    institution::{InstitutionKind, RosterId},
    person::{IdNumber, Name},
    time::At,
};
use serde::{Deserialize, Serialize};

/// Body of `POST /v1/institutions`: whose agent is at the window, in which case (N-1). The agent
/// has proved himself by a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RosterRequest {
    /// ID number of the agent, read from the card.
    pub agent: IdNumber,
    /// Case that the visit belongs to, of this desk and of nobody but the agent.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9]{25}$"))]
    pub case_number: CaseNumber,
}

/// Answer to a [`RosterRequest`]: every institution that the agent may act for today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RosterResponse {
    /// The institutions, by name; empty if the agent has none.
    pub institutions: Vec<Institution>,
    /// Clock of the centre.
    pub server_time: At,
}

/// An institution with its roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Institution {
    /// Its roster today.
    pub roster: RosterId,
    /// Name of the institution.
    pub name: String,
    /// What it is.
    pub kind: InstitutionKind,
    /// Where it is.
    pub address: String,
    /// Last day on which this agent may act for it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::time::DaySchema>))]
    pub agent_through: Option<Day>,
    /// Its people, in the order of the list.
    pub people: Vec<RosterPerson>,
}

/// A person on a roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RosterPerson {
    /// ID number of the person.
    pub number: IdNumber,
    /// Name as on the roster; the registry's is printed.
    pub name: Name,
}
