//! The servers of the database: one is the primary, and a promotion makes another one the primary.
//!
//! sqlx knows one server. So each term of a primary has connections of its own, and the end of the
//! term closes them: nothing that was begun on the server before goes on there.

use super::write;
use crate::store::{Result, StoreError};
use sqlx::{
    Connection as _, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{
    fmt,
    str::FromStr,
    sync::OnceLock,
    time::{Duration, Instant},
};
use tokio::{sync::Mutex, task::JoinSet, time::timeout};

/// Pause between two searches for a primary when a process starts.
const ASKED_AGAIN_AFTER: Duration = Duration::from_millis(200);
/// Number of concurrent code lookups.
pub const LOOKUPS: u32 = 2;
/// Longest wait for a free connection.
const ACQUIRED_WITHIN: Duration = Duration::from_secs(10);
/// Idle time after which a connection is checked before use.
const STANDS_FOR: Duration = Duration::from_secs(1);
/// Longest wait for what a server says it is.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);

/// Timeline of a primary in hexadecimal, NULL of a standby; whether a standby receives.
const STATE: &str = "
    SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END,
           EXISTS (SELECT FROM pg_stat_wal_receiver)";

/// What a server says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerState {
    /// It takes writes. Each promotion begins a timeline of a higher number.
    Primary {
        /// Timeline that it writes.
        timeline: u32,
    },
    /// It follows a primary.
    Standby,
    /// It is a standby, and receives nothing.
    Detached,
    /// It does not answer, for this reason.
    Silent(String),
}

impl ServerState {
    /// Names of all states, as metrics have them.
    pub const NAMES: [&'static str; 4] = ["primary", "standby", "detached", "silent"];

    /// Returns the name of the state.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Primary { .. } => "primary",
            Self::Standby => "standby",
            Self::Detached => "detached",
            Self::Silent(_) => "silent",
        }
    }
}

/// A server with what it says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Host and port.
    pub place: String,
    /// What it says.
    pub state: ServerState,
}

/// What a look at all servers found.
#[derive(Clone, Debug)]
pub struct Look {
    /// All servers, in the order of the settings.
    pub servers: Vec<Server>,
    /// Host and port of the primary that took over just now.
    pub moved_to: Option<String>,
}

/// A primary: its index among the servers, and the timeline that it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Primary {
    server: usize,
    timeline: u32,
}

/// Connections to one primary.
struct Term {
    primary: Primary,
    pool: PgPool,
    /// Separate connections for lookups of codes.
    lookups: PgPool,
    /// The term after this one, once it has begun.
    next: OnceLock<Box<Term>>,
}

/// The servers of the database and the connections to the one that is the primary.
pub(super) struct Servers {
    each: Vec<PgConnectOptions>,
    connections: u32,
    first: Term,
    /// One connection to each server, to ask what it is.
    asking: Mutex<Vec<Option<PgConnection>>>,
}

impl fmt::Debug for Servers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.each.iter().map(place)).finish()
    }
}

impl Servers {
    /// Connects to the primary among the servers of a URL.
    pub(super) async fn connect(url: &str, connections: u32) -> Result<Self> {
        let each = servers(url)?;
        let mut asking: Vec<Option<PgConnection>> = each.iter().map(|_| None).collect();
        let primary = match &each[..] {
            [only] => {
                greet(only).await?.close().await?;
                Primary { server: 0, timeline: 0 }
            }
            _ => first_primary(&each, &mut asking).await?,
        };
        let first = Term::begin(&each, primary, connections);
        Ok(Self { each, connections, first, asking: Mutex::new(asking) })
    }

    pub(super) fn pool(&self) -> &PgPool {
        &self.term().pool
    }

    pub(super) fn lookups(&self) -> &PgPool {
        &self.term().lookups
    }

    pub(super) fn each(&self) -> &[PgConnectOptions] {
        &self.each
    }

    fn term(&self) -> &Term {
        let mut term = &self.first;
        while let Some(next) = term.next.get() {
            term = next;
        }
        term
    }

    /// Asks every server what it is, and begins a term as soon as another one says that it is the
    /// primary now.
    pub(super) async fn look(&self) -> Look {
        let mut moved_to = None;
        let mut asking = self.asking.lock().await;
        let states = ask(&self.each, &mut asking, |states| {
            moved_to = self.go_over(states).or(moved_to.take());
        });
        let states = states.await;
        let servers = self.each.iter().zip(states);
        let servers = servers.map(|(options, state)| Server { place: place(options), state }).collect();
        Look { servers, moved_to }
    }

    /// Begins a term if another server is the primary now; returns which.
    fn go_over(&self, states: &[ServerState]) -> Option<String> {
        let term = self.term();
        let primary = elect(states, Some(term.primary)).filter(|found| *found != term.primary)?;
        term.next.set(Box::new(Term::begin(&self.each, primary, self.connections))).ok()?;
        term.end();
        self.each.get(primary.server).map(place)
    }
}

