//! The audit logs of desk and centre, as each shows its own to the other.

use crate::correction::Digest;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// State of a desk's audit and database, which it shows at every contact (D1).
///
/// The centre compares it with the one before: files that were put back, cut or replaced show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeskAudit {
    /// Number of the newest row; 0 = none yet.
    pub rows: u64,
    /// Hash of that row; all zeros = none yet.
    pub hash: Digest,
    /// Random identifier of the database file, drawn when it was made.
    pub generation: Uuid,
}

/// An earlier row of a desk's audit: the one that the centre was shown last.
///
/// Without it, a history that was written anew and goes on would look like one that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EarlierRow {
    /// Number of the row.
    pub number: u64,
    /// Its hash; all zeros = there is no such row.
    pub hash: Digest,
}

/// Answer to `GET /v1/audit/consistency?from=&to=`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsistencyResponse {
    /// Size of the older log.
    pub from: u64,
    /// Size of the newer log.
    pub to: u64,
    /// Proof after RFC 6962, section 2.1.2, that the newer one begins with the older one.
    pub proof: Vec<Digest>,
}
