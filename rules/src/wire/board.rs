//! The site's board (看板): how its desks are, and figures of some days, for its supervisors.
//!
//! It names members of staff and case numbers, and no citizen.

use super::{Channel, DeviceTroubles, FailureName, Heartbeat};
use crate::{
    correction::Reason,
    life::Action,
    numbers::StaffNumber,
    op::OperationKind,
    time::{At, Day},
};
use jiff::ToSpan as _;
use serde::{Deserialize, Serialize};

/// Most days that figures may cover.
pub const BOARD_DAYS: i32 = 93;
/// Most cases in one answer.
pub const BOARD_CASES: usize = 500;

/// Answer to `GET /v1/board`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BoardResponse {
    /// Desks of the site by number, without those out of service.
    pub desks: Vec<BoardDesk>,
    /// Clock of the centre.
    pub server_time: At,
}

/// A desk on the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BoardDesk {
    /// Number of the window at the site.
    pub desk_number: u16,
    /// Name given by the administrator; may be empty.
    pub name: String,
    /// What the centre knows of it.
    pub state: BoardDeskState,
    /// When it was last heard of.
    pub last_contact: Option<At>,
    /// What it said of itself last.
    pub told: Option<BoardTold>,
    /// Code sheets spoilt there today.
    pub spoilt_today: u32,
    /// End of the kit of a home visit that is out, if one is.
    pub kit_ends_at: Option<At>,
}

/// State of a desk on the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BoardDeskState {
    /// Was heard of within the last two log-ins of a desk.
    Reached,
    /// Was not heard of since.
    Silent,
    /// Not enrolled yet.
    NotEnrolled,
    /// Its disk is known to be restored or copied (S7).
    Quarantined,
}

/// What a desk said of itself last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BoardTold {
    /// When it said so.
    pub at: At,
    /// Who was logged in.
    pub staff: Option<StaffNumber>,
    /// Operations without a receipt.
    pub waiting: u32,
    /// When the oldest of them was made.
    pub oldest_waiting: Option<At>,
    /// Conflicts that nobody has dealt with.
    pub conflicts: u32,
    /// Devices in trouble.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<super::DeviceTrouble>, max_items = 4))]
    pub troubles: DeviceTroubles,
}

impl BoardTold {
    /// Returns what the board shows of a heartbeat that came at `at`.
    pub fn of(at: At, heartbeat: Heartbeat) -> Self {
        let Heartbeat { staff, waiting, oldest_waiting, conflicts, troubles, .. } = heartbeat;
        Self { at, staff, waiting, oldest_waiting, conflicts, troubles }
    }
}

/// Body of `POST /v1/board/figures`: the days, at most [`BOARD_DAYS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BoardDays {
    /// First day that counts.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::time::DaySchema))]
    pub from: Day,
    /// Last day that counts.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::time::DaySchema))]
    pub through: Day,
}

impl BoardDays {
    /// Returns one day.
    pub const fn one(day: Day) -> Self {
        Self { from: day, through: day }
    }

    /// Returns the week of a day, which begins on Monday.
    pub fn week_of(day: Day) -> Self {
        let since_monday = i64::from(day.weekday().to_monday_zero_offset());
        let from = day.saturating_sub(since_monday.days());
        Self { from, through: from.saturating_add(6.days()) }
    }

    /// Returns the calendar month of a day.
    pub fn month_of(day: Day) -> Self {
        Self { from: day.first_of_month(), through: day.last_of_month() }
    }

    /// Returns each of the days, in order.
    pub fn each(self) -> impl Iterator<Item = Day> {
        self.from.series(1.day()).take_while(move |day| *day <= self.through)
    }

    /// Returns whether the days are in order and not too many.
    pub fn are_valid(self) -> bool {
        let days = self.through.duration_since(self.from).as_hours() / 24;
        (0..i64::from(BOARD_DAYS)).contains(&days) && self.from.year() >= 1
    }
}

/// Answer to [`BoardDays`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FiguresResponse {
    /// Figures, one for each key that has any; [`FigureKey::All`] comes first.
    pub figures: Vec<Figure>,
    /// Corrections begun in these days, by reason.
    pub corrections: Vec<CorrectionFigure>,
    /// Clock of the centre.
    pub server_time: At,
}

/// Numbers of what was done under one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Figure {
    /// What is counted.
    pub key: FigureKey,
    /// Operations that took effect.
    pub done: u32,
    /// Operations that the centre refused, or in which another desk was first.
    pub refused: u32,
    /// Operations that wait for somebody's decision.
    pub held: u32,
    /// Code sheets spoilt.
    pub spoilt: u32,
}

