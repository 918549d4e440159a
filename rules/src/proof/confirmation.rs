//! A supervisor's confirmation of a document, on the spot (I4, A4).

use crate::{StaffNumber, keys::KeyId};
use serde::{Deserialize, Serialize};

/// Signature of a supervisor over exactly what a clerk does on a document. It covers the
/// operation and the rest of its proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Confirmation {
    /// Staff number of the supervisor.
    pub supervisor: StaffNumber,
    /// Raw signature r‖s, 128 hex digits.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{128}$"))]
    pub signature: String,
    /// Identifier of the supervisor's key.
    pub key_id: KeyId,
}
