//! Answers and refusals, as the real centre gives them.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use central::{store::StoreError, sync::PushError};
use rules::wire::ProtocolError;

/// A refusal.
pub(super) struct Refused(ProtocolError);

/// Result of a handler.
pub(super) type Answer<T> = Result<T, Refused>;

impl From<ProtocolError> for Refused {
    fn from(error: ProtocolError) -> Self {
        Self(error)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the practice centre failed");
        Self(ProtocolError::Unavailable)
    }
}

impl From<PushError> for Refused {
    fn from(error: PushError) -> Self {
        match error {
            PushError::Protocol(error) => Self(error),
            PushError::Store(error) => error.into(),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self.0 {
            ProtocolError::Gap { .. } | ProtocolError::Fenced { .. } => StatusCode::CONFLICT,
            ProtocolError::Malformed => StatusCode::BAD_REQUEST,
            ProtocolError::Unauthenticated | ProtocolError::ClockOff { .. } => StatusCode::UNAUTHORIZED,
            ProtocolError::NotFound => StatusCode::NOT_FOUND,
            ProtocolError::Refused { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            ProtocolError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ProtocolError::Busy => StatusCode::TOO_MANY_REQUESTS,
            ProtocolError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ProtocolError::Quarantined
            | ProtocolError::Revoked
            | ProtocolError::Forbidden
            | ProtocolError::EnrolmentCode => StatusCode::FORBIDDEN,
        };
        (status, Json(self.0)).into_response()
    }
}
