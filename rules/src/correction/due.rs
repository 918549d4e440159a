//! When a correction is due.

use crate::{
    policy::{APPROVAL_AT_COUNTER_MS, APPROVAL_OVERDUE_WORKING_DAYS},
    time::{At, Day},
};
use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

/// How urgent an open correction is; the queue is sorted by it, last first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// Within its time: 10 minutes while the citizen waits at the counter, else the same day.
    InTime,
    /// Past its time.
    Late,
    /// Older than 5 working days: top of the queue and in the day's report.
    Overdue,
}

/// How urgent a correction submitted at `submitted` is. `at_counter`: the citizen waits for it.
pub fn due(submitted: At, at_counter: bool, now: At) -> Due {
    if working_days_since(submitted.day(), now.day()) > APPROVAL_OVERDUE_WORKING_DAYS {
        return Due::Overdue;
    }
    let late =
        now.day() > submitted.day() || (at_counter && now.since_ms(submitted) > APPROVAL_AT_COUNTER_MS);
    if late { Due::Late } else { Due::InTime }
}

/// Whatever was submitted before this instant is [`Due::Overdue`] at `now`, and nothing else: lists are sorted by it without looking at
/// each correction.
pub fn overdue_before(now: At) -> At {
    let today = now.day();
    let mut first_in_time = today;
    // Six working days lie in at most ten days.
    while let Ok(day) = first_in_time.yesterday()
        && working_days_since(day, today) <= APPROVAL_OVERDUE_WORKING_DAYS
    {
        first_in_time = day;
    }
    At::start_of(first_in_time)
}

/// Working days after `day` up to and including `today`: Monday to Friday. Public holidays and the working weekends that make up for them are
/// announced year by year and are not known here, so in such weeks the count is off by those days.
pub fn working_days_since(day: Day, today: Day) -> u32 {
    let works = |day: &Day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    // Beyond a year the exact count does not matter to anybody, and a forged date must not cost time.
    const LONGEST_DAYS: usize = 366;
    day.series(jiff::ToSpan::days(1))
        .skip(1)
        .take(LONGEST_DAYS)
        .take_while(|next| *next <= today)
        .filter(works)
        .count()
        .try_into()
        .unwrap_or(u32::MAX)
}
