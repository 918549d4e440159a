//! Faults that emulated devices can show.

use std::str::FromStr;
use std::time::Duration;

/// One fault of an emulated device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The card or cable is pulled this long after the device was first used.
    PullAfter(Duration),
    /// The card or cable is pulled when this command arrives (counted from 1), without an answer.
    PullAt(u32),
    /// Every answer is delayed by this time.
    Delay(Duration),
    /// The content of answers is noise.
    Garbage,
    /// Every answer is empty.
    Empty,
    /// The device does not answer.
    Mute,
    /// Every answer is this status word.
    Status(u16),
    /// Noise precedes every answer (serial devices).
    Noise,
    /// Every answer has a wrong checksum (serial devices).
    BadChecksum,
    /// Every answer ends in the middle (serial devices).
    Truncated,
}

/// Faults of one emulated device; usually none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// Returns no faults: the device works.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Returns a single fault.
    #[must_use]
    pub fn one(fault: Fault) -> Self {
        Self(vec![fault])
    }

    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.0.contains(&fault)
    }

    pub(crate) fn pull_after(&self) -> Option<Duration> {
        self.0.iter().find_map(|fault| match fault {
            Fault::PullAfter(duration) => Some(*duration),
            _ => None,
        })
    }

    pub(crate) fn pulls_at(&self, command: u32) -> bool {
        self.has(Fault::PullAt(command))
    }

    pub(crate) fn delay(&self) -> Duration {
        self.0
            .iter()
            .find_map(|fault| if let Fault::Delay(delay) = fault { Some(*delay) } else { None })
            .unwrap_or_default()
    }

    pub(crate) fn status(&self) -> Option<u16> {
        self.0.iter().find_map(|fault| if let Fault::Status(status) = fault { Some(*status) } else { None })
    }
}

/// Error for a text that is not a known fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a fault: {0}; use pull-after=300ms, pull-at=3, delay=50ms, garbage, empty, mute, status=6982, noise, \
     bad-checksum or truncated"
)]
pub struct ParseFaultError(String);

impl FromStr for Fault {
    type Err = ParseFaultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseFaultError(text.to_owned());
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        match (name, value) {
            ("pull-after", value) => milliseconds(value).map(Self::PullAfter).ok_or_else(error),
            ("delay", value) => milliseconds(value).map(Self::Delay).ok_or_else(error),
            ("pull-at", value) => value.parse().map(Self::PullAt).map_err(|_| error()),
            ("status", value) => u16::from_str_radix(value, 16).map(Self::Status).map_err(|_| error()),
            ("garbage", "") => Ok(Self::Garbage),
            ("empty", "") => Ok(Self::Empty),
            ("mute", "") => Ok(Self::Mute),
            ("noise", "") => Ok(Self::Noise),
            ("bad-checksum", "") => Ok(Self::BadChecksum),
            ("truncated", "") => Ok(Self::Truncated),
            _ => Err(error()),
        }
    }
}

fn milliseconds(text: &str) -> Option<Duration> {
    text.strip_suffix("ms")?.parse().ok().map(Duration::from_millis)
}
