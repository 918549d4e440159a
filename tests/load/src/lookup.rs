//! What verification is compared with: pgbench looking the same codes up by their primary key.

use crate::{
    Place,
    codes::{serial_in_sql, step},
};
use anyhow::Context as _;
use std::{process::Command, time::Duration};

/// How it looks up.
pub(crate) struct Pgbench {
    pub(crate) clients: usize,
    pub(crate) time: Duration,
    /// Codes there are.
    pub(crate) codes: u32,
    /// How many of them are looked up.
    pub(crate) sheets: usize,
}

impl Pgbench {
    /// Look-ups a second.
    pub(crate) async fn run(&self, place: &Place) -> anyhow::Result<f64> {
        let script = format!(
            "\\set sheet random(0, {})\n\\set i :sheet * {}\nSELECT serial, state, issued_at, valid_through, copies, duplicate_of \
             FROM code WHERE bucket = (:i % 256)::smallint AND serial = {};\n",
            self.sheets - 1,
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
        let output = tokio::task::spawn_blocking(move || command.output()).await?.context("pgbench")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let found =
            text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        found.with_context(|| format!("pgbench said: {text}{}", String::from_utf8_lossy(&output.stderr)))
    }
}
