//! A disk that fails on command, below the SQLite of any program that links this crate.
//!
//! The layer itself is `vfs.c`: a SQLite file system that passes everything on to the real
//! one. A program started with [`VARIABLE`] obeys a [`Control`] file, written by itself or
//! another process: from the n-th call on, a number of calls fail in one way. Without the
//! variable nothing fails.

use libsqlite3_sys as _;
use std::{
    fs::File,
    io::Result,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

/// Environment variable with the path of the control file.
pub const VARIABLE: &str = "FAULTY_DISK_CONTROL";

/// Ways in which calls fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Writes fail because the disk is full.
    Full = 1,
    /// Writing, truncating and synchronising fail.
    IoError = 2,
    /// Half of a write succeeds, then the disk is full.
    ShortWrite = 3,
    /// A write fails after a third of it and leaves garbage in the rest.
    TornPage = 4,
    /// Only synchronising fails.
    SyncFails = 5,
    /// Every call takes 5 ms longer.
    Slow = 6,
    /// Opening, writing and deleting fail, as on a file system remounted read-only.
    Refused = 7,
    /// Only reading fails.
    ReadError = 8,
}

impl Fault {
    /// All faults, for tests that try each.
    pub const ALL: [Self; 8] = [
        Self::Full,
        Self::IoError,
        Self::ShortWrite,
        Self::TornPage,
        Self::SyncFails,
        Self::Slow,
        Self::Refused,
        Self::ReadError,
    ];
}

/// The control file: four 64-bit numbers in native byte order.
pub struct Control {
    file: File,
    path: PathBuf,
}

impl Control {
    /// Creates the file; nothing fails yet.
    ///
    /// # Errors
    /// [`std::io::Error`] if the file cannot be written.
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::options().create(true).truncate(true).read(true).write(true).open(path)?;
        file.write_all_at(&[0; 32], 0)?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// Opens the file this program was started with; `None` without [`VARIABLE`].
    ///
    /// # Errors
    /// [`std::io::Error`] if the file cannot be opened.
    pub fn of_this_program() -> Result<Option<Self>> {
        let Some(path) = std::env::var_os(VARIABLE).map(PathBuf::from) else { return Ok(None) };
        let file = File::options().read(true).write(true).open(&path)?;
        Ok(Some(Self { file, path }))
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes `lasts` calls fail, after `countdown` more calls that succeed.
    ///
    /// # Errors
    /// [`std::io::Error`] if the file cannot be written.
    pub fn arm(&self, fault: Fault, countdown: u64, lasts: u64) -> Result<()> {
        self.heal()?;
        self.file.write_all_at(&countdown.to_ne_bytes(), 8)?;
        self.file.write_all_at(&lasts.to_ne_bytes(), 16)?;
        self.file.write_all_at(&(fault as u64).to_ne_bytes(), 0)
    }

    /// Stops all faults from now on.
    ///
    /// # Errors
    /// [`std::io::Error`] if the file cannot be written.
    pub fn heal(&self) -> Result<()> {
        self.file.write_all_at(&0_u64.to_ne_bytes(), 0)
    }

    /// Returns how many calls have failed or been slowed since the file was created.
    ///
    /// # Errors
    /// [`std::io::Error`] if the file cannot be read.
    pub fn fired(&self) -> Result<u64> {
        let mut bytes = [0; 8];
        self.file.read_exact_at(&mut bytes, 24)?;
        Ok(u64::from_ne_bytes(bytes))
    }
}
