//! `migrate`: brings the database schema up to date.

use super::{connect, read_keys, record, say};
use crate::config::Config;

pub(super) async fn run(config: &Config, distribute: bool) -> anyhow::Result<()> {
    let store = connect(config, &read_keys(config)?).await?;
    store.migrate().await?;
    record(&store, "migrate", env!("CARGO_PKG_VERSION")).await?;
    say(format_args!("schema is up to date"))?;
    if distribute {
        store.distribute().await?;
        say(format_args!("tables are distributed"))?;
    }
    Ok(())
}
