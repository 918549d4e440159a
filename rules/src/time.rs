//! Instants and Shanghai civil days. All rule dates are calendar days in Asia/Shanghai (UTC+8, no summer time since 1991).

use jiff::{
    Timestamp,
    civil::{DateTime, date},
    tz::Offset,
};
use serde::{Deserialize, Serialize};

/// A calendar day in Shanghai.
pub type Day = jiff::civil::Date;

/// Shanghai's distance from UTC. Fixed: summer time ended in 1991, and nothing in this system is older than the system.
/// (Birth dates are days, not instants, so the summers of 1986–1991 do not touch them.)
const SHANGHAI: Offset = Offset::constant(8);
const SHANGHAI_MS: i64 = 8 * 60 * 60 * 1000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct At(pub i64);

impl At {
    /// The Shanghai calendar day this instant falls on. The day turns at 00:00 Shanghai (L3).
    pub fn day(self) -> Day {
        self.civil().date()
    }

    /// Shanghai wall-clock date and time. An instant outside the years −9999 to 9999 (which only a forged message can
    /// carry) gives the nearest representable one.
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

    /// The instant at which `day` is over: 24:00, the same as 00:00 of the next day (L1).
    pub fn end_of(day: Day) -> Self {
        Self(Self::start_of(day).0 + DAY_MS)
    }

    /// Seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This instant moved by `ms`; stays at the ends of the range instead of wrapping.
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this instant; negative when `earlier` is later.
    pub const fn since_ms(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}
