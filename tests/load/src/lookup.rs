//! What verification is compared with: pgbench looking codes up by their primary key in the same data.

use anyhow::Context as _;
use rules::life::Serial;
use std::{fmt::Write as _, process::Command, time::Duration};

/// Scripts pgbench takes in turn, each with another code.
const SCRIPTS: usize = 100;

/// Look-ups a second.
pub(crate) async fn pgbench(
    url: &str,
    serials: &[Serial],
    clients: usize,
    time: Duration,
) -> anyhow::Result<f64> {
    let folder = tempfolder()?;
    let mut command = Command::new("pgbench");
    command.args([
        "-n",
        "-M",
        "prepared",
        "-c",
        &clients.to_string(),
        "-j",
        "2",
        "-T",
        &time.as_secs().to_string(),
    ]);
    for (index, serial) in serials.iter().take(SCRIPTS).enumerate() {
        let mut script = String::new();
        writeln!(
            script,
            "SELECT serial, state, issued_at, valid_through, copies, duplicate_of FROM code WHERE bucket = {} AND serial = '\\x{serial}';",
            serial.bucket()
        )?;
        let path = folder.join(format!("{index}.sql"));
        std::fs::write(&path, script)?;
        command.arg("-f").arg(path);
    }
    command.arg(url);
    let output = tokio::task::spawn_blocking(move || command.output()).await?.context("pgbench")?;
    std::fs::remove_dir_all(&folder)?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let found = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    found.with_context(|| format!("pgbench said: {text}{}", String::from_utf8_lossy(&output.stderr)))
}

fn tempfolder() -> anyhow::Result<std::path::PathBuf> {
    let folder = std::env::temp_dir().join(format!("suishen-pgbench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
