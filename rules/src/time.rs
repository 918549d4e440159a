//! Instants and calendar days in Shanghai (UTC+8). All dates of the rules are such days.

use jiff::{
    Timestamp,
    civil::{DateTime, date},
    tz::Offset,
};
use serde::{Deserialize, Serialize};

/// Calendar day in Shanghai.
pub type Day = jiff::civil::Date;

/// Returns a day as Chinese sentences and papers write it: `2026年11月23日`.
pub fn day_in_chinese(day: Day) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

/// Calendar day in Shanghai.
#[cfg(feature = "openapi")]
#[derive(utoipa::ToSchema)]
#[schema(as = Day, value_type = String, format = Date)]
#[expect(dead_code, reason = "stands for `Day`, a type of another crate, in the document of the API")]
pub(crate) struct DaySchema(String);

/// Offset of Shanghai from UTC. It is fixed, because summer time ended in 1991, long before the
/// first instant of this system.
///
/// Birth dates are days, not instants, so the summer times of 1986–1991 do not affect them.
const SHANGHAI: Offset = Offset::constant(8);
const SHANGHAI_MS: i64 = 8 * 60 * 60 * 1000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Instant, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct At(pub i64);

impl At {
    /// Returns the calendar day in Shanghai. The day changes at 00:00 Shanghai time (L3).
    pub fn day(self) -> Day {
        self.civil().date()
    }

    /// Returns the wall-clock date and time in Shanghai.
    ///
    /// Only a forged message can hold an instant outside the years −9999 to 9999. It is replaced by
    /// the nearest one.
    pub fn civil(self) -> DateTime {
        let nearest = if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
        SHANGHAI.to_datetime(Timestamp::from_millisecond(self.0).unwrap_or(nearest))
    }

    /// The tenth of a second of its Shanghai day this instant falls into: 0–863999.
    pub fn tenth_of_day(self) -> u32 {
        let time = self.civil().time();
        let seconds =
            (i32::from(time.hour()) * 60 + i32::from(time.minute())) * 60 + i32::from(time.second());
        u32::try_from(seconds * 10 + i32::from(time.millisecond()) / 100).unwrap_or(0)
    }

    /// The instant at which `day` begins in Shanghai.
    pub fn start_of(day: Day) -> Self {
        let days = day.duration_since(date(1970, 1, 1)).as_hours() / 24;
        Self(days * DAY_MS - SHANGHAI_MS)
    }

    /// Returns the instant at which `day` ends: 24:00, which is 00:00 of the next day (L1).
    pub fn end_of(day: Day) -> Self {
        Self(Self::start_of(day).0 + DAY_MS)
    }

    /// Returns the seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Returns this instant moved by `ms`. It saturates at the ends of the range.
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Returns the milliseconds from `earlier` to this instant; negative if `earlier` is later.
    pub const fn since_ms(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}
