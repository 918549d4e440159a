//! The command line of `suishen-central`.

mod alarm;
mod archive;
mod audit;
mod channel;
mod check;
mod desk;
mod desk_list;
mod desk_report;
mod hold;
mod institution;
mod keys;
mod look_up;
mod migrate;
mod pages;
mod passphrase;
mod population;
mod restore;
mod retention;
mod review;
mod serve;
mod staff;
mod staff_list;
mod transfer;
mod version;
mod visit;
mod window_settings;

use crate::{
    administrator::{AGREEMENT, Act, Acting, AdministratorKind, CredentialFile},
    audit::{AuditKey, Event},
    clock,
    config::Config,
    keys::{Keys, ceremony},
    store::postgres::PgStore,
};
use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use rules::{Sensitive, StaffNumber};
use std::path::{Path, PathBuf};

/// The centre of the paper offline code (离线随申码).
#[derive(Debug, Parser)]
#[command(name = "suishen-central", version)]
pub struct Arguments {
    /// Settings file (TOML). Environment variables (SUISHEN_CENTRAL_…) override it.
    #[arg(long, global = true, env = "SUISHEN_CENTRAL_CONFIG_FILE")]
    config: Option<PathBuf>,
    /// Sealed credential of the administrator who runs the command, or a folder with one of each
    /// kind. The passphrase is asked for, or read from standard input or `SUISHEN_PASSPHRASE`.
    #[arg(long = "as", global = true, env = "SUISHEN_AS", value_name = "FILE")]
    credential: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve desks, verifiers and channels, and decide what desks did.
    Serve,
    /// Bring the database schema up to date with this program. Needs the role that owns the tables.
    Migrate(migrate::Migrate),
    /// Say what is missing before `serve` can work, and how to get it.
    Check,
    /// Write the manual pages, one for each command, into a folder.
    Man {
        /// Folder, made if it does not exist.
        folder: PathBuf,
    },
    /// Make root and issuing keys, and exchange them between the machine without a network and this
    /// one.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Release look-ups above an operator's budget.
    #[command(subcommand)]
    LookUp(look_up::LookUpCommand),
    /// Manage accounts of staff.
    #[command(subcommand)]
    Staff(staff::StaffCommand),
    /// Read what somebody must look at, and decide about operations without effect.
    #[command(subcommand)]
    Review(review::ReviewCommand),
    /// Keep cases, citizens and sites from being removed.
    #[command(subcommand)]
    Hold(hold::HoldCommand),
    /// Write months of the operations' log to files, before they are removed.
    #[command(subcommand)]
    Archive(archive::ArchiveCommand),
    /// Remove what is outdated. Needs the role that owns the tables.
    #[command(subcommand)]
    Retention(retention::RetentionCommand),
    /// Put a database that was restored from a backup into service again.
    #[command(subcommand)]
    Restore(restore::RestoreCommand),
    /// Manage service sites.
    #[command(subcommand)]
    Site(desk::SiteCommand),
    /// Manage desks and their enrolment.
    #[command(subcommand)]
    Desk(desk::DeskCommand),
    /// Say which program desks need before they issue codes.
    #[command(subcommand)]
    Version(version::VersionCommand),
    /// Decide settings of windows.
    #[command(subcommand)]
    WindowSettings(window_settings::WindowSettingsCommand),
    /// Manage clients of portal and kiosk.
    #[command(subcommand)]
    Channel(channel::ChannelCommand),
    /// Manage institutions of collective service (集体代办).
    #[command(subcommand)]
    Institution(institution::InstitutionCommand),
    /// Set up the pages for phones.
    #[command(subcommand)]
    Pages(pages::PagesCommand),
    /// Show that the audit log and the tables agree.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// List what somebody must look at soon.
    #[command(subcommand)]
    Alarm(alarm::AlarmCommand),
    /// List the kits of home visits (上门服务).
    #[command(subcommand)]
    Visit(visit::VisitCommand),
    /// Import a desk's offline transfer (离线数据导出文件).
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

impl Command {
    /// Returns the command as it stands in the audit log, and the numbers and names of things it is
    /// run for. `None` for what needs no administrator.
    fn act(&self) -> Option<(&'static str, String)> {
        Some(match self {
            Self::Serve
            | Self::Migrate(_)
            | Self::Check
            | Self::Man { .. }
            | Self::Keys(_)
            | Self::Pages(_)
            | Self::Openapi => {
                return None;
            }
            Self::Staff(command) => command.act(),
            Self::Review(command) => command.act(),
            Self::LookUp(command) => command.act(),
            Self::Hold(command) => command.act(),
            Self::Archive(command) => command.act(),
            Self::Retention(command) => command.act(),
            Self::Restore(command) => command.act(),
            Self::Site(command) => command.act(),
            Self::Desk(command) => command.act(),
            Self::Version(command) => command.act(),
            Self::WindowSettings(command) => command.act(),
            Self::Channel(command) => command.act(),
            Self::Institution(command) => command.act(),
            Self::Audit(_) => ("audit verify", String::new()),
            Self::Alarm(_) => ("alarm list", String::new()),
            Self::Visit(_) => ("visit list", String::new()),
            Self::Import { .. } => ("import", String::new()),
            Self::ImportPopulation { .. } => ("import-population", String::new()),
        })
    }
}

/// Runs the command that the arguments name.
///
/// # Errors
/// Any failure, described for the person at the terminal.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { config, credential, command } = arguments;
    // The root's machine has neither settings nor a database.
    match command {
        Command::Openapi => return say(format_args!("{}", crate::http::document().trim_end())),
        Command::Man { folder } => {
            std::fs::create_dir_all(&folder)?;
            return Ok(clap_mangen::generate_to(<Arguments as clap::CommandFactory>::command(), folder)?);
        }
        Command::Keys(command) => return keys::run(config.as_deref(), command),
        Command::Pages(command) => return pages::run(&Config::read(config.as_deref())?, &command),
        _ => {}
    }
    let config = Config::read(config.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async move {
        let Some((name, subject)) = command.act() else {
            return match command {
                Command::Serve => serve::run(config).await,
                Command::Migrate(command) => migrate::run(&config, &command).await,
                Command::Check => check::run(&config).await,
                _ => Ok(()),
            };
        };
        let context = CommandContext::begin(&config, credential.as_deref(), name, subject).await?;
        match command {
            Command::Serve
            | Command::Migrate(_)
            | Command::Check
            | Command::Man { .. }
            | Command::Keys(_)
            | Command::Pages(_)
            | Command::Openapi => Ok(()),
            Command::Staff(command) => staff::run(&context, command).await,
            Command::Review(command) => review::run(&context, command).await,
            Command::LookUp(command) => look_up::run(&context, command).await,
            Command::Hold(command) => hold::run(&context, command).await,
            Command::Archive(command) => archive::run(&context, &command).await,
            Command::Retention(command) => retention::run(&context, command).await,
            Command::Restore(command) => restore::run(&context, &command).await,
            Command::Site(command) => desk::run_site(&context, command).await,
            Command::Desk(command) => desk::run(&context, command).await,
            Command::Version(command) => version::run(&context, &command).await,
            Command::WindowSettings(command) => window_settings::run(&context, &command).await,
            Command::Channel(command) => channel::run(&context, command).await,
            Command::Institution(command) => institution::run(&context, command).await,
            Command::Audit(command) => audit::run(&context, command).await,
            Command::Alarm(command) => alarm::run(&context, command).await,
            Command::Visit(command) => visit::run(&context, command).await,
            Command::Import { file } => transfer::run(&context, &file).await,
            Command::ImportPopulation { file, csv } => population::run(&context, &file, csv).await,
        }
    })
}

