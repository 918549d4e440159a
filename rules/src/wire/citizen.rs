//! The registry's view of a citizen.

use super::Escalation;
use crate::{
    StaffNumber,
    case_number::CaseNumber,
    correction::{Correction, Digest},
    hex,
    life::Code,
    op::CitizenRef,
    person::{DisabilityCertificate, IdNumber, Name},
    time::{At, Day},
};
use serde::{Deserialize, Serialize};

/// Body of `POST /v1/citizens`: who is looked up, in which case, and on what proof (N-1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LookUpRequest {
    /// Number of the citizen. It stands in the body, because addresses end up in logs.
    pub number: IdNumber,
    /// Case that the look-up belongs to, of this desk and of no other citizen.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9]{25}$"))]
    pub case_number: CaseNumber,
    /// What the citizen showed.
    pub proof: LookUpProof,
}

/// What a citizen showed before they were looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LookUpProof {
    /// A card that was read by a reader.
    Card,
    /// A code that was scanned.
    Code,
    /// A relative of who was looked up before, bound in the registry (I3).
    Bound,
    /// A document that the clerk has seen.
    Document,
    /// Nothing but a number that was typed.
    Typed,
    /// Nothing: they are on the roster of an institution whose agent is at the window (I5).
    Roster,
    /// Nothing: they are on the list of a home visit (V1).
    Visit,
}

/// Body of `POST /v1/lookups/release`, by a supervisor of the operator's site (N-1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReleaseRequest {
    /// Operator who may look up as many citizens again today.
    pub operator: StaffNumber,
}

/// Answer to a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseResponse {
    /// Releases of that operator today.
    pub releases: u32,
}

/// Answer to `POST /v1/citizens`: the registry's view of a citizen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CitizenView {
    /// Version of the registry record.
    pub version: u64,
    /// ID number in clear.
    pub number: IdNumber,
    /// Name as in the registry.
    pub name: Name,
    /// Digest of the photo, which `GET /v1/blobs/{sm3}` returns.
    pub photo: Option<Digest>,
    /// Whether the city registry has the record; `false` if only a window has seen the person.
    pub registered: bool,
    /// Whether the household registration is in Shanghai (E5).
    pub shanghai_household: bool,
    /// Disability certificate on record (E6).
    pub certificate: Option<DisabilityCertificate>,
    /// Relatives bound to the citizen (E9).
    pub relatives: Vec<Relative>,
    /// Key of the relatives' tags, drawn for this answer.
    pub tag_key: TagKey,
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

impl CitizenView {
    /// Returns whether the person with this number is bound to the citizen (E9).
    pub fn is_bound_to(&self, number: &IdNumber) -> bool {
        let tag = self.tag_key.tag(number);
        self.relatives.iter().any(|relative| relative.tag == tag)
    }
}

/// Key of the relatives' tags in one answer, 32 bytes; as text 64 lower-case hex digits.
#[derive(Clone, PartialEq, Eq)]
pub struct TagKey(pub [u8; 32]);

hex::written_as_hex!(TagKey, hex::NotHex("key of tags") => hex::NotHex);

impl TagKey {
    /// Computes the tag of a number.
    pub fn tag(&self, number: &IdNumber) -> Digest {
        Digest(CitizenRef::at_desk(number, &self.0).0)
    }
}

/// A relative bound to the citizen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Relative {
    /// HMAC-SM3 of the relative's number under [`CitizenView::tag_key`]. Whoever has the number can
    /// tell that it is them; two answers have no tag in common.
    pub tag: Digest,
    /// Masked name of the relative.
    pub masked_name: String,
    /// Relation to the citizen: 父, 母, 子, 女, 配偶 or another.
    pub relation: String,
}
