use super::{LineError, Status};
use crate::card::CardError;

/// Why the security module did not do what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SdtError {
    /// The line carries no bytes.
    #[error("line: {0}")]
    Line(#[from] LineError),
    /// No reply in time.
    #[error("no reply")]
    Silent,
    /// A reply whose length or checksum is wrong, twice.
    #[error("damaged reply")]
    Damaged,
    /// A reply whose content has not the shape it must have.
    #[error("malformed content")]
    Malformed,
    /// The module says no.
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
