use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::ScannerError;

/// More than any code of two dimensions holds (QR version 40 in digits: 7089).
const LENGTH_LIMIT: usize = 8192;
/// Set by many scanners before the text: `]`, a letter for the kind of code, a digit (ISO/IEC 15424).
const SYMBOLOGY_PREFIX_LENGTH: usize = 3;

/// The text of one code. It may be a citizen's code: wiped when dropped, and never printed by `Debug`.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct ScannedText(String);

impl ScannedText {
    /// The text, without the scanner's own prefix and line end.
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

/// Cuts what a scanner sends into lines: each code ends with CR, LF or both, as scanners are delivered.
#[derive(Default)]
pub struct ScanLines {
    buffer: Vec<u8>,
    /// The line is longer than any code: dropped up to its end.
    too_long: bool,
}

impl ScanLines {
    /// Takes bytes from the line and returns the codes they end.
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

    /// Forgets an unfinished line, after the scanner went away.
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
