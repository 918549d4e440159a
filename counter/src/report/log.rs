//! The newest lines of the program's log, kept in memory for the report.

use super::redact;
use std::{
    collections::VecDeque,
    io,
    sync::{Mutex, PoisonError},
};

/// Lines kept; a bad day at a window writes a few hundred.
const KEPT: usize = 400;
/// Longest line kept, in characters.
const LONGEST: usize = 1_000;

static LINES: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

/// Writer of the log: each line is kept redacted, and the oldest ones go.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogTail;

impl LogTail {
    /// Returns the lines kept, oldest first.
    pub(super) fn lines(self) -> Vec<String> {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

impl io::Write for LogTail {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            lines.push_back(redact::line(line).chars().take(LONGEST).collect());
        }
        let surplus = lines.len().saturating_sub(KEPT);
        lines.drain(..surplus);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
