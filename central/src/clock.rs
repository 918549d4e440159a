//! The only place that reads the system clock.

use rules::At;
use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the current time, in milliseconds since the Unix epoch.
#[must_use]
pub fn now() -> At {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    At(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
