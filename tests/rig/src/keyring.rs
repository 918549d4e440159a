//! A session's keyring: `gnome-keyring-daemon`, on a bus of its own.

use std::process::Command;
use std::time::Duration;

use crate::bus::{Bus, BusKind};
use crate::error::Result;
use crate::folder::RigFolder;
use crate::process::{Daemon, bound_to_rig, run};

const STARTS_WITHIN: Duration = Duration::from_secs(30);
const NAME: &str = "org.freedesktop.secrets";

/// A running keyring that is open. Its files lie in the rig's folder: two folders are two machines.
// Fields are dropped in order, so the daemon stands above the bus it uses.
#[derive(Debug)]
pub struct Keyring {
    _daemon: Daemon,
    bus: Bus,
}

impl Keyring {
    /// Starts a keyring and makes its first collection.
    ///
    /// # Errors
    /// [`RigError`](crate::RigError) if `gnome-keyring-daemon` is missing or does not start.
    pub async fn start(folder: &RigFolder) -> Result<Self> {
        let bus = Bus::start(folder, BusKind::Session).await?;
        let home = folder.below("keyring")?;
        let password = home.join("password");
        std::fs::write(&password, "rig")?;
        // It reads the password of its collection from standard input.
        let mut command = bound_to_rig("sh");
        command.args(["-c", "exec gnome-keyring-daemon --foreground --unlock --components=secrets <\"$0\""]);
        command.arg(&password).envs([bus.variable()]).env("HOME", &home);
        for (variable, name) in
            [("XDG_DATA_HOME", "data"), ("XDG_RUNTIME_DIR", "run"), ("XDG_CONFIG_HOME", "settings")]
        {
            command.env(variable, folder.below(&format!("keyring/{name}"))?);
        }
        let mut daemon = Daemon::start("keyring", command, folder)?;
        daemon.ready(STARTS_WITHIN, async || is_open(&bus).await).await?;
        Ok(Self { _daemon: daemon, bus })
    }

    /// Returns the environment variable that points a program to this session.
    #[must_use]
    pub fn variable(&self) -> (&'static str, String) {
        self.bus.variable()
    }
}

/// Returns whether new secrets have a collection to go to.
async fn is_open(bus: &Bus) -> bool {
    let mut command = Command::new("dbus-send");
    command.envs([bus.variable()]).args(["--session", "--print-reply"]).arg(format!("--dest={NAME}"));
    command.args(["/org/freedesktop/secrets", "org.freedesktop.Secret.Service.ReadAlias", "string:default"]);
    run(command).await.is_ok_and(|said| said.contains("/collection/"))
}
