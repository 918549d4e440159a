//! Derives the instant and the business day of an operation.
//!
//! The instant comes from the centre's clock at the last contact and the time elapsed since.
//! Anybody can turn a wall clock, so it counts only where the monotonic clock cannot help, as after
//! a restart of the machine.

use crate::{
    op::Operation,
    policy::{CLOCK_TOLERANCE_MS, SET_BACK_TOLERANCE_MS},
    time::At,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Both clocks of a machine, read at the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockReading {
    /// Wall clock at that moment.
    pub wall: At,
    /// Milliseconds since boot. This clock runs during sleep and cannot be set.
    pub monotonic_ms: i64,
    /// Boot that `monotonic_ms` belongs to.
    pub boot_id: Uuid,
}

/// The centre's clock and the desk's clocks at the last contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// The centre's clock at that contact.
    pub centre: At,
    /// The desk's clocks at that contact.
    pub desk: ClockReading,
}

/// A business instant, with a doubt if it is implausible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusinessTime {
    /// Instant that the business day is taken from.
    pub at: At,
    /// Milliseconds to add to the desk's wall clock to get `at`; recorded with the operation.
    pub offset_ms: i64,
    /// Why the instant needs a review, or `None` if it is plausible.
    pub doubt: Option<ClockDoubt>,
}

/// Why an instant is implausible. The operation counts all the same and is flagged for review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum ClockDoubt {
    /// The desk never reached the centre, so only its wall clock is known.
    NoAnchor,
    /// The wall clock was turned while the machine ran; the monotonic clock was used.
    WallStepped,
    /// After a restart, the wall clock is earlier than the last contact.
    BeforeLastContact,
    /// The monotonic clock ran backwards within one boot: a restored virtual machine, or a forgery.
    MonotonicBackwards,
    /// The instant is earlier than that of the operation before it in the chain.
    BeforePrevious,
    /// The instant is later than the operation's arrival at the centre.
    InTheFuture,
}

/// Derives the business instant at a desk.
///
/// Within the boot of the last contact, it is the centre's clock at that contact plus
/// the time elapsed on the monotonic clock. After a restart, it is the wall clock plus
/// the last known offset.
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

/// Returns whether the wall clock was set back between two readings of one boot (L10): it shows
/// less than `earlier` plus the elapsed time.
pub const fn was_set_back(earlier: &ClockReading, now: &ClockReading) -> bool {
    let elapsed_ms = now.monotonic_ms.saturating_sub(earlier.monotonic_ms);
    is_behind(now.wall, earlier.wall.plus_ms(elapsed_ms))
}

/// Returns whether the wall clock is behind `at_least` by more than the tolerance (L10).
///
/// This is the test after a restart, where only the latest stored wall time is
/// left to compare with.
pub const fn is_behind(wall: At, at_least: At) -> bool {
    wall.plus_ms(SET_BACK_TOLERANCE_MS).0 < at_least.0
}

/// Returns why the centre doubts an operation's instant, judged by the operation before it in the
/// chain and by the time of arrival.
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
        // A new contact may correct the clock between two operations, but
        // only within the tolerance.
        if is_off(at, previous.business_at().plus_ms(elapsed_ms)) {
            return Some(ClockDoubt::WallStepped);
        }
    }
    (at < previous.business_at().plus_ms(-CLOCK_TOLERANCE_MS)).then_some(ClockDoubt::BeforePrevious)
}

const fn is_off(one: At, other: At) -> bool {
    one.since_ms(other).unsigned_abs() > CLOCK_TOLERANCE_MS.unsigned_abs()
}
