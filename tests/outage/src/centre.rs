//! The real central server on its own database, with one site.

use anyhow::Context as _;
use central::{audit::AuditKey, store::postgres::PgStore};
use rig::{RigFolder, central::Central, postgres::Postgres};
use rules::{Sensitive, keys::SoftwareKey};
use std::{net::SocketAddr, str::FromStr, sync::Arc};

/// Number of the site.
pub const SITE: &str = "310101";
/// Account with the role 窗口人员.
pub const CLERK: &str = "10001";
/// Account with the role 主管.
pub const SUPERVISOR: &str = "10002";
/// First part of both passwords; the role follows.
const PASSWORD: &str = "plum tree in the rain";

/// A running centre. Fields are dropped in order, so the server stops before its database.
#[derive(Debug)]
pub struct Centre {
    /// The central server.
    pub central: Central,
    /// Database of the server.
    pub postgres: Postgres,
    /// Folder of state and logs.
    pub folder: RigFolder,
    /// Passwords of the two accounts, clerk and supervisor.
    pub passwords: [Sensitive<String>; 2],
    /// Their own keys, opened once, so that no visit of these tests waits for a password.
    pub keys_of_people: Arc<[SoftwareKey; 2]>,
}

impl Centre {
    /// Starts the centre with a site and two accounts. `name` names the rig's folder.
    ///
    /// # Errors
    /// Any failure of a piece that is missing or does not start.
    pub async fn start(name: &str) -> anyhow::Result<Self> {
        Self::start_with(name, &[]).await
    }

    /// Works as [`Self::start`], with settings from the environment: name and value.
    ///
    /// # Errors
    /// Any failure, as for [`Self::start`].
    pub async fn start_with(name: &str, variables: &[(&str, &str)]) -> anyhow::Result<Self> {
        let folder = RigFolder::new(name)?;
        let postgres = Postgres::start(&folder).await?;
        let central = Central::start_with(&folder, &postgres, variables).await?;
        central.command(&["site", "add", "--site", SITE, "--name", "演练大厅"]).await?;
        let store = PgStore::connect(&postgres.url(), 1).await?;
        let (mut passwords, mut keys) = (Vec::new(), Vec::new());
        for (number, role) in [(CLERK, "clerk"), (SUPERVISOR, "supervisor")] {
            let words =
                ["staff", "add", "--number", number, "--name", "演练员", "--site", SITE, "--role", role];
            let words = [&words[..], &["--password-stdin"]].concat();
            let password = Sensitive::new(format!("{PASSWORD} {role}"));
            central.command_with_input(&words, password.expose()).await?;
            let number = number.parse()?;
            let account = store.account(&number).await?.context("the account")?;
            keys.push(account.wrapped_key.open(&number, &password)?);
            passwords.push(password);
        }
        let two = || anyhow::anyhow!("two accounts");
        let passwords = passwords.try_into().map_err(|_| two())?;
        let keys_of_people = Arc::new(keys.try_into().map_err(|_| two())?);
        Ok(Self { central, postgres, folder, passwords, keys_of_people })
    }

    /// Returns the address of its first process.
    ///
    /// # Errors
    /// Never, while the rig writes valid addresses.
    pub fn address(&self) -> anyhow::Result<SocketAddr> {
        address(&self.central)
    }

    /// Returns a one-time code for the window with this number.
    ///
    /// # Errors
    /// Any failure of the command.
    pub async fn invite(&self, window: u16) -> anyhow::Result<Sensitive<String>> {
        let window = window.to_string();
        let words = ["desk", "invite", "--site", SITE, "--number", &window];
        Ok(Sensitive::new(self.central.command(&words).await?.trim().to_owned()))
    }

    /// Returns the single number that a statement yields.
    ///
    /// # Errors
    /// If the database is down, or the result is not a number.
    pub async fn count(&self, statement: &str) -> anyhow::Result<u64> {
        let said = self.postgres.query(statement).await?;
        said.parse().with_context(|| format!("{statement}: {said}"))
    }

    /// Connects the centre's own store to the same database.
    ///
    /// # Errors
    /// If the database is down or the secrets cannot be read.
    pub async fn store(&self) -> anyhow::Result<PgStore> {
        let key = AuditKey::derive(&self.keys()?.token);
        Ok(PgStore::connect(&self.postgres.url(), 4).await?.sealing(key))
    }

    /// Reads the centre's secrets, which were created for this run.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn keys(&self) -> anyhow::Result<central::keys::Keys> {
        Ok(central::keys::load(&self.folder.path().join("central").join("keys"))?)
    }
}

/// Returns the address of a server process.
///
/// # Errors
/// Never, while the rig writes valid addresses.
pub fn address(central: &Central) -> anyhow::Result<SocketAddr> {
    let url = central.url();
    Ok(SocketAddr::from_str(url.trim_start_matches("http://"))?)
}
