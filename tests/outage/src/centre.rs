//! The centre: its own program, on a database of its own, with one site.

use anyhow::Context as _;
use central::store::postgres::PgStore;
use rig::{RigFolder, central::Central, postgres::Postgres};
use rules::Sensitive;
use std::{net::SocketAddr, str::FromStr};

/// Number of the site.
pub const SITE: &str = "310101";
/// 窗口人员
pub const CLERK: &str = "10001";
/// 主管
pub const SUPERVISOR: &str = "10002";

/// The centre at work. Pieces stop in the order of the fields.
#[derive(Debug)]
pub struct Centre {
    /// Its program.
    pub central: Central,
    /// Its database.
    pub postgres: Postgres,
    /// State and logs.
    pub folder: RigFolder,
    /// Passwords of the two accounts, clerk and supervisor.
    pub passwords: [Sensitive<String>; 2],
}

impl Centre {
    /// Starts it, with a site and two accounts. `name` is that of the rig's folder.
    ///
    /// # Errors
    /// When a piece is missing or does not come up.
    pub async fn start(name: &str) -> anyhow::Result<Self> {
        Self::start_with(name, &[]).await
    }

    /// The same with settings from the environment: name and value.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_with(name: &str, variables: &[(&str, &str)]) -> anyhow::Result<Self> {
        let folder = RigFolder::new(name)?;
        let postgres = Postgres::start(&folder).await?;
        let central = Central::start_with(&folder, &postgres, variables).await?;
        central.command(&["site", "add", "--site", SITE, "--name", "演练大厅"]).await?;
        let mut passwords = Vec::new();
        for (number, role) in [(CLERK, "clerk"), (SUPERVISOR, "supervisor")] {
            let words =
                ["staff", "add", "--number", number, "--name", "演练员", "--site", SITE, "--role", role];
            passwords.push(Sensitive::new(central.command(&words).await?.trim().to_owned()));
        }
        let passwords = passwords.try_into().map_err(|_| anyhow::anyhow!("two accounts"))?;
        Ok(Self { central, postgres, folder, passwords })
    }

    /// Where its first process listens.
    ///
    /// # Errors
    /// Never, while the rig writes addresses.
    pub fn address(&self) -> anyhow::Result<SocketAddr> {
        address(&self.central)
    }

    /// A one-time code for the window with this number.
    ///
    /// # Errors
    /// When the centre refuses.
    pub async fn invite(&self, window: u16) -> anyhow::Result<Sensitive<String>> {
        let window = window.to_string();
        let words = ["desk", "invite", "--site", SITE, "--number", &window];
        Ok(Sensitive::new(self.central.command(&words).await?.trim().to_owned()))
    }

    /// The single number a statement gives.
    ///
    /// # Errors
    /// When the database is away, or says something else.
    pub async fn count(&self, statement: &str) -> anyhow::Result<u64> {
        let said = self.postgres.query(statement).await?;
        said.parse().with_context(|| format!("{statement}: {said}"))
    }

    /// The store of the centre's own library over the same database.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn store(&self) -> anyhow::Result<PgStore> {
        Ok(PgStore::connect(&self.postgres.url(), 4).await?)
    }

    /// The centre's secrets, made for this run.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn keys(&self) -> anyhow::Result<central::keys::Keys> {
        Ok(central::keys::load(&self.folder.path().join("central").join("keys"))?)
    }
}

/// Where a process of the centre listens.
///
/// # Errors
/// Never, while the rig writes addresses.
pub fn address(central: &Central) -> anyhow::Result<SocketAddr> {
    let url = central.url();
    Ok(SocketAddr::from_str(url.trim_start_matches("http://"))?)
}
