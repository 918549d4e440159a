//! Why a call is refused as a whole.

use crate::{Refusal, time::At};
use serde::{Deserialize, Serialize};

/// Why a push or call is refused as a whole (HTTP 4xx body `{error, …}`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "error")]
pub enum ProtocolError {
    /// Resend from this seq.
    #[error("gap: resend from {resend_from}")]
    Gap {
        /// First missing.
        resend_from: u64,
    },
    /// Same seq, other hash: the disk was restored or copied.
    #[error("desk is quarantined")]
    Quarantined,
    /// The desk was taken out of service.
    #[error("desk is out of service")]
    Revoked,
    /// The assertion's time is too far from the centre's: made again with this one it is good.
    #[error("clock is off")]
    ClockOff {
        /// Centre's clock.
        server_time: At,
    },
    /// A newer enrolment exists.
    #[error("epoch is fenced by {current}")]
    Fenced {
        /// The epoch in force.
        current: u32,
    },
    /// Signature, chain or shape is wrong.
    #[error("batch is malformed")]
    Malformed,
    /// No or bad token.
    #[error("not authenticated")]
    Unauthenticated,
    /// Not allowed.
    #[error("not permitted")]
    Forbidden,
    /// No such thing.
    #[error("not found")]
    NotFound,
    /// Too many; see `Retry-After`.
    #[error("too many requests")]
    Busy,
    /// Body too large.
    #[error("too large")]
    TooLarge,
    /// One-time code is wrong, used or old.
    #[error("enrolment code is not valid")]
    EnrolmentCode,
    /// A rule refuses.
    #[error("refused")]
    Refused {
        /// Why.
        code: Refusal,
    },
    /// The centre cannot answer now; nothing is lost.
    #[error("unavailable")]
    Unavailable,
}
