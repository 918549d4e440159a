//! Splits the bytes of a scanner into codes.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::ScannerError;

/// Longest line, in bytes. A 2D code holds at most 7089 characters (QR version 40 in digits).
const LENGTH_LIMIT: usize = 8192;
/// Length of the prefix that many scanners send: `]`, a letter for the kind of code, a
/// digit (ISO/IEC 15424).
const SYMBOLOGY_PREFIX_LENGTH: usize = 3;

/// Text of one code. It may belong to a citizen, so it is wiped when dropped and
/// hidden from `Debug`.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct ScannedText(String);

impl ScannedText {
    /// Returns the text without the scanner's prefix and line end.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ScannedText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ScannedText({} bytes, redacted)", self.0.len())
    }
}

/// Splits the bytes of a scanner into lines. Each code ends with CR, LF or both, as in
/// the factory setting.
#[derive(Default)]
pub struct ScanLines {
    buffer: Vec<u8>,
    /// Whether the line is longer than any code. Such a line is dropped up to its end.
    too_long: bool,
}

impl ScanLines {
    /// Adds received bytes and returns the codes they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Result<ScannedText, ScannerError>> {
        let mut codes = Vec::new();
        for byte in bytes {
            match byte {
                b'\r' | b'\n' => codes.extend(self.end_line()),
                _ if self.buffer.len() == LENGTH_LIMIT => self.too_long = true,
                _ => self.buffer.push(*byte),
            }
        }
        codes
    }

    /// Discards an unfinished line, after the scanner was disconnected.
    pub fn clear(&mut self) {
        self.buffer.zeroize();
        self.too_long = false;
    }

    fn end_line(&mut self) -> Option<Result<ScannedText, ScannerError>> {
        let mut line = std::mem::take(&mut self.buffer);
        let too_long = std::mem::take(&mut self.too_long);
        if line.is_empty() {
            return None;
        }
        let code = match str::from_utf8(without_prefix(&line)) {
            Ok(text) if !too_long && !text.contains(char::is_control) => Ok(ScannedText(text.to_owned())),
            _ => Err(ScannerError::Garbled),
        };
        line.zeroize();
        Some(code)
    }
}

impl Drop for ScanLines {
    fn drop(&mut self) {
        self.buffer.zeroize();
    }
}

fn without_prefix(line: &[u8]) -> &[u8] {
    match line {
        [b']', kind, modifier, ..] if kind.is_ascii_alphabetic() && modifier.is_ascii_digit() => {
            &line[SYMBOLOGY_PREFIX_LENGTH..]
        }
        _ => line,
    }
}
