use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serialport::{SerialPort as _, TTYPort};

/// A 2D scanner on a pseudo-terminal: what is scanned is written and ended as scanners do.
///
/// Its device file is a symbolic link at a path of the caller's choice.
#[derive(Debug)]
pub struct EmulatedScanner {
    path: PathBuf,
    /// The scanner's side, and the terminal held open so that a client may come and go.
    plugged: Option<(TTYPort, TTYPort)>,
}

impl EmulatedScanner {
    /// Plugs a scanner in at a path.
    ///
    /// # Errors
    /// When there is no pseudo-terminal or the path cannot be linked.
    pub fn plug_in(path: &Path) -> io::Result<Self> {
        let mut scanner = Self { path: path.to_owned(), plugged: None };
        scanner.plug_in_again()?;
        Ok(scanner)
    }

    /// Plugs it in again after [`EmulatedScanner::unplug`], under the same name.
    ///
    /// # Errors
    /// As for [`EmulatedScanner::plug_in`].
    pub fn plug_in_again(&mut self) -> io::Result<()> {
        self.unplug();
        let (scanner, terminal) = TTYPort::pair().map_err(io::Error::other)?;
        std::os::unix::fs::symlink(terminal.name().ok_or(io::ErrorKind::NotFound)?, &self.path)?;
        self.plugged = Some((scanner, terminal));
        Ok(())
    }

    /// Pulls its cable.
    pub fn unplug(&mut self) {
        if self.plugged.take().is_some() {
            // Nothing to do when somebody else took the link away.
            let _ = std::fs::remove_file(&self.path);
        }
    }

    /// Scans a code: its text and a line end.
    ///
    /// # Errors
    /// When it is unplugged.
    pub fn scan(&mut self, text: &str) -> io::Result<()> {
        self.send(&[text.as_bytes(), b"\r\n"].concat())
    }

    /// Sends any bytes: a scanner set up wrongly.
    ///
    /// # Errors
    /// When it is unplugged.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (scanner, _) = self.plugged.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        scanner.write_all(bytes)
    }
}

impl Drop for EmulatedScanner {
    fn drop(&mut self) {
        self.unplug();
    }
}
