//! A centre whose database was put back to an earlier state: its own statement, and what desks say
//! that it signed since.

use super::KeyListDelta;
use crate::{
    audit::TreeHead,
    authority::{Credential, StaffRecord},
    digest::Digest,
    issuing::{Issuable, Issued, Purpose},
    keys::KeyList,
    time::At,
};
use serde::{Deserialize, Serialize};

/// Statement that the database was put back, and goes on from there. It is in the audit log too,
/// with the administrator who made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Restored {
    /// Generation of the database: when it was put into service again. A later one is a newer one.
    pub generation: At,
    /// Leaves of the audit log that were left.
    pub leaves: u64,
    /// Root of these leaves.
    pub root: Digest,
}

impl Issuable for Restored {
    const PURPOSE: Purpose = Purpose::Audit;
}

/// Answer to `GET /v1/restore`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RestoreResponse {
    /// The newest statement; `None` if the database was never put back.
    pub restored: Option<Issued<Restored>>,
}

/// Body of `POST /v1/restore`, sent with the device's bearer token: what this desk holds that the
/// centre signed. Each part counts by that signature, and a newer one before an older.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Testimony {
    /// Generation that it answers.
    pub generation: At,
    /// Accounts of the site.
    pub staff: Vec<Issued<StaffRecord>>,
    /// Keys of people who logged in here lately, wrapped under their passwords.
    pub credentials: Vec<Credential>,
    /// Version of the newest list of keys that this desk holds; 0 = none.
    pub keys_version: u64,
    /// Keys of all desks, with those that were retired. Only if the centre asked for them: the list
    /// of a city is megabytes.
    pub keys: Option<Issued<KeyList>>,
    /// What changed since that list.
    pub keys_delta: Option<Issued<KeyListDelta>>,
    /// Newest head of the audit log that this desk has seen.
    pub head: Option<Issued<TreeHead>>,
}

/// Answer to a testimony.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestimonyResponse {
    /// Whether nobody has handed in so new a list of keys: it is to be sent again with the list.
    pub wants_keys: bool,
}
