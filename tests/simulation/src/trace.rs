//! What happened, in order: a digest that must be the same for the same seed, and the lines themselves when somebody wants to read them.

use sm3::{Digest, Sm3};
use std::fmt::Write;

/// The trace of a run.
#[derive(Debug, Default)]
pub struct Trace {
    sum: Sm3,
    line: String,
    /// The lines, when they are kept.
    pub lines: Option<Vec<String>>,
}

impl Trace {
    /// Notes one thing.
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

    /// SM3 of everything noted, 64 hex digits.
    #[must_use]
    pub fn digest(&self) -> String {
        rules::hex::encode(&self.sum.clone().finalize())
    }
}
