//! Files that only the user of the program may read.

use std::{
    io::{self, Write as _},
    path::Path,
};

/// Writes a file whole or not at all, in the place of an earlier one.
///
/// # Errors
/// Any failure of the disk.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let draft = path.with_extension("new");
    let mut file = ::private_file::create(&draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&draft, path)
}
