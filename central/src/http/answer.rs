//! Request bodies and answers: JSON in, JSON or a closed set of refusals out.
//!
//! A refusal says no more than its code.

use crate::{store::StoreError, sync::PushError};
use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Request},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rules::wire::ProtocolError;
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, SemaphorePermit};

/// A refusal with its HTTP status and, where useful, the time to retry.
#[derive(Debug)]
pub struct Refused {
    error: ProtocolError,
    retry_after_s: Option<u64>,
}

/// Result of a handler.
pub type Answer<T> = Result<T, Refused>;

impl Refused {
    /// Returns a refusal for too many requests, with the seconds to wait.
    pub(super) const fn busy(retry_after_s: u64) -> Self {
        Self { error: ProtocolError::Busy, retry_after_s: Some(retry_after_s) }
    }

    /// Returns whether a rule refused the request.
    pub(super) const fn is_by_rule(&self) -> bool {
        matches!(self.error, ProtocolError::Refused { .. })
    }

    const fn status(&self) -> StatusCode {
        match self.error {
            ProtocolError::Gap { .. } | ProtocolError::Fenced { .. } => StatusCode::CONFLICT,
            ProtocolError::Quarantined
            | ProtocolError::Revoked
            | ProtocolError::Forbidden
            | ProtocolError::EnrolmentCode => StatusCode::FORBIDDEN,
            ProtocolError::Malformed => StatusCode::BAD_REQUEST,
            ProtocolError::Unauthenticated
            | ProtocolError::ClockOff { .. }
            | ProtocolError::AuditRow { .. } => StatusCode::UNAUTHORIZED,
            ProtocolError::NotFound => StatusCode::NOT_FOUND,
            ProtocolError::Busy => StatusCode::TOO_MANY_REQUESTS,
            ProtocolError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ProtocolError::Refused { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            ProtocolError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl From<ProtocolError> for Refused {
    fn from(error: ProtocolError) -> Self {
        let retry_after_s = matches!(error, ProtocolError::Busy | ProtocolError::Unavailable).then_some(1);
        Self { error, retry_after_s }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Range(_) => ProtocolError::Malformed.into(),
            StoreError::Conflict => ProtocolError::Busy.into(),
            other => {
                tracing::error!(error = %other, "store failed");
                Self { error: ProtocolError::Unavailable, retry_after_s: Some(5) }
            }
        }
    }
}

impl From<PushError> for Refused {
    fn from(error: PushError) -> Self {
        match error {
            PushError::Protocol(error) => error.into(),
            PushError::Store(error) => error.into(),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(&self.error)).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        // The rest of the body stays unread, so this connection ends. The header keeps the client
        // from sending its next request on it.
        if self.error == ProtocolError::TooLarge {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// A parsed JSON body.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        UnreadBody::from_request(request, state).await?.read().map(Self)
    }
}

/// Largest body of an unauthenticated request, in bytes: room for a symbol, an assertion or a key.
const SMALL_BODY_BYTES: usize = 16 * 1024;

/// A small JSON body, for requests from unknown callers.
pub(super) struct SmallBody<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for SmallBody<T> {
    type Rejection = Refused;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Refused> {
        // Applied here, since a layer on the route would box every request once more.
        DefaultBodyLimit::max(SMALL_BODY_BYTES).apply(&mut request);
        Body::from_request(request, state).await.map(|Body(body)| Self(body))
    }
}

/// Largest body with a list of the keys of all desks, in bytes.
const LARGE_BODY_BYTES: usize = 32 * 1024 * 1024;

/// Large bodies that are held at once. The next waits, unread, for as long as a request may.
static LARGE_BODIES: Semaphore = Semaphore::const_new(8);

/// A large JSON body, from a desk that authenticated itself in an extractor before it.
pub(super) struct LargeBody<T> {
    /// The parsed body.
    pub(super) body: T,
    _permit: SemaphorePermit<'static>,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for LargeBody<T> {
    type Rejection = Refused;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Refused> {
        let permit = LARGE_BODIES.acquire().await.map_err(|_| ProtocolError::Unavailable)?;
        DefaultBodyLimit::max(LARGE_BODY_BYTES).apply(&mut request);
        let Body(body) = Body::from_request(request, state).await?;
        Ok(Self { body, _permit: permit })
    }
}

/// A received JSON body that is not parsed yet.
pub(super) struct UnreadBody(Bytes);

impl UnreadBody {
    /// Parses the body as JSON.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Refused> {
        serde_json::from_slice(&self.0).map_err(|_| ProtocolError::Malformed.into())
    }
}

impl<S: Send + Sync> FromRequest<S> for UnreadBody {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            let is_too_large = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
            Refused::from(if is_too_large { ProtocolError::TooLarge } else { ProtocolError::Malformed })
        })?;
        Ok(Self(bytes))
    }
}

/// Largest sealed part of an outbox, in bytes: room for a scan of 8 MiB.
const SEALED_BODY_BYTES: usize = 9 * 1024 * 1024;

/// A sealed part of an outbox, unopened.
pub(super) struct SealedBody(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for SealedBody {
    type Rejection = Refused;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Refused> {
        DefaultBodyLimit::max(SEALED_BODY_BYTES).apply(&mut request);
        UnreadBody::from_request(request, state).await.map(|UnreadBody(bytes)| Self(bytes))
    }
}

/// A parsed query string.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> axum::extract::FromRequestParts<S> for Query<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, state: &S) -> Result<Self, Refused> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        query.map(|query| Self(query.0)).map_err(|_| ProtocolError::Malformed.into())
    }
}