impl Term {
    fn begin(each: &[PgConnectOptions], primary: Primary, connections: u32) -> Self {
        let options = each[primary.server].clone();
        let has_standbys = each.len() > 1;
        let pool = pool_of(connections, has_standbys).connect_lazy_with(options.clone());
        // This pool runs one statement, whose best plan never changes.
        let options = options.options([("plan_cache_mode", "force_generic_plan")]);
        let lookups = pool_of(LOOKUPS, has_standbys).connect_lazy_with(options);
        Self { primary, pool, lookups, next: OnceLock::new() }
    }

    /// Closes the connections. Whoever is waiting for one just now gets one to the new primary.
    fn end(&self) {
        let Some(next) = self.next.get() else { return };
        for (pool, next) in [(&self.pool, &next.pool), (&self.lookups, &next.lookups)] {
            pool.set_connect_options(next.connect_options().as_ref().clone());
            let pool = pool.clone();
            // Never done if a statement was begun on a server that is silent.
            tokio::spawn(async move { pool.close().await });
        }
    }
}

/// Returns the servers of a URL. Several hosts stand as in libpq, `HOST:PORT,HOST:PORT`, and share
/// everything else.
fn servers(url: &str) -> Result<Vec<PgConnectOptions>> {
    let malformed = || StoreError::Unavailable("the database address is malformed".to_owned());
    let (scheme, rest) = url.split_once("://").ok_or_else(malformed)?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (user, hosts) = authority.rsplit_once('@').map_or(("", authority), |(user, hosts)| (user, hosts));
    let at = if user.is_empty() { "" } else { "@" };
    hosts
        .split(',')
        .map(|host| {
            let options = PgConnectOptions::from_str(&format!("{scheme}://{user}{at}{host}{path}"));
            // Statements are short, so compiling them would cost more than running them.
            let settings = [
                ("jit", "off"),
                ("statement_timeout", "30s"),
                ("idle_in_transaction_session_timeout", "60s"),
            ];
            Ok(options.map_err(|_| malformed())?.options(settings).application_name("suishen-central"))
        })
        .collect()
}

/// Chooses the primary that was promoted last. An old one that comes back takes writes and is none:
/// only a newer timeline than the present one makes another server the primary.
fn elect(states: &[ServerState], now: Option<Primary>) -> Option<Primary> {
    let primaries = states.iter().enumerate().filter_map(|(server, state)| match state {
        ServerState::Primary { timeline } => Some(Primary { server, timeline: *timeline }),
        _ => None,
    });
    let is_newer =
        |found: &Primary| now.is_none_or(|now| found.timeline > now.timeline || found.server == now.server);
    primaries.filter(is_newer).max_by_key(|primary| primary.timeline)
}

/// Finds the primary when a process starts, perhaps in the middle of a promotion.
async fn first_primary(each: &[PgConnectOptions], asking: &mut [Option<PgConnection>]) -> Result<Primary> {
    let begin = Instant::now();
    loop {
        let states = ask(each, asking, |_| {}).await;
        if let Some(primary) = elect(&states, None) {
            return Ok(primary);
        }
        if begin.elapsed() > ACQUIRED_WITHIN {
            return Err(no_primary(each, &states));
        }
        tokio::time::sleep(ASKED_AGAIN_AFTER).await;
    }
}

/// Asks all servers at the same time what they are. `heard` is told what is known after each
/// answer.
async fn ask(
    each: &[PgConnectOptions],
    asking: &mut [Option<PgConnection>],
    mut heard: impl FnMut(&[ServerState]),
) -> Vec<ServerState> {
    let mut tasks = JoinSet::new();
    for (server, (options, connection)) in each.iter().zip(&mut *asking).enumerate() {
        let (options, connection) = (options.clone(), connection.take());
        tasks.spawn(async move { (server, timeout(ANSWERS_WITHIN, ask_one(&options, connection)).await) });
    }
    let silent = |options| ServerState::Silent(format!("{} does not answer", place(options)));
    let mut states: Vec<ServerState> = each.iter().map(silent).collect();
    while let Some(asked) = tasks.join_next().await {
        let Ok((server, Ok(answer))) = asked else { continue };
        states[server] = match answer {
            Ok((connection, state)) => {
                asking[server] = Some(connection);
                state
            }
            Err(error) => ServerState::Silent(error.to_string()),
        };
        heard(&states);
    }
    states
}

