use std::time::Duration;

/// Why a line does not carry bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// The device file or the USB device is not there.
    #[error("not there")]
    NotFound,
    /// Another program holds it, or permission is missing.
    #[error("may not be opened")]
    Busy,
    /// It was there and went away.
    #[error("went away")]
    Lost,
}

/// Something that carries bytes to a security module and back.
pub trait Line: Send {
    /// Sends all bytes.
    ///
    /// # Errors
    /// [`LineError::Lost`] when the line went away.
    fn send(&mut self, bytes: &[u8]) -> Result<(), LineError>;

    /// Receives at least one byte, or none when `limit` passes without any.
    ///
    /// # Errors
    /// [`LineError::Lost`] when the line went away.
    fn receive(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, LineError>;

    /// Throws away what has arrived unasked.
    ///
    /// # Errors
    /// [`LineError::Lost`] when the line went away.
    fn discard(&mut self) -> Result<(), LineError>;
}
