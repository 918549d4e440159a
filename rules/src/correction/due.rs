//! Decides how urgent an open correction is.

use crate::{
    policy::{APPROVAL_AT_COUNTER_MS, APPROVAL_OVERDUE_WORKING_DAYS},
    time::{At, Day},
};
use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

/// Urgency of an open correction. Lists show the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// Within its time: 10 minutes while the citizen waits at the counter, otherwise the same day.
    InTime,
    /// Past its time, by up to 5 working days.
    Late,
    /// Older than 5 working days: on top of the list and in the day's report.
    Overdue,
}

/// Returns the urgency of a correction submitted at `submitted`. `at_counter` says that the citizen
/// waits for it.
pub fn due(submitted: At, at_counter: bool, now: At) -> Due {
    if working_days_since(submitted.day(), now.day()) > APPROVAL_OVERDUE_WORKING_DAYS {
        return Due::Overdue;
    }
    let late =
        now.day() > submitted.day() || (at_counter && now.since_ms(submitted) > APPROVAL_AT_COUNTER_MS);
    if late { Due::Late } else { Due::InTime }
}

/// Returns the instant before which every submitted correction is [`Due::Overdue`] at `now`.
///
/// A list can be sorted by it without computing the urgency of each correction.
pub fn overdue_before(now: At) -> At {
    let today = now.day();
    let mut first_in_time = today;
    // Ten calendar days always contain six working days.
    while let Ok(day) = first_in_time.yesterday()
        && working_days_since(day, today) <= APPROVAL_OVERDUE_WORKING_DAYS
    {
        first_in_time = day;
    }
    At::start_of(first_in_time)
}

/// Counts the working days (Monday to Friday) after `day`, up to and including `today`.
///
/// Public holidays and the make-up working weekends are announced year by year and are not known
/// here. The count is off by those days.
pub fn working_days_since(day: Day, today: Day) -> u32 {
    let works = |day: &Day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    // Nobody needs the exact count beyond a year, and a forged date must not cost time.
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
