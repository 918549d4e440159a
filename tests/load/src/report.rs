//! Output of the figures.

use std::{io::Write as _, time::Duration};

/// Prints one line to standard output.
pub(crate) fn line(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(())
}

/// Prints a count, its time and its rate.
pub(crate) fn say(what: &str, count: u64, time: Duration) -> anyhow::Result<()> {
    line(&format!("{what}: {count} in {:.2} s = {:.0}/s", time.as_secs_f64(), rate(count, time)))
}

/// Returns the rate per second.
pub(crate) fn rate(count: u64, time: Duration) -> f64 {
    float(count) / time.as_secs_f64()
}

/// Converts a count for calculations.
pub(crate) fn float(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

/// Returns the value below which `share` per cent of the times lie.
pub(crate) fn percentile(times: &mut [Duration], share: usize) -> Duration {
    times.sort_unstable();
    times.get((times.len() * share / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}
