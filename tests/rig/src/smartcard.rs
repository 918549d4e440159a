//! A real private `pcscd`, with two virtual readers that virtual cards connect to over TCP.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::error::Result;
use crate::folder::RigFolder;
use crate::port::Ports;
use crate::process::{Daemon, path_with_system_programs};

/// Number of readers that vpcd opens, on consecutive ports.
pub const READERS: u16 = 2;

const STARTS_WITHIN: Duration = Duration::from_secs(20);

/// The smart card daemon. Its socket path is compiled in, so it runs in a mount namespace where
/// this rig's folder replaces `/run`. Without root it also uses a user namespace.
#[derive(Debug)]
pub struct SmartCardDaemon {
    daemon: Option<Daemon>,
    folder: PathBuf,
    ports: Ports,
}

impl SmartCardDaemon {
    /// Starts the daemon and waits until it is ready for cards.
    ///
    /// # Errors
    /// [`RigError`](crate::RigError) if `pcscd`, the vpcd driver or `unshare` is missing, or
    /// namespaces are not permitted.
    pub async fn start(folder: &RigFolder) -> Result<Self> {
        let ports = Ports::take(READERS)?;
        let place = folder.below("pcscd")?;
        std::fs::create_dir_all(place.join("run/pcscd"))?;
        std::fs::create_dir_all(place.join("readers"))?;
        std::fs::write(place.join("readers/vpcd"), reader_configuration(ports.first()))?;
        let mut smart_card_daemon = Self { daemon: None, folder: place, ports };
        smart_card_daemon.start_again(folder).await?;
        Ok(smart_card_daemon)
    }

    /// Starts the daemon again after [`Self::kill`] or [`Self::stop`], with the same readers,
    /// ports and socket.
    ///
    /// # Errors
    /// [`RigError`](crate::RigError) if it does not start.
    pub async fn start_again(&mut self, folder: &RigFolder) -> Result<()> {
        self.stop();
        // A killed daemon leaves both files behind, and the next one would refuse to start.
        for left_behind in ["pcscd.comm", "pcscd.pid"] {
            let _ = std::fs::remove_file(self.folder.join("run/pcscd").join(left_behind));
        }
        let mut daemon = Daemon::start("pcscd", self.command(), folder)?;
        let socket = self.socket();
        daemon.ready(STARTS_WITHIN, async || socket.exists()).await?;
        self.daemon = Some(daemon);
        Ok(())
    }

    fn command(&self) -> Command {
        // Entering a user namespace clears the parent-death signal, so it is set last.
        const ENTER: &str = r#"mount --bind "$0/run" /run &&
exec setpriv --pdeathsig TERM -- pcscd --foreground --info --config "$0/readers""#;
        let mut command = Command::new("unshare");
        command.env("PATH", path_with_system_programs());
        if !rustix::process::getuid().is_root() {
            command.arg("--map-root-user");
        }
        command.args(["--mount", "--propagation", "private", "sh", "-c", ENTER]).arg(&self.folder);
        command
    }

    /// Kills the daemon, as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill();
        }
    }

    /// Stops the daemon gracefully.
    pub fn stop(&mut self) {
        self.daemon = None;
    }

    /// Returns the process id while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.daemon.as_ref().map(Daemon::pid)
    }

    /// Returns the path of the daemon's socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        Path::join(&self.folder, "run/pcscd/pcscd.comm")
    }

    /// Returns the environment variable that points a PC/SC client to this daemon. The library
    /// reads it once, at the first context of the process.
    #[must_use]
    pub fn variable(&self) -> (&'static str, String) {
        ("PCSCLITE_CSOCK_NAME", self.socket().display().to_string())
    }

    /// Returns the loopback port that a virtual card connects to, for reader 0 or 1.
    ///
    /// # Panics
    /// If `reader` is not below [`READERS`].
    #[must_use]
    pub fn card_port(&self, reader: u16) -> u16 {
        assert!(reader < READERS, "vpcd has {READERS} readers");
        self.ports.first() + reader
    }

    /// Returns the name of a reader as PC/SC shows it.
    #[must_use]
    pub fn reader_name(reader: u16) -> String {
        format!("Virtual PCD 00 {reader:02}")
    }
}

fn reader_configuration(port: u16) -> String {
    format!(
        "FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:0x{port:04X}\n\
         LIBPATH /usr/lib/pcsc/drivers/serial/libifdvpcd.so\nCHANNELID 0x{port:04X}\n"
    )
}
