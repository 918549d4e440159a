//! The centre's program on a private database.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::error::Result;
use crate::folder::{RigFolder, workspace_program};
use crate::http::{self, Answer};
use crate::port::Ports;
use crate::postgres::Postgres;
use crate::process::{Daemon, bound_to_rig, run};

const STARTS_WITHIN: Duration = Duration::from_secs(60);

/// The centre (中心) in practice mode: its own root key, so that nothing it signs is ever valid elsewhere.
#[derive(Debug)]
pub struct Central {
    daemon: Option<Daemon>,
    program: PathBuf,
    settings: PathBuf,
    port: Ports,
}

impl Central {
    /// Makes keys and tables, and starts the centre.
    ///
    /// # Errors
    /// When the program has not been built or does not come up.
    pub async fn start(folder: &RigFolder, postgres: &Postgres) -> Result<Self> {
        let place = folder.below("central")?;
        let port = Ports::take(1)?;
        let settings = place.join("central.toml");
        std::fs::write(&settings, configuration(&place, port.first(), postgres))?;
        let program = workspace_program("suishen-central")?;
        let mut central = Self { daemon: None, program, settings, port };
        central.command(&["keys", "init", "--class", "practice"]).await?;
        central.command(&["migrate"]).await?;
        central.start_again(folder).await?;
        Ok(central)
    }

    /// Starts the centre again after [`Self::kill`] or [`Self::stop`], at the same address.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start_again(&mut self, folder: &RigFolder) -> Result<()> {
        self.stop();
        let mut command = bound_to_rig(&self.program);
        command.arg("serve").arg("--config").arg(&self.settings);
        let mut daemon = Daemon::start("central", command, folder)?;
        daemon.ready(STARTS_WITHIN, async || self.is_ready().await).await?;
        self.daemon = Some(daemon);
        Ok(())
    }

    /// Runs one of the program's commands to its end and returns what it printed.
    ///
    /// # Errors
    /// When it fails, with its words.
    pub async fn command(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.program);
        command.args(arguments).arg("--config").arg(&self.settings);
        run(command).await
    }

    /// Kills the centre as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill();
        }
    }

    /// Stops the centre in good order.
    pub fn stop(&mut self) {
        self.daemon = None;
    }

    /// Process id while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.daemon.as_ref().map(Daemon::pid)
    }

    /// Its address. Plain HTTP, because it never leaves this machine.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port.first())
    }

    /// Whether it says that it can work: it runs, and its database answers.
    pub async fn is_ready(&self) -> bool {
        self.get("/readyz").await.is_ok_and(|answer| answer.good().is_ok())
    }

    /// Gets a path of the centre.
    ///
    /// # Errors
    /// When it is down.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        http::get(self.port.first(), path).await
    }

    /// Posts JSON to a path of the centre.
    ///
    /// # Errors
    /// When it is down.
    pub async fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &serde_json::Value,
    ) -> Result<Answer> {
        let headers = [headers, &[("content-type", "application/json")]].concat();
        http::send(self.port.first(), "POST", path, &headers, body.to_string().into_bytes()).await
    }
}

fn configuration(folder: &Path, port: u16, postgres: &Postgres) -> String {
    let at = |name: &str| folder.join(name).display().to_string();
    format!(
        "database_url = \"{}\"\nlisten = \"127.0.0.1:{port}\"\nkeys = \"{}\"\nblobs = \"{}\"\npublish_every_s = 1\n",
        postgres.url(),
        at("keys"),
        at("blobs"),
    )
}
