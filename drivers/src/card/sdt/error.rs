//! Reasons why a security module did not do what it was asked.

use super::{LineError, Status};
use crate::card::CardError;

/// Reason why the security module did not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SdtError {
    /// The line does not carry bytes.
    #[error("line: {0}")]
    Line(#[from] LineError),
    /// No reply came in time.
    #[error("no reply")]
    Silent,
    /// Length or checksum of the reply was wrong, twice in a row.
    #[error("damaged reply")]
    Damaged,
    /// The content of the reply is malformed.
    #[error("malformed content")]
    Malformed,
    /// The module refused the command with this status.
    #[error("refused: {0:?}")]
    Refused(Status),
    /// The program is ending.
    #[error("stopped")]
    Stopped,
}

impl From<SdtError> for CardError {
    fn from(error: SdtError) -> Self {
        match error {
            SdtError::Line(LineError::Busy) => Self::ReaderBusy,
            SdtError::Line(_) | SdtError::Stopped => Self::ReaderLost,
            SdtError::Silent => Self::ReaderMute,
            SdtError::Damaged | SdtError::Malformed => Self::Protocol,
            SdtError::Refused(status) => refusal(status),
        }
    }
}

fn refusal(status: Status) -> CardError {
    match status {
        Status::CardRejectedModule | Status::ModuleRejectedCard | Status::VerificationFailed => {
            CardError::NotGenuine
        }
        Status::WrongCard => CardError::UnknownCard,
        Status::ReadFailed | Status::RandomFailed | Status::SelectFailed => CardError::Mute,
        Status::FindFailed => CardError::Removed,
        Status::SelfTestFailed | Status::NotAuthorised => CardError::ModuleFailed,
        _ => CardError::Protocol,
    }
}
