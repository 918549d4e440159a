//! The server of the portal's page (一网通办), between citizens' browsers and the centre.
//!
//! A browser holds neither the portal's key nor a token of the centre: it has a cookie that no
//! script can read, and this program keeps what belongs to it. A citizen logs in at the city's
//! log-in service, which sends the browser back with a code; only the browser that began the log-in
//! can use that code ([`log_in`]). Each later request comes from the page itself ([`origin`]) and
//! names the holder it is about, so two open tabs cannot mix people up ([`api`]).

mod api;
mod centre;
mod config;
mod cookie;
mod enrol;
mod log_in;
mod origin;
mod pages;
mod refused;
mod serve;
mod session;
mod state;

use clap::{Parser, Subcommand};
use config::Config;
use std::path::PathBuf;

/// The server of the portal's page.
#[derive(Debug, Parser)]
#[command(name = "suishen-portal", version)]
struct Arguments {
    /// Settings file (TOML).
    #[arg(long, global = true, default_value = "/etc/suishen-portal/portal.toml")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take up the one-time code of `suishen-central channel add`, read from standard input, with a
    /// new key. An earlier key is replaced.
    Enrol,
    /// Serve the page and its requests.
    Serve,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments { config, command } = Arguments::parse();
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let config = Config::read(&config)?;
    match command {
        Command::Enrol => enrol::run(&config).await,
        Command::Serve => serve::run(config).await,
    }
}
