//! Which instant, and so which business day, something happened at: from the centre's clock and the time since, not from a wall
//! clock somebody can turn.

use crate::{
    op::Operation,
    policy::{CLOCK_TOLERANCE_MS, SET_BACK_TOLERANCE_MS},
    time::At,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Both clocks of a machine, read at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockReading {
    /// Wall clock.
    pub wall: At,
    /// Monotonic clock since boot, milliseconds. It runs on during sleep and cannot be set.
    pub monotonic_ms: i64,
    /// Boot the monotonic clock belongs to.
    pub boot_id: Uuid,
}

/// The centre's clock and the desk's clocks at the last contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// The centre's clock then.
    pub centre: At,
    /// The desk's clocks then.
    pub desk: ClockReading,
}

/// An instant, and whether it is to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusinessTime {
    /// The instant the business day is taken from.
    pub at: At,
    /// What to add to the desk's wall clock to get it, milliseconds: recorded with the operation.
    pub offset_ms: i64,
    /// Why somebody should look at it, if they should.
    pub doubt: Option<ClockDoubt>,
}

/// Why an instant is implausible: the operation counts and is flagged for review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum ClockDoubt {
    /// Never anchored: only the wall clock is known.
    NoAnchor,
    /// The wall clock was turned while the machine ran; the monotonic clock decided.
    WallStepped,
    /// After a restart the wall clock says a time before the last contact.
    BeforeLastContact,
    /// The monotonic clock ran backwards within one boot: a restored virtual machine, or forged.
    MonotonicBackwards,
    /// Earlier than the operation before it.
    BeforePrevious,
    /// Later than it arrived.
    InTheFuture,
}

/// Derives the business instant at a desk. Within the boot of the last contact: the centre's clock then plus the time the monotonic
/// clock has run. After a restart: the wall clock plus the last known offset.
pub fn business_time(anchor: Option<&Anchor>, now: &ClockReading) -> BusinessTime {
    let Some(anchor) = anchor else {
        return BusinessTime { at: now.wall, offset_ms: 0, doubt: Some(ClockDoubt::NoAnchor) };
    };
    let by_wall = now.wall.plus_ms(anchor.centre.since_ms(anchor.desk.wall));
    let elapsed_ms = now.monotonic_ms.saturating_sub(anchor.desk.monotonic_ms);
    let (at, doubt) = if now.boot_id != anchor.desk.boot_id {
        (by_wall, (by_wall < anchor.centre).then_some(ClockDoubt::BeforeLastContact))
    } else if elapsed_ms < 0 {
        (by_wall, Some(ClockDoubt::MonotonicBackwards))
    } else {
        let at = anchor.centre.plus_ms(elapsed_ms);
        (at, is_off(at, by_wall).then_some(ClockDoubt::WallStepped))
    };
    BusinessTime { at, offset_ms: at.since_ms(now.wall), doubt }
}

/// L10: whether the wall clock was set back between two readings of one boot: it says less than `earlier` and the time since.
pub const fn was_set_back(earlier: &ClockReading, now: &ClockReading) -> bool {
    let elapsed_ms = now.monotonic_ms.saturating_sub(earlier.monotonic_ms);
    is_behind(now.wall, earlier.wall.plus_ms(elapsed_ms))
}

/// L10: the same over a restart, where only the latest wall time ever written down is left to compare with.
pub const fn is_behind(wall: At, at_least: At) -> bool {
    wall.plus_ms(SET_BACK_TOLERANCE_MS).0 < at_least.0
}

/// What the centre doubts about an operation's instant, given the one before it in the chain and when it arrived.
pub fn doubt_of(previous: Option<&Operation>, op: &Operation, received: At) -> Option<ClockDoubt> {
    let at = op.business_at();
    if at > received.plus_ms(CLOCK_TOLERANCE_MS) {
        return Some(ClockDoubt::InTheFuture);
    }
    let previous = previous?;
    if op.boot_id == previous.boot_id {
        let elapsed_ms = op.monotonic_ms.saturating_sub(previous.monotonic_ms);
        if elapsed_ms < 0 {
            return Some(ClockDoubt::MonotonicBackwards);
        }
        // A fresh contact may correct the clock between two operations, but not by more than the tolerance unnoticed.
        if is_off(at, previous.business_at().plus_ms(elapsed_ms)) {
            return Some(ClockDoubt::WallStepped);
        }
    }
    (at < previous.business_at().plus_ms(-CLOCK_TOLERANCE_MS)).then_some(ClockDoubt::BeforePrevious)
}

const fn is_off(one: At, other: At) -> bool {
    one.since_ms(other).unsigned_abs() > CLOCK_TOLERANCE_MS.unsigned_abs()
}