async fn ask_one(
    options: &PgConnectOptions,
    connection: Option<PgConnection>,
) -> Result<(PgConnection, ServerState)> {
    let mut connection = match connection {
        Some(connection) => connection,
        None => greet(options).await?,
    };
    let (timeline, receives): (Option<String>, bool) =
        sqlx::query_as(STATE).fetch_one(&mut connection).await?;
    let state = match (timeline, receives) {
        (Some(timeline), _) => {
            let timeline = u32::from_str_radix(&timeline, 16).map_err(|_| StoreError::Corrupt("timeline"))?;
            ServerState::Primary { timeline }
        }
        (None, true) => ServerState::Standby,
        (None, false) => ServerState::Detached,
    };
    Ok((connection, state))
}

/// Opens a connection. The pool would try until its time is up, and then say only that.
async fn greet(options: &PgConnectOptions) -> Result<PgConnection> {
    match timeout(ACQUIRED_WITHIN, PgConnection::connect_with(options)).await {
        Ok(connected) => connected.map_err(|error| unreachable(&error, options)),
        Err(_) => Err(StoreError::Unavailable(format!("{} does not answer", options.get_host()))),
    }
}

fn no_primary(each: &[PgConnectOptions], states: &[ServerState]) -> StoreError {
    let said = each.iter().zip(states).map(|(options, state)| match state {
        ServerState::Silent(reason) => reason.clone(),
        other => format!("{} is {}", place(options), other.name()),
    });
    StoreError::Unavailable(format!(
        "none of the servers is a primary: {}",
        said.collect::<Vec<_>>().join("; ")
    ))
}

fn place(options: &PgConnectOptions) -> String {
    format!("{}:{}", options.get_host(), options.get_port())
}

/// Says why the first connection failed, in words that name what to do.
fn unreachable(error: &sqlx::Error, options: &PgConnectOptions) -> StoreError {
    let place = place(options);
    if let sqlx::Error::Io(io) = error
        && let Some(tls) = io.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>())
    {
        return StoreError::Unavailable(format!("PostgreSQL at {place}: no TLS: {tls}"));
    }
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    StoreError::Unavailable(match (error, code.as_deref()) {
        (_, Some("28P01" | "28000")) => {
            format!(
                "PostgreSQL at {place} refuses the role {}: password, or pg_hba.conf",
                options.get_username()
            )
        }
        (_, Some("3D000")) => format!(
            "PostgreSQL at {place} has no database {}: create it (createdb)",
            options.get_database().unwrap_or_else(|| options.get_username())
        ),
        (sqlx::Error::Tls(reason), _) => format!("PostgreSQL at {place}: no TLS: {reason}"),
        _ => format!("no PostgreSQL at {place}: {error}"),
    })
}

fn pool_of(connections: u32, has_standbys: bool) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRED_WITHIN)
        // Checking a connection before every use would cost as much as a lookup.
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                if has_standbys {
                    refuse_standby(connection).await?;
                }
                write::make_durable(connection).await
            })
        })
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for > STANDS_FOR { connection.ping().await.map(|()| true) } else { Ok(true) }
            })
        })
}

/// A primary that came back as a standby answers with what is perhaps not the newest.
async fn refuse_standby(connection: &mut PgConnection) -> sqlx::Result<()> {
    let is_standby: bool = sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(connection).await?;
    if is_standby { Err(sqlx::Error::Protocol("the server is a standby now".to_owned())) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn primary(timeline: u32) -> ServerState {
        ServerState::Primary { timeline }
    }

    #[test]
    fn a_url_may_name_several_hosts_which_share_everything_else() {
        let url = "postgres://centre:a%2Cb@one:5433,two/suishen?sslmode=require";
        let found: Vec<_> = servers(url)
            .unwrap()
            .iter()
            .map(|one| (place(one), one.get_username().to_owned(), one.get_database().map(str::to_owned)))
            .collect();
        let rest = || ("centre".to_owned(), Some("suishen".to_owned()));
        let expected = ["one:5433", "two:5432"].map(|at| (at.to_owned(), rest().0, rest().1));
        assert_eq!(found, expected);
        let socket = servers("postgres://centre@%2Frun%2Fpostgresql/suishen").unwrap();
        assert_eq!(socket[0].get_socket(), Some(&"/run/postgresql".into()));
        assert!(servers("suishen").is_err());
    }

    #[test]
    fn the_primary_is_the_one_that_was_promoted_last() {
        let silent = || ServerState::Silent(String::new());
        let is = |server, timeline| Some(Primary { server, timeline });
        let first = is(0, 1);
        assert_eq!(elect(&[primary(1), ServerState::Standby], None), first);
        assert_eq!(elect(&[silent(), ServerState::Standby], first), None, "nobody was promoted");
        assert_eq!(elect(&[silent(), primary(2)], first), is(1, 2));
        // The old one is there again and takes writes.
        assert_eq!(elect(&[primary(1), primary(2)], None), is(1, 2));
        assert_eq!(elect(&[primary(1), silent()], is(1, 2)), None, "an older timeline is not gone back to");
        assert_eq!(elect(&[primary(2), primary(2)], is(0, 2)), is(0, 2), "and a copy is none");
    }
}
