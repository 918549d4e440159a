use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

/// What can go wrong while the rig starts, changes or stops a piece.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RigError {
    /// The program could not be started at all; usually its Debian package is missing.
    #[error("{program} cannot be started: {source}")]
    CannotStart {
        /// Name of the piece.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The program ended before it was ready.
    #[error("{program} ended with {status} before it was ready; the end of {log}:\n{tail}", log = .log.display())]
    EndedEarly {
        /// Name of the piece.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// Its whole log.
        log: PathBuf,
        /// The last lines of that log.
        tail: String,
    },
    /// The program runs, but did not become ready in time.
    #[error("{program} was not ready within {within:?}; the end of {log}:\n{tail}", log = .log.display())]
    NotReady {
        /// Name of the piece.
        program: String,
        /// How long was waited.
        within: Duration,
        /// Its whole log.
        log: PathBuf,
        /// The last lines of that log.
        tail: String,
    },
    /// A command that should end by itself failed.
    #[error("{command} failed: {message}")]
    CommandFailed {
        /// The command.
        command: String,
        /// What it printed, or what the system said.
        message: String,
    },
    /// A program of this workspace has not been built.
    #[error("{0} is missing: build the whole workspace first (make test and make run do)")]
    NotBuilt(PathBuf),
    /// No unused port in the rig's range.
    #[error("no free port between {0} and {1}")]
    NoFreePort(u16, u16),
    /// Something expected did not show in time.
    #[error("{what} did not happen within {within:?}")]
    TimedOut {
        /// What was waited for.
        what: String,
        /// How long was waited.
        within: Duration,
    },
    /// A daemon answered otherwise than this rig understands.
    #[error("{0}")]
    Unexpected(String),
    /// A file or a socket.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Result of a step of the rig.
pub type Result<T, E = RigError> = std::result::Result<T, E>;
