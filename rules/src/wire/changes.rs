//! Changes that the centre sends to desks.

use crate::{
    DeviceNumber, Sensitive,
    authority::StaffRecord,
    correction::{Correction, Dismissal},
    issuing::Issued,
    life::Code,
    person::IdNumber,
    time::At,
    wire::WindowSettings,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Answer to `GET /v1/sync/changes?cursor=`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangesResponse {
    /// Changes after the requested cursor, in order.
    pub changes: Vec<Change>,
    /// Cursor for the next request.
    pub cursor: u64,
    /// Whether more changes are waiting.
    pub more: bool,
    /// Place of the newest. Less than the cursor asked with: the centre was restored, and its news
    /// begin anew.
    pub newest: u64,
    /// The desk's operations are durable through this seq.
    pub received_through: u64,
    /// Centre's clock.
    pub server_time: At,
}

/// One change that a desk must know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum Change {
    /// A new or changed member of the site's staff, signed by the centre.
    Staff(Box<Issued<StaffRecord>>),
    /// An escalation from a kiosk or the portal for this site.
    Escalation(Box<Escalation>),
    /// A correction that this desk made or that somebody here may approve.
    Correction(Box<CorrectionRecord>),
    /// A code was revoked by another desk, a kiosk or a duplicate issue.
    CodeChanged {
        /// The code after the change.
        code: Code,
    },
    /// Settings of all windows of the site, or of one of them.
    Settings(Box<Issued<WindowSettings>>),
    /// Policy that is now in force.
    Policy(Box<crate::Policy>),
}

/// A citizen's report from kiosk or portal that name or photo is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Escalation {
    /// Identifier of the escalation.
    pub id: Uuid,
    /// Number of the citizen it is about.
    pub number: IdNumber,
    /// Masked name, for lists.
    pub masked_name: String,
    /// Field that is reported as wrong.
    pub field: crate::correction::Field,
    /// Channel it was filed through.
    pub channel: Channel,
    /// When it was filed.
    pub at: At,
    /// Remark of the citizen, if any.
    pub remark: Option<Sensitive<String>>,
    /// Whether it is closed.
    pub closed: bool,
    /// Why it was closed without a correction, if it was.
    pub dismissed: Option<Dismissal>,
}

/// Channel through which codes are issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", rename = "IssueChannel")] // Tauri has its own Channel
pub enum Channel {
    /// Portal of the city (一网通办).
    Portal,
    /// Self-service kiosk (自助终端).
    Kiosk,
    /// Window of a service centre (窗口).
    Counter,
}

impl Channel {
    /// Returns its name, as in the paths of the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::Kiosk => "kiosk",
            Self::Counter => "counter",
        }
    }
}

/// A correction with its citizen and case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CorrectionRecord {
    /// Number of the citizen it is about.
    pub number: IdNumber,
    /// Masked name, for lists.
    pub masked_name: String,
    /// Whether the citizen is under 14 today.
    pub under_fourteen: bool,
    /// The correction itself, with its state.
    pub correction: Correction,
    /// Case number it was started in, if any.
    pub case_number: Option<String>,
    /// Device number of the desk that started it.
    pub device: DeviceNumber,
}
