//! `migrate`: brings the database schema up to date, as the role that owns the tables.

use super::{connect, read_keys, record, say};
use crate::{clock, config::Config};
use clap::Args;

#[derive(Debug, Args)]
pub(super) struct Migrate {
    /// Role of the service, which may then work with the tables and not change the schema.
    #[arg(long)]
    service_role: Option<String>,
    /// Distribute the tables over a Citus cluster. The centre does not work on one yet.
    #[arg(long)]
    distribute: bool,
}

pub(super) async fn run(config: &Config, command: &Migrate) -> anyhow::Result<()> {
    let store = connect(config, &read_keys(config)?).await?;
    store.migrate(clock::now()).await?;
    record(&store, "migrate", env!("CARGO_PKG_VERSION")).await?;
    say(format_args!("schema is up to date"))?;
    if command.distribute {
        store.distribute().await?;
        say(format_args!("tables are distributed"))?;
    }
    if let Some(role) = &command.service_role {
        store.admit(role).await?;
        say(format_args!("{role} may work with the tables"))?;
    }
    Ok(())
}
