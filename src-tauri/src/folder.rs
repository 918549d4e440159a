//! The folder of the desk's settings, database and keys.

use ::counter::DeskConfig;
use anyhow::Context as _;
use std::{
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::PathBuf,
};

/// Returns the given folder or the user's default one; creates it with access for the user only.
pub(crate) fn prepare(given: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let folder = match given {
        Some(folder) => folder,
        None => default_folder()?,
    };
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .with_context(|| format!("cannot make the desk's folder {}", folder.display()))?;
    // One that was copied or made by hand may be open to others.
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700))
        .with_context(|| format!("the desk's folder {} is not this user's", folder.display()))?;
    Ok(folder)
}

/// Returns the folder of printed practice papers, which need not exist yet.
pub(crate) fn practice_papers() -> anyhow::Result<PathBuf> {
    Ok(default_folder()?.with_file_name("suishen-counter-practice"))
}

fn default_folder() -> anyhow::Result<PathBuf> {
    DeskConfig::default_folder().context("neither --folder nor HOME is set")
}
