//! Files beside the desk's database that only this user may read: exports, reports, codes.

use std::{
    fs::{DirBuilder, File},
    io::{self, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

/// Opens a file in `folder`, which is made if it does not exist. A file of the same name is
/// replaced.
pub(crate) fn create(folder: &Path, name: &str) -> io::Result<(File, PathBuf)> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let path = folder.join(name);
    Ok((::private_file::create(&path)?, path))
}

/// Writes a file as [`create`] makes it, and returns its path once it is on the disk.
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let (mut file, path) = create(folder, name)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(path)
}
