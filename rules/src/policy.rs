//! Every number that a site or the law may change, with its reason.

use crate::Refusal;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// Longest name, code points (N2). GB 18030 sets none; the longest names on identity cards have 46 letters, so 50 hold them all and
/// bound what a forged message can make a desk print. Not a setting: both sides of the wire must agree on it.
pub const NAME_MAX_CODE_POINTS: usize = 50;

/// Largest clock difference that is put up with (L10), milliseconds. Five minutes: what an unsynchronised PC drifts in a few
/// weeks, and too little to move an issue to another day unnoticed except around midnight.
pub const CLOCK_TOLERANCE_MS: i64 = 5 * 60 * 1000;

/// How far the wall clock may fall behind what it should be before it counts as set back (L10), milliseconds. Smaller steps are the time
/// service at work.
pub const SET_BACK_TOLERANCE_MS: i64 = 5_000;

/// What the setting of L11 may be, hours. Less than one would stop a desk at every hiccup of the line; a week is as long as a lost sheet
/// may go unnoticed elsewhere.
pub const OFFLINE_LIMIT_HOURS: RangeInclusive<u16> = 1..=168;

/// How long one field stays unmasked on the clerk's screen (M4), seconds: long enough to compare 18 characters with a card, too short to be
/// left standing.
pub const UNMASKED_SECONDS: u8 = 30;

/// Hours in which an offline password verifier may be used after the desk last heard from the centre (S4). Three days bridge a long
/// weekend's outage, and a dismissed member of staff is out after them at the latest.
pub const OFFLINE_VERIFIER_HOURS: i64 = 72;

/// Wrong passwords in a row before an account is locked (S4).
pub const FAILURES_BEFORE_LOCK: u8 = 5;

/// How long it stays locked (S4), milliseconds.
pub const LOCK_MS: i64 = 15 * 60 * 1000;

/// A password this long is accepted whatever it is made of (S4), characters.
pub const PASSWORD_LONG: usize = 10;

/// A password this long is accepted when it mixes [`PASSWORD_CLASSES`] kinds of characters (S4).
pub const PASSWORD_MIXED: usize = 8;

/// Kinds of characters a shorter password must mix (S4): small and capital letters, digits, others.
pub const PASSWORD_CLASSES: usize = 3;

/// Longest a citizen at the counter waits for an approval before it is shown as due, milliseconds.
pub const APPROVAL_AT_COUNTER_MS: i64 = 10 * 60 * 1000;

/// Working days after which an open correction goes to the top of the queue and into the day's report.
pub const APPROVAL_OVERDUE_WORKING_DAYS: u32 = 5;

/// The numbers the rules use. `Policy::default()` is the rule book as published. The sentences to clerks (`refusal`) spell its ages: whoever
/// changes an age changes those sentences with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Days a code is valid, the day of issue not counted (L1). As published by the city.
    pub validity_days: u16,
    /// Under this age a person may hold a code (E1). As published by the city.
    pub minor_age_years: u8,
    /// From this age on a person may hold a code (E2). As published by the city.
    pub senior_age_years: u8,
    /// Under this age a guardian acts (E8). Personal Information Protection Law, art. 31.
    pub guardian_age_years: u8,
    /// Largest clock difference to the centre before offline issuing is blocked (L10), milliseconds.
    pub clock_tolerance_ms: i64,
    /// Time since last contact after which offline issuing stops (L11), hours, within [`OFFLINE_LIMIT_HOURS`]. Three days by default: the
    /// daily limit and a lost sheet are only enforced city-wide when desks speak to the centre.
    pub offline_limit_hours: u16,
    /// Days after which a password must be changed (S4); 0 = never.
    pub password_rotation_days: u16,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            validity_days: 180,
            minor_age_years: 18,
            senior_age_years: 60,
            guardian_age_years: 14,
            clock_tolerance_ms: CLOCK_TOLERANCE_MS,
            offline_limit_hours: 72,
            password_rotation_days: 0,
        }
    }
}

impl Policy {
    /// L11: the offline limit in milliseconds, held to [`OFFLINE_LIMIT_HOURS`] whatever a message says.
    pub fn offline_limit_ms(&self) -> i64 {
        let hours = self.offline_limit_hours.clamp(*OFFLINE_LIMIT_HOURS.start(), *OFFLINE_LIMIT_HOURS.end());
        i64::from(hours) * 60 * 60 * 1000
    }

    /// Whether these numbers can be the rule book of a city: asked by the centre before it works with its settings.
    ///
    /// # Errors
    /// [`Refusal::PolicyOutOfRange`]: an offline limit outside [`OFFLINE_LIMIT_HOURS`], codes that are over when they are issued, ages that
    /// are not in their order, or a clock tolerance below nothing.
    pub fn check(&self) -> Result<(), Refusal> {
        let ages_in_order =
            self.guardian_age_years <= self.minor_age_years && self.minor_age_years <= self.senior_age_years;
        let fits = OFFLINE_LIMIT_HOURS.contains(&self.offline_limit_hours)
            && self.validity_days > 0
            && ages_in_order
            && self.clock_tolerance_ms >= 0;
        if fits { Ok(()) } else { Err(Refusal::PolicyOutOfRange) }
    }
}
