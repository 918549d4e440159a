//! A TPM 2.0 in software: `swtpm`, over loopback.

use std::path::PathBuf;
use std::time::Duration;

use tokio::net::TcpStream;

use crate::error::Result;
use crate::folder::RigFolder;
use crate::port::Ports;
use crate::process::{Daemon, bound_to_rig};

const STARTS_WITHIN: Duration = Duration::from_secs(20);

/// A running TPM. Its seeds lie in a folder of its own, as those of a machine lie in its chip: two
/// TPMs are two machines.
#[derive(Debug)]
pub struct Tpm {
    daemon: Option<Daemon>,
    name: String,
    state: PathBuf,
    ports: Ports,
}

impl Tpm {
    /// Starts the TPM of a machine with this name; a new name is a new machine.
    ///
    /// # Errors
    /// [`RigError`](crate::RigError) if `swtpm` is missing or does not start.
    pub async fn start(folder: &RigFolder, machine: &str) -> Result<Self> {
        let name = format!("tpm-{machine}");
        // The second port is for commands to the emulator itself; its clients expect it there.
        let mut tpm = Self { daemon: None, state: folder.below(&name)?, name, ports: Ports::take(2)? };
        tpm.start_again(folder).await?;
        Ok(tpm)
    }

    /// Starts it again after [`Self::stop`], with the same seeds, as the machine's next start does.
    ///
    /// # Errors
    /// [`RigError`](crate::RigError) if it does not start.
    pub async fn start_again(&mut self, folder: &RigFolder) -> Result<()> {
        self.stop();
        let (commands, control) = (self.ports.first(), self.ports.first() + 1);
        let mut command = bound_to_rig("swtpm");
        command.args(["socket", "--tpm2", "--flags", "not-need-init,startup-clear"]);
        command.arg("--tpmstate").arg(format!("dir={}", self.state.display()));
        command.arg("--server").arg(format!("type=tcp,bindaddr=127.0.0.1,port={commands}"));
        command.arg("--ctrl").arg(format!("type=tcp,bindaddr=127.0.0.1,port={control}"));
        let mut daemon = Daemon::start(&self.name, command, folder)?;
        let answers = async || TcpStream::connect(("127.0.0.1", control)).await.is_ok();
        daemon.ready(STARTS_WITHIN, answers).await?;
        self.daemon = Some(daemon);
        Ok(())
    }

    /// Ends it. Its seeds stay.
    pub fn stop(&mut self) {
        self.daemon = None;
    }

    /// Returns how tpm2-tss names it.
    #[must_use]
    pub fn tcti(&self) -> String {
        format!("swtpm:host=127.0.0.1,port={}", self.ports.first())
    }
}
