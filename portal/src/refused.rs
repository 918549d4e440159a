//! Why a request of the page is not done: a closed set, which says no more than the page needs.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use rules::Refusal;
use serde::Serialize;

/// A refusal of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "error")]
pub(crate) enum Refused {
    /// Nobody is logged in: never, no longer, or not with this code.
    LoggedOut,
    /// The person is not bound to this relative, or not registered.
    NotBound,
    /// There is none, such as a photo.
    Missing,
    /// The request is none that the page makes.
    Malformed,
    /// A rule refuses.
    #[serde(rename = "refused")]
    ByRule {
        /// Code of the rule.
        code: Refusal,
    },
    /// Too many at once, or the portal's people of this hour are reached.
    Busy,
    /// Centre or log-in service cannot be reached. Whether something was done is not known.
    Unavailable,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self {
            Self::LoggedOut => StatusCode::UNAUTHORIZED,
            Self::NotBound => StatusCode::FORBIDDEN,
            Self::Missing => StatusCode::NOT_FOUND,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::ByRule { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Busy => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, Json(self)).into_response()
    }
}
