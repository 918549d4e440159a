//! Home visits (上门服务): the kit of views that a desk takes along, its end, and how it comes back
//! (V1–V5).

use crate::{
    Policy, Refusal,
    policy::{KIT_PEOPLE, KIT_TYPED},
    time::At,
};
use serde::{Deserialize, Serialize};

/// Why somebody is on the list of a home visit. The centre checks it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum VisitGround {
    /// Their number was typed: somebody called, or a relative asked (按号码).
    Typed,
    /// They were looked up at this window today (今日办件).
    Today,
    /// They are on a roster that was shown at this window today (机构名册).
    Roster,
}

/// How far a home visit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum VisitState {
    /// Its people are chosen.
    Choosing,
    /// The centre was asked for the kit, which may not be whole yet.
    Fetching,
    /// The kit is taken along.
    Out,
    /// Everything is handed over and the kit is wiped; the centre does not know it yet.
    Back,
    /// The centre knows that it came back.
    Returned,
}

/// Sheets of paper that were taken along, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SheetCount {
    /// Blank sheets that were taken along.
    pub taken: u32,
    /// Sheets that the clerk found good.
    pub good: u32,
    /// Sheets that the clerk found spoilt.
    pub spoilt: u32,
    /// Sheets that were printed, and nobody said how they came out.
    pub open: u32,
    /// Blank sheets that were brought back.
    pub unused: u32,
}

impl SheetCount {
    /// Returns how many sheets are accounted for.
    pub const fn accounted(&self) -> u32 {
        let printed = self.good.saturating_add(self.spoilt).saturating_add(self.open);
        printed.saturating_add(self.unused)
    }

    /// Returns how many sheets are missing; negative if more came back than were taken.
    pub fn missing(&self) -> i64 {
        i64::from(self.taken) - i64::from(self.accounted())
    }
}

/// Checks the list of a kit before anybody on it is looked up (V1).
///
/// # Errors
/// [`Refusal::VisitEmpty`] for nobody, [`Refusal::VisitTooLarge`] for more people than
/// [`KIT_PEOPLE`], or more by a typed number than [`KIT_TYPED`].
pub fn check_list(grounds: impl IntoIterator<Item = VisitGround>) -> Result<(), Refusal> {
    let (mut people, mut typed) = (0, 0);
    for ground in grounds {
        people += 1;
        typed += usize::from(ground == VisitGround::Typed);
    }
    match people {
        0 => Err(Refusal::VisitEmpty),
        1..=KIT_PEOPLE if typed <= KIT_TYPED => Ok(()),
        _ => Err(Refusal::VisitTooLarge),
    }
}

/// Returns when a kit that is taken now ends (V2).
pub fn ends_at(taken_at: At, policy: &Policy) -> At {
    taken_at.plus_ms(policy.kit_life_ms())
}

/// Returns whether a kit can be read (V3). `now` is the earliest that it can be; a clock that was
/// set back cannot tell, so the kit stays closed until the centre says the time.
pub fn is_readable(ends_at: At, now: At, clock_set_back: bool) -> bool {
    !clock_set_back && now < ends_at
}

/// Checks whether a desk whose kit did not come back in time may issue codes (V4). Losses are never
/// kept waiting.
///
/// # Errors
/// [`Refusal::VisitOverdue`] without the centre, once the kit that is out has ended.
pub fn may_issue(kit_ends: Option<At>, now: At, is_online: bool) -> Result<(), Refusal> {
    match kit_ends {
        Some(ends) if now >= ends && !is_online => Err(Refusal::VisitOverdue),
        _ => Ok(()),
    }
}
