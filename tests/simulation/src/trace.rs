//! The trace of a run: a digest that must be the same for the same seed, and the lines
//! themselves on request.

use sm3::{Digest, Sm3};
use std::fmt::Write;

/// The trace of a run.
#[derive(Debug, Default)]
pub struct Trace {
    sum: Sm3,
    line: String,
    /// Lines of the trace, if they are kept.
    pub lines: Option<Vec<String>>,
}

impl Trace {
    /// Records one event.
    pub fn note(&mut self, at_ms: i64, what: std::fmt::Arguments<'_>) {
        self.line.clear();
        // Writing into memory does not fail.
        let _ = write!(self.line, "{at_ms:>9} {what}");
        self.sum.update(self.line.as_bytes());
        self.sum.update(b"\n");
        if let Some(lines) = &mut self.lines {
            lines.push(self.line.clone());
        }
    }

    /// Returns the SM3 digest of everything recorded, as 64 hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        rules::hex::encode(&self.sum.clone().finalize())
    }
}
