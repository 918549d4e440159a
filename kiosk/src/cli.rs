//! Commands of the operator.

use crate::{
    centre::Centre,
    config::Config,
    devices::Devices,
    printing::Sheets,
    server::Door,
    steps::Parts,
    terminal::{Inputs, Terminal},
};
use anyhow::Context as _;
use channel::{Address, Identity, PageFiles, private_file};
use clap::{Parser, Subcommand};
use rules::{Sensitive, hex, wire::Channel};
use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};
use tracing_subscriber::EnvFilter;

/// Largest number of touches that wait.
const TOUCH_LIMIT: usize = 16;
/// File of what the kiosk's browser shows to be answered.
const PAGE_KEY: &str = "page.key";

/// The bridge of a self-service kiosk, between its page, its devices and the centre.
#[derive(Parser)]
#[command(name = "suishen-kiosk", version)]
struct Arguments {
    /// Folder with `kiosk.toml`, and with the kiosk's key once it is enrolled.
    #[arg(long, env = "SUISHEN_KIOSK_FOLDER", default_value = "/var/lib/suishen-kiosk")]
    folder: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Enrol this kiosk with the one-time code on standard input.
    Enrol,
    /// Serve the page, and write the file `start.html`, which the browser opens.
    Serve,
}

/// Runs the command that was given.
///
/// # Errors
/// Whatever keeps it from being carried out, in words for the operator.
pub fn run() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_env("SUISHEN_KIOSK_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    let config = Config::read(&arguments.folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        match arguments.command {
            Command::Enrol => enrol(&arguments.folder, &config).await,
            Command::Serve => serve(&arguments.folder, config).await,
        }
    })
}

async fn enrol(folder: &Path, config: &Config) -> anyhow::Result<()> {
    let mut code = String::new();
    io::stdin().read_to_string(&mut code)?;
    let code = Sensitive::new(code.trim().to_owned());
    let key = channel::enrol(folder, &address(folder, config)?, Channel::Kiosk, code).await?;
    say(format_args!(
        "enrolled as {} at site {}, until {}",
        key.client,
        key.site,
        key.not_after.civil().date()
    ))
}

/// Returns where the centre is. The authority of its certificate lies in the kiosk's folder.
fn address(folder: &Path, config: &Config) -> anyhow::Result<Address> {
    let program = concat!("suishen-kiosk/", env!("CARGO_PKG_VERSION"));
    Address::new(&config.centre.url, Some(&folder.join("ca.pem")), program)
}

/// Returns what the kiosk's browser shows to be answered. It outlives a restart of the bridge, so
/// that the page goes on.
fn page_key(folder: &Path) -> anyhow::Result<Sensitive<String>> {
    let path = folder.join(PAGE_KEY);
    match fs::read_to_string(&path) {
        Ok(key) => Ok(Sensitive::new(key)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = Sensitive::new(hex::encode(&rand::random::<[u8; 32]>()));
            private_file::write(&path, key.expose().as_bytes())?;
            Ok(key)
        }
        Err(error) => Err(error).context(PAGE_KEY),
    }
}

async fn serve(folder: &Path, config: Config) -> anyhow::Result<()> {
    let identity = Identity::read(folder)?;
    let page_key = page_key(folder)?;
    let files = PageFiles::read(&config.page.files, "kiosk")
        .with_context(|| format!("the page's files in {}", config.page.files.display()))?;
    let listener = TcpListener::bind(("127.0.0.1", config.page.port)).await.context("the page's port")?;
    let port = listener.local_addr()?.port();
    let fonts = paper::Fonts::open().inspect_err(|error| tracing::warn!(%error, "tickets are not printed"));
    let (touch, touches) = mpsc::channel(TOUCH_LIMIT);
    let practice = identity.is_practice();
    let parts = Arc::new(Parts {
        terminal: identity.certificate.client.clone(),
        practice,
        centre: Centre::new(address(folder, &config)?, identity),
        fonts: fonts.ok(),
        sheets: Sheets::new(config.printer.as_ref())?,
    });
    let (devices, events) = Devices::start(&config, &parts);
    let (terminal, view) = Terminal::new(parts, devices, config.visit, Inputs { touches, events });
    let address = format!("http://127.0.0.1:{port}/kiosk/?key={}", page_key.expose());
    // Every user of the machine reads the arguments of a process, and many its output.
    let start = format!("<!doctype html><meta http-equiv=\"refresh\" content=\"0; url={address}\">\n");
    private_file::write(&folder.join("start.html"), start.as_bytes())?;
    say(format_args!("the page is served at http://127.0.0.1:{port}/kiosk/"))?;
    let door = Door::new(port, page_key, files, touch, view);
    let mut stop = signal(SignalKind::terminate())?;
    tokio::select! {
        ended = axum::serve(listener, door.router()).into_future() => Ok(ended?),
        () = terminal.run() => anyhow::bail!("the terminal ended"),
        _ = stop.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
    }
}

fn say(line: std::fmt::Arguments<'_>) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
