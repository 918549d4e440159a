use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

/// Failure to start, change or stop a piece of the rig.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RigError {
    /// The program could not be started at all; usually its Debian package is missing.
    #[error("{program} cannot be started: {source}")]
    CannotStart {
        /// Name of the piece.
        program: String,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// The program ended before it was ready.
    #[error("{program} ended with {status} before it was ready; the end of {log}:\n{tail}", log = .log.display())]
    EndedEarly {
        /// Name of the piece.
        program: String,
        /// Exit status of the program.
        status: ExitStatus,
        /// Path of its log.
        log: PathBuf,
        /// Last lines of the log.
        tail: String,
    },
    /// The program runs but did not become ready in time.
    #[error("{program} was not ready within {within:?}; the end of {log}:\n{tail}", log = .log.display())]
    NotReady {
        /// Name of the piece.
        program: String,
        /// Time that was waited.
        within: Duration,
        /// Path of its log.
        log: PathBuf,
        /// Last lines of the log.
        tail: String,
    },
    /// A command that should end by itself failed.
    #[error("{command} failed: {message}")]
    CommandFailed {
        /// The command line.
        command: String,
        /// Output of the command, or the error of the system.
        message: String,
    },
    /// A program of this workspace has not been built.
    #[error("{0} is missing: build the whole workspace first (make test and make run do)")]
    NotBuilt(PathBuf),
    /// The rig's range has no unused port.
    #[error("no free port between {0} and {1}")]
    NoFreePort(u16, u16),
    /// An expected state did not appear in time.
    #[error("{what} did not happen within {within:?}")]
    TimedOut {
        /// The state that was waited for.
        what: String,
        /// Time that was waited.
        within: Duration,
    },
    /// A daemon answered in a way the rig does not understand.
    #[error("{0}")]
    Unexpected(String),
    /// A file or socket failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Result of a step of the rig.
pub type Result<T, E = RigError> = std::result::Result<T, E>;
