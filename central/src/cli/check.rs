//! `check`: what is missing before `serve` can work.

use super::{read_keys, say};
use crate::{
    config::Config,
    http,
    store::{
        StoreError,
        postgres::{PgStore, Schema, Server, ServerState},
    },
};
use anyhow::bail;
use std::{fmt::Display, os::unix::fs::PermissionsExt as _, path::Path};

/// Open files below which a city's desks do not fit (`limits.connections`, and files of its own).
const OPEN_FILES: u64 = 65_536;
/// Half a year, in milliseconds: the log has partitions for longer.
const LOG_AHEAD_MS: i64 = 182 * 24 * 60 * 60 * 1000;

/// What was found so far.
#[derive(Default)]
struct Findings {
    faults: usize,
}

impl Findings {
    fn good(&self, part: &str, what: impl Display) -> anyhow::Result<()> {
        say(format_args!("ok       {part}: {what}"))
    }

    /// Something that works and should not stay so.
    fn doubtful(&self, part: &str, what: impl Display) -> anyhow::Result<()> {
        say(format_args!("warning  {part}: {what}"))
    }

    fn missing(&mut self, part: &str, what: impl Display) -> anyhow::Result<()> {
        self.faults += 1;
        say(format_args!("MISSING  {part}: {what}"))
    }
}

/// Prints one line for each thing `serve` needs.
///
/// # Errors
/// If something is missing, or standard output is closed.
pub(super) async fn run(config: &Config) -> anyhow::Result<()> {
    let mut found = Findings::default();
    secrets(config, &mut found)?;
    folder(&config.blobs, &mut found)?;
    database(config, &mut found).await?;
    certificate(config, &mut found)?;
    fonts(&mut found)?;
    open_files(&mut found)?;
    if found.faults > 0 {
        bail!("{} thing(s) missing", found.faults);
    }
    Ok(())
}

fn secrets(config: &Config, found: &mut Findings) -> anyhow::Result<()> {
    let keys =
        read_keys(config).and_then(|keys| keys.check(crate::clock::now()).map(|()| keys).map_err(Into::into));
    match keys {
        Ok(keys) => found.good("secrets", format_args!("{} ({:?})", config.keys.display(), keys.class)),
        Err(error) => found.missing("secrets", format_args!("{error:#}")),
    }
}

/// Tries to write: a folder that exists can still belong to somebody else or be full.
fn folder(path: &Path, found: &mut Findings) -> anyhow::Result<()> {
    let trial = std::fs::create_dir_all(path).and_then(|()| {
        let file = path.join(format!(".check-{}", std::process::id()));
        std::fs::write(&file, b"x").and_then(|()| std::fs::remove_file(&file))
    });
    if let Err(error) = trial {
        return found.missing("blobs", format_args!("{}: {error}", path.display()));
    }
    let mode = std::fs::metadata(path)?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        found.good("blobs", path.display())
    } else {
        found.doubtful("blobs", format_args!("{} can be entered by others: chmod 0700", path.display()))
    }
}

async fn database(config: &Config, found: &mut Findings) -> anyhow::Result<()> {
    let store = match PgStore::connect(config.database_url.expose(), 1).await {
        Ok(store) => store,
        Err(StoreError::Unavailable(reason)) => return found.missing("database", reason),
        Err(error) => return found.missing("database", error),
    };
    found.good("database", "answers")?;
    servers(&store, found).await?;
    if let Some(setting) = store.undurable_setting().await? {
        found.missing("database", format_args!("{setting} is off: what is committed can be lost"))?;
    }
    if store.is_encrypted().await? {
        found.good("line to the database", "TLS")?;
    } else if store.is_local() {
        found.good("line to the database", "on this machine")?;
    } else {
        found.missing("line to the database", "no TLS: add sslmode=verify-full to database_url")?;
    }
    match store.schema().await {
        Ok(Schema::Ready) => {
            found.good("schema", "up to date")?;
            log_months(&store, found).await?;
            match store.excess_of_rights().await? {
                None => found.good("rights", "those of the service, and no more"),
                Some(excess) => found.doubtful(
                    "rights",
                    format_args!("the role of database_url {excess}: give serve one of its own (migrate --service-role)"),
                ),
            }
        }
        Ok(Schema::Behind(missing)) => found.missing(
            "schema",
            format_args!(
                "{missing} migration(s) behind: run `suishen-central migrate` as the owner of the tables"
            ),
        ),
        Err(error) => found.missing(
            "schema",
            format_args!(
                "{error}: run `suishen-central migrate --service-role ROLE` as the owner of the tables"
            ),
        ),
    }
}

/// Says how long the log has partitions to come: without one, nothing is taken.
async fn log_months(store: &PgStore, found: &mut Findings) -> anyhow::Result<()> {
    let end = store.log_ends().await?;
    let now = crate::clock::now();
    let through = end.plus_ms(-1).day();
    if end <= now {
        found.missing(
            "log",
            "no partition for this month: run `suishen-central migrate` as the owner of the tables",
        )
    } else if end.since_ms(now) < LOG_AHEAD_MS {
        found.doubtful(
            "log",
            format_args!(
                "partitions through {through}: run `suishen-central migrate` as the owner of the tables"
            ),
        )
    } else {
        found.good("log", format_args!("partitions through {through}"))
    }
}

/// Says what each of several servers is, and whether a promotion may lose something.
async fn servers(store: &PgStore, found: &mut Findings) -> anyhow::Result<()> {
    if !store.has_standbys() {
        return Ok(());
    }
    for Server { place, state } in store.look_at_servers().await.servers {
        match state {
            ServerState::Primary { timeline } => {
                found.good("server", format_args!("{place} is a primary, on timeline {timeline}"))?;
            }
            ServerState::Standby => found.good("server", format_args!("{place} is a standby"))?,
            ServerState::Detached => {
                found.doubtful("server", format_args!("{place} is a standby and receives nothing"))?;
            }
            ServerState::Silent(reason) => found.doubtful("server", reason)?,
        }
    }
    match store.is_synchronous().await {
        Ok(true) => found.good("standby", "synchronous"),
        Ok(false) => found.doubtful(
            "standby",
            "no commit waits for it (synchronous_standby_names): a promotion may lose the newest",
        ),
        Err(error) => found.missing("standby", error),
    }
}

fn certificate(config: &Config, found: &mut Findings) -> anyhow::Result<()> {
    let Some(tls) = &config.tls else {
        return found.doubtful("certificate", "none: serve speaks plain HTTP, on this machine only");
    };
    match http::tls_config(tls) {
        Ok(_) => found.good("certificate", tls.certificate.display()),
        Err(error) => found.missing("certificate", format_args!("{}: {error:#}", tls.certificate.display())),
    }
}

fn fonts(found: &mut Findings) -> anyhow::Result<()> {
    match paper::Fonts::open() {
        Ok(fonts) if fonts.absent_packages().is_empty() => found.good("fonts", "complete"),
        Ok(fonts) => found.doubtful(
            "fonts",
            format_args!(
                "rare characters cannot be printed: apt install {}",
                fonts.absent_packages().join(" ")
            ),
        ),
        Err(error) => found.missing("fonts", format_args!("{error}: apt install fonts-noto-cjk")),
    }
}

fn open_files(found: &mut Findings) -> anyhow::Result<()> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    match limit.maximum {
        Some(files) if files < OPEN_FILES => {
            found.doubtful("open files", format_args!("{files}: a city needs {OPEN_FILES} (LimitNOFILE)"))
        }
        _ => found.good("open files", "enough"),
    }
}
