//! Institutions that act for many people at once (集体代办, I5), and what their service is called.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Kind of a registered institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum InstitutionKind {
    /// Residents' committee (居委会).
    ResidentsCommittee,
    /// Villagers' committee (村委会).
    VillagersCommittee,
    /// Nursing home (养老机构).
    NursingHome,
    /// School (学校).
    School,
    /// Welfare institution (福利机构).
    Welfare,
    /// Hospital (医院).
    Hospital,
}

impl InstitutionKind {
    /// Every kind, in the order of the declaration.
    pub const ALL: [Self; 6] = [
        Self::ResidentsCommittee,
        Self::VillagersCommittee,
        Self::NursingHome,
        Self::School,
        Self::Welfare,
        Self::Hospital,
    ];

    /// Returns the stable word, as it is serialised.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ResidentsCommittee => "residents_committee",
            Self::VillagersCommittee => "villagers_committee",
            Self::NursingHome => "nursing_home",
            Self::School => "school",
            Self::Welfare => "welfare",
            Self::Hospital => "hospital",
        }
    }
}

/// A roster (名册) of an institution: people it may act for. A new import makes a new roster, and
/// ends the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RosterId {
    /// The institution, as the centre registered it.
    pub institution: Uuid,
    /// The list of its people.
    pub list: Uuid,
}

/// State of a job of collective service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Made, and nobody was served yet.
    Ready,
    /// Its people are served one after another.
    Running,
    /// Put aside, by the clerk or by trouble of the desk.
    Paused,
    /// Everybody was served or refused.
    Done,
    /// Ended early: who was not served yet is not.
    Cancelled,
}

/// State of one person of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum JobPersonState {
    /// Not served yet.
    Waiting,
    /// A code was issued.
    Issued,
    /// Refused, with a reason.
    Refused,
    /// Left out, because the job was cancelled.
    Cancelled,
}
