//! A serial line for card readers and scanners.

use std::io::{ErrorKind, Read as _, Write as _};
use std::time::Duration;

use serialport::{ClearBuffer, SerialPort as _, TTYPort};

use super::{Line, LineError};

/// Longest time to send a few bytes.
const SEND_LIMIT: Duration = Duration::from_secs(1);

/// A serial line: 8 data bits, no parity, one stop bit, no flow control (the
/// defaults of `serialport`).
pub struct SerialLine(TTYPort);

impl SerialLine {
    /// Opens a serial line for exclusive use.
    ///
    /// # Errors
    /// [`LineError::NotFound`] if the device does not exist, [`LineError::Busy`] if it is in use
    /// or not permitted.
    pub fn open(path: &str, baud_rate: u32) -> Result<Self, LineError> {
        serialport::new(path, baud_rate).timeout(SEND_LIMIT).open_native().map(Self).map_err(|error| {
            match error.kind() {
                serialport::ErrorKind::Io(ErrorKind::PermissionDenied | ErrorKind::ResourceBusy)
                | serialport::ErrorKind::NoDevice
                    if std::fs::exists(path).unwrap_or(true) =>
                {
                    LineError::Busy
                }
                _ => LineError::NotFound,
            }
        })
    }
}

impl Line for SerialLine {
    fn send(&mut self, bytes: &[u8]) -> Result<(), LineError> {
        self.0.set_timeout(SEND_LIMIT).map_err(|_| LineError::Lost)?;
        self.0.write_all(bytes).map_err(|_| LineError::Lost)
    }

    fn receive(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, LineError> {
        self.0.set_timeout(limit).map_err(|_| LineError::Lost)?;
        match self.0.read(buffer) {
            // A terminal whose other end is gone reads as end of file.
            Ok(0) => Err(LineError::Lost),
            Ok(count) => Ok(count),
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => Ok(0),
            Err(_) => Err(LineError::Lost),
        }
    }

    fn discard(&mut self) -> Result<(), LineError> {
        self.0.clear(ClearBuffer::Input).map_err(|_| LineError::Lost)
    }
}
