//! What the centre says about a holder. The page gets it as it is.

use rules::{
    At, Day, Refusal, Sensitive,
    correction::{Dismissal, Field},
    life::{Action, Standing},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A session of a citizen, with the view it opens.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Opened {
    pub(crate) session: Sensitive<String>,
    pub(crate) view: HolderRecord,
}

/// The holder, for them to confirm (L8).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct HolderRecord {
    pub(crate) name: Sensitive<String>,
    pub(crate) masked_number: String,
    pub(crate) has_photo: bool,
    /// The live code, or else the last one.
    pub(crate) code: Option<HeldCode>,
    pub(crate) offers: Vec<HeldOffer>,
    pub(crate) reports: Vec<HeldReport>,
    pub(crate) relatives: Vec<HeldRelative>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct HeldCode {
    pub(crate) serial: String,
    pub(crate) issued_at: At,
    pub(crate) valid_through: Day,
    pub(crate) standing: Standing,
    pub(crate) copies: u32,
}

/// An action and why it is refused; nothing = allowed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct HeldOffer {
    pub(crate) action: Action,
    pub(crate) refusal: Option<Refusal>,
}

/// A report that name or photo is wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct HeldReport {
    pub(crate) id: Uuid,
    pub(crate) field: Field,
    pub(crate) filed_at: At,
    pub(crate) open: bool,
    pub(crate) dismissed: Option<Dismissal>,
}

/// A relative whose code may be handled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct HeldRelative {
    pub(crate) citizen_ref: String,
    pub(crate) masked_name: String,
    pub(crate) relation: String,
}

/// A filed report.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Filed {
    pub(crate) id: Uuid,
}
