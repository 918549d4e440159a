//! The baseline of verification: pgbench looks the same codes up by primary key.

use crate::{
    Place,
    codes::{SHEETS, serial_in_sql, step},
    processor::Processor,
    report::{float, line, rate, say},
};
use anyhow::Context as _;
use std::{process::Command, time::Duration};

/// Settings of a pgbench run.
pub(crate) struct Pgbench {
    pub(crate) clients: usize,
    pub(crate) time: Duration,
    /// Number of codes in the table.
    pub(crate) codes: u32,
}

/// Result of pgbench runs.
#[derive(Default)]
pub(crate) struct Looked {
    pub(crate) count: u64,
    lasted: Duration,
    /// Processor time of the database and of pgbench.
    pub(crate) took: Duration,
}

impl Looked {
    pub(crate) fn add(&mut self, other: Self) {
        self.count += other.count;
        self.lasted += other.lasted;
        self.took += other.took;
    }

    pub(crate) fn per_second(&self) -> f64 {
        rate(self.count, self.lasted)
    }

    pub(crate) fn print(&self, what: &str) -> anyhow::Result<()> {
        let each = self.took.as_secs_f64() * 1e6 / float(self.count);
        say(what, self.count, self.lasted)?;
        line(&format!("    processor time each: {each:.1} µs"))
    }
}

impl Pgbench {
    pub(crate) async fn run(&self, place: &Place) -> anyhow::Result<Looked> {
        let script = format!(
            "\\set sheet random(0, {})\n\\set i :sheet * {}\nSELECT serial, state, issued_at, valid_through, copies, claims, key_id \
             FROM code WHERE bucket = (:i % 256)::smallint AND serial = {};\n",
            SHEETS.min(self.codes) - 1,
            step(self.codes),
            serial_in_sql(":i::integer")
        );
        let path = place.centre.folder.path().join("lookup.sql");
        std::fs::write(&path, script)?;
        let mut command = Command::new("pgbench");
        command.args(["-n", "-M", "prepared", "-j", "2", "-c", &self.clients.to_string()]);
        command
            .args(["-T", &self.time.as_secs().to_string(), "-f"])
            .arg(&path)
            .arg(place.centre.postgres.url());
        let before = Processor::with_ended_children(place)?;
        let output = tokio::task::spawn_blocking(move || command.output()).await?.context("pgbench")?;
        let took = Processor::with_ended_children(place)?.since(before).total();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let said =
            |what: &str| text.lines().find_map(|line| line.strip_prefix(what)?.split([' ', '/']).next());
        let found = said("number of transactions actually processed: ").and_then(|text| text.parse().ok());
        let count = found
            .with_context(|| format!("pgbench said: {text}{}", String::from_utf8_lossy(&output.stderr)))?;
        let per_second: f64 = said("tps = ").and_then(|text| text.parse().ok()).context("pgbench: tps")?;
        Ok(Looked { count, lasted: Duration::from_secs_f64(float(count) / per_second), took })
    }
}
