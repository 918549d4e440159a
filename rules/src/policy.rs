//! Numbers that a site or the law may change, each with its reason.

use crate::Refusal;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// Longest name, in code points (N2).
///
/// GB 18030 sets no limit. The longest names on identity cards have 46 letters, so 50 holds them
/// all and limits what a forged message can make a desk print. It is not a setting, because both
/// sides of the wire must agree on it.
pub const NAME_MAX_CODE_POINTS: usize = 50;

/// Largest clock difference that is tolerated (L10), in milliseconds.
///
/// An unsynchronised PC drifts five minutes in a few weeks. Except around midnight, five minutes
/// cannot move an issue to another day.
pub const CLOCK_TOLERANCE_MS: i64 = 5 * 60 * 1000;

/// How far the wall clock may lag before it counts as set back (L10), in milliseconds.
///
/// The time service makes smaller steps.
pub const SET_BACK_TOLERANCE_MS: i64 = 5_000;

/// Allowed range of the offline limit (L11), in hours.
///
/// Less than one hour would stop a desk at every short network fault. One week is the longest time
/// that a lost sheet may go unnoticed elsewhere.
pub const OFFLINE_LIMIT_HOURS: RangeInclusive<u16> = 1..=168;

/// Seconds for which one field stays unmasked on the clerk's screen (M4).
///
/// That is enough to compare 18 characters with a card, and too short to be left on display.
pub const UNMASKED_SECONDS: u8 = 30;

/// Hours for which an offline password verifier works after the last contact with the centre (S4).
///
/// Three days bridge an outage over a long weekend. A dismissed member of staff is locked out after
/// them at the latest.
pub const OFFLINE_VERIFIER_HOURS: i64 = 72;

/// Wrong passwords in a row before an account is locked (S4).
pub const FAILURES_BEFORE_LOCK: u8 = 5;

/// How long an account stays locked (S4), in milliseconds.
pub const LOCK_MS: i64 = 15 * 60 * 1000;

/// Fewest characters of a password (A7).
pub const PASSWORD_LENGTH: usize = 10;

/// Longest life of a key that signs codes (B4), in milliseconds: 30 days.
///
/// Whoever copies a desk's disk can sign for a month at most.
pub const KEY_LIFE_MS: i64 = 30 * DAY_MS;

/// How long before its key ends a desk asks for the next one (B4), in milliseconds: 10 days.
///
/// Longer than [`OFFLINE_LIMIT_HOURS`] allows a desk to issue without the centre, so that no desk
/// stops for want of a key.
pub const KEY_RENEWAL_MS: i64 = 10 * DAY_MS;

/// How long a new key is published before it signs (B4), in milliseconds: 3 days.
///
/// A verifier that was offline for less has the key in its list before it meets a code of it.
pub const KEY_LEAD_MS: i64 = 3 * DAY_MS;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Age from which a document alone proves nobody without a supervisor (I4), in years.
///
/// From 16 on everybody must have an identity card (Resident Identity Card Act, art. 2). Who has
/// none at the window is unusual; a younger child has its guardian.
pub const DOCUMENT_GUARDIAN_YEARS: u8 = 16;

/// Most people of one home visit's kit (V1).
///
/// More than a clerk serves at homes in a day, and few enough that a lost laptop is no list of a
/// district.
pub const KIT_PEOPLE: usize = 60;

/// Most people of a kit who are named by nothing but a number that was typed (V1).
///
/// As many as an operator may look up by a typed number on a day at the window.
pub const KIT_TYPED: usize = 20;

/// Longest wait for an approval with the citizen at the counter, in milliseconds. After it, the
/// correction is shown as late.
pub const APPROVAL_AT_COUNTER_MS: i64 = 10 * 60 * 1000;

/// Working days after which an open correction goes to the top of the list and into
/// the day's report.
pub const APPROVAL_OVERDUE_WORKING_DAYS: u32 = 5;

/// The numbers the rules use. [`Policy::default`] returns the published rules.
///
/// The sentences in `refusal` spell out the ages. Change an age and its sentences together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Days a code is valid, the day of issue not counted (L1). Published by the city.
    pub validity_days: u16,
    /// Age below which a person may hold a code (E1). Published by the city.
    pub minor_age_years: u8,
    /// Age from which a person may hold a code (E2). Published by the city.
    pub senior_age_years: u8,
    /// Age below which a guardian must act (E8). Personal Information Protection Law, art. 31.
    pub guardian_age_years: u8,
    /// Largest clock difference to the centre, in milliseconds, before offline issuing stops (L10).
    pub clock_tolerance_ms: i64,
    /// Hours since the last contact after which offline issuing stops
    /// (L11), within [`OFFLINE_LIMIT_HOURS`].
    ///
    /// The default is three days: the daily limit and lost sheets are enforced across the city only
    /// when desks reach the centre.
    pub offline_limit_hours: u16,
    /// Reprints of a code for each day since its issue, the day of issue counted (L12).
    ///
    /// A day has room for a jam or two, a lost bag, and a copy for the family.
    pub reprints_per_day: u16,
    /// Copies of a code in all, the first included (L12). Whoever needs more gets a new code, which
    /// ends the copies in circulation.
    pub copies_per_code: u16,
    /// Days after which a password must be changed (S4); 0 means never.
    pub password_rotation_days: u16,
    /// Hours after which the kit of a home visit ends (V2), at most [`Self::offline_limit_hours`].
    ///
    /// The default is a day: a visit leaves in the morning and is back before the next one.
    pub visit_hours: u16,
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
            reprints_per_day: 5,
            copies_per_code: 50,
            password_rotation_days: 0,
            visit_hours: 24,
        }
    }
}

impl Policy {
    /// Returns the offline limit in milliseconds (L11), kept within [`OFFLINE_LIMIT_HOURS`]
    /// whatever a message says.
    pub fn offline_limit_ms(&self) -> i64 {
        let hours = self.offline_limit_hours.clamp(*OFFLINE_LIMIT_HOURS.start(), *OFFLINE_LIMIT_HOURS.end());
        i64::from(hours) * 60 * 60 * 1000
    }

    /// Returns how long the kit of a home visit can be used (V2), in milliseconds: never longer
    /// than a desk may issue without the centre (L11), whatever a message says.
    pub fn kit_life_ms(&self) -> i64 {
        (i64::from(self.visit_hours) * 60 * 60 * 1000).min(self.offline_limit_ms())
    }

    /// Returns the longest time between issue and end of a code (B2), in milliseconds: the days of
    /// [`Self::validity_days`], and the rest of the day of issue.
    pub fn longest_validity_ms(&self) -> i64 {
        (i64::from(self.validity_days) + 1) * DAY_MS
    }

    /// Checks that the numbers are plausible. The centre calls it before it uses its settings.
    ///
    /// # Errors
    /// [`Refusal::PolicyOutOfRange`] for an offline limit outside [`OFFLINE_LIMIT_HOURS`], a
    /// validity of zero days, ages that do not ascend, a negative clock tolerance, or kits that end
    /// at once.
    pub fn check(&self) -> Result<(), Refusal> {
        let ages_in_order =
            self.guardian_age_years <= self.minor_age_years && self.minor_age_years <= self.senior_age_years;
        let fits = OFFLINE_LIMIT_HOURS.contains(&self.offline_limit_hours)
            && self.validity_days > 0
            && ages_in_order
            && self.visit_hours > 0
            && self.clock_tolerance_ms >= 0;
        if fits { Ok(()) } else { Err(Refusal::PolicyOutOfRange) }
    }
}
