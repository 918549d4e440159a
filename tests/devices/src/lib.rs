//! Runs a program that uses the drivers as the desk does, and reads its events.
//!
//! The PC/SC library reads the socket path from the environment only once, so every user of a
//! private daemon needs its own process. That also lets a test count its file handles and threads.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Time limit that nothing a test waits for exceeds on any machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// An event of the card readers as the program prints it. Personal data may be printed, because the
/// holders are invented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Seen {
    /// A reader appeared.
    ReaderFound(String),
    /// A reader disappeared.
    ReaderLost(String),
    /// The card service ended.
    ServiceLost,
    /// The card service returned.
    ServiceBack,
    /// A card was laid on a reader.
    CardFound(String),
    /// A card was read.
    Read {
        /// Name of the reader.
        reader: String,
        /// One of `identity`, `social-security`, `identifier`.
        kind: String,
        /// Name of the holder.
        name: String,
        /// Number of the holder.
        number: String,
        /// Added address, if the card has one.
        added_address: Option<String>,
        /// Duration of the read, in microseconds.
        took_us: u64,
    },
    /// A card could not be read; carries the code of the error.
    ReadFailed(String),
    /// A card was lifted.
    CardRemoved(String),
    /// Answer to `status`: reader, state and code of the last error.
    Status(Vec<(String, String, Option<String>)>),
}

/// The running program, with its input and output.
#[derive(Debug)]
pub struct DeskProcess {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl DeskProcess {
    /// Starts `program` with these arguments and environment.
    ///
    /// # Errors
    /// Any failure to start it.
    pub fn start(program: &Path, arguments: &[&str], environment: &[(&str, String)]) -> anyhow::Result<Self> {
        let mut child = Command::new(program)
            .args(arguments)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let input = child.stdin.take().context("no standard input")?;
        let output = child.stdout.take().context("no standard output")?;
        Ok(Self { child, input, output: BufReader::new(output).lines() })
    }

    /// Returns the next event.
    ///
    /// # Errors
    /// If none comes in time or the program ends.
    pub async fn next(&mut self) -> anyhow::Result<Seen> {
        let line =
            tokio::time::timeout(PATIENCE, self.output.next_line()).await.context("nothing was seen")??;
        Ok(serde_json::from_str(&line.context("the program ended")?)?)
    }

    /// Skips events until one satisfies `wanted`; returns it and the time since the call.
    ///
    /// # Errors
    /// If none does; the error lists the skipped events.
    pub async fn until(&mut self, wanted: impl Fn(&Seen) -> bool) -> anyhow::Result<(Seen, Duration)> {
        let begin = Instant::now();
        let mut skipped = Vec::new();
        while begin.elapsed() < PATIENCE {
            match self.next().await {
                Ok(seen) if wanted(&seen) => return Ok((seen, begin.elapsed())),
                Ok(seen) => skipped.push(seen),
                Err(error) => return Err(error.context(format!("saw only {skipped:?}"))),
            }
        }
        bail!("saw only {skipped:?}")
    }

    /// Sends a command: `again`, `status` or `quit`.
    ///
    /// # Errors
    /// If the program has ended.
    pub async fn command(&mut self, command: &str) -> anyhow::Result<()> {
        self.input.write_all(format!("{command}\n").as_bytes()).await?;
        Ok(self.input.flush().await?)
    }

    /// Returns the numbers of file handles and threads of the program.
    ///
    /// # Errors
    /// If the program has ended.
    pub fn holds(&self) -> anyhow::Result<(usize, usize)> {
        let id = self.child.id().context("the program ended")?;
        let count =
            |what: &str| Ok::<_, std::io::Error>(std::fs::read_dir(format!("/proc/{id}/{what}"))?.count());
        Ok((count("fd")?, count("task")?))
    }

    /// Tells the program to stop its readers and end; returns how long that took.
    ///
    /// # Errors
    /// If it does not end, or ends with a failure.
    pub async fn quit(mut self) -> anyhow::Result<Duration> {
        let begin = Instant::now();
        self.command("quit").await?;
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.context("it does not end")??;
        if status.success() { Ok(begin.elapsed()) } else { bail!("ended with {status}") }
    }
}
