//! The central server on a private database.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use crate::error::{Result, RigError};
use crate::folder::{RigFolder, workspace_program};
use crate::http::{self, Answer};
use crate::port::Ports;
use crate::postgres::{Postgres, SERVICE_ROLE};
use crate::process::{Daemon, bound_to_rig, run, run_with_input};

const STARTS_WITHIN: Duration = Duration::from_secs(60);
/// Longer than the server gives running requests after a stop signal.
const ENDS_WITHIN: Duration = Duration::from_secs(60);

/// The central server (中心) in practice mode. It has its own root key, so nothing it signs
/// is valid elsewhere.
#[derive(Debug)]
pub struct Central {
    daemon: Option<Daemon>,
    name: String,
    program: PathBuf,
    settings: PathBuf,
    /// Settings from the environment, which override the file.
    variables: Vec<(String, String)>,
    /// Whether the variables set a certificate.
    speaks_tls: bool,
    /// Of the API; the next one is that of the metrics.
    port: Ports,
    /// Limit of open files, if it has one of its own.
    open_files: Option<u32>,
}

/// Variable that makes the server speak TLS.
const CERTIFICATE: &str = "SUISHEN_CENTRAL_TLS__CERTIFICATE";

/// Where `keys practice` puts root key and credentials, and their passphrase.
const PRACTICE: &str = "practice";
const PRACTICE_PASSPHRASE: &str = "practice site";

impl Central {
    /// Creates keys and tables, and starts the server.
    ///
    /// # Errors
    /// [`RigError`] if the program has not been built or does not start.
    pub async fn start(folder: &RigFolder, postgres: &Postgres) -> Result<Self> {
        Self::start_with(folder, postgres, &[]).await
    }

    /// Works as [`Self::start`], with settings from the environment: name and value.
    ///
    /// # Errors
    /// [`RigError`] as for [`Self::start`].
    pub async fn start_with(
        folder: &RigFolder,
        postgres: &Postgres,
        variables: &[(&str, &str)],
    ) -> Result<Self> {
        let mut central = Self::without_keys(folder, postgres, variables)?;
        central.command(&["keys", "practice"]).await?;
        central.migrate(postgres).await?;
        central.start_again(folder).await?;
        Ok(central)
    }

    /// Prepares a server that has neither keys nor tables, and does not run.
    ///
    /// # Errors
    /// [`RigError`] if the program has not been built or the settings cannot be written.
    pub fn without_keys(folder: &RigFolder, postgres: &Postgres, variables: &[(&str, &str)]) -> Result<Self> {
        let place = folder.below("central")?;
        let port = Ports::take(2)?;
        let settings = place.join("central.toml");
        std::fs::write(&settings, configuration(&place, port.first(), postgres))?;
        let program = workspace_program("suishen-central")?;
        let variables = owned(variables);
        let name = "central".to_owned();
        Ok(Self {
            daemon: None,
            name,
            program,
            settings,
            variables,
            speaks_tls: false,
            port,
            open_files: None,
        })
    }

    /// Returns the settings file.
    #[must_use]
    pub fn settings(&self) -> &Path {
        &self.settings
    }

    /// Starts another process with the same settings, keys and database, at its own address. More
    /// settings may come from the environment. `name` names its log.
    ///
    /// # Errors
    /// [`RigError`] if it does not start.
    pub async fn another(&self, name: &str, folder: &RigFolder, variables: &[(&str, &str)]) -> Result<Self> {
        let port = Ports::take(2)?;
        let mut all = self.variables.clone();
        let listen = [("LISTEN", port.first()), ("METRICS_LISTEN", port.first() + 1)];
        let at = |(name, port)| (format!("SUISHEN_CENTRAL_{name}"), format!("127.0.0.1:{port}"));
        all.extend(listen.map(at));
        all.extend(owned(variables));
        let speaks_tls = variables.iter().any(|(name, _)| *name == CERTIFICATE);
        let (name, program, settings) = (name.to_owned(), self.program.clone(), self.settings.clone());
        let open_files = self.open_files;
        let mut another =
            Self { daemon: None, name, program, settings, variables: all, speaks_tls, port, open_files };
        another.start_again(folder).await?;
        Ok(another)
    }

    /// Limits the open files of this server from its next start, and of those started with
    /// [`Self::another`].
    pub const fn limit_open_files(&mut self, limit: u32) {
        self.open_files = Some(limit);
    }

    /// Starts the server again after [`Self::kill`] or [`Self::stop`], at the same address.
    ///
    /// # Errors
    /// [`RigError`] if it does not start.
    pub async fn start_again(&mut self, folder: &RigFolder) -> Result<()> {
        self.stop();
        let mut command = match self.open_files {
            Some(limit) => {
                let mut command = bound_to_rig("prlimit");
                command.arg(format!("--nofile={limit}:{limit}")).arg("--").arg(&self.program);
                command
            }
            None => bound_to_rig(&self.program),
        };
        command.arg("serve").arg("--config").arg(&self.settings).envs(self.variables.clone());
        let mut daemon = Daemon::start(&self.name, command, folder)?;
        daemon.ready(STARTS_WITHIN, async || self.is_ready().await).await?;
        self.daemon = Some(daemon);
        Ok(())
    }

