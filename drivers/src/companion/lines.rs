//! Lines of one device: none too long, and not too many.

use std::time::Instant;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Longest line, in bytes; the longest of the protocol has less than 200.
const LONGEST_LINE: usize = 1024;
/// Lines that a device may send at once.
const BURST: f64 = 20.0;
/// Lines that it may send in each second after that.
const PER_SECOND: f64 = 5.0;

/// Reads lines from a device.
pub(super) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
}

/// What came from a device.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// A line without its end.
    Line(Vec<u8>),
    /// A line longer than any of the protocol. Nothing more is read.
    TooLong,
    /// The device has gone.
    End,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, buffer: Vec::new() }
    }

    /// Returns the next line. Dropped while it waits, it loses nothing.
    pub(super) async fn next(&mut self) -> Read {
        let mut piece = [0; LONGEST_LINE];
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let rest = self.buffer.split_off(end + 1);
                let mut line = std::mem::replace(&mut self.buffer, rest);
                line.truncate(end);
                return if line.len() > LONGEST_LINE { Read::TooLong } else { Read::Line(line) };
            }
            if self.buffer.len() > LONGEST_LINE {
                return Read::TooLong;
            }
            match self.reader.read(&mut piece).await {
                Ok(0) | Err(_) => return Read::End,
                Ok(count) => self.buffer.extend_from_slice(&piece[..count]),
            }
        }
    }
}

/// How many lines a device may still send now.
pub(super) struct Allowance {
    left: f64,
    counted: Instant,
}

impl Allowance {
    pub(super) fn new(now: Instant) -> Self {
        Self { left: BURST, counted: now }
    }

    /// Takes one line from it; `false` if none is left.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let earned = now.saturating_duration_since(self.counted).as_secs_f64() * PER_SECOND;
        self.left = (self.left + earned).min(BURST);
        self.counted = now;
        let may = self.left >= 1.0;
        if may {
            self.left -= 1.0;
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    async fn all(bytes: &[u8]) -> Vec<Read> {
        let mut lines = Lines::new(bytes);
        let mut found = Vec::new();
        loop {
            let read = lines.next().await;
            let is_last = !matches!(read, Read::Line(_));
            found.push(read);
            if is_last {
                return found;
            }
        }
    }

    #[tokio::test]
    async fn lines_are_split_and_an_unfinished_one_is_none() {
        let line = |text: &str| Read::Line(text.as_bytes().to_vec());
        assert_eq!(all(b"one\ntwo\nthr").await, [line("one"), line("two"), Read::End]);
    }

    #[tokio::test]
    async fn a_line_without_end_is_not_kept_for_ever() {
        let endless = vec![b'x'; 10 * LONGEST_LINE];
        assert_eq!(all(&endless).await, [Read::TooLong]);
        let long = [vec![b'x'; LONGEST_LINE + 1], b"\n".to_vec()].concat();
        assert_eq!(all(&long).await, [Read::TooLong]);
    }

    #[test]
    fn too_many_lines_at_once_are_not_taken_and_later_ones_are() {
        let start = Instant::now();
        let mut allowance = Allowance::new(start);
        let taken = (0..100).filter(|_| allowance.take(start)).count();
        assert_eq!(taken, 20);
        assert!(allowance.take(start + Duration::from_secs(1)));
    }
}
