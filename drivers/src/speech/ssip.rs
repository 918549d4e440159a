//! SSIP, the protocol of speech-dispatcher: commands in lines, each with an answer of three digits.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use super::SpeechSettings;

/// Longest time that the service takes for an answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// Longest line of an answer, in bytes.
const LONGEST_LINE: u64 = 4096;

/// Reason why a prompt was not spoken.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    /// Neither a socket is set nor is there a session of this user.
    #[error("no socket of speech-dispatcher is known")]
    NoSocket,
    /// The service is not there, or has gone.
    #[error("speech-dispatcher does not answer")]
    Gone(#[from] std::io::Error),
    /// The service refused, for example because it has no such voice.
    #[error("speech-dispatcher refused: {0}")]
    Refused(String),
    /// A setting cannot be part of a command.
    #[error("a setting of speech has a space or line end in it")]
    Setting,
}

/// A connection to the service.
pub(super) struct Connection {
    lines: BufReader<UnixStream>,
}

impl Connection {
    /// Connects and chooses language, module and voice.
    pub(super) fn open(socket: &Path, settings: &SpeechSettings) -> Result<Self, SpeechError> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut connection = Self { lines: BufReader::new(stream) };
        connection.command("SET SELF CLIENT_NAME user:suishen-counter:window")?;
        connection.set("OUTPUT_MODULE", settings.module.as_deref())?;
        connection.set("LANGUAGE", Some(&settings.language))?;
        connection.set("SYNTHESIS_VOICE", settings.voice.as_deref())?;
        Ok(connection)
    }

    /// Says a prompt; one that is being said ends.
    pub(super) fn say(&mut self, prompt: &str) -> Result<(), SpeechError> {
        self.command("CANCEL SELF")?;
        self.command("SPEAK")?;
        // A line of a single dot ends the text, so a dot at the begin of a line is doubled.
        let text = prompt.replace(['\r', '\n'], " ");
        let dot = if text.starts_with('.') { "." } else { "" };
        self.command(&format!("{dot}{text}\r\n."))
    }

    fn set(&mut self, name: &str, value: Option<&str>) -> Result<(), SpeechError> {
        let Some(value) = value else { return Ok(()) };
        if value.is_empty()
            || value.chars().any(|character| character.is_whitespace() || character.is_control())
        {
            return Err(SpeechError::Setting);
        }
        self.command(&format!("SET SELF {name} {value}"))
    }

    /// Sends a command and reads its answer, which may have several lines: `225-…`, `225 OK`.
    fn command(&mut self, command: &str) -> Result<(), SpeechError> {
        self.lines.get_mut().write_all(format!("{command}\r\n").as_bytes())?;
        loop {
            let mut line = String::new();
            if self.lines.by_ref().take(LONGEST_LINE).read_line(&mut line)? == 0 {
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
            }
            let line = line.trim_end();
            match line.as_bytes() {
                [_, _, _, b'-', ..] => {}
                [b'2', ..] => return Ok(()),
                _ => return Err(SpeechError::Refused(line.to_owned())),
            }
        }
    }
}
