//! A disk that fails on command, below the SQLite of whatever program links this crate.
//!
//! The layer itself is `vfs.c`: a SQLite file system that passes everything on to the real one. A program that was started
//! with [`VARIABLE`] naming a [`Control`] file can be told, by itself or by another process, that from the n-th call on
//! a number of calls fail in one way. Without the variable nothing ever fails.

use libsqlite3_sys as _;
use std::{
    fs::File,
    io::Result,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

/// Environment variable with the path of the control file.
pub const VARIABLE: &str = "FAULTY_DISK_CONTROL";

/// How calls fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The disk is full.
    Full = 1,
    /// Writing, truncating and synchronising fail.
    IoError = 2,
    /// Half of a write gets through, then the disk is full.
    ShortWrite = 3,
    /// A write fails after a third of it, and leaves rubbish in the rest.
    TornPage = 4,
    /// Only synchronising fails.
    SyncFails = 5,
    /// Every call takes 5 ms longer.
    Slow = 6,
    /// Nothing can be opened, written or deleted, as on a file system that was remounted read-only.
    Refused = 7,
    /// Reading fails.
    ReadError = 8,
}

impl Fault {
    /// All of them.
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

/// The file that tells the layer what to do: four 64-bit numbers in the machine's byte order.
pub struct Control {
    file: File,
    path: PathBuf,
}

impl Control {
    /// Makes the file; nothing fails yet.
    ///
    /// # Errors
    /// Returns the error of the file system.
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::options().create(true).truncate(true).read(true).write(true).open(path)?;
        file.write_all_at(&[0; 32], 0)?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// Opens the file that this program was started with. `None` without [`VARIABLE`].
    ///
    /// # Errors
    /// Returns the error of the file system.
    pub fn of_this_program() -> Result<Option<Self>> {
        let Some(path) = std::env::var_os(VARIABLE).map(PathBuf::from) else { return Ok(None) };
        let file = File::options().read(true).write(true).open(&path)?;
        Ok(Some(Self { file, path }))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// After `countdown` more calls, `lasts` calls fail.
    ///
    /// # Errors
    /// Returns the error of the file system.
    pub fn arm(&self, fault: Fault, countdown: u64, lasts: u64) -> Result<()> {
        self.heal()?;
        self.file.write_all_at(&countdown.to_ne_bytes(), 8)?;
        self.file.write_all_at(&lasts.to_ne_bytes(), 16)?;
        self.file.write_all_at(&(fault as u64).to_ne_bytes(), 0)
    }

    /// Nothing fails from now on.
    ///
    /// # Errors
    /// Returns the error of the file system.
    pub fn heal(&self) -> Result<()> {
        self.file.write_all_at(&0_u64.to_ne_bytes(), 0)
    }

    /// How many calls have failed, or were slow, since the file was made.
    ///
    /// # Errors
    /// Returns the error of the file system.
    pub fn fired(&self) -> Result<u64> {
        let mut bytes = [0; 8];
        self.file.read_exact_at(&mut bytes, 24)?;
        Ok(u64::from_ne_bytes(bytes))
    }
}