/// What an administrator's command works with.
struct CommandContext<'a> {
    config: &'a Config,
    keys: Keys,
    store: PgStore,
    by: Acting,
    /// What the signed act says it is done to.
    subject: String,
}

impl<'a> CommandContext<'a> {
    /// Opens the administrator's credential, and writes the signed act to the audit log (D2) before
    /// it is done.
    async fn begin(
        config: &'a Config,
        credential: Option<&Path>,
        name: &'static str,
        subject: String,
    ) -> anyhow::Result<Self> {
        let kind = AdministratorKind::of_command(name).context("no administrator may run this")?;
        let Some(credential) = credential else {
            bail!("say --as FILE: this command needs a sealed credential of kind {}", kind.code());
        };
        let keys = read_keys(config)?;
        let now = clock::now();
        let by = open(credential, kind, &keys, passphrase::of_credential)?;
        let store = connect(config, &keys).await?;
        let act = by.sign(Act { name: name.to_owned(), subject: subject.clone(), at: now })?;
        store.record(now, &Event::Act(Box::new(act))).await.context("audit log")?;
        Ok(Self { config, keys, store, by, subject })
    }

    /// Has an auditor sign, with a credential of their own, that a thing may be done which cannot
    /// be undone. Returns who it is.
    async fn agree(&self, credential: &Path, subject: &str) -> anyhow::Result<StaffNumber> {
        let second = open(credential, AdministratorKind::Audit, &self.keys, passphrase::of_second)?;
        if second.staff() == self.by.staff() {
            bail!("the second signature must be another person's");
        }
        let now = clock::now();
        let act = Act { name: AGREEMENT.to_owned(), subject: subject.to_owned(), at: now };
        self.store.record(now, &Event::Act(Box::new(second.sign(act)?))).await.context("audit log")?;
        Ok(second.staff().clone())
    }
}

/// Opens a sealed credential, or the one of its kind in a folder.
fn open(
    credential: &Path,
    kind: AdministratorKind,
    keys: &Keys,
    passphrase: impl Fn() -> anyhow::Result<Sensitive<String>>,
) -> anyhow::Result<Acting> {
    let file = if credential.is_dir() { credential.join(kind.file()) } else { credential.to_owned() };
    let sealed: CredentialFile = ceremony::read(&file)?;
    let opened = sealed.open(kind, (&keys.trust, keys.class), &passphrase()?, clock::now());
    opened.with_context(|| file.display().to_string())
}

/// Connects to the database of the settings. What is done there is sealed for the audit log (D2).
async fn connect(config: &Config, keys: &Keys) -> anyhow::Result<PgStore> {
    let store = PgStore::connect(config.database_url.expose(), config.database_connections).await;
    Ok(store.context("database")?.sealing(AuditKey::derive(&keys.token)).trusting(keys.trust.clone()))
}

/// Records what the program does by itself in the audit log.
async fn record(store: &PgStore, name: &str, subject: &str) -> anyhow::Result<()> {
    let event = Event::Command { name: name.to_owned(), subject: subject.to_owned() };
    store.record(clock::now(), &event).await.context("audit log")
}

/// Reads the secrets from the folder of the settings.
fn read_keys(config: &Config) -> anyhow::Result<Keys> {
    Ok(crate::keys::load(&config.keys)?)
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
