//! `keys`: the key ceremony (F). The root's commands need no settings, database or network.

use super::{passphrase, say};
use crate::{
    administrator::AdministratorKind,
    clock,
    config::Config,
    keys::ceremony::{self, DAYS, Grant, KeyRequest, Root, RootFile},
};
use clap::{Args, Subcommand, ValueEnum};
use rules::{
    StaffNumber,
    issuing::Purpose,
    keys::{Class, KeyError, KeyId, PublicKey},
};
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// On the root's machine: make the root key, sealed under a passphrase.
    Root {
        /// Class of the centre; practice (演练) and live never mix.
        #[arg(long)]
        class: ClassArgument,
        /// New file, on removable media.
        #[arg(long)]
        out: PathBuf,
    },
    /// On the root's machine: sign the keys of a request.
    Sign {
        #[command(flatten)]
        root: RootArguments,
        /// File that `keys request` or `keys rotate` wrote.
        #[arg(long)]
        request: PathBuf,
        /// Days the keys are in force.
        #[arg(long, default_value_t = DAYS, value_parser = clap::value_parser!(u16).range(1..=1_100))]
        days: u16,
    },
    /// On the root's machine: make the sealed credential of an administrator.
    Administrator {
        /// File of the root key.
        #[arg(long)]
        root: PathBuf,
        /// Staff number of the person.
        #[arg(long)]
        staff: StaffNumber,
        /// What they administer.
        #[arg(long)]
        kind: AdministratorKind,
        /// Days the credential is in force.
        #[arg(long, default_value_t = DAYS, value_parser = clap::value_parser!(u16).range(1..=1_100))]
        days: u16,
        /// New file of the credential.
        #[arg(long)]
        out: PathBuf,
    },
    /// On the root's machine: take an issuing key or a credential back, for good.
    Revoke {
        #[command(flatten)]
        root: RootArguments,
        /// Identifier of the key.
        #[arg(value_parser = key_id)]
        key: KeyId,
        /// Since when somebody else may have had it, such as 2026-11-29T18:00 (Shanghai). What it
        /// signed before stays good. Without it: since now.
        #[arg(long, value_parser = super::desk::instant)]
        since: Option<rules::At>,
    },
    /// On this machine: draw issuing keys, and write what the root is to sign.
    Request {
        /// Class of the installation, the first time.
        #[arg(long)]
        class: Option<ClassArgument>,
        /// New file for the root's machine.
        #[arg(long)]
        out: PathBuf,
    },
    /// On this machine: draw the next issuing key for one purpose, and write what the root is to
    /// sign. The present key goes on until `keys install`; what it signed stays good.
    Rotate {
        /// Purpose of the key.
        name: PurposeArgument,
        /// New file for the root's machine.
        #[arg(long)]
        out: PathBuf,
    },
    /// On this machine: take up what the root signed. `serve` uses it from its next start.
    Install {
        /// File that `keys sign` or `keys revoke` wrote.
        file: PathBuf,
    },
    /// Print the root's public key, then each issuing key and its days.
    Show,
    /// Make root key, issuing keys and a credential of each kind for a practice site, in one step.
    Practice,
}

