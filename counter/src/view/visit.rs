//! Home visits (上门服务), as the clerk sees them.

use super::{Failure, InstitutionView};
use rules::visit::{SheetCount, VisitGround, VisitState};
use serde::{Deserialize, Serialize};
use specta::Type;

/// The screen of home visits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct VisitView {
    /// Number of this view; of two views the one with the larger number is the younger.
    pub revision: u32,
    /// The visit under way.
    pub visit: Option<VisitNowView>,
    /// The visit that was returned last.
    pub last: Option<ReturnView>,
    /// Who was served at this window today, oldest first.
    pub today: Vec<ServedTodayView>,
    /// Institutions whose roster was shown here, by their agent's card.
    pub institutions: Vec<InstitutionView>,
    /// Whether the kit is being fetched.
    pub fetching: bool,
    /// Why fetching stopped.
    pub failure: Option<Failure>,
}

/// The visit under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct VisitNowView {
    /// How far it is.
    pub state: VisitState,
    /// The people of its list.
    pub people: Vec<VisitPersonView>,
    /// People whose views are in the kit.
    pub in_kit: u32,
    /// People for whom something was done.
    pub served: u32,
    /// Photos that are here, of those that there are.
    pub photos: u32,
    /// Photos that the views name.
    pub photos_named: u32,
    /// Sheets so far.
    pub sheets: SheetCount,
    /// Sheets of which nobody has said anything yet: unused, if none was lost.
    pub sheets_left: u32,
    /// When the kit was taken.
    pub taken_at: Option<String>,
    /// End of the kit.
    pub ends_at: Option<String>,
    /// Whether the kit has ended and was not returned.
    pub overdue: bool,
    /// Operations that the centre has not answered.
    pub waiting: u32,
    /// What came of it, once it is back.
    pub report: Option<ReturnView>,
}

/// Somebody on the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct VisitPersonView {
    /// Place on the list, from 1.
    pub position: u32,
    /// Masked number (M1); empty once the kit is wiped.
    pub masked_number: String,
    /// Masked name (M2), once it is known.
    pub masked_name: Option<String>,
    /// Why they are on the list.
    pub ground: VisitGround,
    /// Whether their view is in the kit.
    pub in_kit: bool,
    /// Whether their photo is in the kit.
    pub has_photo: bool,
    /// Why the centre gave nothing.
    pub refusal: Option<Failure>,
    /// Whether something was done for them.
    pub served: bool,
}

/// What came of a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReturnView {
    /// Case number of the visit, grouped.
    pub case_number: String,
    /// When it came back.
    pub back_at: String,
    /// Whether it came back after the end of the kit.
    pub late: bool,
    /// People on the list.
    pub people: u32,
    /// People for whom something was done.
    pub served: u32,
    /// Number of things that were done.
    pub done: u32,
    /// What became of the sheets.
    pub sheets: SheetCount,
    /// Sheets that nobody can account for.
    pub missing: u32,
}

/// Somebody who was served at this window today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ServedTodayView {
    /// Case number, for commands.
    pub case_number: String,
    /// Masked name (M2).
    pub masked_name: String,
    /// Masked number (M1).
    pub masked_number: String,
    /// When their case was opened.
    pub at: String,
}

/// Whom to put on the list.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum VisitInput {
    /// The person of this ID number.
    Number {
        /// The number as typed.
        number: String,
    },
    /// The citizen of a case of today.
    Case {
        /// Number of the case.
        case_number: String,
    },
    /// Everybody on the roster of an institution.
    Roster {
        /// Identifier of the institution.
        institution: String,
    },
}

/// A kit that is out, on the status line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct KitView {
    /// How far the visit is.
    pub state: VisitState,
    /// End of the kit.
    pub ends_at: Option<String>,
    /// Whether it has ended and was not returned (V4).
    pub overdue: bool,
}
