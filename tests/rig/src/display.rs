//! A virtual screen: Xvfb.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::error::{Result, RigError};
use crate::folder::RigFolder;
use crate::process::{Daemon, bound_to_rig};

/// Size and depth of the largest screen a desk may have; windows open in the smallest size.
const SCREEN: &str = "2560x1440x24";

/// A virtual screen, separate from all others.
#[derive(Debug)]
pub struct Display {
    _server: Daemon,
    name: String,
}

impl Display {
    /// Starts a screen under the next free number.
    ///
    /// # Errors
    /// [`RigError`] if Xvfb is missing or does not start.
    pub async fn start(folder: &RigFolder) -> Result<Self> {
        let mut command = bound_to_rig("Xvfb");
        // The server finds a free number itself and writes it to file descriptor 1, which
        // is its log.
        command.args(["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset"]);
        // Each screen has its own log, because the number is read from it.
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let name = format!("xvfb-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let mut server = Daemon::start(&name, command, folder)?;
        let log = server.log().to_owned();
        let number = || {
            let text = std::fs::read_to_string(&log).ok()?;
            // Without its line break, the number may be incomplete.
            let (line, _) = text.rsplit_once('\n')?;
            line.lines().rev().find_map(|line| line.trim().parse::<u32>().ok())
        };
        server.ready(Duration::from_secs(30), async || number().is_some()).await?;
        let number = number().ok_or_else(|| RigError::Unexpected("Xvfb took its number back".to_owned()))?;
        Ok(Self { _server: server, name: format!(":{number}") })
    }

    /// Writes the screen's content to a PNG file, without asking any program on it.
    ///
    /// # Errors
    /// [`RigError`] if ImageMagick's `import` is missing or the file cannot be written.
    pub fn picture(&self, file: &Path) -> Result<()> {
        let status = Command::new("import")
            .args(["-display", self.name(), "-window", "root"])
            .arg(file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        if status.success() {
            return Ok(());
        }
        Err(RigError::Unexpected(format!("the screen {} could not be pictured", self.name())))
    }

    /// Returns the value of `DISPLAY` for programs on this screen.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}
