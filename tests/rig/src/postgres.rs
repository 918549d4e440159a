//! A private PostgreSQL cluster.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use tokio::net::TcpStream;

use crate::error::{Result, RigError};
use crate::folder::RigFolder;
use crate::port::Ports;
use crate::process::{Daemon, run};

/// The database everything is in.
const DATABASE: &str = "suishen";
const USER: &str = "suishen";
/// The server refuses to run as root; Debian's package makes this user.
const SERVER_ACCOUNT: &str = "postgres";

const STARTS_WITHIN: Duration = Duration::from_secs(60);

/// A cluster of this rig alone: its own folder, socket and loopback port, and a password made for it.
#[derive(Debug)]
pub struct Postgres {
    server: Option<Daemon>,
    programs: PathBuf,
    folder: PathBuf,
    password: String,
    ports: Ports,
}

impl Postgres {
    /// Makes a cluster with one empty database and starts its server.
    ///
    /// # Errors
    /// When PostgreSQL is missing or does not come up.
    pub async fn start(folder: &RigFolder) -> Result<Self> {
        let programs = find_programs()?;
        let place = folder.below("postgres")?;
        let password = random_password()?;
        let password_file = place.join("password");
        std::fs::write(&password_file, &password)?;
        give_to_server_account(&place).await?;
        let ports = Ports::take(1)?;
        let mut postgres = Self { server: None, programs, folder: place, password, ports };

        let mut initdb = as_server_account(&postgres.programs.join("initdb"));
        initdb
            .arg("--pgdata")
            .arg(postgres.data())
            .args(["--username", USER, "--pwfile"])
            .arg(&password_file);
        // Only making the cluster skips the sync; the server itself keeps fsync, as crash tests need it.
        initdb.args(["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
        run(initdb).await?;
        postgres.start_again(folder).await?;
        postgres.execute("postgres", &format!("CREATE DATABASE {DATABASE}")).await?;
        Ok(postgres)
    }

    /// Starts the server again after [`Self::kill`] or [`Self::stop`].
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start_again(&mut self, folder: &RigFolder) -> Result<()> {
        self.stop();
        let port = self.port();
        let mut command = as_server_account(&self.programs.join("postgres"));
        command.arg("-D").arg(self.data()).arg("-k").arg(&self.folder);
        command.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-c", "max_connections=50"]);
        // TERM would wait for the clients to go by themselves; INT sends them away.
        let mut server = Daemon::start("postgres", command, folder)?.stopping_with(Signal::INT);
        let ask = || self.execute("postgres", "SELECT 1");
        server
            .ready(STARTS_WITHIN, async || {
                TcpStream::connect(("127.0.0.1", port)).await.is_ok() && ask().await.is_ok()
            })
            .await?;
        self.server = Some(server);
        Ok(())
    }

    /// Kills the server and its backends as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill();
        }
    }

    /// Stops the server in good order.
    pub fn stop(&mut self) {
        self.server = None;
    }

    /// Process id while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.server.as_ref().map(Daemon::pid)
    }

    /// Where a client connects.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://{USER}:{}@127.0.0.1:{}/{DATABASE}", self.password, self.port())
    }

    /// Runs one statement with `psql` and returns its rows, fields separated by `|`.
    ///
    /// # Errors
    /// When the server is down or refuses the statement.
    pub async fn query(&self, statement: &str) -> Result<String> {
        self.execute(DATABASE, statement).await
    }

    async fn execute(&self, database: &str, statement: &str) -> Result<String> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1"]);
        psql.args(["-p", &self.port().to_string(), "-U", USER, "-d", database, "-c", statement]);
        psql.env("PGPASSWORD", &self.password);
        Ok(run(psql).await?.trim_end().to_owned())
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn port(&self) -> u16 {
        self.ports.first()
    }
}

/// Debian keeps the programs of each major version apart; the newest is taken.
fn find_programs() -> Result<PathBuf> {
    let missing = || RigError::Unexpected("PostgreSQL is not installed under /usr/lib/postgresql".to_owned());
    let versions = std::fs::read_dir("/usr/lib/postgresql").map_err(|_| missing())?;
    versions
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok()?.parse::<u32>().ok())
        .filter(|version| Path::new(&format!("/usr/lib/postgresql/{version}/bin/initdb")).is_file())
        .max()
        .map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin")))
        .ok_or_else(missing)
}

async fn give_to_server_account(folder: &Path) -> Result<()> {
    if !rustix::process::getuid().is_root() {
        return Ok(());
    }
    let mut chown = Command::new("chown");
    chown.args(["-R", &format!("{SERVER_ACCOUNT}:")]).arg(folder);
    run(chown).await?;
    Ok(())
}

/// As the server's account when we are root, else as ourselves; bound to the rig either way.
fn as_server_account(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    if rustix::process::getuid().is_root() {
        command.args(["--reuid", SERVER_ACCOUNT, "--regid", SERVER_ACCOUNT, "--init-groups"]);
    }
    command.args(["--pdeathsig", "INT", "--"]).arg(program);
    // A folder the account cannot enter would be an error of its own.
    command.current_dir("/");
    command
}

fn random_password() -> Result<String> {
    use std::io::Read as _;
    let mut bytes = [0_u8; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
