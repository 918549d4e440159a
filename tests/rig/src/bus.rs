//! A private D-Bus, so that tests never touch the machine's own buses.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::Result;
use crate::folder::RigFolder;
use crate::process::{Daemon, bound_to_rig};

/// The kinds of bus a program uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusKind {
    /// The system bus: `ippeveprinter` and `cupsd` look for Avahi and colord there.
    System,
    /// The session bus: the window's toolkit and the Secret Service use it.
    Session,
    /// The accessibility bus: a window tells a screen reader there what it shows.
    Accessibility,
}

/// A running `dbus-daemon`. It starts no services on demand, so nothing can stay behind.
#[derive(Debug)]
pub struct Bus {
    _daemon: Daemon,
    socket: PathBuf,
    kind: BusKind,
}

impl Bus {
    /// Starts a bus of this kind.
    ///
    /// # Errors
    /// [`RigError`](crate::RigError) if `dbus-daemon` is missing or does not start.
    pub async fn start(folder: &RigFolder, kind: BusKind) -> Result<Self> {
        let name = match kind {
            BusKind::System => "system-bus",
            BusKind::Session => "session-bus",
            BusKind::Accessibility => "accessibility-bus",
        };
        let socket = folder.path().join(name);
        let settings = folder.path().join(format!("{name}.conf"));
        std::fs::write(&settings, configuration(&socket, kind))?;
        let mut command = bound_to_rig("dbus-daemon");
        command.arg("--config-file").arg(&settings).args(["--nofork", "--nopidfile"]);
        let mut daemon = Daemon::start(name, command, folder)?;
        daemon.ready(Duration::from_secs(20), async || socket.exists()).await?;
        Ok(Self { _daemon: daemon, socket, kind })
    }

    /// Returns the environment variable that points a program to this bus.
    #[must_use]
    pub fn variable(&self) -> (&'static str, String) {
        let name = match self.kind {
            BusKind::System => "DBUS_SYSTEM_BUS_ADDRESS",
            BusKind::Session => "DBUS_SESSION_BUS_ADDRESS",
            BusKind::Accessibility => "AT_SPI_BUS_ADDRESS",
        };
        (name, format!("unix:path={}", self.socket.display()))
    }
}

fn configuration(socket: &std::path::Path, kind: BusKind) -> String {
    let kind = match kind {
        BusKind::System => "system",
        BusKind::Session => "session",
        BusKind::Accessibility => "accessibility",
    };
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "busconfig.dtd">
<busconfig>
  <type>{kind}</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
  </policy>
</busconfig>
"#,
        socket = socket.display()
    )
}