/// What a figure counts, and which cases are behind it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum FigureKey {
    /// Everything that was done.
    All,
    /// What was done on one day.
    Day {
        /// Day in Shanghai.
        #[cfg_attr(feature = "specta", specta(type = String))]
        #[cfg_attr(feature = "openapi", schema(value_type = crate::time::DaySchema))]
        day: Day,
    },
    /// One hour of every day.
    Hour {
        /// Hour of the day in Shanghai, 0–23.
        hour: u8,
    },
    /// What came through one channel.
    Channel {
        /// Channel that it came through.
        channel: Channel,
    },
    /// What one window did.
    Desk {
        /// Number of the window at the site.
        desk_number: u16,
    },
    /// One member of staff.
    Staff {
        /// Number of whoever did it.
        #[cfg_attr(feature = "specta", specta(type = String))]
        staff: StaffNumber,
    },
    /// One kind of operation.
    Act {
        /// Kind of the operation.
        kind: OperationKind,
        /// Action on a code, if it is one.
        action: Option<Action>,
    },
    /// One reason of refusal.
    Refusal {
        /// Code of the catalogue of failures.
        #[cfg_attr(feature = "specta", specta(type = String))]
        reason: FailureName,
    },
    /// Corrections for one reason.
    Correction {
        /// Reason of the corrections (N1–N5, P1–P4).
        reason: Reason,
    },
}

/// Corrections of one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CorrectionFigure {
    /// Reason of the corrections (N1–N5, P1–P4).
    pub reason: Reason,
    /// Corrections begun in those days.
    pub begun: u32,
    /// Those of them that were approved, rejected or withdrawn since.
    pub decided: u32,
    /// Middle one of their durations from begin to decision, in milliseconds.
    pub median_ms: Option<i64>,
    /// Longest of them.
    pub longest_ms: Option<i64>,
}

/// Outcome of what a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FigureOutcome {
    /// It took effect.
    Done,
    /// The centre refused it, or another desk was first.
    Refused,
    /// It waits for somebody's decision.
    Held,
    /// A code sheet was spoilt.
    Spoilt,
}

/// Body of `POST /v1/board/cases`: the figure whose cases are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BoardCasesRequest {
    /// Days of the figure.
    pub days: BoardDays,
    /// What it counts.
    pub key: FigureKey,
    /// Which number of it; without, all but spoilt sheets.
    pub outcome: Option<FigureOutcome>,
}

/// Answer to a [`BoardCasesRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BoardCasesResponse {
    /// What was done, newest first, at most [`BOARD_CASES`].
    pub cases: Vec<BoardCase>,
    /// Number of all.
    pub total: u32,
    /// Clock of the centre.
    pub server_time: At,
}

/// Something that was done, as the board lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BoardCase {
    /// When it was done.
    pub at: At,
    /// Channel it came through.
    pub channel: Channel,
    /// Number of the window, for what was done at one.
    pub desk_number: Option<u16>,
    /// Who did it there.
    pub staff: Option<StaffNumber>,
    /// Kind of the operation.
    pub kind: OperationKind,
    /// Action on a code, if it is one.
    pub action: Option<Action>,
    /// What became of it.
    pub outcome: FigureOutcome,
    /// Why it was refused or waits: a code of the catalogue of failures.
    pub reason: Option<FailureName>,
    /// Case number, for what was done in a case.
    pub case_number: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_cover_one_quarter_at_most_and_no_days_backwards() {
        let days = |from: &str, through: &str| BoardDays {
            from: from.parse().unwrap(),
            through: through.parse().unwrap(),
        };
        assert!(days("2026-11-30", "2026-11-30").are_valid());
        assert!(days("2026-09-01", "2026-12-02").are_valid());
        assert!(!days("2026-09-01", "2026-12-03").are_valid());
        assert!(!days("2026-11-30", "2026-11-29").are_valid());
        assert!(!days("-009999-01-01", "-009999-01-01").are_valid());
    }

    #[test]
    fn a_week_begins_on_monday_and_a_month_with_its_first_day() {
        let text = |days: BoardDays| format!("{} {}", days.from, days.through);
        let monday: Day = "2026-11-30".parse().unwrap();
        let sunday = monday.yesterday().unwrap();
        assert_eq!(text(BoardDays::one(monday)), "2026-11-30 2026-11-30");
        assert_eq!(text(BoardDays::week_of(monday)), "2026-11-30 2026-12-06");
        assert_eq!(text(BoardDays::week_of(sunday)), "2026-11-23 2026-11-29");
        assert_eq!(text(BoardDays::month_of(sunday)), "2026-11-01 2026-11-30");
        assert_eq!(BoardDays::month_of(sunday).each().count(), 30);
        assert_eq!(BoardDays::one(monday).each().collect::<Vec<_>>(), [monday]);
    }

    #[test]
    fn the_page_hands_a_key_back_as_it_got_it() {
        let keys = [
            FigureKey::All,
            FigureKey::Day { day: "2026-11-30".parse().unwrap() },
            FigureKey::Act { kind: OperationKind::Issue, action: Some(Action::Apply) },
            FigureKey::Refusal { reason: "not_eligible".to_owned().try_into().unwrap() },
            FigureKey::Correction { reason: Reason::RareCharacter },
        ];
        for key in keys {
            let text = serde_json::to_string(&key).unwrap();
            assert_eq!(serde_json::from_str::<FigureKey>(&text).unwrap(), key, "{text}");
        }
    }
}
