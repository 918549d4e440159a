//! The command line of `suishen-central`.

mod carried;
mod channel;
mod desk;
mod keys;
mod migrate;
mod population;
mod serve;
mod staff;

use crate::{config::Config, keys::Keys, store::postgres::PgStore};
use anyhow::Context as _;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// The centre of the paper offline code (离线随申码).
#[derive(Debug, Parser)]
#[command(name = "suishen-central", version)]
pub struct Arguments {
    /// Settings (TOML). The environment (SUISHEN_CENTRAL_…) goes over the file.
    #[arg(long, global = true, env = "SUISHEN_CENTRAL_CONFIG_FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer desks, verifiers and channels, and decide what desks did.
    Serve,
    /// Bring the database's schema up to this program's.
    Migrate {
        /// Distribute the tables over a Citus cluster (once, after the first migration).
        #[arg(long)]
        distribute: bool,
    },
    /// The centre's secrets.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Accounts of staff.
    #[command(subcommand)]
    Staff(staff::Command),
    /// Sites.
    #[command(subcommand)]
    Site(desk::SiteCommand),
    /// Desks.
    #[command(subcommand)]
    Desk(desk::Command),
    /// Clients of portal and kiosk.
    #[command(subcommand)]
    Channel(channel::Command),
    /// Take in a desk's carried queue (带出文件); the passphrase is read from standard input.
    Import {
        /// The file the desk wrote.
        file: PathBuf,
    },
    /// Print the OpenAPI document.
    Openapi,
    /// Import people from the registry: JSON lines, or CSV with a header.
    ImportPopulation {
        /// File, or `-` for standard input.
        file: PathBuf,
        /// Read CSV; else by the file's name.
        #[arg(long)]
        csv: bool,
    },
}

/// Runs a command.
///
/// # Errors
/// Whatever keeps it from being done, in words for the person at the terminal.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    if let Command::Openapi = arguments.command {
        return say(format_args!("{}", crate::http::document().trim_end()));
    }
    let config = Config::read(arguments.config.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async move {
        match arguments.command {
            Command::Openapi => Ok(()),
            Command::Serve => serve::run(config).await,
            Command::Migrate { distribute } => migrate::run(&config, distribute).await,
            Command::Keys(command) => keys::run(&config, &command),
            Command::Staff(command) => staff::run(&config, command).await,
            Command::Site(command) => desk::run_site(&config, command).await,
            Command::Desk(command) => desk::run(&config, command).await,
            Command::Channel(command) => channel::run(&config, command).await,
            Command::Import { file } => carried::run(&config, &file).await,
            Command::ImportPopulation { file, csv } => population::run(&config, &file, csv).await,
        }
    })
}

/// Connects to the database.
async fn store(config: &Config) -> anyhow::Result<PgStore> {
    PgStore::connect(config.database_url.expose(), config.database_connections).await.context("database")
}

/// Reads the secrets.
fn read_keys(config: &Config) -> anyhow::Result<Keys> {
    crate::keys::load(&config.keys).context("secrets; `suishen-central keys init` makes them")
}

/// Prints a line for whoever called.
fn say(line: std::fmt::Arguments<'_>) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}

/// A secret that a person types: letters and digits that are not mistaken for each other, in groups of four.
fn typed_secret(groups: usize) -> String {
    // 32 signs: five random bits each, without bias.
    const SIGNS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let bytes: [u8; 64] = rand::random();
    let signs: Vec<char> = bytes.iter().map(|byte| char::from(SIGNS[usize::from(byte & 31)])).collect();
    let groups: Vec<String> = signs.chunks(4).take(groups).map(|group| group.iter().collect()).collect();
    groups.join("-")
}
