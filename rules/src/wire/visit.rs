//! Home visits (上门服务): the kit that a desk takes along, and its return.

use super::CitizenView;
use crate::{
    Refusal,
    case_number::CaseNumber,
    person::IdNumber,
    time::At,
    visit::{SheetCount, VisitGround},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Body of `POST /v1/visits`: whose views a desk asks to take along (V1). The same request again
/// gets the same kit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VisitRequest {
    /// Identifier of the visit, which the desk draws.
    pub visit: Uuid,
    /// Case of the visit, of this desk.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9]{25}$"))]
    pub case_number: CaseNumber,
    /// The people, each once.
    pub people: Vec<VisitPerson>,
}

/// Somebody on the list of a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VisitPerson {
    /// ID number of the person.
    pub number: IdNumber,
    /// Why they are on the list.
    pub ground: VisitGround,
}

/// Answer to a [`VisitRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VisitResponse {
    /// End of the kit (V2).
    pub ends_at: At,
    /// What the centre gives for each person, in the order of the request.
    pub people: Vec<VisitAnswer>,
    /// Clock of the centre.
    pub server_time: At,
}

/// What the centre gives for a person on the list of a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum VisitAnswer {
    /// The registry's view.
    View(Box<CitizenView>),
    /// Nothing, and why.
    Refused(Refusal),
}

/// Body of `POST /v1/visits/return`: a kit came back and is wiped (V5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VisitReturnRequest {
    /// Identifier of the visit.
    pub visit: Uuid,
    /// People of the kit for whom something was done.
    pub served: u32,
    /// Sheets of paper that were taken along.
    pub sheets: SheetCount,
}

/// Answer to a [`VisitReturnRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VisitReturnResponse {
    /// When the centre heard of the return.
    pub returned_at: At,
    /// Clock of the centre.
    pub server_time: At,
}
