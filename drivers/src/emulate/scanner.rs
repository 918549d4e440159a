//! An emulated serial 2D scanner.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serialport::{SerialPort as _, TTYPort};

/// A 2D scanner on a pseudo-terminal. It writes scanned text and a line end, as scanners do.
///
/// Its device file is a symbolic link at a path that the caller chooses.
#[derive(Debug)]
pub struct EmulatedScanner {
    path: PathBuf,
    /// Side of the scanner, and the terminal, which is held open so that clients may come and go.
    plugged: Option<(TTYPort, TTYPort)>,
}

impl EmulatedScanner {
    /// Plugs in a scanner at a path.
    ///
    /// # Errors
    /// An I/O error if there is no pseudo-terminal or the path cannot be linked.
    pub fn plug_in(path: &Path) -> io::Result<Self> {
        let mut scanner = Self { path: path.to_owned(), plugged: None };
        scanner.plug_in_again()?;
        Ok(scanner)
    }

    /// Plugs the scanner in again after [`EmulatedScanner::unplug`], under the same name.
    ///
    /// # Errors
    /// The errors of [`EmulatedScanner::plug_in`].
    pub fn plug_in_again(&mut self) -> io::Result<()> {
        self.unplug();
        // A duplicate is closed in programs that are started later: they would keep a line alive
        // that is unplugged here.
        let own = |port: &TTYPort| port.try_clone_native().map_err(io::Error::other);
        let pair = TTYPort::pair().map_err(io::Error::other)?;
        let (scanner, terminal) = (own(&pair.0)?, own(&pair.1)?);
        std::os::unix::fs::symlink(terminal.name().ok_or(io::ErrorKind::NotFound)?, &self.path)?;
        self.plugged = Some((scanner, terminal));
        Ok(())
    }

    /// Pulls the cable of the scanner.
    pub fn unplug(&mut self) {
        if self.plugged.take().is_some() {
            // If somebody else removed the link, there is nothing to do.
            let _ = std::fs::remove_file(&self.path);
        }
    }

    /// Scans a code: sends its text and a line end.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotConnected`] if it is unplugged, or the error of writing.
    pub fn scan(&mut self, text: &str) -> io::Result<()> {
        self.send(&[text.as_bytes(), b"\r\n"].concat())
    }

    /// Sends any bytes, like a misconfigured scanner.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotConnected`] if it is unplugged, or the error of writing.
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
