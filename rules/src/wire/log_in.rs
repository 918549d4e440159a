//! Citizens at a window who show a code on a phone (I2).

use crate::{
    Sensitive,
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
