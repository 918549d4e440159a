//! The command line of `suishen-central`.

mod alarm;
mod audit;
mod channel;
mod desk;
mod desk_report;
mod institution;
mod keys;
mod migrate;
mod population;
mod review;
mod serve;
mod staff;
mod transfer;

use crate::{
    audit::{AuditKey, Event},
    clock,
    config::Config,
    keys::Keys,
    store::postgres::PgStore,
};
use anyhow::Context as _;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// The centre of the paper offline code (离线随申码).
#[derive(Debug, Parser)]
#[command(name = "suishen-central", version)]
pub struct Arguments {
    /// Settings file (TOML). Environment variables (SUISHEN_CENTRAL_…) override it.
    #[arg(long, global = true, env = "SUISHEN_CENTRAL_CONFIG_FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve desks, verifiers and channels, and decide what desks did.
    Serve,
    /// Bring the database schema up to date with this program.
    Migrate {
        /// Distribute the tables over a Citus cluster (once, after the first migration).
        #[arg(long)]
        distribute: bool,
    },
    /// Create and show the centre's secrets.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Manage accounts of staff.
    #[command(subcommand)]
    Staff(staff::StaffCommand),
    /// Read what somebody must look at, and decide about operations without effect.
    #[command(subcommand)]
    Review(review::ReviewCommand),
    /// Manage service sites.
    #[command(subcommand)]
    Site(desk::SiteCommand),
    /// Manage desks and their enrolment.
    #[command(subcommand)]
    Desk(desk::DeskCommand),
    /// Manage clients of portal and kiosk.
    #[command(subcommand)]
    Channel(channel::ChannelCommand),
    /// Manage institutions of collective service (集体代办).
    #[command(subcommand)]
    Institution(institution::InstitutionCommand),
    /// Show that the audit log and the tables agree.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// List what somebody must look at soon.
    #[command(subcommand)]
    Alarm(alarm::AlarmCommand),
    /// Import a desk's offline transfer (离线数据导出文件); the passphrase is read from standard input.
    Import {
        /// File the desk wrote.
        file: PathBuf,
    },
    /// Print the OpenAPI document.
    Openapi,
    /// Import people from the registry: JSON lines, or CSV with a header.
    ImportPopulation {
        /// File to read, or `-` for standard input.
        file: PathBuf,
        /// Read CSV whatever the file is named.
        #[arg(long)]
        csv: bool,
    },
}

/// Runs the command that the arguments name.
///
/// # Errors
/// Any failure, described for the person at the terminal.
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
            Command::Review(command) => review::run(&config, command).await,
            Command::Site(command) => desk::run_site(&config, command).await,
            Command::Desk(command) => desk::run(&config, command).await,
            Command::Channel(command) => channel::run(&config, command).await,
            Command::Institution(command) => institution::run(&config, command).await,
            Command::Audit(command) => audit::run(&config, command).await,
            Command::Alarm(command) => alarm::run(&config, command).await,
            Command::Import { file } => transfer::run(&config, &file).await,
            Command::ImportPopulation { file, csv } => population::run(&config, &file, csv).await,
        }
    })
}

/// Connects to the database of the settings. Secrets come first: what a command does is sealed for
/// the audit log (D2).
async fn store(config: &Config) -> anyhow::Result<PgStore> {
    let key = AuditKey::derive(&read_keys(config)?.token);
    let store = PgStore::connect(config.database_url.expose(), config.database_connections).await;
    Ok(store.context("database")?.sealing(key))
}

/// Records a command in the audit log.
async fn record(store: &PgStore, name: &str, subject: &str) -> anyhow::Result<()> {
    let event = Event::Command { name: name.to_owned(), subject: subject.to_owned() };
    store.record(clock::now(), &event).await.context("audit log")
}

/// Reads the secrets from the folder of the settings.
fn read_keys(config: &Config) -> anyhow::Result<Keys> {
    crate::keys::load(&config.keys).context("secrets; `suishen-central keys init` makes them")
}

/// Prints a line to standard output.
fn say(line: std::fmt::Arguments<'_>) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}

/// Returns a secret that a person can type: groups of four letters and digits that are
/// hard to confuse.
fn typed_secret(groups: usize) -> String {
    // 32 characters: each encodes five random bits, without bias.
    const SIGNS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let bytes: [u8; 64] = rand::random();
    let signs: Vec<char> = bytes.iter().map(|byte| char::from(SIGNS[usize::from(byte & 31)])).collect();
    let groups: Vec<String> = signs.chunks(4).take(groups).map(|group| group.iter().collect()).collect();
    groups.join("-")
}
