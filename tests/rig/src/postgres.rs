//! A private PostgreSQL cluster.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::net::TcpStream;

use crate::error::{Result, RigError};
use crate::folder::{RigFolder, build_folder};
use crate::port::Ports;
use crate::process::{Daemon, run, until};

/// The only database of the cluster.
const DATABASE: &str = "suishen";
/// Owns the tables.
const USER: &str = "suishen";
/// Role of `serve`, which has no right to change the schema.
pub const SERVICE_ROLE: &str = "suishen_service";
/// System user of the server, made by Debian's package; the server refuses to run as root.
const SERVER_ACCOUNT: &str = "postgres";

/// File with the password of the roles, beside the data.
const PASSWORD: &str = "password";
/// Goes up when [`Postgres::make`] changes, so that no older cluster is copied.
const MADE_AS: u32 = 1;

const STARTS_WITHIN: Duration = Duration::from_secs(60);

/// A private cluster with its own folder, socket and loopback port. All clusters of one build
/// folder have the same password.
#[derive(Debug)]
pub struct Postgres {
    server: Option<Daemon>,
    name: String,
    programs: PathBuf,
    folder: PathBuf,
    password: String,
    ports: Ports,
}

impl Postgres {
    /// Starts the server of a new cluster with one empty database.
    ///
    /// The first rig of a build folder makes a cluster there and the others copy it: making one
    /// costs over a second of processor, copying it a tenth.
    ///
    /// # Errors
    /// [`RigError`] if PostgreSQL is missing or does not start.
    pub async fn start(folder: &RigFolder) -> Result<Self> {
        let (version, programs) = find_programs()?;
        let made = build_folder()?.join(format!("postgres-{version}-{MADE_AS}"));
        if !made.is_dir() {
            Self::make(&made, programs.clone(), folder).await?;
        }
        let place = folder.path().join("postgres");
        copy(&made, &place).await?;
        let password = std::fs::read_to_string(place.join(PASSWORD))?;
        let (name, ports) = ("postgres".to_owned(), Ports::take(1)?);
        let mut postgres = Self { server: None, name, programs, folder: place, password, ports };
        postgres.start_again(folder).await?;
        Ok(postgres)
    }

