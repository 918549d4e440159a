//! Whether an operation's time can be believed.

use rules::{At, Day, Refusal, business_time::ClockDoubt, policy::CLOCK_TOLERANCE_MS};

/// The stable name of a doubt, for the list of operations to review.
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

/// The day an issue counts for (L3): the desk's business day, which must be the one its own instant gives, and must not
/// lie in the centre's future. A day in the past is believed: the desk was offline.
///
/// # Errors
/// [`Refusal::ClockNotTrusted`].
pub fn issue_day(claimed: Day, business_at: At, received_at: At) -> Result<Day, Refusal> {
    let in_the_future = claimed > received_at.plus_ms(CLOCK_TOLERANCE_MS).day();
    if claimed != business_at.day() || in_the_future { Err(Refusal::ClockNotTrusted) } else { Ok(claimed) }
}
