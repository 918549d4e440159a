//! Folders for the state and logs of one rig.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::{Result, RigError};

/// Folders of one rig: short-lived state under the system's temporary folder, logs in
/// the build folder.
///
/// State cannot live in the build folder, which may be deep: the path of a Unix socket is limited
/// to 107 bytes. The state is deleted when the value is dropped; the logs stay.
#[derive(Debug)]
pub struct RigFolder {
    state: tempfile::TempDir,
    logs: PathBuf,
}

impl RigFolder {
    /// Creates the folders of the rig `name` (a file name: the test, or `practice`).
    ///
    /// # Errors
    /// [`RigError`] if the folders cannot be created.
    pub fn new(name: &str) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let state = tempfile::Builder::new().prefix("suishen-").tempdir()?;
        open_to_all(state.path())?;
        let unique = format!("{name}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let logs = build_folder()?.join("rig").join(unique);
        // An earlier process may have had this number, and its logs say what did not happen now.
        if logs.exists() {
            std::fs::remove_dir_all(&logs)?;
        }
        std::fs::create_dir_all(&logs)?;
        Ok(Self { state, logs })
    }

    /// Returns the state folder, which is deleted when this value is dropped.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.state.path()
    }

    /// Returns a folder below [`Self::path`]; creates it if missing.
    ///
    /// # Errors
    /// [`RigError`] if it cannot be created.
    pub fn below(&self, name: &str) -> Result<PathBuf> {
        let path = self.state.path().join(name);
        std::fs::create_dir_all(&path)?;
        Ok(path)
    }

    /// Returns the log folder, which stays.
    #[must_use]
    pub fn logs(&self) -> &Path {
        &self.logs
    }
}

/// Lets other users pass through: PostgreSQL refuses to run as root, so a folder below belongs to
/// its own user.
fn open_to_all(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o711))?;
    Ok(())
}

/// Returns cargo's program folder (`target/debug`), found from the running test or program.
///
/// # Errors
/// [`RigError`] if the running program has no path.
pub fn program_folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let folder = program.parent().unwrap_or(Path::new("/"));
    let is_test = folder.file_name().is_some_and(|name| name == "deps");
    Ok(if is_test { folder.parent().unwrap_or(folder) } else { folder }.to_owned())
}

/// Returns the path of a program of this workspace.
///
/// # Errors
/// [`RigError::NotBuilt`] if cargo has not built it.
pub fn workspace_program(name: &str) -> Result<PathBuf> {
    let path = program_folder()?.join(name);
    if path.is_file() { Ok(path) } else { Err(RigError::NotBuilt(path)) }
}

/// Returns cargo's build folder (`target`).
///
/// # Errors
/// [`RigError`] if the running program has no path.
pub(crate) fn build_folder() -> Result<PathBuf> {
    let programs = program_folder()?;
    Ok(programs.parent().unwrap_or(&programs).to_owned())
}
