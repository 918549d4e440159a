//! Citizens at a window who show a code on a phone (I2), and relatives of who stands there (I3).

use crate::{
    Sensitive,
    case_number::CaseNumber,
    person::{IdNumber, Name},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Client that a log-in token names if it is shown at a window. No channel client has this name.
pub const WINDOW_LOGIN_CLIENT: &str = "window";

/// First characters of the symbol on a phone; the log-in token follows.
pub const WINDOW_LOGIN_PREFIX: &str = "SSL1:";

/// Body of `POST /v1/log-ins`: the code that the desk scanned from a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WindowLogInRequest {
    /// Log-in token as scanned; its claims are [`LoginClaims`](super::LoginClaims).
    pub token: Sensitive<String>,
}

/// Answer to a log-in at a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WindowLogInResponse {
    /// Number of the log-in, which operations name.
    pub log_in: Uuid,
    /// Citizen whose code was shown.
    pub number: IdNumber,
    /// 亲属码: who has the phone.
    pub agent: Option<LogInAgent>,
}

/// Somebody whose phone shows a relative's code (亲属码).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogInAgent {
    /// ID number of the agent.
    pub number: IdNumber,
    /// Name of the agent in the registry.
    pub name: Name,
}

/// Body of `POST /v1/relatives`: whose codes an agent may handle, and which of them is chosen (I3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RelativesRequest {
    /// ID number of the agent.
    pub agent: IdNumber,
    /// Case in which this desk looked the agent up today.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9]{25}$"))]
    pub case_number: CaseNumber,
    /// The relative who is chosen, if one is.
    pub chosen: Option<ChosenRelative>,
}

/// A relative as chosen from the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChosenRelative {
    /// Place in the list, from 0.
    pub place: u32,
    /// Masked name at that place; another one means that the registry changed meanwhile.
    pub masked_name: String,
}

/// Answer to `POST /v1/relatives`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RelativesResponse {
    /// People whose codes the agent may handle, in a fixed order.
    pub relatives: Vec<BoundRelative>,
    /// ID number of the one who was chosen.
    pub chosen: Option<IdNumber>,
}

/// Somebody whose code an agent may handle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BoundRelative {
    /// Masked name (M2).
    pub masked_name: String,
    /// How the registry words the relation.
    pub relation: String,
}
