//! An emulated companion device: a queue-calling system (叫号), a rating device (好差评) or a display.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A companion device that is connected to a window. It writes its lines itself and shares no
/// encoder with the window.
#[derive(Debug)]
pub struct EmulatedCompanion {
    lines: BufReader<UnixStream>,
    /// Lines that came while an answer was awaited.
    missed: Vec<String>,
    next_id: u32,
}

impl EmulatedCompanion {
    /// Connects as a `queue`, `rating` or `display` device of protocol version 1 and returns once
    /// the window has answered.
    ///
    /// # Errors
    /// The error of connecting, and [`io::ErrorKind::ConnectionRefused`] with the window's answer.
    pub fn connect(socket: &Path, device: &str) -> io::Result<Self> {
        let mut companion = Self::open(socket)?;
        // A window without a place says so unasked, and may be gone before the hello.
        let sent = companion.send(&format!(r#"{{"type":"hello","version":1,"device":"{device}"}}"#));
        let answer = companion.read().map_err(|error| sent.err().unwrap_or(error))?;
        if answer.contains(r#""type":"hello""#) {
            Ok(companion)
        } else {
            Err(io::Error::new(io::ErrorKind::ConnectionRefused, answer))
        }
    }

    /// Connects and says nothing yet.
    ///
    /// # Errors
    /// The error of connecting.
    pub fn open(socket: &Path) -> io::Result<Self> {
        const PATIENCE: Duration = Duration::from_secs(60);
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { lines: BufReader::new(stream), missed: Vec::new(), next_id: 1 })
    }

    /// Sends any line.
    ///
    /// # Errors
    /// The error of writing.
    pub fn send(&mut self, line: &str) -> io::Result<()> {
        self.lines.get_mut().write_all(format!("{line}\n").as_bytes())
    }

    /// Calls a ticket to the window and returns the answer.
    ///
    /// # Errors
    /// The errors of writing and reading.
    pub fn call(&mut self, ticket: &str, waited_seconds: u32) -> io::Result<String> {
        let id = self.id();
        self.ask(
            id,
            &format!(
                r#"{{"type":"ticket_called","id":{id},"ticket":"{ticket}","waited_seconds":{waited_seconds}}}"#
            ),
        )
    }

    /// Says that the visitor with the called ticket has left, and returns the answer.
    ///
    /// # Errors
    /// The errors of writing and reading.
    pub fn done(&mut self) -> io::Result<String> {
        let id = self.id();
        self.ask(id, &format!(r#"{{"type":"ticket_done","id":{id}}}"#))
    }

    /// Rates a case and returns the answer.
    ///
    /// # Errors
    /// The errors of writing and reading.
    pub fn rate(&mut self, case: &str, score: u8) -> io::Result<String> {
        let id = self.id();
        self.ask(id, &format!(r#"{{"type":"rating","id":{id},"case":"{case}","score":{score}}}"#))
    }

    /// Returns the next line, with those that came before an answer first.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] once the window has ended the connection.
    pub fn next_line(&mut self) -> io::Result<String> {
        if self.missed.is_empty() { self.read() } else { Ok(self.missed.remove(0)) }
    }

    fn id(&mut self) -> u32 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    fn ask(&mut self, id: u32, line: &str) -> io::Result<String> {
        self.send(line)?;
        loop {
            let line = self.read()?;
            if line.contains(&format!(r#""id":{id}"#)) || line.contains(r#""id":null"#) {
                return Ok(line);
            }
            self.missed.push(line);
        }
    }

    fn read(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.lines.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }
}
