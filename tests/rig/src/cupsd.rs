//! A private CUPS server in front of the printer, as many sites have it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::bus::Bus;
use crate::error::Result;
use crate::folder::RigFolder;
use crate::http;
use crate::port::Ports;
use crate::process::{Daemon, bound_to_rig, path_with_system_programs, run};

const STARTS_WITHIN: Duration = Duration::from_secs(30);
const QUEUE: &str = "Desk";

/// A running `cupsd` with one raw queue, which passes a sheet on byte for byte; a driverless queue
/// would render it again.
#[derive(Debug)]
pub struct Cupsd {
    daemon: Option<Daemon>,
    folder: PathBuf,
    ports: Ports,
}

impl Cupsd {
    /// Starts the server with a queue for `printer_uri`. It is also reached with TLS, with a
    /// certificate of its own unless [`Self::start_with_certificate`] gives it one.
    ///
    /// # Errors
    /// [`RigError`](crate::RigError) if CUPS is missing or does not start.
    pub async fn start(folder: &RigFolder, system_bus: &Bus, printer_uri: &str) -> Result<Self> {
        Self::start_with_certificate(folder, system_bus, printer_uri, None).await
    }

    /// Works as [`Self::start`], with certificate and key for `localhost`, both PEM.
    ///
    /// # Errors
    /// [`RigError`](crate::RigError) if CUPS is missing or does not start.
    pub async fn start_with_certificate(
        folder: &RigFolder,
        system_bus: &Bus,
        printer_uri: &str,
        certificate: Option<(&str, &str)>,
    ) -> Result<Self> {
        let place = folder.below("cups")?;
        let ports = Ports::take(2)?;
        for name in ["state", "cache", "spool", "spool/tmp", "server", "ssl", "logs"] {
            std::fs::create_dir_all(place.join(name))?;
        }
        if let Some((certificate, key)) = certificate {
            std::fs::write(place.join("ssl/localhost.crt"), certificate)?;
            std::fs::write(place.join("ssl/localhost.key"), key)?;
        }
        std::fs::write(place.join("server/cupsd.conf"), server_configuration(ports.first()))?;
        std::fs::write(place.join("server/cups-files.conf"), file_configuration(&place))?;
        let mut cupsd = Self { daemon: None, folder: place, ports };
        cupsd.start_again(folder, system_bus).await?;
        cupsd.add_queue(printer_uri).await?;
        Ok(cupsd)
    }

    /// Starts the server again after [`Self::stop`], with the same queue.
    ///
    /// # Errors
    /// [`RigError`](crate::RigError) if it does not start.
    pub async fn start_again(&mut self, folder: &RigFolder, system_bus: &Bus) -> Result<()> {
        self.stop();
        let port = self.ports.first();
        let mut command = bound_to_rig("cupsd");
        command.arg("-f").arg("-c").arg(self.folder.join("server/cupsd.conf"));
        command.arg("-s").arg(self.folder.join("server/cups-files.conf"));
        command.envs([system_bus.variable()]);
        let mut daemon = Daemon::start("cupsd", command, folder)?;
        daemon.ready(STARTS_WITHIN, async || http::get(port, "/").await.is_ok()).await?;
        self.daemon = Some(daemon);
        Ok(())
    }

    /// Stops the server gracefully.
    pub fn stop(&mut self) {
        self.daemon = None;
    }

    async fn add_queue(&self, printer_uri: &str) -> Result<()> {
        let mut lpadmin = Command::new("lpadmin");
        lpadmin.args(["-h", &format!("localhost:{}", self.ports.first())]);
        lpadmin.env("PATH", path_with_system_programs());
        lpadmin.args(["-p", QUEUE, "-E", "-v", printer_uri]);
        run(lpadmin).await?;
        Ok(())
    }

    /// Returns the address of the queue.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("ipp://localhost:{}/printers/{QUEUE}", self.ports.first())
    }

    /// Returns the address of the queue with TLS.
    #[must_use]
    pub fn encrypted_uri(&self) -> String {
        format!("ipps://localhost:{}/printers/{QUEUE}", self.ports.first() + 1)
    }

    /// Returns the documents that lie in the spool: CUPS names them `d`, the job, and the document.
    ///
    /// # Errors
    /// [`RigError::Io`](crate::RigError::Io) if the folder cannot be read.
    pub fn spooled(&self) -> Result<Vec<PathBuf>> {
        let mut documents = Vec::new();
        for entry in std::fs::read_dir(self.folder.join("spool"))? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with('d') {
                documents.push(entry.path());
            }
        }
        Ok(documents)
    }

    /// Returns the process id while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.daemon.as_ref().map(Daemon::pid)
    }
}

fn server_configuration(port: u16) -> String {
    format!(
        "Listen localhost:{port}\nSSLListen localhost:{encrypted}\nServerName localhost\nBrowsing Off\nDefaultAuthType None\nWebInterface No\nLogLevel info\n\
         JobRetryInterval 1\n<Location />\n  Order allow,deny\n  Allow localhost\n</Location>\n\
         <Policy default>\n  <Limit All>\n    Order allow,deny\n    Allow localhost\n  </Limit>\n</Policy>\n",
        encrypted = port + 1,
    )
}

fn file_configuration(folder: &Path) -> String {
    let at = |name: &str| folder.join(name).display().to_string();
    format!(
        "ServerRoot {server}\nStateDir {state}\nCacheDir {cache}\nRequestRoot {spool}\nTempDir {spool}/tmp\n\
         ServerKeychain {ssl}\nAccessLog {logs}/access.log\nErrorLog {logs}/error.log\nPageLog {logs}/page.log\n",
        server = at("server"),
        state = at("state"),
        cache = at("cache"),
        spool = at("spool"),
        ssl = at("ssl"),
        logs = at("logs"),
    )
}
