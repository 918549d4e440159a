//! The registry's view of the citizen at the window.

use super::Escalation;
use crate::{
    correction::{Correction, Digest},
    life::Code,
    op::CitizenRef,
    person::{DisabilityCertificate, IdNumber, Name},
    time::{At, Day},
};
use serde::{Deserialize, Serialize};

/// `GET /v1/citizens/{ref}`: the registry's view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CitizenView {
    /// Whose.
    pub citizen_ref: CitizenRef,
    /// Registry version.
    pub version: u64,
    /// Number.
    pub number: IdNumber,
    /// Name.
    pub name: Name,
    /// Photo, to be fetched with `GET /v1/blobs/{sm3}`.
    pub photo: Option<Digest>,
    /// E5.
    pub shanghai_household: bool,
    /// E6.
    pub certificate: Option<DisabilityCertificate>,
    /// Bound relatives (E9).
    pub relatives: Vec<Relative>,
    /// All codes, oldest first.
    pub codes: Vec<Code>,
    /// L3.
    pub issue_days: Vec<Day>,
    /// Corrections, oldest first.
    pub corrections: Vec<Correction>,
    /// Open escalations.
    pub escalations: Vec<Escalation>,
    /// Centre's clock.
    pub server_time: At,
}

/// A bound relative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relative {
    /// Whose.
    pub citizen_ref: CitizenRef,
    /// Masked name.
    pub masked_name: String,
    /// 父/母/子/女/配偶…
    pub relation: String,
}
