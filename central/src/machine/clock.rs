//! Checks on the time an operation claims.

use rules::{At, Day, Refusal, business_time::ClockDoubt, policy::CLOCK_TOLERANCE_MS};

/// Returns the stable name of a clock doubt, as listed for review.
#[must_use]
pub const fn doubt_name(doubt: ClockDoubt) -> &'static str {
    match doubt {
        ClockDoubt::NoAnchor => "clock_no_anchor",
        ClockDoubt::WallStepped => "clock_wall_stepped",
        ClockDoubt::BeforeLastContact => "clock_before_last_contact",
        ClockDoubt::MonotonicBackwards => "clock_monotonic_backwards",
        ClockDoubt::BeforePrevious => "clock_before_previous",
        ClockDoubt::InTheFuture => "clock_in_the_future",
    }
}

/// Returns the day an issue counts for (L3).
///
/// The desk's business day must match the operation's own time and must not lie in the centre's
/// future. A past day is accepted, since the desk may have been offline.
///
/// # Errors
/// [`Refusal::ClockNotTrusted`] if the day does not match or lies in the future.
pub fn issue_day(claimed: Day, business_at: At, received_at: At) -> Result<Day, Refusal> {
    let in_the_future = claimed > received_at.plus_ms(CLOCK_TOLERANCE_MS).day();
    if claimed != business_at.day() || in_the_future { Err(Refusal::ClockNotTrusted) } else { Ok(claimed) }
}