    /// Makes the cluster that rigs copy.
    async fn make(made: &Path, programs: PathBuf, folder: &RigFolder) -> Result<()> {
        let place = folder.below("first-postgres")?;
        let password = random_password()?;
        std::fs::write(place.join(PASSWORD), &password)?;
        give_to_server_account(&place).await?;
        let (name, ports) = ("first-postgres".to_owned(), Ports::take(1)?);
        let mut postgres = Self { server: None, name, programs, folder: place, password, ports };

        let mut initdb = as_server_account(&postgres.programs.join("initdb"));
        initdb.arg("--pgdata").arg(postgres.data());
        initdb.args(["--username", USER, "--pwfile"]).arg(postgres.folder.join(PASSWORD));
        // Only creating the cluster skips the sync; the server keeps fsync, which crash tests need.
        initdb.args(["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
        run(initdb).await?;
        postgres.start_again(folder).await?;
        postgres.execute("postgres", &format!("CREATE DATABASE {DATABASE}")).await?;
        let role = format!("CREATE ROLE {SERVICE_ROLE} LOGIN PASSWORD '{}'", postgres.password);
        postgres.execute("postgres", &role).await?;
        postgres.stop();

        // Others may be making it at this moment; a rename shows it to them whole or not at all.
        let unique = made.with_extension(std::process::id().to_string());
        copy(&postgres.folder, &unique).await?;
        match std::fs::rename(&unique, made) {
            Err(_) if made.is_dir() => Ok(std::fs::remove_dir_all(&unique)?),
            renamed => Ok(renamed?),
        }
    }

    /// Starts the server again after [`Self::kill`] or [`Self::stop`].
    ///
    /// # Errors
    /// [`RigError`] if it does not start.
    pub async fn start_again(&mut self, folder: &RigFolder) -> Result<()> {
        self.stop();
        let port = self.port();
        let mut command = as_server_account(&self.programs.join("postgres"));
        command.arg("-D").arg(self.data()).arg("-k").arg(&self.folder);
        command.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-c", "max_connections=50"]);
        // TERM would wait for clients to disconnect; INT disconnects them.
        let mut server = Daemon::start(&self.name, command, folder)?.stopping_with(Signal::INT);
        let ask = || self.execute("postgres", "SELECT 1");
        server
            .ready(STARTS_WITHIN, async || {
                TcpStream::connect(("127.0.0.1", port)).await.is_ok() && ask().await.is_ok()
            })
            .await?;
        self.server = Some(server);
        Ok(())
    }

    /// Starts the server again with a certificate. It still takes clients without TLS.
    ///
    /// # Errors
    /// [`RigError`] if it does not start.
    pub async fn speak_tls(&mut self, certificate: &Path, key: &Path, folder: &RigFolder) -> Result<()> {
        self.stop();
        for (from, name) in [(certificate, "server.crt"), (key, "server.key")] {
            let to = self.data().join(name);
            std::fs::copy(from, &to)?;
            std::fs::set_permissions(&to, std::fs::Permissions::from_mode(0o600))?;
        }
        give_to_server_account(&self.data()).await?;
        let settings = self.data().join("postgresql.auto.conf");
        std::fs::write(settings, "ssl = on\n")?;
        self.start_again(folder).await
    }

    /// Copies this server, which runs, to a standby that follows it. `name` names its folder and
    /// log.
    ///
    /// # Errors
    /// [`RigError`] if a program fails or the standby does not start.
    pub async fn standby(&self, name: &str, folder: &RigFolder) -> Result<Self> {
        let place = folder.below(name)?;
        give_to_server_account(&place).await?;
        let mut copy = as_server_account(&self.programs.join("pg_basebackup"));
        copy.args(["-h", "127.0.0.1", "-p", &self.port().to_string(), "-U", USER, "--checkpoint=fast"]);
        copy.args(["--write-recovery-conf", "--no-sync", "--pgdata"]).arg(place.join("data"));
        copy.env("PGPASSWORD", &self.password);
        run(copy).await?;
        let (programs, password) = (self.programs.clone(), self.password.clone());
        let (name, ports) = (name.to_owned(), Ports::take(1)?);
        let mut standby = Self { server: None, name, programs, folder: place, password, ports };
        standby.start_again(folder).await?;
        standby.becomes("SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'", "1").await?;
        Ok(standby)
    }

    /// Makes commits wait for the standby.
    ///
    /// # Errors
    /// [`RigError`] if the server is down, or no standby follows it.
    pub async fn wait_for_standby(&self) -> Result<()> {
        self.set("synchronous_standby_names", "*").await?;
        self.becomes("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'", "1").await
    }

    /// Waits until this standby has everything that its primary has now, and cuts it off.
    ///
    /// # Errors
    /// [`RigError`] if one of the servers is down.
    pub async fn stop_following(&self, primary: &Self) -> Result<()> {
        let place = primary.query("SELECT pg_current_wal_lsn()").await?;
        self.becomes(&format!("SELECT pg_last_wal_replay_lsn() >= '{place}'"), "t").await?;
        self.set("primary_conninfo", "").await?;
        self.becomes("SELECT count(*) FROM pg_stat_wal_receiver", "0").await
    }

    /// Makes this standby a primary.
    ///
    /// # Errors
    /// [`RigError`] if it is down, or none.
    pub async fn promote(&self) -> Result<()> {
        self.query("SELECT pg_promote()").await?;
        self.becomes("SELECT pg_is_in_recovery()", "f").await
    }

    async fn set(&self, setting: &str, value: &str) -> Result<()> {
        self.query(&format!("ALTER SYSTEM SET {setting} = '{value}'")).await?;
        self.query("SELECT pg_reload_conf()").await?;
        Ok(())
    }

    async fn becomes(&self, statement: &str, value: &str) -> Result<()> {
        let holds = async || (self.query(statement).await.ok()? == value).then_some(());
        until(&format!("{statement} = {value}"), STARTS_WITHIN, holds).await
    }

    /// Freezes the server and its backends: a machine that is silent and not gone.
    ///
    /// # Errors
    /// If the system does not stop the processes.
    pub fn freeze(&self) -> Result<Frozen> {
        let server = self.pid().ok_or_else(|| RigError::Unexpected("the server does not run".to_owned()))?;
        let pid = |number: u32| Pid::from_raw(i32::try_from(number).ok()?);
        let mut frozen = Frozen(Vec::new());
        // The server first, which would start others.
        for process in pid(server).into_iter().chain(children(server)?.into_iter().filter_map(pid)) {
            rustix::process::kill_process(process, Signal::STOP).map_err(std::io::Error::from)?;
            frozen.0.push(process);
        }
        Ok(frozen)
    }

    /// Kills the server and its backends, as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill();
        }
    }

    /// Stops the server gracefully.
    pub fn stop(&mut self) {
        self.server = None;
    }

    /// Stops the server in good order and keeps a copy of its files: a backup. The server stays
    /// down.
    ///
    /// # Errors
    /// The disk's.
    pub async fn keep_image(&mut self) -> Result<()> {
        self.stop();
        copy(&self.data(), &self.image()).await
    }

    /// Stops the server and puts the files of [`Self::keep_image`] back. The server stays down.
    ///
    /// # Errors
    /// The disk's.
    pub async fn put_image_back(&mut self) -> Result<()> {
        self.stop();
        copy(&self.image(), &self.data()).await
    }

