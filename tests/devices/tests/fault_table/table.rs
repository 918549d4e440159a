use std::fmt;
use std::time::{Duration, Instant};

/// Numbers of file handles and threads of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) handles: usize,
    pub(crate) threads: usize,
}

impl Held {
    pub(crate) fn now() -> Self {
        let count = |what: &str| std::fs::read_dir(format!("/proc/self/{what}")).unwrap().count();
        Self { handles: count("fd"), threads: count("task") }
    }

    /// Returns what this process holds, as soon as that is no more than `before`, or after
    /// a time limit.
    pub(crate) async fn settled(before: &Self) -> Self {
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            let now = Self::now();
            if (now.handles <= before.handles && now.threads <= before.threads) || Instant::now() > end {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// The eight faults of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    Absent,
    UnpluggedIdle,
    UnpluggedBusy,
    Slow,
    Garbage,
    WrongDevice,
    ComesBack,
    ServiceRestarted,
}

impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Absent => "absent",
            Self::UnpluggedIdle => "unplugged while idle",
            Self::UnpluggedBusy => "unplugged mid-operation",
            Self::Slow => "slow",
            Self::Garbage => "garbage",
            Self::WrongDevice => "wrong device",
            Self::ComesBack => "comes back",
            Self::ServiceRestarted => "service killed and restarted",
        })
    }
}

struct Row {
    device: &'static str,
    trouble: Trouble,
    told: String,
    noticed: Option<Duration>,
    recovered: Option<Duration>,
}

/// The table of faults, and the handles and threads before and after each device.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
    held: Vec<(&'static str, Held, Held)>,
}

impl Table {
    pub(crate) fn row(
        &mut self,
        device: &'static str,
        trouble: Trouble,
        told: &str,
        noticed: Duration,
        recovered: Option<Duration>,
    ) {
        let told = told.to_owned();
        self.rows.push(Row { device, trouble, told, noticed: Some(noticed), recovered });
    }

    /// Adds a row for a fault that this device cannot have.
    pub(crate) fn not_possible(&mut self, device: &'static str, trouble: Trouble, why: &str) {
        let told = format!("({why})");
        self.rows.push(Row { device, trouble, told, noticed: None, recovered: None });
    }

    pub(crate) fn held(&mut self, device: &'static str, before: &Held, after: &Held) {
        self.held.push((device, before.clone(), after.clone()));
    }

    pub(crate) fn assert_nothing_leaked(&self) {
        for (device, before, after) in &self.held {
            assert!(
                after.handles <= before.handles && after.threads <= before.threads,
                "{device} held {before:?} before and {after:?} after"
            );
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time =
            |time: Option<Duration>| time.map_or("–".to_owned(), |time| format!("{} ms", time.as_millis()));
        writeln!(formatter, "| device | fault | the clerk is told | noticed after | used again after |")?;
        writeln!(formatter, "|---|---|---|---|---|")?;
        for row in &self.rows {
            let (noticed, recovered) = (time(row.noticed), time(row.recovered));
            writeln!(
                formatter,
                "| {} | {} | {} | {noticed} | {recovered} |",
                row.device, row.trouble, row.told
            )?;
        }
        writeln!(formatter, "\n| device | handles before → after | threads before → after |")?;
        writeln!(formatter, "|---|---|---|")?;
        for (device, before, after) in &self.held {
            let (handles, threads) = (before.handles, before.threads);
            writeln!(
                formatter,
                "| {device} | {handles} → {} | {threads} → {} |",
                after.handles, after.threads
            )?;
        }
        Ok(())
    }
}
