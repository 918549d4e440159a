//! What desks are told.

use crate::{Sensitive, correction::Correction, life::Code, op::CitizenRef, permission::Role, time::At};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// `GET /v1/sync/changes?cursor=`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangesResponse {
    /// In order.
    pub changes: Vec<Change>,
    /// Pass back next time.
    pub cursor: u64,
    /// There is more now.
    pub more: bool,
    /// Place of the newest. Less than the cursor asked with: the centre was restored, and its news begin anew.
    pub newest: u64,
    /// The desk's operations are durable through this seq, as in [`super::PushResponse`].
    pub received_through: u64,
    /// Centre's clock.
    pub server_time: At,
}

/// What a desk must know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum Change {
    /// Somebody of the staff of this site, new or changed.
    Staff(Box<Staff>),
    /// A kiosk or portal escalation of this site.
    Escalation(Box<Escalation>),
    /// A correction this desk made or somebody here may approve.
    Correction(Box<CorrectionRecord>),
    /// A code was revoked (by another desk, kiosk, duplicate).
    CodeChanged {
        /// Whose.
        citizen_ref: CitizenRef,
        /// As it is.
        code: Code,
    },
    /// Policy numbers in force.
    Policy(Box<crate::Policy>),
}

/// A member of staff as a desk needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// Staff number (工号).
    pub number: String,
    /// Name shown.
    pub name: Sensitive<String>,
    /// Roles.
    pub roles: Vec<Role>,
    /// Argon2id PHC string: offline verifier.
    pub password_hash: Sensitive<String>,
    /// TOTP secret, base32, where set.
    pub totp_secret: Option<Sensitive<String>>,
    /// May work.
    pub active: bool,
    /// Grows with every change.
    pub version: u64,
}

/// "Name or photo is wrong", filed at kiosk or portal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// Id.
    pub id: Uuid,
    /// Whose.
    pub citizen_ref: CitizenRef,
    /// Masked name for lists.
    pub masked_name: String,
    /// Masked number for lists.
    pub masked_number: String,
    /// Which field.
    pub field: crate::correction::Field,
    /// Where filed.
    pub channel: Channel,
    /// When.
    pub at: At,
    /// What the citizen said, if anything.
    pub remark: Option<Sensitive<String>>,
    /// Done with.
    pub closed: bool,
}

/// Channels of issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case", rename = "IssueChannel")] // the page's runtime has a Channel of its own
pub enum Channel {
    /// 一网通办
    Portal,
    /// 自助终端
    Kiosk,
    /// 窗口
    Counter,
}

/// A correction with whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionRecord {
    /// Whose.
    pub citizen_ref: CitizenRef,
    /// Masked name for lists.
    pub masked_name: String,
    /// Masked number for lists.
    pub masked_number: String,
    /// Under 14 today.
    pub under_fourteen: bool,
    /// The correction.
    pub correction: Correction,
    /// Case number.
    pub case_number: Option<String>,
    /// Device that opened it.
    pub device: u32,
}