    /// Writes a backup of the database with `pg_dump`, while it is in use.
    ///
    /// # Errors
    /// [`RigError::CommandFailed`] if the program fails.
    pub async fn dump(&self, file: &Path) -> Result<()> {
        let mut dump = self.client("pg_dump", DATABASE);
        dump.args(["--format=custom", "--file"]).arg(file);
        run(dump).await?;
        Ok(())
    }

    /// Puts a backup of [`Self::dump`] in the place of the database. Clients lose their
    /// connections.
    ///
    /// # Errors
    /// [`RigError::CommandFailed`] if a program fails.
    pub async fn restore(&self, file: &Path) -> Result<()> {
        self.execute("postgres", &format!("DROP DATABASE {DATABASE} WITH (FORCE)")).await?;
        self.execute("postgres", &format!("CREATE DATABASE {DATABASE}")).await?;
        let mut restore = self.client("pg_restore", DATABASE);
        restore.args(["--exit-on-error", "--single-transaction"]).arg(file);
        run(restore).await?;
        Ok(())
    }

    /// Process id while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.server.as_ref().map(Daemon::pid)
    }

    /// Returns the connection URL of the role that owns the tables.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of(USER)
    }

    /// Returns the connection URL of [`SERVICE_ROLE`].
    #[must_use]
    pub fn service_url(&self) -> String {
        self.url_of(SERVICE_ROLE)
    }

    /// Returns the connection URL of [`SERVICE_ROLE`] at this server and another one.
    #[must_use]
    pub fn service_url_with(&self, other: &Self) -> String {
        let at = |one: &Self| format!("127.0.0.1:{}", one.port());
        self.service_url().replace(&at(self), &format!("{},{}", at(self), at(other)))
    }

    fn url_of(&self, role: &str) -> String {
        format!("postgres://{role}:{}@127.0.0.1:{}/{DATABASE}", self.password, self.port())
    }

    /// Runs one statement with `psql` and returns its rows, with fields separated by `|`.
    ///
    /// # Errors
    /// [`RigError::CommandFailed`] if the server is down or refuses the statement.
    pub async fn query(&self, statement: &str) -> Result<String> {
        self.execute(DATABASE, statement).await
    }

    async fn execute(&self, database: &str, statement: &str) -> Result<String> {
        let mut psql = self.client("psql", database);
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement]);
        Ok(run(psql).await?.trim_end().to_owned())
    }

    /// Returns a client program that connects to a database as the owner of the tables.
    fn client(&self, program: &str, database: &str) -> Command {
        let mut client = Command::new(self.programs.join(program));
        client.args(["-h", "127.0.0.1", "-p", &self.port().to_string(), "-U", USER, "-d", database]);
        client.env("PGPASSWORD", &self.password);
        client
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn image(&self) -> PathBuf {
        self.folder.join("image")
    }

    fn port(&self) -> u16 {
        self.ports.first()
    }
}

/// Processes of a server that stand still until this is dropped.
#[derive(Debug)]
pub struct Frozen(Vec<Pid>);

impl Drop for Frozen {
    fn drop(&mut self) {
        for process in self.0.iter().rev() {
            // Fails harmlessly if it was killed.
            let _ = rustix::process::kill_process(*process, Signal::CONT);
        }
    }
}

/// Returns the children of a process.
fn children(parent: u32) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // It may have ended by now. After the name in brackets: state, parent.
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        if after_name.split_whitespace().nth(1).and_then(|text| text.parse().ok()) == Some(parent) {
            found.push(pid);
        }
    }
    Ok(found)
}

/// Returns the newest version and its program folder; Debian keeps each major version apart.
fn find_programs() -> Result<(u32, PathBuf)> {
    let missing = || RigError::Unexpected("PostgreSQL is not installed under /usr/lib/postgresql".to_owned());
    let versions = std::fs::read_dir("/usr/lib/postgresql").map_err(|_| missing())?;
    versions
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok()?.parse::<u32>().ok())
        .filter(|version| Path::new(&format!("/usr/lib/postgresql/{version}/bin/initdb")).is_file())
        .max()
        .map(|version| (version, PathBuf::from(format!("/usr/lib/postgresql/{version}/bin"))))
        .ok_or_else(missing)
}

/// Copies a folder in the place of another, with owners and modes.
async fn copy(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        std::fs::remove_dir_all(to)?;
    }
    let mut cp = Command::new("cp");
    cp.arg("-a").arg(from).arg(to);
    run(cp).await?;
    Ok(())
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

/// Returns a command that runs as the server's account if we are root, and ends with the rig.
fn as_server_account(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    if rustix::process::getuid().is_root() {
        command.args(["--reuid", SERVER_ACCOUNT, "--regid", SERVER_ACCOUNT, "--init-groups"]);
    }
    command.args(["--pdeathsig", "INT", "--"]).arg(program);
    // The account may not be able to enter the current folder.
    command.current_dir("/");
    command
}

fn random_password() -> Result<String> {
    use std::io::Read as _;
    let mut bytes = [0_u8; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
