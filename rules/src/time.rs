//! Instants and Shanghai civil days. All rule dates are calendar days in Asia/Shanghai (UTC+8, no summer time since 1991).

use serde::{Deserialize, Serialize};

/// A calendar day in Shanghai.
pub type Day = jiff::civil::Date;

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct At(pub i64);

impl At {
    /// The Shanghai calendar day this instant falls on. The day turns at 00:00 Shanghai (L3).
    pub fn day(self) -> Day {
        self.civil().date()
    }

    /// Shanghai wall-clock date and time.
    pub fn civil(self) -> jiff::civil::DateTime {
        todo!()
    }

    /// The instant at which `day` begins in Shanghai.
    pub fn start_of(_day: Day) -> Self {
        todo!()
    }

    /// Seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
}
