//! The program 离线随申码 · 窗口: the shell around the crate `counter`.
//!
//! It opens the windows, passes commands in and sends events out.

mod bindings;
mod commands;
mod enrol;
mod events;
mod folder;
mod guard;
mod practice;
mod window;

use clap::{Parser, Subcommand};
use std::{io::IsTerminal as _, path::PathBuf};
use tracing_subscriber::fmt::writer::MakeWriterExt as _;
use window::Opened;

/// The counter of the paper offline code (离线随申码 · 窗口).
#[derive(Parser)]
#[command(name = "suishen-counter", version, about)]
struct Arguments {
    /// Folder of this desk: settings, database, keys.
    #[arg(long, env = "SUISHEN_DESK_DIR")]
    folder: Option<PathBuf>,
    /// Opens a practice site with invented people (演练). It has a new folder of its own and
    /// needs no centre; `--folder` is not looked at.
    #[arg(long)]
    practice: bool,
    /// Writes the manual pages into a folder and ends.
    #[arg(long, value_name = "FOLDER", exclusive = true)]
    man: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Enrols this desk with the one-time code from the security administrator. The code is read
    /// from standard input.
    Enrol {
        /// Address of the centre; saved in desk.toml.
        #[arg(long)]
        centre: Option<String>,
        /// Certificate authority of the centre (PEM), relative to the folder; saved in desk.toml.
        /// Without it: ca.pem there.
        #[arg(long)]
        ca_file: Option<PathBuf>,
    },
}

fn main() -> anyhow::Result<()> {
    guard::forbid_dumps()?;
    let arguments = Arguments::parse();
    if let Some(folder) = arguments.man {
        return Ok(clap_mangen::generate_to(<Arguments as clap::CommandFactory>::command(), folder)?);
    }
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| "warn,desk=info,counter=info,drivers=info".into()),
        )
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr.and(|| ::counter::LogTail))
        .init();
    // The program has only one TLS provider; installing fails only if it is installed already.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        anyhow::bail!("the TLS provider was installed twice");
    }
    match arguments.command {
        Some(_) if arguments.practice => anyhow::bail!("a practice desk enrols by itself"),
        None if arguments.practice => window::run(Opened::Practice),
        Some(Command::Enrol { centre, ca_file }) => {
            enrol::run(&folder::prepare(arguments.folder)?, centre, ca_file)
        }
        None => window::run(Opened::Desk(folder::prepare(arguments.folder)?)),
    }
}
