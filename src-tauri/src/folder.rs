//! The folder of the desk's settings, database and keys.

use anyhow::Context as _;
use std::path::PathBuf;

/// Returns the given folder or the user's default one; creates it with access for the user only.
pub(crate) fn prepare(given: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let folder = match given {
        Some(folder) => folder,
        None => default_folder()?,
    };
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .with_context(|| format!("cannot make the desk's folder {}", folder.display()))?;
    Ok(folder)
}

/// Returns the folder of printed practice papers, which need not exist yet.
pub(crate) fn practice_papers() -> anyhow::Result<PathBuf> {
    Ok(data()?.join("suishen-counter-practice"))
}

fn default_folder() -> anyhow::Result<PathBuf> {
    Ok(data()?.join("suishen-counter"))
}

/// Returns the folder of this user's data.
fn data() -> anyhow::Result<PathBuf> {
    Ok(match std::env::var_os("XDG_DATA_HOME") {
        Some(data) if !data.is_empty() => PathBuf::from(data),
        _ => PathBuf::from(std::env::var_os("HOME").context("neither --folder nor HOME is set")?)
            .join(".local/share"),
    })
}
