//! Processor time, which says more than elapsed time on a machine that others use too.

use crate::{Place, report::line};
use rig::central::Central;
use std::time::Duration;

/// Units per second of Linux's processor times (`USER_HZ`, the same everywhere).
const TICKS: u32 = 100;

/// Processor time of the database, the centre and this process up to now.
#[derive(Clone, Copy)]
pub(crate) struct Processor {
    database: Duration,
    centre: Duration,
    clients: Duration,
}

impl Processor {
    pub(crate) fn now(place: &Place, central: Option<&Central>) -> anyhow::Result<Self> {
        let of = |pid: Option<u32>| pid.map_or(Ok(Duration::ZERO), family);
        Ok(Self {
            database: of(place.centre.postgres.pid())?,
            centre: of(central.and_then(Central::pid))?,
            clients: own(&std::fs::read_to_string("/proc/self/stat")?),
        })
    }

    /// Returns the time without a centre, but with ended children of this process, such as pgbench.
    pub(crate) fn with_ended_children(place: &Place) -> anyhow::Result<Self> {
        let children = ticks(&std::fs::read_to_string("/proc/self/stat")?, [15, 16]);
        let now = Self::now(place, None)?;
        Ok(Self { clients: now.clients + children, ..now })
    }

    /// Returns the time since an earlier moment.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            database: self.database.saturating_sub(earlier.database),
            centre: self.centre.saturating_sub(earlier.centre),
            clients: self.clients.saturating_sub(earlier.clients),
        }
    }

    pub(crate) fn total(self) -> Duration {
        self.database + self.centre + self.clients
    }

    /// Prints the time per item of `count`.
    pub(crate) fn print(self, count: u64) -> anyhow::Result<()> {
        let each = |time: Duration| time.as_secs_f64() * 1e6 / crate::report::float(count);
        line(&format!(
            "    processor time each: {:.1} µs = database {:.1} + centre {:.1} + clients {:.1}",
            each(self.total()),
            each(self.database),
            each(self.centre),
            each(self.clients)
        ))
    }
}

impl std::ops::AddAssign for Processor {
    fn add_assign(&mut self, other: Self) {
        self.database += other.database;
        self.centre += other.centre;
        self.clients += other.clients;
    }
}

impl Default for Processor {
    fn default() -> Self {
        Self { database: Duration::ZERO, centre: Duration::ZERO, clients: Duration::ZERO }
    }
}

/// Returns the time of a process with its children, including ended ones.
fn family(pid: u32) -> anyhow::Result<Duration> {
    let mut total = Duration::ZERO;
    for entry in std::fs::read_dir("/proc")? {
        let Some(other) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // A process that ends meanwhile is counted by its parent.
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{other}/stat")) else { continue };
        if other == pid {
            total += own(&stat) + ticks(&stat, [15, 16]);
        } else if field(&stat, 3) == u64::from(pid) {
            total += own(&stat);
        }
    }
    Ok(total)
}

/// Returns the time in the program and in the kernel on its behalf.
fn own(stat: &str) -> Duration {
    ticks(stat, [13, 14])
}

fn ticks(stat: &str, fields: [usize; 2]) -> Duration {
    let ticks: u64 = fields.map(|index| field(stat, index)).iter().sum();
    Duration::from_secs(ticks) / TICKS
}

/// Returns a field of `/proc/PID/stat`, counted from 0. Field 1 is the name in brackets, which
/// may contain anything.
fn field(stat: &str, index: usize) -> u64 {
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    after.split_whitespace().nth(index - 2).and_then(|text| text.parse().ok()).unwrap_or(0)
}
