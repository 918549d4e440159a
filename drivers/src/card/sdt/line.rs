//! A line that carries bytes to a device and back.

use std::time::Duration;

/// Reasons why a line does not carry bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// The device file or USB device does not exist.
    #[error("not there")]
    NotFound,
    /// Another program uses it, or permission is missing.
    #[error("may not be opened")]
    Busy,
    /// It was disconnected while in use.
    #[error("went away")]
    Lost,
}

/// Carries bytes to a security module and back.
pub trait Line: Send {
    /// Sends all bytes.
    ///
    /// # Errors
    /// [`LineError::Lost`] if the line was disconnected.
    fn send(&mut self, bytes: &[u8]) -> Result<(), LineError>;

    /// Receives at least one byte, or none if `limit` passes first. Returns the number of bytes.
    ///
    /// # Errors
    /// [`LineError::Lost`] if the line was disconnected.
    fn receive(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, LineError>;

    /// Discards bytes that arrived without a request.
    ///
    /// # Errors
    /// [`LineError::Lost`] if the line was disconnected.
    fn discard(&mut self) -> Result<(), LineError>;
}
