//! The registry's view of a citizen.

use super::Escalation;
use crate::{
    correction::{Correction, Digest},
    life::Code,
    op::CitizenRef,
    person::{DisabilityCertificate, IdNumber, Name},
    time::{At, Day},
};
use serde::{Deserialize, Serialize};

/// Answer to `GET /v1/citizens/{ref}`: the registry's view of a citizen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CitizenView {
    /// Reference of the citizen.
    pub citizen_ref: CitizenRef,
    /// Version of the registry record.
    pub version: u64,
    /// ID number in clear.
    pub number: IdNumber,
    /// Name as in the registry.
    pub name: Name,
    /// Digest of the photo, which `GET /v1/blobs/{sm3}` returns.
    pub photo: Option<Digest>,
    /// Whether the household registration is in Shanghai (E5).
    pub shanghai_household: bool,
    /// Disability certificate on record (E6).
    pub certificate: Option<DisabilityCertificate>,
    /// Relatives bound to the citizen (E9).
    pub relatives: Vec<Relative>,
    /// All codes of the citizen, oldest first.
    pub codes: Vec<Code>,
    /// Text of the live code's symbol, for another copy (B1). `None` if there is no live code, or
    /// its symbol says another name or number than the registry does now.
    pub symbol: Option<String>,
    /// Days on which an issue counted (L3).
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<crate::time::DaySchema>))]
    pub issue_days: Vec<Day>,
    /// Corrections of the citizen, oldest first.
    pub corrections: Vec<Correction>,
    /// Escalations that are still open.
    pub escalations: Vec<Escalation>,
    /// Clock of the centre.
    pub server_time: At,
}

/// A relative bound to the citizen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Relative {
    /// Reference of the relative.
    pub citizen_ref: CitizenRef,
    /// Masked name of the relative.
    pub masked_name: String,
    /// Relation to the citizen: 父, 母, 子, 女, 配偶 or another.
    pub relation: String,
}
