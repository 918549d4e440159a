//! Errors that reject a call as a whole.

use crate::{Refusal, time::At};
use serde::{Deserialize, Serialize};

/// Reason why a call is rejected as a whole (HTTP 4xx body `{error, …}`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", tag = "error")]
pub enum ProtocolError {
    /// Operations are missing: resend from this sequence number.
    #[error("gap: resend from {resend_from}")]
    Gap {
        /// First missing sequence number.
        resend_from: u64,
    },
    /// The sequence number arrived before with another hash, so the disk was restored or copied.
    #[error("desk is quarantined")]
    Quarantined,
    /// The desk was taken out of service.
    #[error("desk is out of service")]
    Revoked,
    /// The assertion's time is too far from the centre's. An assertion with this time is accepted.
    #[error("clock is off")]
    ClockOff {
        /// Clock of the centre.
        server_time: At,
    },
    /// The centre was shown another row of the desk's audit last. An assertion that shows this one,
    /// too, is accepted (D1).
    #[error("row {number} of the audit is to be shown")]
    AuditRow {
        /// Number of the row.
        number: u64,
    },
    /// A newer enrolment of the desk exists.
    #[error("epoch is fenced by {current}")]
    Fenced {
        /// Epoch that is in force.
        current: u32,
    },
    /// A signature, the chain or the format is wrong.
    #[error("batch is malformed")]
    Malformed,
    /// The token is missing or invalid.
    #[error("not authenticated")]
    Unauthenticated,
    /// The token does not permit this call.
    #[error("not permitted")]
    Forbidden,
    /// The requested object does not exist.
    #[error("not found")]
    NotFound,
    /// There were too many requests; see `Retry-After`.
    #[error("too many requests")]
    Busy,
    /// The request body is too large.
    #[error("too large")]
    TooLarge,
    /// The one-time code is wrong, used or expired.
    #[error("enrolment code is not valid")]
    EnrolmentCode,
    /// A rule refuses the request.
    #[error("refused")]
    Refused {
        /// Code of the refusal.
        code: Refusal,
    },
    /// The centre cannot answer now. Nothing is lost; retry later.
    #[error("unavailable")]
    Unavailable,
}