#[derive(Debug, Args)]
pub(super) struct RootArguments {
    /// File of the root key.
    #[arg(long)]
    root: PathBuf,
    /// New file for the service's machine.
    #[arg(long)]
    out: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ClassArgument {
    /// For practice only (演练)
    Practice,
    /// For real codes (正式)
    Live,
}

impl From<ClassArgument> for Class {
    fn from(class: ClassArgument) -> Self {
        match class {
            ClassArgument::Practice => Self::Practice,
            ClassArgument::Live => Self::Live,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum PurposeArgument {
    /// Certificates of desks and channel clients
    Certificates,
    /// Receipts of operations
    Receipts,
    /// Lists for verifiers
    Lists,
    /// Records of accounts
    Accounts,
    /// Heads of the audit log
    Audit,
    /// Codes of portal and kiosk
    Codes,
    /// What desks seal to the centre
    Sealing,
}

impl From<PurposeArgument> for Purpose {
    fn from(purpose: PurposeArgument) -> Self {
        match purpose {
            PurposeArgument::Certificates => Self::Certificates,
            PurposeArgument::Receipts => Self::Receipts,
            PurposeArgument::Lists => Self::Lists,
            PurposeArgument::Accounts => Self::Accounts,
            PurposeArgument::Audit => Self::Audit,
            PurposeArgument::Codes => Self::Codes,
            PurposeArgument::Sealing => Self::Sealing,
        }
    }
}

fn key_id(text: &str) -> Result<KeyId, KeyError> {
    text.parse()
}

pub(super) fn run(config: Option<&Path>, command: KeysCommand) -> anyhow::Result<()> {
    let now = clock::now();
    match command {
        KeysCommand::Root { class, out } => {
            let passphrase = passphrase::new("the root key", passphrase::of_root)?;
            show_root(&RootFile::make(&out, class.into(), &passphrase)?)
        }
        KeysCommand::Sign { root: RootArguments { root, out }, request, days } => {
            let request: KeyRequest = ceremony::read(&request)?;
            hand_over(&out, &open(&root)?.grant(&request, days, now)?)
        }
        KeysCommand::Administrator { root, staff, kind, days, out } => {
            let root = open(&root)?;
            let passphrase = passphrase::new("the credential", passphrase::of_credential)?;
            let key = root.make_administrator(&out, (staff.clone(), kind), &passphrase, (days, now))?;
            say(format_args!("{}\t{staff}\tkey {key}", kind.code()))
        }
        KeysCommand::Revoke { root: RootArguments { root, out }, key, since } => {
            hand_over(&out, &open(&root)?.revoke(key, since.unwrap_or(now))?)
        }
        KeysCommand::Request { class, out } => {
            ask(&folder(config)?, class.map(Class::from), &Purpose::ALL, &out)
        }
        KeysCommand::Rotate { name, out } => ask(&folder(config)?, None, &[name.into()], &out),
        KeysCommand::Install { file } => {
            let folder = folder(config)?;
            show(&ceremony::install(&folder, &file)?)?;
            crate::keys::load(&folder)?.check(now)?;
            say(format_args!("installed; start `serve` again"))
        }
        KeysCommand::Show => {
            let keys = crate::keys::load(&folder(config)?)?;
            show_root(keys.trust.root())?;
            for record in keys.records() {
                let (purpose, key) = (record.purpose, record.public_key.key_id());
                let (from, to) = (record.from.day(), record.to.day());
                say(format_args!("{purpose}\tkey {key}\tfrom {from}\tto {to}"))?;
            }
            Ok(())
        }
        KeysCommand::Practice => show_root(&ceremony::practice(&folder(config)?, now)?),
    }
}

/// Returns the folder of the secrets. No database is asked.
fn folder(config: Option<&Path>) -> anyhow::Result<PathBuf> {
    Ok(Config::read(config)?.keys)
}

fn open(root: &Path) -> anyhow::Result<Root> {
    Ok(RootFile::open(root, &passphrase::of_root()?)?)
}

fn ask(folder: &Path, class: Option<Class>, purposes: &[Purpose], out: &Path) -> anyhow::Result<()> {
    let request = ceremony::request(folder, class, purposes)?;
    ceremony::write(out, &request)?;
    for key in &request.keys {
        say(format_args!("{}\tkey {}", key.value.purpose, key.value.public_key.key_id()))?;
    }
    Ok(())
}

fn hand_over(out: &Path, grant: &Grant) -> anyhow::Result<()> {
    ceremony::write(out, grant)?;
    show(grant)
}

/// Prints what both machines show, for the people at the ceremony to compare.
fn show(grant: &Grant) -> anyhow::Result<()> {
    show_root(&grant.root)?;
    for record in grant.records.iter().map(|record| &record.value) {
        let (purpose, key) = (record.purpose, record.public_key.key_id());
        let (from, to) = (record.from.day(), record.to.day());
        say(format_args!("{purpose}\tkey {key}\tfrom {from}\tto {to}"))?;
    }
    for revoked in grant.revoked.iter().flat_map(|list| &list.value.keys) {
        let since = revoked.since.civil().strftime("%Y-%m-%d %H:%M");
        say(format_args!("revoked\tkey {}\tsince {since}", revoked.key_id))?;
    }
    Ok(())
}

fn show_root(root: &PublicKey) -> anyhow::Result<()> {
    say(format_args!("{}", String::from(root.clone())))?;
    say(format_args!("root\tkey {}", root.key_id()))
}
