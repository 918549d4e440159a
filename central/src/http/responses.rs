//! Refusals of whole calls, as the OpenAPI document lists them.

use rules::wire::ProtocolError;
use utoipa::IntoResponses;

/// Refusals that any call may give.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "drawn for the document only")]
pub(crate) enum AnyCall {
    /// The request is malformed.
    #[response(status = 400)]
    Malformed(ProtocolError),
    /// The body is too large.
    #[response(status = 413)]
    TooLarge(ProtocolError),
    /// Too many requests; see `Retry-After`.
    #[response(status = 429)]
    Busy(ProtocolError),
    /// The centre cannot answer now; nothing is lost. See `Retry-After`.
    #[response(status = 503)]
    Unavailable(ProtocolError),
}

/// Refusals of authenticated calls.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "drawn for the document only")]
pub(crate) enum KnownCaller {
    /// No valid token, an assertion too far from the centre's time (`clock_off`), or one that does
    /// not show the row of the audit that the centre was shown last (`audit_row`).
    #[response(status = 401)]
    Unauthenticated(ProtocolError),
    /// Not permitted, or the desk is quarantined or out of service.
    #[response(status = 403)]
    Forbidden(ProtocolError),
    /// The desk has enrolled again (`fenced`), or operations before the batch are missing (`gap`).
    #[response(status = 409)]
    Conflict(ProtocolError),
}

/// Refusals of the channels.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "drawn for the document only")]
pub(crate) enum ChannelCall {
    /// Token, session, log-in or assertion is missing or invalid.
    #[response(status = 401)]
    Unauthenticated(ProtocolError),
    /// The client belongs to another channel or is out of service, its one-time code is not
    /// valid, or the person is not bound to the holder.
    #[response(status = 403)]
    Forbidden(ProtocolError),
    /// The channel or the object does not exist.
    #[response(status = 404)]
    NotFound(ProtocolError),
    /// A rule refuses the request; `code` names it.
    #[response(status = 422)]
    Refused(ProtocolError),
}