    /// Migrates the schema as the owner of the tables, and admits the service's role.
    ///
    /// # Errors
    /// [`RigError::CommandFailed`] with the output of the command.
    pub async fn migrate(&self, postgres: &Postgres) -> Result<String> {
        let mut command = Command::new(&self.program);
        command.args(["migrate", "--service-role", SERVICE_ROLE, "--config"]).arg(&self.settings);
        command.envs(self.variables.clone()).env("SUISHEN_CENTRAL_DATABASE_URL", postgres.url());
        run(command).await
    }

    /// Runs one of the program's commands and returns its output.
    ///
    /// # Errors
    /// [`RigError::CommandFailed`] with the output of the failed command.
    pub async fn command(&self, arguments: &[&str]) -> Result<String> {
        run(self.program(arguments)).await
    }

    /// Works as [`Self::command`], as the owner of the tables.
    ///
    /// # Errors
    /// [`RigError::CommandFailed`] with the output of the failed command.
    pub async fn command_as_owner(&self, postgres: &Postgres, arguments: &[&str]) -> Result<String> {
        let mut command = self.program(arguments);
        command.env("SUISHEN_CENTRAL_DATABASE_URL", postgres.url());
        run(command).await
    }

    /// Works as [`Self::command`], with text on standard input.
    ///
    /// # Errors
    /// [`RigError::CommandFailed`] with the output of the failed command.
    pub async fn command_with_input(&self, arguments: &[&str], input: &str) -> Result<String> {
        run_with_input(self.program(arguments), input).await
    }

    /// Returns the program with arguments, as the administrators of a practice site run it.
    fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).arg("--config").arg(&self.settings);
        command.env("SUISHEN_AS", self.settings.with_file_name("keys").join(PRACTICE));
        command.env("SUISHEN_PASSPHRASE", PRACTICE_PASSPHRASE);
        command.env("SUISHEN_SECOND_PASSPHRASE", PRACTICE_PASSPHRASE);
        command.env("SUISHEN_ROOT_PASSPHRASE", PRACTICE_PASSPHRASE);
        command.envs(self.variables.clone());
        command
    }

    /// Sends a stop signal, as a service manager does. Running requests are finished;
    /// [`Self::ended`] waits for that.
    pub fn ask_to_end(&self) {
        if let Some(daemon) = &self.daemon {
            daemon.ask_to_stop();
        }
    }

    /// Waits for the end after [`Self::ask_to_end`] and returns the exit status.
    ///
    /// # Errors
    /// [`RigError`] if the server does not end, or was not running.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        let running = self.daemon.as_mut();
        let running = running.ok_or_else(|| RigError::Unexpected("the centre does not run".to_owned()))?;
        running.wait(ENDS_WITHIN).await
    }

    /// Returns the log so far.
    ///
    /// # Errors
    /// [`RigError`] if the server is not running or the log cannot be read.
    pub fn log(&self) -> Result<String> {
        let running = self.daemon.as_ref();
        let running = running.ok_or_else(|| RigError::Unexpected("the centre does not run".to_owned()))?;
        Ok(std::fs::read_to_string(running.log())?)
    }

    /// Kills the server, as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill();
        }
    }

    /// Stops the server gracefully.
    pub fn stop(&mut self) {
        self.daemon = None;
    }

    /// Returns the process id while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.daemon.as_ref().map(Daemon::pid)
    }

    /// Returns the base URL. It is plain HTTP, which never leaves this machine, unless a
    /// certificate is set.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.speaks_tls { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}", self.port.first())
    }

    /// Returns whether the server is ready: it runs and its database answers. Over TLS it only
    /// checks that the server listens, which comes after that.
    pub async fn is_ready(&self) -> bool {
        if self.speaks_tls {
            return tokio::net::TcpStream::connect(("127.0.0.1", self.port.first())).await.is_ok();
        }
        self.get("/readyz").await.is_ok_and(|answer| answer.good().is_ok())
    }

    /// Sends a GET request.
    ///
    /// # Errors
    /// [`RigError`] if the server is down.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        http::get(self.port.first(), path).await
    }

    /// Returns the metrics, which have an address of their own.
    ///
    /// # Errors
    /// [`RigError`] if the server is down.
    pub async fn metrics(&self) -> Result<String> {
        let answer = http::get(self.port.first() + 1, "/metrics").await?;
        Ok(String::from_utf8_lossy(&answer.good()?).into_owned())
    }

    /// Sends a POST request with a JSON body.
    ///
    /// # Errors
    /// [`RigError`] if the server is down.
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

fn owned(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn configuration(folder: &Path, port: u16, postgres: &Postgres) -> String {
    let at = |name: &str| folder.join(name).display().to_string();
    format!(
        "database_url = \"{}\"\nlisten = \"127.0.0.1:{port}\"\nmetrics_listen = \"127.0.0.1:{}\"\nkeys = \"{}\"\nblobs = \"{}\"\npublish_every_s = 1\n",
        postgres.service_url(),
        port + 1,
        at("keys"),
        at("blobs"),
    )
}
